// Start: put the parts together, and answer the reader: choose, switch service or language, print.
(function (ps) {
  "use strict";

  ps.start = function (world) {
    ps.world = world;
    ps.drawTiles(world);
    ps.drawSignal(world);
    ps.drawBase(world, function (pen) {
      ps.paintLinks(pen);
      ps.paintMasts(pen);
      ps.paintNodes(pen);
      ps.paintSites(pen);
      ps.paintLabels(pen);
    });
    drawAll();
    ps.showWhole();
    world.setMinZoom(Math.max(3, Math.floor(world.getZoom()) - 2));
    Object.keys(ps.canvases).forEach(function (name) { ps.canvases[name].addTo(world); });
    ps.showLayers();
    listen(world);
    ps.listenToSearch();
    ps.listenToTable();
    document.title = ps.data.run.title;
    // Painted once the frame that follows is on the screen.
    requestAnimationFrame(function () {
      setTimeout(function () {
        ps.followAddress();
        window.addEventListener("hashchange", ps.followAddress);
        performance.mark("phusong-shown");
        ps.ready = true;
      });
    });
  };

  function drawAll() {
    ps.sayAll();
    ps.drawSearch();
    ps.drawPanel();
    ps.drawFurniture();
    ps.drawCard();
    ps.drawHistory();
    ps.drawTable();
  }

  // End any movement of the map at once; a zoom under way would else move it later.
  function settle() {
    if (ps.world._animatingZoom) ps.world._onZoomTransitionEnd();
    ps.world.stop();
  }

  ps.showWhole = function () {
    settle();
    ps.world.fitBounds(ps.wholeArea(), { paddingTopLeft: [ps.toolsWidth() + 18, 18], paddingBottomRight: [18 + ps.legendWidth(), 18 + ps.tableHeight()], animate: false });
  };

  ps.speak = function (language) {
    ps.state.language = language;
    drawAll();
    ps.redraw();
    document.querySelector(".languages [lang=" + language + "]").focus();
  };

  ps.serve = function (service) {
    ps.state.service = service;
    if (ps.data.services[service].key === "mobile") ps.state.hidden.masts = false;
    ps.serveSignal();
    drawAll();
    ps.showLayers();
    document.getElementById("service-" + ps.data.services[service].key).focus();
  };

  // Open the card of `chosen` ({kind, place}), or with null go back to the overview.
  let opener = null;
  ps.choose = function (chosen, go) {
    if (chosen && !ps.state.chosen) opener = openerOf(document.activeElement);
    ps.state.chosen = chosen;
    ps.writeAddress(chosen);
    ps.notice("");
    ps.drawCard();
    ps.markRow();
    const panel = document.getElementById("panel");
    panel.scrollTop = 0;
    if (chosen) document.getElementById("card").focus({ preventScroll: true });
    else {
      const back = opener && document.querySelector(opener);
      (back || document.getElementById("overview")).focus({ preventScroll: !back });
    }
    if (go && chosen) goTo(chosen);
    ps.redraw();
  };

  // Where the focus was when a card was opened, as a selector: lists are drawn anew.
  function openerOf(active) {
    if (active && active.dataset.rank) return '#overview [data-rank="' + active.dataset.rank + '"]';
    return active && active.id && active.closest("#table, #search") ? "#" + active.id : null;
  }

  function goTo(chosen) {
    const bounds = L.latLngBounds([]);
    if (chosen.kind === "commune") bounds.extend(ps.data.communes[chosen.place].bounds);
    if (chosen.kind === "site") bounds.extend(ps.sites[chosen.place].at);
    if (chosen.kind === "investment") {
      ps.data.investments[chosen.place].sites.forEach(function (i) { bounds.extend(ps.sites[i].at); });
      ps.data.segments.forEach(function (row) { if (row[0] === chosen.place) bounds.extend(ps.line(row[2])); });
    }
    if (chosen.kind === "link") bounds.extend(ps.data.links[chosen.place].from).extend(ps.data.links[chosen.place].to);
    if (chosen.kind === "units") chosen.place.forEach(function (i) { bounds.extend(ps.data.communes[i].bounds); });
    if (chosen.kind === "settlement") bounds.extend(ps.settlementAt(chosen.place));
    const calm = !ps.ready || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (bounds.isValid()) ps.world.fitBounds(bounds, { paddingTopLeft: [60, 60], paddingBottomRight: [60 + ps.legendWidth(), 60 + ps.tableHeight()], maxZoom: 13, animate: !calm });
  }

  function listen(world) {
    world.on("click", function (event) {
      const at = event.containerPoint, finger = matchMedia("(pointer: coarse)").matches ? 10 : 4;
      const investment = ps.investmentAt(at), sites = ps.sitesAt(at, finger);
      if (investment >= 0) return ps.choose({ kind: "investment", place: investment });
      const alone = sites.filter(function (site) { return site.at.equals(sites[0].at); });
      if (sites.length && ps.sites.length > 1500 && alone.length > 1)
        return ps.choose({ kind: "several", place: alone.map(function (site) { return site.place; }) });
      if (sites.length) return ps.choose({ kind: "site", place: sites[0].place });
      const link = ps.linkAt(at, finger + 1);
      if (link >= 0) return ps.choose({ kind: "link", place: link });
      const commune = ps.state.hidden.communes ? -1 : ps.communeAt(event.latlng);
      ps.choose(commune >= 0 ? { kind: "commune", place: commune } : null);
    });
    world.on("mousemove", function (event) { hint(event.containerPoint, event.latlng); });
    world.on("mouseout movestart", function () { hint(null); });
    document.addEventListener("keydown", function (event) { if (event.key === "Escape" && ps.state.chosen) ps.choose(null); });
    document.getElementById("sheet").addEventListener("click", function () {
      document.getElementById("panel").classList.toggle("up");
      ps.drawPanel();
    });
    window.addEventListener("beforeprint", function () { printing(true); });
    window.addEventListener("afterprint", function () { printing(false); });
    window.matchMedia("print").addEventListener("change", function (event) { printing(event.matches); });
  }

  // A small line beside the pointer with the name of what is under it.
  function hint(at, latlng) {
    const box = document.getElementById("hint"), words = at && under(at, latlng);
    ps.world.getContainer().style.cursor = words ? "pointer" : "";
    box.hidden = !words;
    if (!words) return;
    box.textContent = words;
    const size = ps.world.getSize();
    box.style.left = Math.min(at.x + 14, size.x - box.offsetWidth - 6) + "px";
    box.style.top = Math.min(at.y + 16, size.y - box.offsetHeight - 6) + "px";
  }

  function under(at, latlng) {
    const investment = ps.investmentAt(at);
    if (investment >= 0) return ps.text("investment", { n: ps.data.investments[investment].rank }) + " · " + ps.investmentTitle(ps.data.investments[investment]);
    const site = ps.sitesAt(at, 3)[0];
    if (site) return site.name + " · " + ps.say(ps.data.services[ps.state.service].name) + ": " + ps.text("status_" + ps.STATUSES[ps.statusOf(site)]).toLowerCase();
    const mast = ps.mastAt(at);
    if (mast) return ps.operator(mast[0]) + " · " + mast[1];
    const node = ps.nodeAt(at);
    if (node) return [node[1], ps.operator(node[0])].filter(Boolean).join(" · ");
    const link = ps.linkAt(at, 5);
    if (link >= 0) return ps.linkHint(ps.data.links[link]);
    const commune = ps.state.hidden.communes ? -1 : ps.communeAt(latlng);
    return commune >= 0 ? ps.data.communes[commune].name : "";
  }

  // On paper the page is an A4 sheet: map above, figures below; drawn sharper and fitted anew.
  let view = null;
  function printing(on) {
    if (on === Boolean(view)) return;
    settle();
    if (on) view = { centre: ps.world.getCenter(), zoom: ps.world.getZoom(), chosen: ps.state.chosen };
    document.body.classList.toggle("print", on);
    ps.state.chosen = on ? null : view.chosen;
    Object.keys(ps.canvases).forEach(function (name) { ps.canvases[name].sharpen(on ? 3 : 0); });
    drawAll();
    ps.world.invalidateSize({ animate: false, pan: false });
    ps.world.off("zoomend", ps.showWhole);
    // A zoom that was only queued when print began would else move the sheet's map.
    if (on) { ps.showWhole(); ps.world.once("zoomend", ps.showWhole); }
    else ps.world.setView(view.centre, view.zoom, { animate: false });
    if (!on) view = null;
    ps.redraw();
  }
})(window.phusong);
