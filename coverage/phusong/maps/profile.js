// Profile: the ground under a microwave link, its masts, ray and first Fresnel zone, drawn as SVG.
(function (ps) {
  "use strict";
  const svg = ps.svg, el = ps.el;
  const K = 4 / 3, EARTH_KM = 6371;
  const WIDTH = 368, LEFT = 46, RIGHT = 12;
  // The whole path above, and beneath it the same seen from the ray, near enough to read the clearance.
  const PATH = { top: 32, height: 172 }, NEAR = { top: 230, height: 96 };
  const HEIGHT = NEAR.top + NEAR.height + 34;

  // Metres along the path from A (d, in km), all heights with the Earth's bulge added.
  function geometry(link) {
    const km = link.length / 1000, last = link.ground.length - 1, ends = link.ends;
    const d = link.ground.map(function (_h, i) { return (km * i) / last; });
    const bulge = function (x) { return (500 * x * (km - x)) / (K * EARTH_KM); };
    const ground = link.ground.map(function (h, i) { return h + bulge(d[i]); });
    ground[0] = ends[0].ground / 10;
    ground[last] = ends[1].ground / 10;
    const a = ground[0] + ends[0].height / 10, b = ground[last] + ends[1].height / 10;
    const ray = function (x) { return a + ((b - a) * x) / km; };
    const at = link.clearance[0].at / 1000;
    return {
      km: km, d: d, ground: ground,
      top: ground.map(function (h, i) { return h + (link.canopy[i] || 0); }),
      ray: ray,
      radius: function (x) { return 17.3 * Math.sqrt(Math.max(x * (km - x), 0) / ((link.band / 10) * km)); },
      at: at,
      // How far below the ray the tightest point stands, from the row itself.
      gap: function () { return (link.clearance[0].least / 100) * this.radius(at); },
    };
  }

  // Round steps of an axis: 1, 2 or 5 times a power of ten, about `many` of them.
  function ticks(low, high, many) {
    const rough = (high - low) / many, power = Math.pow(10, Math.floor(Math.log10(rough)));
    const step = [1, 2, 5, 10].map(function (n) { return n * power; }).find(function (s) { return s >= rough * 0.999; });
    const out = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(i * step);
    return { at: out, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }

  // A panel: where its plot lies, and its scales.
  function panel(box, km, low, high) {
    return {
      box: box, low: low, high: high,
      x: function (d) { return LEFT + (d / km) * (WIDTH - LEFT - RIGHT); },
      y: function (h) { return box.top + ((high - h) / (high - low)) * box.height; },
    };
  }
  function spot(p, d, h) { return p.x(d).toFixed(1) + " " + p.y(h).toFixed(1); }
  function along(p, d, heights) { return d.map(function (x, i) { return spot(p, x, heights[i]); }).join("L"); }

  function axes(p, km, kmDigits, name) {
    const heights = ticks(p.low, p.high, p.box.height / 30), bottom = p.box.top + p.box.height;
    return [
      heights.at.map(function (h) {
        return [
          svg("path", { class: "profile-grid", d: "M" + LEFT + " " + p.y(h).toFixed(1) + "H" + (WIDTH - RIGHT) }),
          svg("text", { class: "profile-tick", x: LEFT - 5, y: (p.y(h) + 4).toFixed(1), "text-anchor": "end" }, ps.decimal(h, heights.digits)),
        ];
      }),
      svg("text", { class: "profile-name", x: 2, y: p.box.top - 7 }, name),
      kmDigits.at.map(function (x) { return svg("path", { class: "profile-grid", d: "M" + p.x(x).toFixed(1) + " " + p.box.top + "V" + bottom }); }),
    ];
  }

  // Ground, trees, zone and rays less `base`: 0 for the whole path, the ray for the panel beneath.
  function layers(p, g, link, base, clip) {
    const fine = [];
    for (let i = 0; i <= 120; i++) fine.push((g.km * i) / 120);
    const less = function (heights) { return heights.map(function (h, i) { return h - base(g.d[i]); }); };
    const line = function (part) { return fine.map(function (x) { return g.ray(x) - base(x) + part * g.radius(x); }); };
    const floor = "L" + spot(p, g.km, p.low) + "L" + spot(p, 0, p.low) + "Z";
    const ground = less(g.ground), top = less(g.top), back = g.d.slice().reverse();
    return svg("g", { "clip-path": "url(#" + clip + ")" }, [
      svg("path", { class: "profile-ground", d: "M" + along(p, g.d, ground) + floor }),
      link.canopy.length > 0 && svg("path", { class: "profile-canopy", d: "M" + along(p, g.d, top) + "L" + along(p, back, ground.slice().reverse()) + "Z" }),
      svg("path", { class: "profile-zone", d: "M" + along(p, fine, line(1)) + "L" + along(p, fine.slice().reverse(), line(-1).reverse()) + "Z" }),
      svg("path", { class: "profile-skyline", d: "M" + along(p, g.d, ground) }),
      svg("path", { class: "profile-part", d: "M" + along(p, fine, line(-0.6)) }),
      svg("path", { class: "profile-ray", d: "M" + along(p, [0, g.km], [g.ray(0) - base(0), g.ray(g.km) - base(g.km)]) }),
      [0, g.km].map(function (x, i) {
        return svg("path", { class: "profile-mast", d: "M" + spot(p, x, g.ray(x) - base(x)) + "V" + p.y(Math.max((i ? g.ground[g.ground.length - 1] : g.ground[0]) - base(x), p.low)).toFixed(1) });
      }),
    ]);
  }

  function clip(id, box) {
    return svg("clipPath", { id: id }, svg("rect", { x: LEFT - 3, y: box.top - 2, width: WIDTH - LEFT - RIGHT + 6, height: box.height + 2 }));
  }

  // The tightest point, in either panel: how far the ground stands below the ray.
  function tightest(p, g, base) {
    const below = Math.max(g.ray(g.at) - base(g.at) - g.gap(), p.low);
    const x = p.x(g.at).toFixed(1);
    return [
      svg("path", { class: "profile-gap", d: "M" + x + " " + p.y(g.ray(g.at) - base(g.at)).toFixed(1) + "V" + p.y(below).toFixed(1) }),
      svg("circle", { class: "profile-spot", cx: x, cy: p.y(below).toFixed(1), r: 3.5 }),
    ];
  }

  function label(p, g, words) {
    const right = g.at < g.km / 2, y = p.box.top + p.box.height - 9;
    return svg("text", { class: "profile-tightest", x: (p.x(g.at) + (right ? 9 : -9)).toFixed(1), y: y, "text-anchor": right ? "start" : "end" }, words);
  }

  function antenna(link, i) {
    return svg("text", { class: "profile-end", x: i ? WIDTH - RIGHT : LEFT, y: 12, "text-anchor": i ? "end" : "start" },
      ps.text("profile_antenna", { end: "AB"[i], height: ps.tidy(link.ends[i].height / 10, 1) }));
  }

  function key(name, shape, words) {
    return el("li", {}, [svg("svg", { viewBox: "0 0 26 12", width: 26, height: 12, "aria-hidden": "true" }, shape), el("span", {}, ps.text(words))]);
  }
  function keys(link) {
    const line = function (name) { return svg("path", { class: name, d: "M1 6H25" }); };
    const area = function (name) { return svg("rect", { class: name, x: 1, y: 1, width: 24, height: 10 }); };
    return el("ul", { class: "profile-keys" }, [
      key("ray", line("profile-ray"), "profile_ray"),
      key("zone", area("profile-zone"), "profile_zone"),
      key("part", line("profile-part"), "profile_part"),
      key("ground", area("profile-ground"), "profile_ground"),
      link.canopy.length > 0 && key("canopy", area("profile-canopy"), "profile_canopy"),
    ]);
  }

  // The chart in words, for those who do not see it.
  function said(link) {
    const c = link.clearance[0], a = link.ends[0], b = link.ends[1];
    return ps.text("profile_said", {
      length: ps.decimal(link.length / 1000, 2),
      a_ground: ps.decimal(a.ground / 10, 1), a_height: ps.tidy(a.height / 10, 1),
      b_ground: ps.decimal(b.ground / 10, 1), b_height: ps.tidy(b.height / 10, 1),
      low: ps.number(Math.min.apply(null, link.ground)), high: ps.number(Math.max.apply(null, link.ground)),
      at: ps.decimal(c.at / 1000, 2), least: ps.decimal(c.least / 100, 2), asked: ps.decimal(c.asked / 100, 1),
    });
  }

  ps.profileChart = function (link) {
    const g = geometry(link), c = link.clearance[0];
    const zone = Math.max.apply(null, g.d.map(g.radius));
    const low = Math.min(Math.min.apply(null, g.ground), Math.min.apply(null, g.d.map(function (x) { return g.ray(x) - g.radius(x); })));
    const high = Math.max(Math.max.apply(null, g.top), Math.max.apply(null, g.d.map(function (x) { return g.ray(x) + g.radius(x); })));
    const tall = Math.max(high - low, 20);
    const path = panel(PATH, g.km, low - 0.08 * tall, low + 1.06 * tall);
    // Down to the tightest point, were it not so far that the zone would be a line.
    const down = Math.max(1.7 * zone, Math.min(1.3 * g.gap(), 6 * zone));
    const near = panel(NEAR, g.km, -down, 1.4 * zone);
    const across = ticks(0, g.km, 5), flat = function () { return 0; };
    const times = ((PATH.height / (path.high - path.low)) * 1000 * g.km) / (WIDTH - LEFT - RIGHT);
    const words = ps.text("profile_tightest", { least: ps.decimal(c.least / 100, 2), km: ps.decimal(c.at / 1000, 2) });
    return el("figure", { class: "profile" }, [
      svg("svg", { viewBox: "0 0 " + WIDTH + " " + HEIGHT, role: "img", "aria-label": said(link) }, [
        svg("defs", {}, [clip("profile-path", PATH), clip("profile-near", NEAR)]),
        axes(path, g.km, across, ps.text("profile_m")), layers(path, g, link, flat, "profile-path"), tightest(path, g, flat),
        axes(near, g.km, across, ps.text("profile_from_ray")), layers(near, g, link, g.ray, "profile-near"), tightest(near, g, g.ray),
        antenna(link, 0), antenna(link, 1), label(near, g, words),
        across.at.map(function (x) {
          return svg("text", { class: "profile-tick", x: near.x(x).toFixed(1), y: NEAR.top + NEAR.height + 14, "text-anchor": "middle" }, ps.decimal(x, across.digits));
        }),
        svg("text", { class: "profile-name", x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, ps.text("profile_km")),
      ]),
      keys(link),
      el("figcaption", {}, ps.text("profile_note", { times: ps.tidy(times < 10 ? Math.round(times * 10) / 10 : Math.round(times), 1) })),
    ]);
  };
})(window.phusong);
