// History: what the statuses were at the date of the slider. Whoever asks for a status asks here.
(function (ps) {
  "use strict";
  const past = ps.data.history, last = past ? past.dates.length - 1 : 0;
  const ABSENT = 3, PAUSE_MS = 1200;

  ps.state.date = last; // a place in data.history.dates; the last is the run's own

  // Statuses by service and site at the date that was asked for last; the data keep only what differs from date to date.
  let now = { date: last, status: ps.data.sites.status };
  function statuses() {
    const date = ps.state.date;
    if (now.date < date) now = { date: last, status: ps.data.sites.status };
    if (now.date > date) now = { date: date, status: earlier(now, date) };
    return now.status;
  }
  function earlier(from, date) {
    return from.status.map(function (list, service) {
      const then = list.slice();
      for (let k = from.date - 1; k >= date; k--) {
        const step = past.steps[k][service];
        for (let i = 0; i < step.length; i += 2) then[step[i]] = step[i + 1];
      }
      return then;
    });
  }

  ps.inThePast = function () { return ps.state.date !== last; };

  // The status of a site by a service; unknown where it was not listed yet.
  ps.statusAt = function (service, place) {
    const status = statuses()[service][place];
    return status === ABSENT ? 2 : status;
  };
  ps.listed = function (site) { return statuses()[0][site.place] !== ABSENT; };
  ps.statusOf = function (site) { return ps.statusAt(ps.state.service, site.place); };

  // A commune has the status of its centre.
  ps.communeStatus = function (commune, service) {
    const by = service === undefined ? ps.state.service : service;
    if (!ps.inThePast()) return commune.status[by];
    return commune.centre < 0 ? 2 : ps.statusAt(by, commune.centre);
  };

  // How many sites are ok, gap, unknown by a service.
  ps.counts = function (service) {
    return ps.inThePast() ? past.counts[ps.state.date][service] : ps.data.services[service].counts;
  };
  ps.countSites = function () { return ps.counts(0).reduce(function (a, b) { return a + b; }, 0); };

  // The date that the statuses speak of; "" when nobody said.
  ps.dateSaid = function () { return past ? ps.say(past.said[ps.state.date]) : ps.say(ps.data.run.report_date); };
  ps.lastDateSaid = function () { return past ? ps.say(past.said[last]) : ps.say(ps.data.run.report_date); };

  // ---- The slider.

  const el = ps.el;

  ps.setDate = function (date) {
    ps.state.date = date;
    ps.drawPanel();
    ps.drawCard();
    ps.drawStrip();
    ps.redraw();
    tell();
  };

  ps.drawHistory = function () {
    if (!past) return;
    stop();
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const slider = el("input", { type: "range", id: "date", min: 0, max: last, step: 1, oninput: function (event) { stop(); ps.setDate(Number(event.target.value)); } });
    slider.value = ps.state.date;
    ps.fill("history", [
      el("div", { class: "history-head" }, [el("label", { for: "date" }, ps.text("history")), el("strong", { id: "date-said" })]),
      el("div", { class: "history-line" }, [
        !calm && el("button", { type: "button", id: "play", onclick: function () { if (timer) stop(); else play(); } }),
        slider,
      ]),
      el("div", { class: "history-ends", "aria-hidden": "true" }, [el("span", {}, ps.say(past.said[0])), el("span", {}, ps.say(past.said[last]))]),
      el("p", { id: "date-changes", "aria-live": "polite" }),
    ]).hidden = false;
    tell();
    sayPlay();
  };

  // What the date is, and what changed since the one before.
  function tell() {
    const date = ps.state.date, said = ps.say(past.said[date]), slider = document.getElementById("date");
    slider.value = date;
    slider.setAttribute("aria-valuetext", said);
    document.getElementById("date-said").textContent = said;
    ps.fill("date-changes", [changes(date), past.elsewhere[date] > 0 && " " + ps.text("history_elsewhere", { n: ps.number(past.elsewhere[date]) }),
      ps.inThePast() && ps.data.plan.capex_vnd >= 0 && " " + ps.text("history_plan", { date: ps.say(past.said[last]) })]);
  }

  function changes(date) {
    if (date === 0) return ps.text("history_first");
    const found = past.changes[date - 1][ps.state.service].concat(past.added[date - 1], past.gone[date - 1]);
    const words = ["history_gained", "history_lost", "history_corrected", "history_added", "history_gone"].map(function (key, i) {
      return found[i] > 0 && ps.text(key, { n: ps.number(found[i]) });
    }).filter(Boolean);
    return ps.text("history_changes", { date: ps.say(past.said[date - 1]) }) + " " + (words.join(" · ") || ps.text("history_same")) + ".";
  }

  // ---- From date to date by itself, until the last.

  let timer = 0;
  function play() {
    if (!ps.inThePast()) ps.setDate(0);
    timer = window.setInterval(function () {
      ps.setDate(ps.state.date + 1);
      if (!ps.inThePast()) stop();
    }, PAUSE_MS);
    sayPlay();
  }
  function stop() {
    window.clearInterval(timer);
    timer = 0;
    sayPlay();
  }
  function sayPlay() {
    const button = document.getElementById("play");
    if (!button) return;
    button.textContent = timer ? "❚❚" : "▶";
    button.setAttribute("aria-label", ps.text(timer ? "history_pause" : "history_play"));
  }
})(window.phusong);
