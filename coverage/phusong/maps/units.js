// Units: districts, and units of another date that the crosswalk names, as groups of the study's communes; settlements.
(function (ps) {
  "use strict";
  const el = ps.el;

  ps.titled = function (type, name) {
    return [type, name].filter(Boolean).join(" ").replace(/^./, function (c) { return c.toUpperCase(); });
  };

  // The districts: name, province and the study's communes in each. Communes of 2025 have those that they came from.
  ps.districts = (function () {
    const found = {};
    function add(name, province, place) {
      if (!name) return;
      const key = JSON.stringify([ps.fold(name), ps.fold(province)]);
      const district = found[key] = found[key] || { name: name, province: province, parts: [] };
      if (district.parts.indexOf(place) < 0) district.parts.push(place);
    }
    if (!ps.data.one_area) ps.data.units.districts.forEach(function (row, place) { add(row[0], row[1], place); });
    if (ps.data.units.side === "new") ps.data.units.other.forEach(function (unit) {
      unit.parts.forEach(function (place) { add(unit.district, unit.province, place); });
    });
    return Object.keys(found).sort().map(function (key) { return found[key]; });
  })();

  // What kind of unit it is of the two dates, such as "unit since 07/2025".
  ps.unitDate = function (unit) {
    const keys = ps.data.units.side === "old" ? ["unit_new", "unit_new_undated"] : ["unit_old", "unit_old_undated"];
    return unit.said >= 0 ? ps.text(keys[0], { date: ps.say(unit.said) }) : ps.text(keys[1]);
  };

  // The date of the study's own units, said only where there are others.
  ps.ownDate = function () {
    const units = ps.data.units;
    return units.other.length && units.said >= 0 ? ps.text("units_of", { date: ps.say(units.said) }) : "";
  };

  ps.communeRow = function (place, note) {
    const commune = ps.data.communes[place];
    return el("button", { type: "button", class: "row-button", onclick: function () { ps.choose({ kind: "commune", place: place }, true); } },
      [ps.sign(ps.communeStatus(commune)), el("span", {}, [commune.name, el("small", {}, [commune.code, note].filter(Boolean).join(" · "))])]);
  };

  ps.chooseUnit = function (i) { ps.choose({ kind: "units", place: ps.data.units.other[i].parts, unit: i }, true); };
  ps.chooseDistrict = function (i) { ps.choose({ kind: "units", place: ps.districts[i].parts, district: i }, true); };

  // For the card of a commune: the units of the other date that it became or came from.
  ps.otherUnits = function (place) {
    const rows = ps.data.units.other.map(function (unit, i) { return i; })
      .filter(function (i) { return ps.data.units.other[i].parts.indexOf(place) >= 0; });
    if (!rows.length) return null;
    return el("section", { class: "block" }, [
      el("h3", {}, ps.text(ps.data.units.side === "old" ? "now_in" : "came_from")),
      el("ul", { class: "units" }, rows.map(function (i) {
        const unit = ps.data.units.other[i], whole = unit.whole[unit.parts.indexOf(place)];
        return el("li", {}, [
          el("button", { type: "button", class: "link", onclick: function () { ps.chooseUnit(i); } }, ps.titled(unit.type, unit.name)),
          el("small", {}, [unit.code, ps.unitDate(unit), !whole && ps.text("in_part")].filter(Boolean).join(" · ")),
        ]);
      })),
    ]);
  };

  function group(title, under, heading, parts, notes, outside) {
    return {
      title: title,
      under: under.filter(Boolean).join(" · "),
      body: [el("section", { class: "block" }, [
        el("h3", {}, [heading, " (" + ps.number(parts.length) + ")"]),
        el("div", {}, parts.map(function (place, i) { return ps.communeRow(place, notes[i]); })),
        outside.length > 0 && el("p", { class: "outside" }, ps.text("beyond_study", { names: outside.join(", ") })),
      ])],
    };
  }

  ps.CARDS.units = function (_places, chosen) {
    if (chosen.district !== undefined) {
      const district = ps.districts[chosen.district];
      return group(district.name, [ps.text("kind_district"), district.province], ps.text("communes"), district.parts, [], []);
    }
    const unit = ps.data.units.other[chosen.unit];
    return group(ps.titled(unit.type, unit.name), [ps.unitDate(unit), unit.code, unit.district, unit.province],
      ps.text(ps.data.units.side === "old" ? "made_of" : "became"), unit.parts,
      unit.whole.map(function (whole) { return whole ? "" : ps.text("in_part"); }), unit.outside);
  };

  ps.settlementAt = function (i) { return ps.place(ps.data.settlements[i][1], ps.data.settlements[i][2]); };

  ps.CARDS.settlement = function (place) {
    const commune = ps.data.one_area ? -1 : ps.communeAt(ps.settlementAt(place));
    return {
      title: ps.data.settlements[place][0],
      under: ps.text("kind_settlement"),
      body: commune >= 0 && el("section", { class: "block" }, [el("h3", {}, ps.text("commune")), ps.communeRow(commune)]),
    };
  };
})(window.phusong);
