// Indicators: what units report by date, each with its figure, how many of the units it covers, and who is missing.
(function (ps) {
  "use strict";
  const el = ps.el;

  function bar(share) {
    return ps.svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" }, [
      ps.svg("rect", { x: 0, y: 0, width: 100, height: 4, class: "bar-rest" }),
      ps.svg("rect", { x: 0, y: 0, width: share, height: 4, class: "bar-done" }),
    ]);
  }

  function line(key, phrase) {
    return phrase >= 0 && el("p", {}, [ps.text(key) + " ", el("span", {}, ps.say(phrase))]);
  }

  function row(one) {
    const about = [one.counted >= 0 && ps.say(one.counted), ps.say(one.date), one.units >= 0 && ps.text("units_of", { date: ps.say(one.units) }),
      ps.text("indicator_covered", { units: ps.say(one.covered) })];
    return el("li", { class: "indicator" }, [
      el("div", { class: "indicator-head" }, [el("span", {}, ps.say(one.name)), el("strong", {}, ps.say(one.figure))]),
      one.share !== null && bar(one.share),
      el("p", {}, about.filter(Boolean).join(" · ")),
      line("indicator_before", one.before),
      line("indicator_not_done", one.not_done),
      line("indicator_not_reported", one.not_reported),
    ]);
  }

  // Nothing for a run that has none.
  ps.indicators = function () {
    const all = ps.data.indicators;
    return all.length > 0 && el("section", { class: "block", id: "indicators" }, [
      el("h2", {}, [ps.text("indicators"), el("span", { class: "count" }, ps.number(all.length))]),
      el("ul", { class: "indicator-list" }, all.map(row)),
    ]);
  };
})(window.phusong);
