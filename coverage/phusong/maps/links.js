// Links: the microwave hops of the plan as dash-dotted lines with a dish at either end, and their cards.
(function (ps) {
  "use strict";
  const el = ps.el;
  const INK = "#2b2f77";

  ps.data.links.forEach(function (link) {
    link.from = ps.place(link.at[0], link.at[1]);
    link.to = ps.place(link.at[2], link.at[3]);
  });

  // A dish about `out` pixels along the line from x, y, open towards `angle`.
  function dish(context, x, y, angle, out) {
    context.beginPath();
    context.arc(x + out * Math.cos(angle), y + out * Math.sin(angle), 4.8, angle + Math.PI / 2, angle - Math.PI / 2);
    context.closePath();
    context.setLineDash([]);
    context.lineJoin = "round";
    context.fillStyle = "#ffffff";
    context.strokeStyle = "rgba(255,255,255,.95)"; context.lineWidth = 4; context.stroke();
    context.fill();
    context.strokeStyle = INK; context.lineWidth = 1.6; context.stroke();
  }

  // From one place of the view to another; `lit`: the open card speaks of it.
  ps.drawLink = function (context, a, b, funded, lit) {
    const angle = Math.atan2(b.y - a.y, b.x - a.x), long = Math.hypot(b.x - a.x, b.y - a.y);
    const stroke = function (colour, width, dashes) {
      context.beginPath();
      context.moveTo(a.x, a.y);
      context.lineTo(b.x, b.y);
      context.lineCap = "butt";
      context.setLineDash(dashes);
      context.strokeStyle = colour; context.lineWidth = width; context.stroke();
    };
    stroke("rgba(255,255,255,.9)", lit ? 7 : 4.2, []);
    stroke(INK, lit ? 3.4 : funded ? 1.8 : 1.1, [9, 3.5, 1.8, 3.5]);
    context.setLineDash([]);
    if (long < 34) return;
    dish(context, a.x, a.y, angle, 11);
    dish(context, b.x, b.y, angle + Math.PI, 11);
  };

  // The links that the open card speaks of.
  function litLinks() {
    const chosen = ps.state.chosen;
    return function (link, place) {
      if (!chosen) return false;
      if (chosen.kind === "link") return chosen.place === place;
      if (chosen.kind === "site") return link.sites.indexOf(chosen.place) >= 0;
      return chosen.kind === "investment" && link.investment === chosen.place;
    };
  }

  ps.paintLinks = function (pen) {
    if (ps.state.hidden.links) return;
    const lit = litLinks(), last = [];
    const paint = function (link, on) { ps.drawLink(pen.context, pen.spot(link.from), pen.spot(link.to), ps.investmentLook(link.investment).lit, on); };
    ps.data.links.forEach(function (link, place) {
      if (lit(link, place)) last.push(link);
      else paint(link, false);
    });
    last.forEach(function (link) { paint(link, true); });
  };

  // The link under a point of the view, the nearest of several; -1 for none.
  ps.linkAt = function (point, reach) {
    let found = -1, nearest = reach;
    if (ps.state.hidden.links) return found;
    ps.data.links.forEach(function (link, place) {
      const a = ps.world.latLngToContainerPoint(link.from), b = ps.world.latLngToContainerPoint(link.to);
      const away = L.LineUtil.pointToSegmentDistance(point, a, b);
      if (away <= nearest) { found = place; nearest = away; }
    });
    return found;
  };

  function endName(end) {
    if (end.site >= 0) return ps.sites[end.site].name;
    const known = end.operator && end.operator !== ps.data.unknown_operator;
    return ps.say(end.kind) + (known ? " (" + end.operator + ")" : "");
  }
  function km(metres) { return ps.decimal(metres / 1000, metres < 9950 ? 2 : 1) + " km"; }
  function ghz(link) { return ps.tidy(link.band / 10, 1) + " GHz"; }

  ps.linkTitle = function (link) { return ps.text("link_title", { a: endName(link.ends[0]), b: endName(link.ends[1]) }); };
  ps.linkHint = function (link) { return [ps.linkTitle(link), km(link.length), ghz(link)].join(" · "); };

  // A section with a button for each link that `mine` wants; nothing where there is none.
  ps.linkButtons = function (mine) {
    const places = ps.data.links.map(function (_link, place) { return place; }).filter(function (place) { return mine(ps.data.links[place]); });
    return places.length > 0 && ps.section(ps.text("layer_links"), el("div", {}, places.map(function (place) {
      const link = ps.data.links[place];
      return el("button", { type: "button", class: "row-button", onclick: function () { ps.choose({ kind: "link", place: place }, true); } },
        [mark(), el("span", {}, [endName(link.ends[0]) + " – " + endName(link.ends[1]), el("small", {}, [km(link.length), ghz(link), ps.decimal(link.margin / 10, 1) + " dB"].join(" · "))])]);
    })));
  };
  function mark() {
    return ps.svg("svg", { class: "link-mark", viewBox: "0 0 20 20", width: 20, height: 20, "aria-hidden": "true" },
      ps.svg("path", { d: "M3 5a7 7 0 0 0 10 10zM8.5 10.5L13 6M8 15v3M5 18h7" }));
  }

  function ends(link) {
    const figure = function (key, times, digits, unit) {
      return link.ends.map(function (end) { return end[key] === null ? "–" : ps.decimal(end[key] / times, digits) + unit; });
    };
    const rows = [
      ["link_ground", figure("ground", 10, 1, "")],
      ["link_antenna", link.ends.map(function (end) { return ps.tidy(end.height / 10, 1); })],
      ["link_azimuth", figure("azimuth", 100, 2, "°")],
      ["link_tilt", figure("tilt", 100, 2, "°")],
    ];
    return el("table", { class: "link-ends" }, [
      el("thead", {}, el("tr", {}, [el("td")].concat(link.ends.map(function (end, i) {
        const name = end.site < 0 ? endName(end) : el("button", { type: "button", class: "link", onclick: function () { ps.choose({ kind: "site", place: end.site }, true); } }, endName(end));
        return el("th", { scope: "col" }, [el("b", {}, "AB"[i]), " ", name, end.site < 0 && el("small", {}, end.id)]);
      })))),
      el("tbody", {}, rows.map(function (row) {
        return el("tr", {}, [el("th", { scope: "row" }, ps.text(row[0])), row[1].map(function (said) { return el("td", {}, said); })]);
      })),
    ]);
  }

  function clearance(c) {
    return c.least !== null && ps.text("link_clearance_said", { least: ps.decimal(c.least / 100, 2), km: ps.decimal(c.at / 1000, 2), asked: ps.decimal(c.asked / 100, 1) });
  }

  function figures(link) {
    const tenth = function (key, unit) { return ps.decimal(link[key] / 10, 1) + unit; };
    const k = function (i) { return i ? ps.decimal(link.clearance[i].k / 100, 2) : "4/3"; };
    return ps.facts([
      [ps.text("link_length"), km(link.length)],
      [ps.text("link_band"), ghz(link)],
      [ps.text("link_rate"), ps.number(link.rate) + " Mb/s"],
      [ps.text("link_radio"), ps.text("link_radio_said", { power: ps.tidy(link.power / 10, 1), gain: ps.tidy(link.gain / 10, 1) })],
      [ps.text("link_received"), tenth("received", " dBm")],
      [ps.text("link_margin", { threshold: ps.tidy(link.threshold / 10, 1) }), el("strong", {}, tenth("margin", " dB"))],
      [ps.text("link_rain"), tenth("rain", " mm/h") + (link.assumed_rain ? " (" + ps.text("estimate") + ")" : "")],
      [ps.text("link_availability"), el("strong", {}, ps.decimal(link.availability / 10000, 4) + " %")],
    ].concat(link.clearance.map(function (c, i) { return [ps.text("link_clearance", { k: k(i) }), clearance(c)]; })));
  }

  ps.cards.link = function (place) {
    const link = ps.data.links[place], paying = ps.data.investments[link.investment];
    return {
      title: ps.linkTitle(link),
      under: [paying && ps.investmentButton(link.investment), " ", paying && ps.funding(paying)],
      body: [
        link.ground.length ? ps.section(ps.text("link_profile"), ps.profileChart(link)) : el("p", { class: "flat" }, ps.text("link_flat")),
        ps.section(ps.text("link_ends"), ends(link)),
        ps.section(ps.text("link_figures"), [figures(link), el("p", {}, el("small", {}, ps.text("link_assumed")))]),
        ps.section(ps.text("sites_here") + " (" + ps.number(link.sites.length) + ")", el("div", {}, link.sites.map(function (s) { return ps.siteButton(ps.sites[s]); }))),
      ],
    };
  };
})(window.phusong);
