// Furniture: buttons, scale bar, north arrow, legend with the layers' boxes, inset of Viet Nam, source strip.
(function (ps) {
  "use strict";
  const el = ps.el, svg = ps.svg;
  const PHONE = window.matchMedia("screen and (max-width: 720px)");

  function button(name, sign, act) {
    return el("button", { type: "button", class: "tool", title: ps.text(name), "aria-label": ps.text(name), onclick: act }, sign);
  }

  let scale = null;
  ps.drawFurniture = function () {
    const world = ps.world;
    ps.fill("furniture", [
      el("div", { class: "tools", role: "group" }, [
        button("zoom_in", "+", function () { world.zoomIn(1); }),
        button("zoom_out", "−", function () { world.zoomOut(1); }),
        button("whole_area", frame(), function () { ps.showWhole(); }),
        button("print", printer(), function () { window.print(); }),
      ]),
      el("div", { class: "compass", role: "img", "aria-label": ps.text("north") }, [
        svg("svg", { viewBox: "0 0 24 30", width: 22, height: 28, "aria-hidden": "true" }, [
          svg("path", { d: "M12 1 L19 28 L12 22 Z", class: "needle-dark" }),
          svg("path", { d: "M12 1 L5 28 L12 22 Z", class: "needle-light" }),
        ]),
        el("span", { "aria-hidden": "true" }, ps.text("north_letter")),
      ]),
    ]);
    if (!scale) scale = L.control.scale({ imperial: false, maxWidth: 130, position: "bottomleft" }).addTo(world);
    drawLegend();
    drawInset();
    drawStrip();
  };

  function frame() {
    return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      svg("path", { class: "icon", d: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" }));
  }
  function printer() {
    return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      svg("path", { class: "icon", d: "M4 6V2h8v4M4 12H2V6h12v6h-2M4 10h8v4H4z" }));
  }

  // ---- Legend: every layer has a box; its sign is drawn the way the map draws it.

  const open = { legend: !PHONE.matches };

  function area(status) {
    return drawn(function (c) {
      c.beginPath();
      c.rect(1.5, 1.5, 23, 15);
      c.fillStyle = ps.areaFill(c, status, 0, 0);
      c.fill();
      ps.stroke(c, Object.assign({}, ps.LINES[status === "gap" ? "border_gap" : "border"], { dash: [] }));
    });
  }
  function line(look) {
    return drawn(function (c) {
      c.beginPath();
      c.moveTo(2, 9);
      c.lineTo(24, 9);
      if (look.edge) ps.stroke(c, look, "edge");
      ps.stroke(c, look);
    });
  }
  function drawn(paint) {
    const canvas = el("canvas", { class: "swatch", width: 78, height: 54, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    context.scale(3, 3); // sharp on any screen and on paper
    paint(context);
    return canvas;
  }
  function mastOf(look) { return drawn(function (c) { ps.drawMast(c, 13, 12, look); }); }
  function site(family, status) { return drawn(function (c) { ps.drawSite(c, family, status, 13, 9, 6.5); }); }

  function box(name, words) {
    const id = "layer-" + name;
    return [
      el("input", {
        type: "checkbox", id: id, checked: !ps.state.hidden[name],
        onchange: function (event) { ps.state.hidden[name] = !event.target.checked; ps.showLayers(); },
      }),
      words,
    ];
  }
  function layer(name, sign, below) {
    return el("li", {}, [el("label", { for: "layer-" + name }, [box(name, sign), el("span", {}, ps.text("layer_" + name))]), below]);
  }
  function key(sign, words) { return el("div", { class: "key" }, [sign, el("span", {}, words)]); }

  // What the colours mean, for communes and for sites side by side.
  function statuses() {
    const head = function (name, word) { return el("th", { scope: "col" }, el("label", { for: "layer-" + name }, box(name, ps.text("column_" + word)))); };
    return el("table", { class: "statuses" }, [
      el("thead", {}, el("tr", {}, [el("td"), head("communes", ps.data.one_area ? "area" : "communes"), head("sites", "sites")])),
      el("tbody", {}, ps.STATUSES.map(function (s, i) {
        return el("tr", {}, [el("th", { scope: "row" }, ps.text("status_" + s)), el("td", {}, area(s)), el("td", {}, site("other", i))]);
      })),
    ]);
  }

  function drawLegend() {
    const data = ps.data, families = ["office", "health", "school", "village_hall", "post_office", "other"].filter(function (family) {
      return ps.sites.some(function (s) { return s.family === family; });
    });
    const beyond = data.investments.some(function (i, place) { return !ps.investmentLook(place).lit; });
    const some = function (kind) { return data.segments.some(function (row) { return row[1] === kind; }); };
    const hop = drawn(function (c) { ps.drawLink(c, { x: 0, y: 9 }, { x: 26, y: 9 }, true, false); });
    const rank = function (look) { return drawn(function (c) { ps.drawRank(c, look, 13, 9, 8); }); };
    // A group of investments that colour stands for: its line with its letter.
    const group = function (look) {
      return drawn(function (c) {
        c.strokeStyle = look.colour; c.lineWidth = look.lit ? 3 : 1.5; c.setLineDash([6, 2]);
        c.beginPath(); c.moveTo(0, 9); c.lineTo(26, 9); c.stroke(); c.setLineDash([]);
        ps.drawRank(c, look, 13, 9, 7);
      });
    };
    const plain = ps.investmentLook(-1), filled = Object.assign({}, plain, { sign: "1" }), hollow = Object.assign({}, filled, { lit: false, ink: "#33414d" });
    const plan = [
      data.fibre.length > 0 && layer("fibre", line(ps.fibreLook(ps.layerLook("fibre"))), ps.operatorKeys("fibre", function (look) { return line(ps.fibreLook(look)); })),
      data.segments.length > 0 && layer("segments", line(ps.LINES.segment), [
        some("offroad") && key(line(ps.segmentLook("offroad", -1)), ps.text("off_road")),
        some("leased") && key(line(ps.segmentLook("leased", -1)), ps.text("leased")),
      ]),
      data.links.length > 0 && layer("links", hop),
      data.investments.length > 0 && layer("investments", rank(filled), [
        el("div", { class: "groups" }, ps.colourGroups().map(function (one) { return key(group(one.look), one.name); })),
        beyond && key(group(hollow), ps.text("not_lit")),
      ]),
      data.nodes.length > 0 && layer("nodes", drawn(function (c) { ps.drawNode(c, 13, 9, ps.layerLook("nodes").colour); })),
      data.masts.length > 0 && layer("masts", mastOf(null), ps.operatorKeys("masts", mastOf)),
      data.signal && layer("signal", ps.signalSign(), ps.signalKeys()),
    ];
    const base = [
      data.tiles && layer("tiles", null, ps.tilesNote()),
      data.roads.length > 0 && layer("roads", line(Object.assign({}, ps.LINES.road, { width: 2, edgeWidth: 4 }))),
      data.rivers.length > 0 && layer("rivers", line(ps.LINES.river)),
      data.settlements.length > 0 && layer("settlements", drawn(function (c) { c.fillStyle = "#6b5d4f"; c.beginPath(); c.arc(13, 9, 1.6, 0, 2 * Math.PI); c.fill(); })),
    ];
    ps.fill("legend", [
      el("button", { type: "button", class: "legend-head", "aria-expanded": String(open.legend), onclick: function () { open.legend = !open.legend; drawLegend(); ps.redraw(); } },
        [el("span", {}, ps.text("legend")), el("span", { class: "legend-service" }, ps.say(data.services[ps.state.service].name)), el("span", { class: "chevron", "aria-hidden": "true" }, open.legend ? "–" : "+")]),
      el("div", { class: "legend-body" }, [
        statuses(),
        el("div", { class: "families" }, families.map(function (f) { return key(site(f, 0), ps.text("family_" + f)); })),
        el("ul", {}, plan), base.some(Boolean) && el("ul", { class: "base" }, base),
      ]),
    ]).classList.toggle("closed", !open.legend);
  }

  ps.drawLegend = drawLegend;

  // How much of the view's left side the buttons take.
  ps.toolsWidth = function () {
    const tools = document.querySelector("#furniture .tools");
    return tools.offsetWidth && !PHONE.matches ? tools.offsetWidth + 8 : 0;
  };

  // How much of the view's right side the open legend takes.
  ps.legendWidth = function () {
    const shown = document.body.classList.contains("print") || (open.legend && !PHONE.matches);
    return shown ? document.getElementById("legend").offsetWidth : 0;
  };

  // ---- Inset: Viet Nam with Hoàng Sa and Trường Sa, drawn by hand to a tenth of a degree: a pointer, no boundary.

  const COAST = [[102.1, 22.4], [102.5, 22.8], [103.0, 22.5], [103.6, 22.8], [104.1, 22.6], [104.8, 23.1], [105.3, 23.4], [105.9, 22.9],
    [106.7, 22.9], [106.7, 22.0], [107.4, 21.6], [108.0, 21.5], [107.4, 21.1], [106.8, 20.7], [106.5, 20.2], [106.0, 19.9],
    [105.8, 19.1], [105.7, 18.7], [106.1, 18.3], [106.5, 17.9], [106.6, 17.4], [107.1, 17.0], [107.7, 16.5], [108.3, 16.1],
    [108.8, 15.3], [109.1, 14.3], [109.3, 13.3], [109.4, 12.7], [109.2, 12.0], [109.0, 11.4], [108.2, 10.9], [107.3, 10.4],
    [106.8, 10.4], [106.7, 9.8], [106.2, 9.4], [105.3, 8.9], [104.7, 8.6], [104.9, 9.6], [105.0, 10.1], [104.5, 10.4],
    [105.1, 10.9], [105.9, 10.9], [106.2, 11.0], [105.9, 11.6], [106.4, 11.7], [107.1, 12.0], [107.5, 12.4], [107.6, 13.0],
    [107.4, 13.9], [107.5, 14.7], [107.6, 15.1], [107.2, 15.8], [107.4, 16.1], [106.9, 16.4], [106.6, 16.9], [105.7, 17.7],
    [105.1, 18.5], [104.0, 19.1], [104.0, 19.5], [104.9, 19.8], [104.4, 20.4], [103.7, 20.7], [103.0, 21.0], [102.9, 21.7]];
  const ISLANDS = [[104.0, 10.2], [106.6, 8.7], [107.7, 20.1], [109.1, 15.4], [108.9, 10.5]];
  const HOANG_SA = [[111.3, 16.1], [111.6, 16.5], [112.0, 16.9], [112.3, 16.3], [112.6, 16.7], [111.7, 15.8]];
  const TRUONG_SA = [[111.9, 8.6], [112.9, 8.9], [113.8, 9.9], [114.3, 11.0], [114.4, 10.2], [115.0, 10.8], [115.5, 9.8], [112.3, 7.9], [113.2, 8.2], [114.6, 8.9]];

  function drawInset() {
    // A study of another country has no place in it.
    document.getElementById("inset").hidden = ps.data.abroad;
    if (ps.data.abroad) return;
    const X = function (lon) { return ((lon - 101.4) * 9.2).toFixed(1); }, Y = function (lat) { return ((23.9 - lat) * 9.5).toFixed(1); };
    const dots = function (places, r) { return places.map(function (p) { return svg("circle", { cx: X(p[0]), cy: Y(p[1]), r: r, class: "island" }); }); };
    const word = function (lon, lat, text, name) { return svg("text", { x: X(lon), y: Y(lat), "text-anchor": "middle", class: name || "" }, text); };
    const small = PHONE.matches && !document.body.classList.contains("print");
    const here = ps.wholeArea().getCenter();
    ps.fill("inset", svg("svg", { viewBox: "0 0 166 168", role: "img", "aria-label": ps.text("inset") + ": " + ps.text("hoang_sa") + ", " + ps.text("truong_sa") }, [
      svg("path", { d: "M" + COAST.map(function (p) { return X(p[0]) + " " + Y(p[1]); }).join("L") + "Z", class: "land" }),
      dots(ISLANDS, 1), dots(HOANG_SA, 1.1), dots(TRUONG_SA, 1.1),
      word(105.0, 21.75, ps.text("vietnam").toUpperCase(), "country"),
      word(113.2, 17.6, ps.text(small ? "hoang_sa_short" : "hoang_sa")), word(113.2, 6.75, ps.text(small ? "truong_sa_short" : "truong_sa")),
      svg("circle", { cx: X(here.lng), cy: Y(here.lat), r: 5.5, class: "here-ring" }),
      svg("circle", { cx: X(here.lng), cy: Y(here.lat), r: 2.2, class: "here" }),
    ]));
  }

  // ---- Strip at the foot of the map, where a copied picture keeps it.

  ps.drawStrip = drawStrip;
  function drawStrip() {
    const run = ps.data.run;
    const said = [["source", run.source], ["data_of", ps.dateSaid()], ["made_on", ps.say(run.created)], ["run", run.id]].filter(function (row) { return row[1]; });
    const proof = ps.data.plan.proof;
    ps.fill("strip", [
      ps.signalNote(),
      run.note && el("strong", {}, run.note + (/[.!?]$/.test(run.note) ? " " : ". ")),
      proof >= 0 && el("span", { class: "proof" }, ps.text("proof", { proof: ps.say(proof) }) + ". "),
      run.credits.length > 0 && run.credits.map(function (one) { return one.who; }).join("; ") + " · ",
      said.map(function (row) { return ps.text(row[0]) + (row[0] === "source" ? ": " : " ") + row[1]; }).join(" · "), " · Leaflet",
    ]);
  }

  // Where names must not go because something of the page lies there, in pixels of the view.
  ps.obstacles = function () {
    const view = ps.world.getContainer().getBoundingClientRect();
    return ["#legend", "#inset", "#strip", "#credit", "#furniture .tools", "#furniture .compass", ".leaflet-control-scale"].map(function (name) {
      const e = document.querySelector(name), box = e && e.getBoundingClientRect();
      return box ? { x: box.left - view.left - 2, y: box.top - view.top - 2, w: box.width + 4, h: box.height + 4 } : null;
    }).filter(function (box) { return box && box.w > 4; });
  };
})(window.phusong);
