// Panel: title, headline, figures by service, the plan and its investments in order, where it all comes from.
(function (ps) {
  "use strict";
  const el = ps.el;
  const NAMES_SHOWN = 6;

  function drawHead() {
    ps.fill("head", [
      el("div", { class: "top" }, [
        el("span", { class: "product" }, [el("b", {}, "Phủ Sóng"), " · " + ps.text("product")]),
        el("div", { class: "languages", role: "group", "aria-label": ps.text("language") }, [["vi", "Tiếng Việt"], ["en", "English"]].map(function (row) {
          return el("button", { type: "button", lang: row[0], title: row[1], "aria-label": row[0].toUpperCase() + " – " + row[1], "aria-pressed": String(ps.state.language === row[0]),
            onclick: function () { ps.speak(row[0]); } }, row[0].toUpperCase());
        })),
      ]),
      el("h1", {}, ps.data.run.title),
    ]);
  }

  // "10/12 commune centres have fibre; without: La Êê, Chơ Chun"
  function headline() {
    if (ps.data.one_area) return headlineOfSites();
    const service = ps.state.service, by = [[], [], []];
    ps.data.communes.forEach(function (commune, i) { by[ps.communeStatus(commune)].push(i); });
    return el("div", { id: "headline" }, [
      el("p", { class: "figure" }, [
        el("strong", {}, ps.number(by[0].length) + "/" + ps.number(ps.data.communes.length)), " ", el("span", {}, ps.text("centres_" + ps.data.services[service].key)),
      ]),
      by[1].length > 0 && el("p", { class: "names gap" }, [ps.sign(1), el("span", {}, [ps.text("without"), " ", names(by[1])])]),
      by[2].length > 0 && el("p", { class: "names unknown" }, [ps.sign(2), el("span", {}, [ps.text("not_known"), " ", names(by[2])])]),
    ]);
  }

  // Without communes: "0/408 sites have fibre".
  function headlineOfSites() {
    const service = ps.data.services[ps.state.service], n = ps.counts(ps.state.service);
    const rest = [[1, "gap", "without"], [2, "unknown", "not_known"]].filter(function (row) { return n[row[0]] > 0; });
    return el("div", { id: "headline" }, [
      el("p", { class: "figure" }, [
        el("strong", {}, ps.number(n[0]) + "/" + ps.number(ps.countSites())), " ", el("span", {}, ps.text("served_" + service.key)),
      ]),
      rest.map(function (row) {
        return el("p", { class: "names " + row[1] }, [ps.sign(row[0]), el("span", {}, ps.text(row[2]) + " " + ps.count(n[row[0]], "one_site", "n_sites"))]);
      }),
    ]);
  }

  function names(places) {
    const shown = places.slice(0, places.length > NAMES_SHOWN + 1 ? NAMES_SHOWN : places.length);
    const more = places.length - shown.length;
    return [shown.map(function (place, i) { return [i > 0 && ", ", ps.communeButton(place)]; }), more > 0 && " " + ps.text("and_more", { n: ps.number(more) })];
  }

  function services() {
    const rows = ps.data.services.map(function (service, i) {
      const counts = ps.counts(i), all = counts.reduce(function (a, b) { return a + b; }, 0) || 1, id = "service-" + service.key;
      return el("label", { class: "service" + (i === ps.state.service ? " on" : ""), for: id }, [
        el("input", { type: "radio", name: "service", id: id, checked: i === ps.state.service, onchange: function () { ps.serve(i); } }),
        el("span", { class: "service-name" }, ps.say(service.name)),
        counts.map(function (n, s) {
          return el("span", { class: "number " + ps.STATUSES[s] + (n ? "" : " none"), title: ps.text("status_" + ps.STATUSES[s]) }, [
            el("span", { class: "unseen" }, ps.text("status_" + ps.STATUSES[s]) + ": "), ps.number(n)]);
        }),
        bar(counts, all),
      ]);
    });
    return el("fieldset", { class: "block services" + (ps.sites.length >= 10000 ? " wide" : "") }, [
      el("legend", {}, [ps.text("public_sites"), el("span", { class: "unseen" }, ". " + ps.text("choose_service"))]),
      el("div", { class: "service head", "aria-hidden": "true" }, [
        el("span", { class: "service-name" }, ps.count(ps.countSites(), "one_site", "n_sites")),
        ps.STATUSES.map(function (s) { return el("span", { class: "number" }, ps.text("status_" + s)); }),
      ]),
      rows,
    ]);
  }

  function bar(counts, all) {
    let x = 0;
    return ps.svg("svg", { class: "bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" }, counts.map(function (n, s) {
      const part = ps.svg("rect", { x: x, y: 0, width: (100 * n) / all, height: 4, class: "bar-" + ps.STATUSES[s] });
      x += (100 * n) / all;
      return part;
    }));
  }

  function plan() {
    const p = ps.data.plan;
    if (p.capex_vnd < 0) return null;
    return el("section", { class: "block plan" }, [
      el("h2", {}, ps.text("plan")),
      ps.budgetBlock(),
      p.assumed >= 0 && el("p", { class: "assumed" }, ps.text("assumed", { share: ps.say(p.assumed) })),
      p.proof >= 0 && el("p", { class: "proof" }, ps.text("proof", { proof: ps.say(p.proof) })),
      p.rules.length > 0 && el("details", { class: "rules" }, [el("summary", {}, ps.text("rules")), el("ul", {}, [p.proven].filter(function (n) { return n >= 0; }).concat(p.rules).map(function (rule) { return el("li", {}, ps.say(rule)); }))]),
    ]);
  }
  ps.tile = function (key, figure, under, of) {
    return el("div", { class: "tile", "data-tile": key }, [el("span", {}, ps.text(key) + (of ? ": " + of : "")), el(typeof figure === "string" && /\d/.test(figure) ? "strong" : "em", {}, figure), under && el("small", {}, under)]);
  };

  ps.investmentRow = function (place) {
    const i = ps.data.investments[place];
    const about = [ps.count(i.sites.length, "one_site", "n_sites")];
    if (i.people >= 0) about.push(ps.text("n_people", { n: ps.say(i.people) }));
    i.after.forEach(function (j) { about.push(ps.text("after", { n: ps.data.investments[j].rank })); });
    return el("li", {}, el("button", { type: "button", class: "investment" + (ps.investmentLook(place).lit ? "" : " pale"), "data-rank": i.rank,
      onclick: function () { ps.choose({ kind: "investment", place: place }, true); } }, [
      ps.rankSign(place),
      el("span", { class: "what" }, [ps.investmentTitle(i), el("small", {}, about.join(" · "))]),
      el("span", { class: "money" }, [ps.say(i.capex), !i.funded && el("small", {}, ps.text("unfunded"))]),
    ]));
  };

  function investments() {
    const all = ps.data.investments;
    return el("section", { class: "block", id: "investments" }, [
      el("h2", {}, [ps.text("investments"), el("span", { class: "count" }, ps.number(all.length))]),
      all.length ? el("ol", { class: "ranked" }, all.map(function (row, place) { return ps.investmentRow(place); })) : el("p", {}, ps.text("no_investments")),
    ]);
  }

  ps.drawInvestments = function () { document.getElementById("investments").replaceWith(investments()); };

  function communes() {
    const order = [1, 2, 0];
    const places = ps.data.communes.map(function (c, i) { return i; })
      .sort(function (a, b) { return order.indexOf(ps.communeStatus(ps.data.communes[a])) - order.indexOf(ps.communeStatus(ps.data.communes[b])) || a - b; });
    return el("details", { class: "block communes" }, [
      el("summary", {}, el("h2", {}, [ps.text("communes"), el("span", { class: "count" }, ps.number(places.length))])),
      el("div", {}, places.map(function (place) {
        const commune = ps.data.communes[place];
        return el("button", { type: "button", class: "row-button", onclick: function () { ps.choose({ kind: "commune", place: place }, true); } },
          [ps.sign(ps.communeStatus(commune)), el("span", {}, commune.name), commune.people >= 0 && el("small", {}, ps.text("n_people", { n: ps.say(commune.people) }))]);
      })),
    ]);
  }

  function drawFoot() {
    const run = ps.data.run;
    const rows = [["data_of", ps.dateSaid()], ["source", run.source], ["note", run.note], ["made_on", ps.say(run.created)], ["run", run.id]];
    const left_out = Object.keys(ps.data.left_out).map(function (name) { return ps.say(ps.data.left_out[name]); });
    rows.push(["left_out", left_out.join("; ")]);
    rows.push(["open_data", run.credits.map(function (one) { return one.who + " (" + one.more + ")"; }).join("; ")]);
    ps.fill("foot", [el("h2", {}, ps.text("about")), el("dl", { class: "facts" }, rows.filter(function (row) { return row[1]; }).map(function (row) {
      return [el("dt", {}, ps.text(row[0])), el("dd", {}, row[1])];
    }))]);
  }

  ps.drawPanel = function () {
    const details = document.querySelector("details.communes"), wasOpen = details && details.open;
    drawHead();
    ps.fill("overview", [headline(), services(), ps.indicators(), plan(), investments(), !ps.data.one_area && communes()]);
    if (wasOpen) document.querySelector("details.communes").open = true;
    drawFoot();
    const sheet = document.getElementById("sheet"), up = document.getElementById("panel").classList.contains("up");
    sheet.setAttribute("aria-label", ps.text(up ? "collapse" : "expand"));
    sheet.setAttribute("aria-expanded", String(up));
  };
})(window.phusong);
