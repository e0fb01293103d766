// Operators: a colour for each, and a second cue (dashes of a line, letters at a mast) for print in grey.
(function (ps) {
  "use strict";
  // Okabe and Ito's colours, those first that stand out from the land; `edge` is what lies around a line.
  const COLOURS = [
    { colour: "#0072b2", edge: "#ffffff" }, { colour: "#e69f00", edge: "#4a3300" }, { colour: "#009e73", edge: "#ffffff" },
    { colour: "#cc79a7", edge: "#4d2039" }, { colour: "#56b4e9", edge: "#12364d" }, { colour: "#d55e00", edge: "#ffffff" },
    { colour: "#000000", edge: "#ffffff" }, { colour: "#f0e442", edge: "#4a4600" },
  ];
  const UNKNOWN = { colour: "#44607d", edge: "#ffffff", ink: "#ffffff", dash: [], letters: "?" };
  // Long strokes and short gaps: proposed lines have short strokes.
  const DASHES = [[18, 3], [18, 3, 3, 3], [10, 3], [18, 3, 3, 3, 3, 3], [10, 3, 3, 3]];

  function unknown(name) { return !name || name === ps.data.unknown_operator; }

  const names = [ps.data.fibre, ps.data.masts, ps.data.nodes].reduce(function (all, rows) {
    return all.concat(rows.map(function (row) { return row[0]; }));
  }, []).filter(function (name, i, all) { return !unknown(name) && all.indexOf(name) === i; }).sort();

  // The fewest first letters that no other operator begins with.
  function letters(name) {
    for (let n = 1; n < name.length; n++) {
      const start = name.slice(0, n).toLowerCase();
      if (!names.some(function (other) { return other !== name && other.toLowerCase().slice(0, n) === start; })) return name.slice(0, n);
    }
    return name;
  }

  const looks = {};
  names.forEach(function (name, i) {
    const colour = COLOURS[i % COLOURS.length];
    looks["of " + name] = { colour: colour.colour, edge: colour.edge, ink: colour.edge, dash: DASHES[i % DASHES.length], letters: letters(name).slice(0, 3) };
  });

  // How an operator is drawn: {colour, edge: around a line, ink: written on the colour,
  // dash: strokes and gaps in pixels, [] = unbroken, letters}.
  ps.operatorLook = function (name) { return looks["of " + name] || UNKNOWN; };
  ps.operatorColour = function (name) { return ps.operatorLook(name).colour; };

  // Which operators the reader has hidden, by layer ("fibre", "masts").
  ps.state.hiddenOperators = { fibre: {}, masts: {} };
  ps.showsOperator = function (layer, name) { return !ps.state.hiddenOperators[layer]["of " + name]; };

  // The look of a layer as a whole: of its operator when there is but one.
  ps.layerLook = function (layer) {
    const rows = ps.data[layer];
    return ps.operatorLook(rows.every(function (row) { return row[0] === rows[0][0]; }) ? rows[0][0] : "");
  };

  // The legend's list of the operators of a layer, each with a box; none where no operator is known.
  ps.operatorKeys = function (layer, sign) {
    const el = ps.el, here = [];
    ps.data[layer].forEach(function (row) { if (here.indexOf(row[0]) < 0) here.push(row[0]); });
    if (here.every(unknown)) return null;
    return el("ul", { class: "operators" }, here.sort().map(function (name, i) {
      const id = "operator-" + layer + "-" + i;
      return el("li", {}, el("label", { for: id }, [
        el("input", {
          type: "checkbox", id: id, checked: ps.showsOperator(layer, name),
          onchange: function (event) {
            ps.state.hiddenOperators[layer]["of " + name] = !event.target.checked;
            ps.redraw();
          },
        }),
        sign(ps.operatorLook(name)), el("span", {}, unknown(name) ? ps.text("operator_unknown") : name),
      ]));
    }));
  };
})(window.phusong);
