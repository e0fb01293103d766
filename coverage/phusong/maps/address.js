// Address: what is open stands behind the # of the page's address, so that it can be sent and opened again.
// #xa=20698 a commune of the study, #xa=20707@2025-07 a unit of another date, #diem=… a site, #goi=… an investment.
(function (ps) {
  "use strict";

  function dateOf(unit) { return unit.vintage || (ps.data.units.side === "old" ? "new" : "old"); }

  ps.addressOf = function (chosen) {
    const data = ps.data, address = function (name, value) { return "#" + name + "=" + encodeURIComponent(value); };
    if (!chosen) return "";
    if (chosen.kind === "commune") return address("xa", data.communes[chosen.place].code);
    if (chosen.kind === "site") return address("diem", ps.sites[chosen.place].id);
    if (chosen.kind === "investment") return address("goi", data.investments[chosen.place].id);
    if (chosen.unit === undefined) return "";
    const unit = data.units.other[chosen.unit];
    return address("xa", unit.code) + "@" + encodeURIComponent(dateOf(unit));
  };

  ps.writeAddress = function (chosen) {
    const said = ps.addressOf(chosen);
    if (said !== window.location.hash) window.history.replaceState(null, "", said || window.location.href.split("#")[0]);
  };

  // The unit with `code`: the study's own first, one of the other date only when it is named or alone has the code.
  function unit(code, date) {
    const units = ps.data.units, own = ps.data.one_area ? -1 : ps.communeOf(code);
    if (own >= 0 && (!date || date === units.vintage || date === units.side)) return { kind: "commune", place: own };
    const i = units.other.findIndex(function (other) { return other.code === code && (!date || date === dateOf(other)); });
    return i < 0 ? null : { kind: "units", place: units.other[i].parts, unit: i };
  }

  function placed(kind, place) { return place < 0 ? null : { kind: kind, place: place }; }

  function named(name, value) {
    if (name === "xa") { const at = value.split("@"); return unit(at[0], at[1]); }
    if (name === "diem") return placed("site", ps.data.sites.id.indexOf(value));
    if (name === "goi") return placed("investment", ps.data.investments.findIndex(function (i) { return i.id === value; }));
    return null;
  }

  function decoded(text) {
    try { return decodeURIComponent(text); } catch (error) { return text; }
  }

  // Open what the address names; with nothing in it the overview, with something unknown a word and the whole map.
  ps.followAddress = function () {
    const said = window.location.hash, parts = /^#(\w+)=(.*)$/.exec(said);
    if (!parts) {
      if ((said === "" || said === "#") && ps.state.chosen) ps.choose(null);
      return;
    }
    const value = decoded(parts[2]), chosen = named(parts[1], value);
    if (chosen && ps.addressOf(chosen) === ps.addressOf(ps.state.chosen)) return;
    ps.choose(chosen, true);
    if (chosen) return;
    ps.showWhole();
    ps.notice(ps.text("address_unknown", { what: value.length > 60 ? value.slice(0, 60) + "…" : value }));
  };
})(window.phusong);
