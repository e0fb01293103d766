// Base map: communes, borders, rivers, roads, settlements, existing and proposed lines, painted on two canvases.
(function (ps) {
  "use strict";
  const GROUND = 210, LINES = 250, MARKS = 500; // z-indexes of the panes; pictures may lie between ground and lines
  const DASHES_UP_TO = 30000; // points in view; dashes along more take too long
  const TILE = 12; // pixels of a pattern's side

  // How each line is drawn, on the map and in the legend: edge below, then the line itself.
  ps.LINES = {
    river: { colour: "#8fbcd9", width: 1.4 },
    road: { colour: "#fffdf8", width: 1.4, edge: "#a89a89", edgeWidth: 2.6 },
    fibre: { width: 2.6 }, // colour, edge and dashes are its operator's
    segment: { colour: "#8a1f6a", width: 3, edge: "rgba(255,255,255,.95)", edgeWidth: 5.5, dash: [8, 5] },
    border: { colour: "#7d8893", width: 1.1, dash: [7, 3, 1.5, 3] },
    border_gap: { colour: "#9c3f00", width: 2 },
    border_chosen: { colour: "#14202b", width: 3.5 },
    district: { colour: "#5d6873", width: 2 },
    province: { colour: "#46515c", width: 3 },
    whole: { colour: "#46515c", width: 2.4 },
  };
  const KINDS = { offroad: { dash: [2.5, 4.5] }, leased: { dash: [], width: 2 } };
  ps.AREAS = {
    ok: { colour: "#d3e9df" },
    gap: { colour: "#fbdcc2", mark: "#ee9a5a" },
    unknown: { colour: "#ebedef", mark: "#a3abb3" },
  };

  // The look of a proposed line: its package's colour; thin and pale where the chosen money does not light it.
  ps.segmentLook = function (kind, place) {
    const own = ps.investmentLook(place), look = Object.assign({}, ps.LINES.segment, KINDS[kind], { colour: own.colour });
    if (!own.lit) Object.assign(look, { width: 1.8, alpha: 0.75 });
    if (chosenIs("investment", place)) look.width = 5;
    return look;
  };

  function chosenIs(kind, place) { return Boolean(ps.state.chosen && ps.state.chosen.kind === kind && ps.state.chosen.place === place); }

  // ---- Fills

  const tiles = {};
  function tile(status) {
    if (tiles[status]) return tiles[status];
    const fine = 4, canvas = document.createElement("canvas"), look = ps.AREAS[status];
    canvas.width = canvas.height = TILE * fine;
    const c = canvas.getContext("2d");
    c.scale(fine, fine);
    c.fillStyle = look.colour;
    c.fillRect(0, 0, TILE, TILE);
    c.fillStyle = c.strokeStyle = look.mark;
    if (status === "gap") {
      c.lineWidth = 2;
      c.beginPath();
      [-TILE, 0, TILE].forEach(function (x) { c.moveTo(x - 2, TILE + 2); c.lineTo(x + TILE + 2, -2); });
      c.stroke();
    } else [[3, 3], [9, 9]].forEach(function (p) { c.beginPath(); c.arc(p[0], p[1], 1.05, 0, 2 * Math.PI); c.fill(); });
    return (tiles[status] = { canvas: canvas, fine: fine });
  }

  // The fill of an area by status; patterns stay where they are on the ground when the map is dragged.
  ps.areaFill = function (context, status, left, top) {
    if (!ps.AREAS[status].mark) return ps.AREAS[status].colour;
    const made = tile(status), pattern = context.createPattern(made.canvas, "repeat");
    pattern.setTransform(new DOMMatrix([1 / made.fine, 0, 0, 1 / made.fine, -(left % TILE), -(top % TILE)]));
    return pattern;
  };

  // ---- Lines

  function inView(pen, box) {
    const edge = pen.margin;
    return box[2] * pen.scale - pen.left > -edge && box[0] * pen.scale - pen.left < pen.width + edge &&
      box[3] * pen.scale - pen.top > -edge && box[1] * pen.scale - pen.top < pen.height + edge;
  }

  // Adds a line to the path under way, without points that fall on one dot.
  function trace(pen, xy) {
    const context = pen.context, scale = pen.scale, left = pen.left, top = pen.top, last = xy.length - 2;
    let x = xy[0] * scale - left, y = xy[1] * scale - top;
    context.moveTo(x, y);
    for (let i = 2; i <= last; i += 2) {
      const u = xy[i] * scale - left, v = xy[i + 1] * scale - top;
      if (i < last && Math.abs(u - x) + Math.abs(v - y) < 0.8) continue;
      context.lineTo(u, v);
      x = u; y = v;
    }
  }
  ps.trace = function (pen, path) { if (inView(pen, path.box)) trace(pen, path.xy); };

  ps.stroke = function (context, look, part) {
    context.strokeStyle = part === "edge" ? look.edge : look.colour;
    context.lineWidth = part === "edge" ? look.edgeWidth : look.width;
    context.setLineDash(part === "edge" ? [] : look.dash || []);
    context.lineCap = look.dash && part !== "edge" ? "butt" : "round";
    context.lineJoin = "round";
    context.globalAlpha = look.alpha || 1;
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash([]);
  };

  function drawPaths(pen, paths, look, part) {
    const seen = paths.filter(function (path) { return inView(pen, path.box); });
    if (!seen.length) return;
    pen.context.beginPath();
    seen.forEach(function (path) { trace(pen, path.xy); });
    ps.stroke(pen.context, look, part);
  }

  function drawLines(pen, layer, look) {
    if (ps.state.hidden[layer]) return;
    ps.data[layer].forEach(function (row) { row.paths = row.paths || row[1].map(ps.path); });
    if (look.edge) ps.data[layer].forEach(function (row) { drawPaths(pen, row.paths, look, "edge"); });
    ps.data[layer].forEach(function (row) { drawPaths(pen, row.paths, look); });
  }

  // Existing fibre in the colour and dashes of its operator; a hidden operator's not at all.
  ps.fibreLook = function (operator) { return Object.assign({}, ps.LINES.fibre, operator, { edgeWidth: 5 }); };
  function drawFibre(pen) {
    if (ps.state.hidden.fibre) return;
    const rows = ps.data.fibre.filter(function (row) { return ps.showsOperator("fibre", row[0]); });
    rows.forEach(function (row) { row.paths = row.paths || row[1].map(ps.path); });
    ["edge", "line"].forEach(function (part) {
      rows.forEach(function (row) { drawPaths(pen, row.paths, ps.fibreLook(ps.operatorLook(row[0])), part); });
    });
  }

  function drawSegments(pen) {
    if (ps.state.hidden.segments) return;
    const rows = ps.data.segments.map(function (row) {
      row.path = row.path || ps.path(row[2]);
      return { path: row.path, look: ps.segmentLook(row[1], row[0]) };
    });
    ["edge", "line"].forEach(function (part) {
      rows.forEach(function (row) { drawPaths(pen, [row.path], row.look, part); });
    });
  }

  // ---- Communes and what they make up

  function paintGround(pen) {
    if (ps.state.hidden.communes) return;
    const seen = ps.data.communes.filter(function (commune) { return inView(pen, commune.box); });
    ps.STATUSES.forEach(function (status, s) {
      pen.context.beginPath();
      seen.forEach(function (commune) { if (ps.communeStatus(commune) === s) commune.rings.forEach(function (ring) { trace(pen, ring.xy); }); });
      pen.context.fillStyle = ps.areaFill(pen.context, status, pen.left, pen.top);
      pen.context.globalAlpha = ps.communeAlpha();
      pen.context.fill("evenodd");
      pen.context.globalAlpha = 1;
    });
  }

  // Borders are as bold as the communes are large: a nation's are hairs.
  function drawBorders(pen) {
    if (ps.state.hidden.borders) return;
    const seen = ps.data.communes.filter(function (commune) { return inView(pen, commune.box); });
    const points = seen.reduce(function (n, commune) { return n + commune.points; }, 0);
    const bold = Math.max(0.3, Math.min(1, (ps.communeSize * pen.scale) / 40));
    const rings = function (wanted) {
      return [].concat.apply([], seen.filter(wanted).map(function (commune) { return commune.rings; }));
    };
    const thin = function (look) {
      return Object.assign({}, look, { width: look.width * bold, dash: points > DASHES_UP_TO || bold < 0.6 ? [] : look.dash });
    };
    drawPaths(pen, rings(function (commune) { return ps.communeStatus(commune) !== 1; }), thin(ps.LINES.border));
    ps.data.outlines.forEach(function (outline) { drawPaths(pen, outline.rings, thin(ps.LINES[outline.level])); });
    drawPaths(pen, rings(function (commune) { return ps.communeStatus(commune) === 1; }), thin(ps.LINES.border_gap));
    drawPaths(pen, rings(ps.isChosenCommune), ps.LINES.border_chosen);
  }

  ps.isChosenCommune = function (commune) {
    const chosen = ps.state.chosen;
    return chosenIs("commune", commune.place) || Boolean(chosen && chosen.kind === "units" && chosen.place.indexOf(commune.place) >= 0);
  };

  function drawSettlements(pen) {
    if (ps.state.hidden.settlements) return;
    pen.context.fillStyle = "rgba(107,93,79,.8)";
    ps.data.settlements.forEach(function (row) {
      const at = pen.spot(ps.place(row[1], row[2]));
      pen.context.beginPath();
      pen.context.arc(at.x, at.y, 1.6, 0, 2 * Math.PI);
      pen.context.fill();
    });
  }

  function paintLines(pen) {
    drawLines(pen, "rivers", ps.LINES.river);
    drawLines(pen, "roads", ps.LINES.road);
    drawBorders(pen);
    drawFibre(pen);
    drawSegments(pen);
    drawSettlements(pen);
  }

  // The canvases, from the ground up; `paintMarks` draws on the topmost.
  ps.drawBase = function (world, paintMarks) {
    [["ground", GROUND, paintGround], ["lines", LINES, paintLines], ["marks", MARKS, paintMarks]].forEach(function (row) {
      world.createPane(row[0]).style.zIndex = row[1];
      ps.canvases[row[0]] = new ps.Overlay(row[0], row[2]);
    });
  };
  ps.canvases = {};

  // Everything on the map drawn anew: after a choice, a service, a box of the legend.
  ps.redraw = function () { Object.keys(ps.canvases).forEach(function (name) { ps.canvases[name].draw(); }); };

  // The same after what pictures lie under the lines may have changed: footprint, online background.
  ps.showLayers = function () {
    ps.showSignal();
    ps.showTiles();
    ps.redraw();
  };
})(window.phusong);
