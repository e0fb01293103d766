// Labels: names and ranks are put down one after another, the important first, and only where there is room.
(function (ps) {
  "use strict";
  const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif';

  const FEW = 60, ROOM = 34; // communes; pixels of a middling commune's side

  ps.labels = []; // what was put down: {text, x, y, w, h} in pixels of the view; for tests too

  function meets(a, b) { return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h; }

  // What is taken already, by squares of the view. A name may lie on a lesser mark (`soft`) when it finds no free place.
  function Board(pen) {
    const SIDE = 64, squares = {};
    function over(box, act) {
      for (let i = Math.floor(box.x / SIDE); i <= Math.floor((box.x + box.w) / SIDE); i++)
        for (let j = Math.floor(box.y / SIDE); j <= Math.floor((box.y + box.h) / SIDE); j++) if (act(i + "," + j)) return true;
      return false;
    }
    this.fits = function (box, overSoft) {
      return box.x >= 0 && box.y >= 0 && box.x + box.w <= pen.width && box.y + box.h <= pen.height && !over(box, function (square) {
        return (squares[square] || []).some(function (other) { return !(overSoft && other.lesser) && meets(other.box, box); });
      });
    };
    this.take = function (box, lesser) {
      over(box, function (square) { (squares[square] = squares[square] || []).push({ box: box, lesser: lesser }); });
    };
  }

  function room(pen, label) {
    pen.context.font = label.font;
    return { w: Math.ceil(pen.context.measureText(label.text).width) + 6, h: label.size + 6 };
  }

  // Try the label centred at each of `offsets` from its spot; the first that fits is taken. A commune's name
  // stays with its middle inside the commune, unless it is one that must be named (`gap`).
  function put(pen, board, label) {
    const size = room(pen, label), at = pen.spot(label.at), many = label.offsets.length;
    for (let i = 0; i < (label.gap ? 3 : 2) * many; i++) {
      const o = label.offsets[i % many];
      const box = { text: label.text, x: at.x + o[0] - size.w / 2, y: at.y + o[1] - size.h / 2, w: size.w, h: size.h };
      if (label.commune >= 0 && i < 2 * many && ps.communeAt(pen.place(at.x + o[0], at.y + o[1])) !== label.commune) continue;
      if (!board.fits(box, i >= many)) continue;
      board.take(box);
      ps.labels.push(box);
      write(pen.context, label, box);
      return true;
    }
    return false;
  }

  function write(context, label, box) {
    const x = box.x + box.w / 2, y = box.y + box.h / 2 + 0.5;
    context.font = label.font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3.5;
    context.strokeStyle = "rgba(255,255,255,.92)";
    context.strokeText(label.text, x, y);
    context.fillStyle = label.colour;
    context.fillText(label.text, x, y);
  }

  const RING = [[0, 0], [0, -15], [0, 15], [0, -28], [0, 28], [-34, 0], [34, 0], [-30, -20], [30, -20], [-30, 20], [30, 20], [0, -42], [0, 42]];

  // Communes are named where they are large enough to hold a name, or few; from farther off what they make up.
  function areaLabels(pen) {
    if (ps.data.one_area) return []; // it is called like the study
    const named = ps.data.communes.length <= FEW || ps.communeSize * pen.scale >= ROOM;
    return named ? communeLabels(pen) : unitLabels(pen);
  }

  function inView(pen, at) {
    const spot = pen.spot(at);
    return spot.x > -60 && spot.y > -60 && spot.x < pen.width + 60 && spot.y < pen.height + 60;
  }

  function communeLabels(pen) {
    const size = pen.zoom >= 11.5 ? 15 : 13;
    return ps.data.communes.filter(function (commune) { return inView(pen, commune.at); }).map(function (commune) {
      const gap = ps.communeStatus(commune) === 1;
      return {
        text: commune.name, commune: commune.place, at: commune.at, size: size, gap: gap, offsets: RING,
        font: (gap ? "700 " : "600 ") + size + "px " + FAMILY, colour: gap ? "#7a2e00" : "#1f2d3a",
      };
    }).sort(function (a, b) { return b.gap - a.gap; });
  }

  function unitLabels(pen) {
    const level = ps.data.outlines.some(function (unit) { return unit.level === "province"; }) ? "province" : "district";
    return ps.data.outlines.filter(function (unit) { return unit.level === level && inView(pen, unit.at); }).map(function (unit) {
      return { text: unit.name, at: unit.at, size: 13, offsets: RING, font: "700 13px " + FAMILY, colour: "#1f2d3a" };
    });
  }

  function settlementLabels() {
    return ps.data.settlements.filter(function (row) { return row[0]; }).map(function (row) {
      return { text: row[0], at: ps.place(row[1], row[2]), size: 11, font: "400 11px " + FAMILY, colour: "#4b4036", offsets: [[0, -9], [0, 10]] };
    });
  }

  // Names along lines; a line that is called like a commune would be taken for it.
  function lineLabels(rows, colour, style) {
    const taken = ps.data.communes.map(function (commune) { return commune.name; });
    return rows.filter(function (row) { return row[0] && taken.indexOf(row[0]) < 0; }).map(function (row) {
      const longest = row[1].reduce(function (a, b) { return b.length > a.length ? b : a; });
      const line = ps.line(longest);
      return { text: row[0], at: L.latLng(line[Math.floor(line.length / 2)]), size: 11, font: style + "500 11px " + FAMILY, colour: colour, offsets: [[0, 0]] };
    });
  }

  // The sign of an investment (its rank, with a letter where colour says more) as a disc beside its site,
  // as wide as the sign asks for (`ps.rankWidth`); filled when lit (`ps.investmentLook`).
  ps.drawRank = function (context, look, x, y, r) {
    const w = ps.rankWidth(context, look.sign, r) - r;
    context.beginPath();
    context.arc(x + w, y, r, -Math.PI / 2, Math.PI / 2);
    context.arc(x - w, y, r, Math.PI / 2, -Math.PI / 2);
    context.closePath();
    context.fillStyle = look.lit ? look.colour : "#ffffff";
    context.fill();
    context.lineWidth = 1.75;
    context.strokeStyle = look.lit ? "#ffffff" : look.colour;
    context.stroke();
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = look.ink;
    context.fillText(look.sign, x, y + 0.5);
  };
  // Half the width of a disc. Sets the font, too.
  ps.rankWidth = function (context, sign, r) {
    context.font = "700 " + (sign.length > 2 ? 10 : 11) + "px " + FAMILY;
    return Math.max(r, context.measureText(sign).width / 2 + (sign.length > 2 ? 3 : 1.2));
  };

  ps.ranks = [];
  function putRank(pen, board, investment, site, r) {
    const look = ps.investmentLook(investment), w = ps.rankWidth(pen.context, look.sign, r);
    const mark = ps.markOf[site.place], at = mark || pen.spot(site.at);
    if (at.x < 0 || at.y < 0 || at.x > pen.width || at.y > pen.height) return;
    const out = (mark && mark.reach ? mark.reach : 10) + r + 2;
    for (let i = 0; i < 8; i++) {
      const angle = -Math.PI / 4 + (i * Math.PI) / 4;
      const x = at.x + (out + w - r) * Math.cos(angle), y = at.y + out * Math.sin(angle);
      const box = { x: x - w - 1, y: y - r - 1, w: 2 * w + 2, h: 2 * r + 2 };
      if (!board.fits(box, false)) continue;
      board.take(box);
      ps.ranks.push({ investment: investment, x: x, y: y, r: r, w: w });
      ps.drawRank(pen.context, look, x, y, r);
      return;
    }
  }

  function litFirst() {
    const places = ps.data.investments.map(function (investment, i) { return i; }), lit = function (i) { return ps.investmentLook(i).lit; };
    return places.filter(lit).concat(places.filter(function (i) { return !lit(i); }));
  }

  ps.paintLabels = function (pen) {
    const board = new Board(pen);
    ps.labels = [];
    ps.ranks = [];
    ps.obstacles().forEach(function (box) { board.take(box); });
    ps.marks.forEach(function (m) {
      board.take({ x: m.x - m.r, y: m.y - m.r, w: 2 * m.r, h: 2 * m.r }, !m.site.centre && m.status !== 1);
    });
    ps.mastMarks.forEach(function (m) { board.take({ x: m.x - 9, y: m.y - 13, w: 18, h: 19 }); });
    const communes = areaLabels(pen);
    communes.filter(function (l) { return l.gap; }).forEach(function (l) { put(pen, board, l); });
    if (!ps.state.hidden.investments)
      litFirst().forEach(function (i) {
        ps.data.investments[i].anchors.forEach(function (site) { putRank(pen, board, i, site, 9); });
      });
    communes.filter(function (l) { return !l.gap; }).forEach(function (l) { put(pen, board, l); });
    // Numbered roads guide the eye from afar; other names only from near.
    const roads = ps.data.roads.filter(function (row) { return pen.zoom >= 11.5 || /\d/.test(row[0]); });
    if (pen.zoom >= 10 && !ps.state.hidden.roads) lineLabels(roads, "#5a4a3a", "").forEach(function (l) { put(pen, board, l); });
    if (pen.zoom >= 10 && !ps.state.hidden.rivers) lineLabels(ps.data.rivers, "#2d6f99", "italic ").forEach(function (l) { put(pen, board, l); });
    if (pen.zoom >= 12 && !ps.state.hidden.settlements) settlementLabels().forEach(function (l) { put(pen, board, l); });
  };

  ps.investmentAt = function (point) {
    const hit = ps.ranks.find(function (rank) { return Math.hypot(Math.max(Math.abs(rank.x - point.x) - rank.w + rank.r, 0), rank.y - point.y) <= rank.r + 2; });
    return hit ? hit.investment : -1;
  };
})(window.phusong);
