// Labels: names and ranks are put down one after another, the important first, and only where there is room.
(function (ps) {
  "use strict";
  const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif';

  ps.labels = []; // what was put down: {text, x, y, w, h} in pixels of the view; for tests too

  function meets(a, b) { return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h; }

  // What is taken already. A name may lie on a lesser mark (`soft`) when it finds no free place.
  function Board(pen) {
    const taken = [], soft = [];
    this.fits = function (box, overSoft) {
      const hits = function (other) { return meets(other, box); };
      return box.x >= 0 && box.y >= 0 && box.x + box.w <= pen.width && box.y + box.h <= pen.height &&
        !taken.some(hits) && (overSoft || !soft.some(hits));
    };
    this.take = function (box, lesser) { (lesser ? soft : taken).push(box); };
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

  function communeLabels(pen) {
    const size = pen.zoom >= 11.5 ? 15 : 13;
    if (ps.data.one_area) return []; // it is called like the study
    return ps.data.communes.map(function (commune, i) {
      const gap = ps.communeStatus(commune) === 1;
      return {
        text: commune.name, commune: i, at: commune.at, size: size, gap: gap, offsets: RING,
        font: (gap ? "700 " : "600 ") + size + "px " + FAMILY, colour: gap ? "#7a2e00" : "#1f2d3a",
      };
    }).sort(function (a, b) { return b.gap - a.gap; });
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

  // The rank of an investment as a disc beside its site; filled when funded.
  ps.drawRank = function (context, rank, x, y, r, funded) {
    context.beginPath();
    context.arc(x, y, r, 0, 2 * Math.PI);
    context.fillStyle = funded ? "#8a1f6a" : "#ffffff";
    context.fill();
    context.lineWidth = 1.75;
    context.strokeStyle = funded ? "#ffffff" : "#8a1f6a";
    context.stroke();
    context.font = "700 " + (rank > 99 ? 9 : 11) + "px " + FAMILY;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = funded ? "#ffffff" : "#6d1553";
    context.fillText(String(rank), x, y + 0.5);
  };

  ps.ranks = [];
  function putRank(pen, board, investment, site, r) {
    const mark = ps.marks.find(function (m) { return m.site === site; });
    const at = mark || pen.spot(site.at), out = (mark && mark.reach ? mark.reach : 10) + r + 2;
    for (let i = 0; i < 8; i++) {
      const angle = -Math.PI / 4 + (i * Math.PI) / 4;
      const x = at.x + out * Math.cos(angle), y = at.y + out * Math.sin(angle);
      const box = { x: x - r - 1, y: y - r - 1, w: 2 * r + 2, h: 2 * r + 2 };
      if (!board.fits(box, false)) continue;
      board.take(box);
      ps.ranks.push({ investment: investment, x: x, y: y, r: r });
      ps.drawRank(pen.context, ps.data.investments[investment].rank, x, y, r, ps.data.investments[investment].funded);
      return;
    }
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
    const communes = communeLabels(pen);
    communes.filter(function (l) { return l.gap; }).forEach(function (l) { put(pen, board, l); });
    if (!ps.state.hidden.investments)
      ps.data.investments.forEach(function (investment, i) {
        investment.anchors.forEach(function (site) { putRank(pen, board, i, site, 9); });
      });
    communes.filter(function (l) { return !l.gap; }).forEach(function (l) { put(pen, board, l); });
    // Numbered roads guide the eye from afar; other names only from near.
    const roads = ps.data.roads.filter(function (row) { return pen.zoom >= 11.5 || /\d/.test(row[0]); });
    if (pen.zoom >= 10 && !ps.state.hidden.roads) lineLabels(roads, "#5a4a3a", "").forEach(function (l) { put(pen, board, l); });
    if (pen.zoom >= 10 && !ps.state.hidden.rivers) lineLabels(ps.data.rivers, "#2d6f99", "italic ").forEach(function (l) { put(pen, board, l); });
    if (pen.zoom >= 12 && !ps.state.hidden.settlements) settlementLabels().forEach(function (l) { put(pen, board, l); });
  };

  ps.investmentAt = function (point) {
    const hit = ps.ranks.find(function (rank) { return Math.hypot(rank.x - point.x, rank.y - point.y) <= rank.r + 2; });
    return hit ? hit.investment : -1;
  };
})(window.phusong);
