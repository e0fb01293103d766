// Sites and masts: shape says what a site is, colour and ring say whether it has the service.
(function (ps) {
  "use strict";
  const SPREAD_UP_TO = 1500; // sites in view; more are drawn where they stand, however close

  const RING_UP_TO = 16; // sites in one ring
  const DOT = 3; // pixels; a smaller mark is a plain dot

  ps.COLOURS = {
    ok: { fill: "#26977a", ring: "#ffffff", width: 1.5 },
    gap: { fill: "#d55e00", ring: "#3d1a00", width: 2 },
    unknown: { fill: "#ffffff", ring: "#5b6570", width: 1.75 },
  };

  // Paths of the families within a square of half side `r` around 0, 0.
  const SHAPES = {
    office: [[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
    health: [[-0.36, -1], [0.36, -1], [0.36, -0.36], [1, -0.36], [1, 0.36], [0.36, 0.36], [0.36, 1], [-0.36, 1], [-0.36, 0.36], [-1, 0.36], [-1, -0.36], [-0.36, -0.36]],
    school: [[0, -1.05], [1.05, 0.85], [-1.05, 0.85]],
    village_hall: [[0, -1.05], [1, -0.2], [0.75, -0.2], [0.75, 0.9], [-0.75, 0.9], [-0.75, -0.2], [-1, -0.2]],
    post_office: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
  };

  function drawDot(context, family, status, x, y, r) {
    const look = ps.COLOURS[ps.STATUSES[status]];
    context.fillStyle = status === 2 ? look.ring : look.fill;
    context.fillRect(x - r, y - r, 2 * r, 2 * r);
  }

  ps.drawSite = function (context, family, status, x, y, r) {
    const look = ps.COLOURS[ps.STATUSES[status]];
    context.beginPath();
    if (SHAPES[family]) SHAPES[family].forEach(function (p) { context.lineTo(x + p[0] * r, y + p[1] * r); });
    else context.arc(x, y, r * 0.95, 0, 2 * Math.PI);
    context.closePath();
    context.lineJoin = "round";
    if (status !== 1) { context.lineWidth = look.width + 2; context.strokeStyle = "rgba(255,255,255,.9)"; context.stroke(); }
    context.fillStyle = look.fill;
    context.fill();
    context.lineWidth = look.width;
    context.strokeStyle = look.ring;
    context.stroke();
  };

  ps.siteRadius = function (site, zoom) {
    const r = Math.max(3, Math.min(7.5, 4.2 + (zoom - 10) * 0.8));
    return site.centre ? r * 1.35 : r;
  };

  // The sites in view, the most telling last so that it is drawn on top: centres, then gaps.
  function inView(pen) {
    const edge = pen.margin, seen = [];
    ps.sites.forEach(function (site) {
      if (!ps.listed(site)) return;
      const x = site.x * pen.scale - pen.left, y = site.y * pen.scale - pen.top;
      if (x > -edge && y > -edge && x < pen.width + edge && y < pen.height + edge)
        seen.push({ site: site, x: x, y: y, r: ps.siteRadius(site, pen.zoom), status: ps.statusOf(site) });
    });
    return seen;
  }

  function ranked(marks) {
    const ranks = [[], [], [], []];
    marks.forEach(function (mark) { ranks[weight(mark)].push(mark); });
    return [].concat.apply([], ranks);
  }

  // Where sites lie so thick that marks would cover the map they are dots, in the order of the list: a first or last
  // status would hide the others.
  function crowd(pen, marks) {
    const box = marks.reduce(function (b, m) { return [Math.min(b[0], m.x), Math.min(b[1], m.y), Math.max(b[2], m.x), Math.max(b[3], m.y)]; }, [Infinity, Infinity, -Infinity, -Infinity]);
    const apart = Math.sqrt(((box[2] - box[0]) * (box[3] - box[1])) / marks.length), most = Math.max(1.4, apart * 0.5);
    if (most >= DOT) return ranked(marks);
    marks.forEach(function (mark) { mark.r = Math.min(mark.r, most); });
    return marks;
  }
  function weight(mark) { return (mark.site.centre ? 2 : 0) + (mark.status === 1 ? 1 : 0); }

  // Sites that would hide one another stand in a ring around the most telling of them.
  function spread(marks) {
    const heads = {}, cell = 26;
    marks.slice().reverse().forEach(function (mark) {
      const column = Math.floor(mark.x / cell), row = Math.floor(mark.y / cell);
      let head = null;
      for (let i = -1; i <= 1; i++) for (let j = -1; j <= 1; j++)
        (heads[(column + i) + "," + (row + j)] || []).forEach(function (other) {
          if (!head && Math.hypot(other.x - mark.x, other.y - mark.y) < other.r + mark.r + 3) head = other;
        });
      if (head) { head.ring.push(mark); return; }
      mark.ring = [];
      (heads[column + "," + row] = heads[column + "," + row] || []).push(mark);
    });
    Object.keys(heads).forEach(function (key) { heads[key].forEach(around); });
  }

  function around(head) {
    const many = head.ring.length;
    // A ring of more would be as wide as the land: they show apart nearer by.
    if (!many || many > RING_UP_TO) return;
    const widest = Math.max.apply(null, head.ring.map(function (mark) { return mark.r; }));
    const out = Math.max(head.r + widest + 4, (many * (2 * widest + 4)) / (2 * Math.PI));
    head.reach = out + widest;
    head.ring.forEach(function (mark, i) {
      const angle = -Math.PI / 2 + (2 * Math.PI * (i + 0.5)) / Math.max(many, 4);
      mark.x = head.x + out * Math.cos(angle);
      mark.y = head.y + out * Math.sin(angle);
    });
  }

  ps.marks = [];
  ps.markOf = {};
  ps.paintSites = function (pen) {
    ps.marks = [];
    ps.markOf = {};
    if (ps.state.hidden.sites) return;
    const seen = inView(pen), many = seen.length > SPREAD_UP_TO, marks = many ? crowd(pen, seen) : ranked(seen);
    if (!many) spread(marks);
    const lit = ps.litSites(), stamp = many ? stamps(pen) : ps.drawSite;
    marks.forEach(function (mark) {
      if (lit[mark.site.place]) halo(pen.context, mark);
      (mark.r < DOT ? drawDot : stamp)(pen.context, mark.site.family, mark.status, mark.x, mark.y, mark.r);
      ps.markOf[mark.site.place] = mark;
    });
    ps.marks = marks;
  };

  // Many sites are stamped: each kind of mark is drawn once and copied.
  function stamps(pen) {
    const made = {}, dots = pen.context.getTransform().a;
    return function (context, family, status, x, y, r) {
      const key = family + status + r, half = Math.ceil(r * 1.2 + 4);
      if (!made[key]) {
        const canvas = document.createElement("canvas"), c = canvas.getContext("2d");
        canvas.width = canvas.height = 2 * half * dots;
        c.scale(dots, dots);
        ps.drawSite(c, family, status, half, half, r);
        made[key] = canvas;
      }
      context.drawImage(made[key], x - half, y - half, 2 * half, 2 * half);
    };
  }

  function halo(context, mark) {
    context.beginPath();
    context.arc(mark.x, mark.y, mark.r + 6, 0, 2 * Math.PI);
    context.fillStyle = "rgba(255,255,255,.85)";
    context.fill();
    context.lineWidth = 2.5;
    context.strokeStyle = "#14202b";
    context.stroke();
  }

  // The sites that the open card speaks of.
  ps.litSites = function () {
    const lit = {}, chosen = ps.state.chosen;
    if (chosen && chosen.kind === "site") lit[chosen.place] = true;
    if (chosen && chosen.kind === "investment") ps.data.investments[chosen.place].sites.forEach(function (i) { lit[i] = true; });
    return lit;
  };

  // The sites under a point of the view, the topmost first.
  ps.sitesAt = function (point, reach) {
    return ps.marks.filter(function (mark) { return Math.hypot(mark.x - point.x, mark.y - point.y) <= mark.r + reach; })
      .reverse().map(function (mark) { return mark.site; });
  };

  // Where new line can start: a point of presence or cabinet on fibre.
  ps.drawNode = function (context, x, y, colour) {
    context.beginPath();
    [[0, -5.5], [5.5, 0], [0, 5.5], [-5.5, 0]].forEach(function (p) { context.lineTo(x + p[0], y + p[1]); });
    context.closePath();
    context.lineJoin = "round";
    context.strokeStyle = "rgba(255,255,255,.95)"; context.lineWidth = 4; context.stroke();
    context.fillStyle = colour || "#0060a8"; context.fill();
  };

  ps.paintNodes = function (pen) {
    if (ps.state.hidden.nodes) return;
    ps.data.nodes.forEach(function (node) {
      const at = pen.spot(ps.place(node[2], node[3]));
      ps.drawNode(pen.context, at.x, at.y, ps.operatorColour(node[0]));
    });
  };

  ps.nodeAt = function (point) {
    if (ps.state.hidden.nodes) return null;
    return ps.data.nodes.find(function (node) {
      const at = ps.world.latLngToContainerPoint(ps.place(node[2], node[3]));
      return Math.hypot(at.x - point.x, at.y - point.y) < 7;
    }) || null;
  };

  // A mast: waves over a shield in the colour of its operator (`look`, see operators.js) with its letters.
  const PLAIN_MAST = { colour: "#2b2f77", ink: "#ffffff", letters: "" };
  ps.drawMast = function (context, x, y, look) {
    const said = look || PLAIN_MAST, w = said.letters ? 8 : 3, h = 5.5;
    context.beginPath();
    context.moveTo(x, y - h); context.lineTo(x, y - h - 3);
    context.moveTo(x + 3.4, y - h - 5.4); context.arc(x, y - h - 3.4, 4, -0.55, 0.55);
    context.moveTo(x - 3.4, y - h - 1.4); context.arc(x, y - h - 3.4, 4, Math.PI - 0.55, Math.PI + 0.55);
    context.rect(x - w, y - h, 2 * w, 2 * h);
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = "rgba(255,255,255,.95)"; context.lineWidth = 3.6; context.stroke();
    context.strokeStyle = said.ink === "#ffffff" ? said.colour : said.ink; context.lineWidth = 1.2; context.stroke();
    context.fillStyle = said.colour; context.fillRect(x - w, y - h, 2 * w, 2 * h);
    context.font = "700 " + (said.letters.length > 2 ? 7 : 9) + 'px system-ui, "Segoe UI", Roboto, Arial, sans-serif';
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = said.ink;
    context.fillText(said.letters, x, y + 0.5);
  };

  // Masts that would hide one another stand side by side, on poles that lift them over the sites there.
  const MAST_WIDTH = 19, POLE = 24, NEAR = 20;
  ps.mastMarks = [];
  ps.paintMasts = function (pen) {
    ps.mastMarks = [];
    if (ps.state.hidden.masts) return;
    const context = pen.context;
    mastGroups(pen).forEach(function (group) {
      const first = ps.mastMarks.length, middle = (group.length - 1) / 2, x = group[0].at.x, y = group[0].at.y - POLE;
      group.forEach(function (found, i) { ps.mastMarks.push({ mast: found.mast, x: x + (i - middle) * MAST_WIDTH, y: y }); });
      context.beginPath();
      group.forEach(function (found, i) { context.moveTo(found.at.x, found.at.y); context.lineTo(ps.mastMarks[first + i].x, y); });
      context.strokeStyle = "rgba(255,255,255,.9)"; context.lineWidth = 3; context.stroke();
      context.strokeStyle = "#2b2f77"; context.lineWidth = 1; context.stroke();
    });
    ps.mastMarks.forEach(function (mark) { ps.drawMast(context, mark.x, mark.y, ps.operatorLook(mark.mast[0])); });
  };

  // The masts in view, those together that stand within a few pixels of the first of them.
  function mastGroups(pen) {
    const groups = [], cells = {}, edge = pen.margin;
    ps.data.masts.forEach(function (mast) {
      const at = pen.spot(ps.place(mast[2], mast[3]));
      if (!ps.showsOperator("masts", mast[0]) || at.x < -edge || at.y < -edge || at.x > pen.width + edge || at.y > pen.height + edge) return;
      const column = Math.floor(at.x / NEAR), row = Math.floor(at.y / NEAR);
      let group = null;
      for (let i = -1; i <= 1; i++) for (let j = -1; j <= 1; j++)
        (cells[(column + i) + "," + (row + j)] || []).forEach(function (other) {
          if (!group && Math.hypot(other[0].at.x - at.x, other[0].at.y - at.y) < NEAR) group = other;
        });
      if (group) { group.push({ mast: mast, at: at }); return; }
      group = [{ mast: mast, at: at }];
      groups.push(group);
      (cells[column + "," + row] = cells[column + "," + row] || []).push(group);
    });
    return groups;
  }

  ps.mastAt = function (point) {
    const hit = ps.mastMarks.find(function (mark) { return Math.abs(mark.x - point.x) < 9 && Math.abs(mark.y - point.y) < 9; });
    return hit ? hit.mast : null;
  };
})(window.phusong);
