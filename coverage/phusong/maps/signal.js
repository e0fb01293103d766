// Signal: the computed footprint of the masts as a picture under the lines, a class a pixel.
(function (ps) {
  "use strict";
  const signal = ps.data.signal, el = ps.el, svg = ps.svg;
  const OPACITY = 0.72;
  let image = null, lent = false;

  ps.state.hidden.signal = true;
  ps.state.radio = 0; // a place in data.signal.radios

  ps.showsSignal = function () { return Boolean(signal) && !ps.state.hidden.signal; };

  ps.drawSignal = function (world) {
    if (!signal) return;
    const pane = world.createPane("signal");
    pane.style.zIndex = 230;
    pane.style.pointerEvents = "none";
    const radio = signal.radios[ps.state.radio];
    image = L.imageOverlay(radio.image, radio.bounds, { pane: "signal", className: "signal-image", opacity: OPACITY, interactive: false });
  };

  // The mobile service brings the footprint, and takes it away again unless the reader had it before.
  ps.serveSignal = function () {
    const mobile = ps.data.services[ps.state.service].key === "mobile";
    if (mobile && ps.state.hidden.signal) { ps.state.hidden.signal = false; lent = true; }
    else if (!mobile && lent) { ps.state.hidden.signal = true; lent = false; }
  };

  ps.showSignal = function () {
    if (!image) return;
    const radio = signal.radios[ps.state.radio];
    ps.drawStrip();
    if (ps.state.hidden.signal) { image.remove(); lent = false; return; }
    image.setUrl(radio.image).setBounds(radio.bounds).addTo(ps.world);
  };

  // How strongly the communes are filled: faintly under a footprint, translucent over an online background.
  ps.communeAlpha = function () { return ps.showsSignal() ? 0.3 : ps.showsTiles() ? 0.5 : 1; };

  // ---- In the legend.

  function colour(place) {
    return svg("svg", { class: "swatch", viewBox: "0 0 26 18", width: 26, height: 18, "aria-hidden": "true" },
      svg("rect", { x: 1.5, y: 1.5, width: 23, height: 15, fill: signal.classes[place].colour, "fill-opacity": OPACITY, class: "signal-swatch" }));
  }

  ps.signalSign = function () {
    return svg("svg", { class: "swatch", viewBox: "0 0 26 18", width: 26, height: 18, "aria-hidden": "true" }, signal.classes.map(function (c, i) {
      return svg("rect", { x: 1 + 8 * i, y: 3, width: 8, height: 12, fill: c.colour, "fill-opacity": OPACITY });
    }));
  };

  ps.signalKeys = function () {
    const least = [];
    const tell = function () { least.forEach(function (e, i) { e.textContent = ps.say(signal.radios[ps.state.radio].least[i]); }); };
    const keys = signal.classes.map(function (c, i) {
      least[i] = el("small", { class: "least" });
      return el("div", { class: "key" }, [colour(i), el("span", {}, [ps.say(c.name), " ", least[i]])]);
    }).reverse();
    tell();
    return [
      el("div", { class: "radios", role: "radiogroup", "aria-label": ps.text("layer_signal") }, signal.radios.map(function (radio, i) {
        const id = "radio-" + i;
        return el("label", { for: id }, [
          el("input", { type: "radio", name: "radio", id: id, checked: i === ps.state.radio, onchange: function () { ps.state.radio = i; tell(); ps.showSignal(); } }),
          el("span", {}, radio.name),
        ]);
      })),
      keys,
      el("p", { class: "key-note on-screen" }, note()),
    ];
  };

  function note() {
    return ps.say(signal.about) + "; " + ps.text("signal_best") + ". " + ps.text("signal_made", { date: ps.say(signal.made) }) + ".";
  }

  // For the strip under the map, on paper.
  ps.signalNote = function () { return ps.showsSignal() && el("span", { class: "on-paper" }, ps.text("layer_signal") + " " + signal.radios[ps.state.radio].name + ": " + note() + " "); };
})(window.phusong);
