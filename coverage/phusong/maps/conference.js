// For the card of a commune: can it join a conference of three levels, what is missing, what that costs.
(function (ps) {
  "use strict";
  const el = ps.el;

  const JOIN = ["join_ok", "join_gap", "join_unknown"];

  function join(status) { return ps.text(JOIN[status]); }

  // Of the date of the run only: how it was before is not kept.
  ps.conference = function (place) {
    const row = ps.data.conference[place];
    if (!row || ps.inThePast()) return null;
    const planned = join(row.planned) + (row.year ? " (" + ps.text("finished_in", { year: row.year }) + ")" : "");
    return ps.section(ps.text("conference"), [
      el("ul", { class: "evidence" }, el("li", { class: ps.STATUSES[row.ready] }, [
        ps.sign(row.ready),
        el("div", {}, [el("strong", { class: "status" }, join(row.ready)), row.date >= 0 && el("small", {}, " · " + ps.say(row.date))]),
      ])),
      ps.facts([
        [ps.text("missing"), ps.say(row.missing)],
        [ps.text("conference_unknown"), ps.say(row.not_known)],
        [ps.text("room_equipment"), row.price >= 0 && [ps.say(row.price), el("small", {}, " " + ps.text(row.lacks ? "not_in_plan" : "not_in_plan_if"))]],
        [ps.text("with_plan"), row.ready !== 0 && planned],
      ]),
    ]);
  };
})(window.phusong);
