// Tiles: an online background, only where the map was drawn with one. Without internet nothing is asked for.
(function (ps) {
  "use strict";
  const said = ps.data.tiles, el = ps.el;
  // A server that wants to know who asks refuses a page that was opened from a file.
  const refused = Boolean(said) && said.asks_for_address && window.location.protocol === "file:";
  let layer = null, arrived = false;

  ps.showsTiles = function () { return arrived && !ps.state.hidden.tiles && window.navigator.onLine; };

  ps.drawTiles = function () {
    if (!said || refused) return;
    layer = L.tileLayer(said.url, { maxNativeZoom: said.max_zoom, maxZoom: 22, referrerPolicy: "strict-origin-when-cross-origin", className: "tile" });
    layer.on("tileload", function () {
      if (arrived) return;
      arrived = true; // only now does the page look otherwise than without internet
      ps.showLayers();
    });
    ["online", "offline"].forEach(function (change) { window.addEventListener(change, function () { ps.showLayers(); }); });
  };

  ps.showTiles = function () {
    if (layer) {
      if (window.navigator.onLine && !ps.state.hidden.tiles) layer.addTo(ps.world);
      else layer.remove();
    }
    drawCredit();
  };

  // Who made the background stands on the map as long as it shows.
  function drawCredit() {
    if (!said) return;
    const name = said.link ? el("a", { href: said.link, target: "_blank", rel: "noopener" }, said.credit) : said.credit;
    ps.fill("credit", [ps.text("layer_tiles") + ": ", name, " (" + ps.text("tiles_foreign") + ")"]).hidden = !ps.showsTiles();
  }

  // In the legend: why there is none where there is none.
  ps.tilesNote = function () { return refused && el("p", { class: "key-note" }, ps.text("tiles_need_address")); };
})(window.phusong);
