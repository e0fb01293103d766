// Base map: communes, rivers, roads, settlements, existing and proposed lines, as Leaflet paths in panes.
(function (ps) {
  "use strict";
  const PANES = ["communes", "water", "roads", "borders", "fibre", "segments", "settlements"];
  const layers = {};

  function path(kind, latlngs, pane, name) {
    return kind(latlngs, { pane: pane, className: name, interactive: false, smoothFactor: 0.5, weight: 1, fill: kind === L.polygon });
  }

  function lines(rows, pane, name) {
    return L.layerGroup(rows.map(function (row) { return path(L.polyline, row[1].map(ps.line), pane, name); }));
  }

  ps.drawBase = function (world) {
    PANES.forEach(function (name, i) { world.createPane(name).style.zIndex = 210 + 10 * i; });
    world.createPane("overlay-marks").style.zIndex = 500;
    layers.communes = L.layerGroup(ps.data.communes.map(function (c) {
      return (c.area = path(L.polygon, c.outline, "communes", "commune"));
    }));
    layers.borders = L.layerGroup(ps.data.communes.map(function (c) {
      return (c.border = path(L.polygon, c.outline, "borders", "border"));
    }));
    layers.rivers = lines(ps.data.rivers, "water", "river");
    layers.roads = L.layerGroup([lines(ps.data.roads, "roads", "road-edge"), lines(ps.data.roads, "roads", "road")]);
    layers.fibre = L.layerGroup(["fibre-edge", "fibre"].map(function (name) { return lines(ps.data.fibre, "fibre", name); }));
    layers.segments = L.layerGroup(segments("segment-edge").concat(segments("segment")));
    layers.settlements = L.layerGroup(ps.data.settlements.map(function (row) {
      return L.circleMarker(ps.place(row[1], row[2]), { pane: "settlements", radius: 1.4, className: "settlement", interactive: false });
    }));
    Object.keys(layers).forEach(function (name) { layers[name].addTo(world); });
  };

  function segments(name) {
    return ps.data.segments.map(function (row) {
      const investment = ps.data.investments[row[0]];
      const line = path(L.polyline, ps.line(row[2]), "segments", name + " kind-" + row[1] + (investment && !investment.funded ? " unfunded" : ""));
      line.investment = row[0];
      return line;
    });
  }

  function mark(layer, name, on) {
    const element = layer.getElement();
    if (element) element.classList.toggle(name, on);
  }

  // Colour the communes by the chosen service and light what the open card speaks of.
  ps.colourBase = function () {
    const chosen = ps.state.chosen;
    ps.world.getPane("communes").style.opacity = ps.communeAlpha();
    ps.data.communes.forEach(function (commune, i) {
      const status = ps.STATUSES[ps.communeStatus(commune)];
      ps.STATUSES.forEach(function (name) {
        mark(commune.area, name, name === status);
        mark(commune.border, name, name === status);
      });
      const lit = Boolean(chosen && chosen.kind === "commune" && chosen.place === i);
      mark(commune.border, "chosen", lit);
      if (lit && commune.border.getElement()) commune.border.bringToFront();
    });
    layers.segments.eachLayer(function (line) {
      mark(line, "chosen", Boolean(chosen && chosen.kind === "investment" && chosen.place === line.investment));
    });
  };

  // Show and hide what the legend's boxes say. Sites, masts and ranks are on the overlay.
  ps.showLayers = function () {
    Object.keys(layers).forEach(function (name) {
      const show = !ps.state.hidden[name];
      if (show !== ps.world.hasLayer(layers[name])) layers[name][show ? "addTo" : "removeFrom"](ps.world);
    });
    layers.fibre.eachLayer(colourFibre);
    ps.showSignal();
    ps.showTiles();
    ps.colourBase();
  };

  // Lines of existing fibre: colour and dashes by operator, those of a hidden operator not at all.
  function colourFibre(group) {
    group.getLayers().forEach(function (line, i) {
      const operator = ps.data.fibre[i][0], look = ps.operatorLook(operator), element = line.getElement();
      if (!element) return;
      const edge = element.classList.contains("fibre-edge");
      element.style.stroke = edge ? look.edge : look.colour;
      element.style.strokeDasharray = edge ? "" : look.dash.join(" ");
      element.style.display = ps.showsOperator("fibre", operator) ? "" : "none";
    });
  }
})(window.phusong);
