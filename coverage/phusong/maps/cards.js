// Cards: what is missing at a commune or site and how we know, what is planned, and why not otherwise.
(function (ps) {
  "use strict";
  const el = ps.el;

  function facts(rows) {
    const some = rows.filter(function (row) { return row[1]; });
    return some.length > 0 && el("dl", { class: "facts" }, some.map(function (row) { return [el("dt", {}, row[0]), el("dd", {}, row[1])]; }));
  }
  function section(title, content) { return el("section", { class: "block" }, [el("h3", {}, title), content]); }

  ps.facts = facts;
  ps.section = section;

  ps.count = function (n, one, many) { return n === 1 ? ps.text(one) : ps.text(many, { n: ps.number(n) }); };

  ps.communeNames = function (codes) {
    return codes.map(function (code) {
      const i = ps.communeOf(code);
      return i < 0 ? code : ps.data.communes[i].name;
    }).join(", ");
  };

  ps.investmentTitle = function (investment) {
    return ps.say(investment.technology) + ": " + (investment.sites.length === 1 ? ps.sites[investment.sites[0]].name : ps.communeNames(investment.communes));
  };

  // A button that opens the card of a site.
  ps.siteButton = function (site) {
    return el("button", { type: "button", class: "row-button", onclick: function () { ps.choose({ kind: "site", place: site.place }, true); } },
      [ps.sign(ps.statusOf(site)), el("span", {}, [site.name, el("small", {}, ps.say(site.kind))])]);
  };

  function evidence(place) {
    const past = ps.inThePast();
    return [el("ul", { class: "evidence" }, ps.data.services.map(function (service, i) {
      const report = ps.report(i, place), status = ps.statusAt(i, place), rests = [];
      if (report[2] >= 0) rests.push(ps.text("basis", { basis: ps.say(report[2]) }));
      if (report[3] >= 0) rests.push(ps.say(report[3]));
      return el("li", { class: ps.STATUSES[status] }, [
        ps.sign(status),
        el("div", {}, [
          el("strong", {}, ps.say(service.name)), " ", el("span", { class: "status" }, ps.text("status_" + ps.STATUSES[status])),
          !past && el("p", {}, ps.evidence(i, place)), !past && rests.length > 0 && el("small", {}, rests.join(" · ")),
        ]),
      ]);
    })), past && el("p", {}, el("small", {}, ps.text("history_then", { date: ps.dateSaid(), now: ps.lastDateSaid() })))];
  }

  function investmentButton(i) {
    return el("button", { type: "button", class: "link", onclick: function () { ps.choose({ kind: "investment", place: i }, true); } },
      ps.text("investment", { n: ps.data.investments[i].rank }));
  }

  ps.investmentButton = investmentButton;

  function investmentFor(place, technology, closes) {
    return ps.data.investments.findIndex(function (i) { return i.technology === technology && i.closes === closes && i.sites.indexOf(place) >= 0; });
  }

  // A connection other than fibre serves the site, and its fibre gap stays.
  function onlyConnects(closes) {
    return closes >= ps.data.services.length && el("p", {}, el("small", {}, ps.text("only_connects")));
  }

  function chosenOption(option, place) {
    const i = investmentFor(place, option.technology, option.closes);
    return el("div", { class: "chosen-option" }, [
      el("p", {}, [el("strong", {}, ps.say(option.technology)), i >= 0 && [" · ", investmentButton(i), " ", funding(ps.data.investments[i])]]),
      onlyConnects(option.closes),
      facts([
        [ps.text("capex"), [el("strong", {}, ps.money(option.capex)), i >= 0 && ps.data.investments[i].sites.length > 1 && el("small", {}, ps.text("alone"))]],
        [ps.text("opex"), option.opex >= 0 && ps.money(option.opex) + " " + ps.text("per_year")],
        [ps.text("new_line"), option.new_line > 0 && ps.distance(option.new_line)],
      ]),
    ]);
  }

  function otherOptions(options) {
    return el("table", { class: "options" }, [
      el("thead", {}, el("tr", {}, ["technology", "cost", "reason"].map(function (key) { return el("th", { scope: "col" }, ps.text(key)); }))),
      el("tbody", {}, options.map(function (option) {
        const why = ps.text(option.feasible ? "not_needed" : "not_feasible") + (option.reason >= 0 ? ": " + ps.say(option.reason) : "");
        return el("tr", {}, [el("th", { scope: "row" }, ps.say(option.technology)), el("td", {}, option.capex < 0 ? "–" : ps.money(option.capex)), el("td", {}, why)]);
      })),
    ]);
  }

  function solutions(place) {
    const options = ps.optionsOf(place), others = options.filter(function (option) { return !option.chosen; });
    const chosen = options.filter(function (option) { return option.chosen; });
    return [
      section(ps.text("solution"), chosen.length ? chosen.map(function (option) { return chosenOption(option, place); }) : el("p", {}, ps.text("no_solution"))),
      others.length > 0 && section(ps.text("why_not"), otherOptions(others)),
      "other_options" in ps.data.left_out && section(ps.text("why_not"), el("p", {}, ps.text("left_out") + ": " + ps.say(ps.data.left_out.other_options) + ".")),
    ];
  }

  function funding(investment) {
    if (ps.data.plan.budget_vnd < 0) return null;
    const key = investment.funded ? "funded" : "unfunded";
    return el("span", { class: "tag " + key }, ps.text(key));
  }
  ps.funding = funding;

  const CARDS = ps.cards = {
    site: function (place) {
      const s = ps.data.sites, site = ps.sites[place], commune = ps.data.communes[site.commune];
      const basis = s.people_bases[s.people_basis[place]];
      const off = s.off[place] >= 0 && ps.text("position_off", { distance: ps.distance(s.off[place]) });
      const people = s.people[place] >= 0 && ps.decimal(s.people[place], 0) + (basis >= 0 ? " (" + ps.say(basis) + ")" : "");
      return {
        title: site.name,
        under: [ps.say(site.kind), commune && !ps.data.one_area && [" · ", communeButton(site.commune)], " · " + site.id],
        body: [facts([[ps.text("people"), people], [ps.text("position"), off]]), section(ps.text("evidence"), evidence(place)), solutions(place), ps.linkButtons(function (link) { return link.sites.indexOf(place) >= 0; })],
      };
    },

    commune: function (place) {
      const commune = ps.data.communes[place];
      const here = ps.sites.filter(function (site) { return site.commune === place && ps.listed(site); })
        .sort(function (a, b) { return b.centre - a.centre || (ps.statusOf(b) === 1) - (ps.statusOf(a) === 1) || a.place - b.place; });
      const plans = ps.data.investments.map(function (investment, i) { return i; })
        .filter(function (i) { return ps.data.investments[i].communes.indexOf(commune.code) >= 0; });
      return {
        title: [commune.type, commune.name].filter(Boolean).join(" ").replace(/^./, function (c) { return c.toUpperCase(); }),
        under: [[commune.district, commune.code].filter(Boolean).join(" · ")],
        body: [
          facts([[ps.text("population"), ps.say(commune.people)]]),
          ps.otherUnits(place),
          section(ps.text("centre"), commune.centre >= 0 ? evidence(commune.centre) : el("p", {}, ps.text("no_centre"))),
          ps.conference(place),
          plans.length > 0 && section(ps.text("plan"), el("ol", { class: "ranked" }, plans.map(ps.investmentRow))),
          section(ps.text("sites_here") + " (" + ps.number(here.length) + ")", el("div", {}, here.map(ps.siteButton))),
        ],
      };
    },

    investment: function (place) {
      const i = ps.data.investments[place];
      return {
        title: ps.text("investment", { n: i.rank }) + ". " + ps.investmentTitle(i),
        under: [funding(i), onlyConnects(i.closes)],
        body: [
          facts([
            [ps.text("capex"), [el("strong", {}, ps.say(i.capex)), i.low >= 0 && i.low !== i.high && el("small", {}, ps.text("range", { low: ps.say(i.low), high: ps.say(i.high) }))]],
            [ps.text("opex"), ps.say(i.opex) + " " + ps.text("per_year") + (i.rent >= 0 ? " (" + ps.text("rent", { rent: ps.say(i.rent) }) + ")" : "")],
            [ps.text("new_line"), i.new_line >= 0 && ps.say(i.new_line) + (i.offroad >= 0 ? " (" + ps.text("offroad") + ": " + ps.say(i.offroad) + ")" : "")],
            [ps.text("joins"), i.joins.length > 0 && i.joins.map(function (said) { return el("div", {}, ps.say(said)); })],
            [ps.text("leased_fibre"), i.leased >= 0 && ps.say(i.leased)],
            [ps.text("people"), i.people >= 0 && ps.say(i.people) + " (" + ps.text("estimate") + ")"],
            [ps.text("per_person"), ps.say(i.per_person)],
            [ps.text("cumulative"), ps.say(i.cumulative)],
            [ps.text("network"), i.operator && ps.operator(i.operator)],
            [ps.text("partner"), i.partner && i.partner !== ps.data.unknown_operator && i.partner],
            [ps.text("year"), i.year],
            [ps.text("communes"), ps.communeNames(i.communes)],
          ]),
          i.after.length > 0 && el("p", {}, i.after.map(function (j) { return ps.text("after", { n: ps.data.investments[j].rank }); }).join(", ")),
          ps.linkButtons(function (link) { return link.investment === place; }),
          section(ps.text("sites_here") + " (" + ps.number(i.sites.length) + ")", el("div", {}, i.sites.map(function (s) { return ps.siteButton(ps.sites[s]); }))),
        ],
      };
    },

    several: function (places) {
      return { title: ps.text("several_here", { n: places.length }), under: [], body: [el("div", {}, places.map(function (p) { return ps.siteButton(ps.sites[p]); }))] };
    },
  };

  ps.CARDS = CARDS; // other files add kinds of their own

  function communeButton(place) {
    return el("button", { type: "button", class: "link", onclick: function () { ps.choose({ kind: "commune", place: place }, true); } }, ps.data.communes[place].name);
  }
  ps.communeButton = communeButton;

  ps.drawCard = function () {
    const chosen = ps.state.chosen, card = document.getElementById("card");
    card.hidden = !chosen;
    document.getElementById("panel").classList.toggle("carded", Boolean(chosen));
    document.getElementById("overview").hidden = Boolean(chosen);
    if (!chosen) { ps.fill("card", []); return; }
    const said = CARDS[chosen.kind](chosen.place, chosen);
    ps.fill("card", [
      el("button", { type: "button", class: "back", onclick: function () { ps.choose(null); } }, [el("span", { "aria-hidden": "true" }, "← "), ps.text("close")]),
      el("h2", {}, said.title), el("p", { class: "under" }, said.under), said.body,
    ]);
  };
})(window.phusong);
