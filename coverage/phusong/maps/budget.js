// Budget: what a sum of money buys, package by package in the plan's order; filters by year and partner; the
// colours of packages. `phusong.bought` counts the same in Python.
(function (ps) {
  "use strict";
  const el = ps.el, all = ps.data.investments, study = ps.data.budget.vnd;
  const WHOLE = all.reduce(function (most, i) { return Math.max(most, i.from_vnd); }, 0);
  const START = study === null ? WHOLE : Math.min(study, WHOLE);
  const FILTERS = ["year", "partner"], UNNAMED = { year: "no_year", partner: "no_partner" };

  function initial() { return { money: START, year: null, partner: null, colour: "rank" }; }
  // `money` in đồng; a filter is null for all, "" for packages without a year or partner.
  ps.state.budget = initial();

  // ---- Which packages are lit, and what they look like.

  function groupOf(investment, by) {
    const name = investment[by];
    return name === ps.data.unknown_operator ? "" : name;
  }
  const GROUPS = {};
  FILTERS.forEach(function (by) {
    const found = all.map(function (i) { return groupOf(i, by); });
    const named = found.filter(function (name, i) { return name && found.indexOf(name) === i; }).sort();
    GROUPS[by] = named.concat(found.indexOf("") >= 0 ? [""] : []);
  });
  // Where no package has a year or partner there is nothing to choose.
  const CHOOSABLE = FILTERS.filter(function (by) { return GROUPS[by].some(Boolean); });

  ps.groupName = function (by, name) { return name || ps.text(UNNAMED[by]); };

  function passes(investment) {
    return FILTERS.every(function (by) { return ps.state.budget[by] === null || groupOf(investment, by) === ps.state.budget[by]; });
  }
  function lit(investment) { return investment.from_vnd <= ps.state.budget.money && passes(investment); }
  function litPlaces() { return all.map(function (i, place) { return place; }).filter(function (place) { return lit(all[place]); }); }

  // Partners by Okabe and Ito, those first that neither fibre nor gaps have; years from viridis, dark to light.
  const PARTNERS = ["#cc79a7", "#56b4e9", "#e69f00", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#000000"];
  const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98]];
  const NONE = "#7a8590", PLAIN = "#8a1f6a";

  function viridis(part) {
    const at = part * (VIRIDIS.length - 1), i = Math.min(Math.floor(at), VIRIDIS.length - 2);
    return "#" + VIRIDIS[i].map(function (from, k) { return Math.round(from + (VIRIDIS[i + 1][k] - from) * (at - i)).toString(16).padStart(2, "0"); }).join("");
  }
  // Black or white, whichever reads better on a colour.
  function inkOn(colour) {
    const light = [1, 3, 5].map(function (k) {
      const c = parseInt(colour.slice(k, k + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.18 ? "#14202b" : "#ffffff";
  }
  function groupLook(by, name) {
    const names = GROUPS[by].filter(Boolean), i = names.indexOf(name);
    if (i < 0) return { colour: NONE, letter: "–" };
    const letter = String.fromCharCode(65 + (i % 26)) + (i < 26 ? "" : Math.floor(i / 26));
    return { colour: by === "partner" ? PARTNERS[i % PARTNERS.length] : viridis(names.length > 1 ? i / (names.length - 1) : 0), letter: letter };
  }

  // What a package looks like in list, legend and map: its colour, whether it is lit (filled, bold) or pale
  // (hollow, thin), the ink that reads on the colour, the sign in its disc. −1: a line of no package.
  ps.investmentLook = function (place) {
    const investment = all[place], by = ps.state.budget.colour;
    if (!investment) return look(true, PLAIN, "");
    if (by === "rank") return look(lit(investment), PLAIN, String(investment.rank));
    const group = groupLook(by, groupOf(investment, by));
    return look(lit(investment), group.colour, investment.rank + group.letter);
  };
  function look(on, colour, sign) { return { lit: on, colour: colour, ink: on ? inkOn(colour) : "#33414d", sign: sign }; }

  // The groups that colours stand for, for the legend: name and look.
  ps.colourGroups = function () {
    const by = ps.state.budget.colour;
    return by === "rank" ? [] : GROUPS[by].map(function (name) {
      const group = groupLook(by, name);
      return { name: ps.groupName(by, name), look: look(true, group.colour, group.letter) };
    });
  };

  ps.rankSign = function (place) {
    const seen = ps.investmentLook(place), sign = el("span", { class: "rank" + (seen.lit ? "" : " hollow") }, seen.sign);
    sign.style.background = seen.lit ? seen.colour : "#ffffff";
    sign.style.color = seen.ink;
    if (!seen.lit) sign.style.boxShadow = "inset 0 0 0 2px " + seen.colour;
    return sign;
  };

  // ---- What the lit packages bring (phusong.bought).

  function sitesOf(places, closes) {
    const found = {};
    places.forEach(function (place) { if (closes(all[place])) all[place].sites.forEach(function (site) { found[site] = true; }); });
    return Object.keys(found).map(Number);
  }

  // People who rely on some sites, nobody counted twice: of the families of sites of a commune the largest.
  function peopleOf(sites) {
    const s = ps.data.sites, reached = {};
    sites.forEach(function (i) {
      const here = (reached[s.commune[i]] = reached[s.commune[i]] || {}), family = s.kinds[s.kind[i]].family;
      here[family] = (here[family] || 0) + Math.max(s.people[i], 0);
    });
    const sum = Object.keys(reached).reduce(function (total, commune) {
      return total + Math.max.apply(null, Object.keys(reached[commune]).map(function (family) { return reached[commune][family]; }));
    }, 0);
    const clean = Number(sum.toFixed(6)), below = Math.floor(clean);
    return clean - below === 0.5 ? below + (below % 2) : Math.round(clean);
  }

  function sum(places, k) { return places.reduce(function (total, place) { return total + all[place].vnd[k]; }, 0); }

  ps.bought = function () {
    const places = litPlaces(), connected = sitesOf(places, function (i) { return i.connects; });
    const fibre = {};
    sitesOf(places, function (i) { return i.closes === 0; }).forEach(function (site) { fibre[site] = true; });
    const unknown = connected.filter(function (i) { return ps.data.sites.people[i] < 0; }).length;
    return {
      investments: places.length,
      sites_connected: connected.length,
      sites_wifi: sitesOf(places, function (i) { return i.closes === 1; }).length,
      people: connected.length && unknown === connected.length ? null : peopleOf(connected),
      sites_without_people: unknown,
      centres_now: ps.data.communes.filter(function (c) { return c.status[0] === 0; }).length,
      centres: ps.data.communes.filter(function (c) { return c.status[0] === 0 || fibre[c.centre]; }).length,
      capex_vnd: sum(places, 0), capex_low_vnd: sum(places, 1), capex_high_vnd: sum(places, 2), opex_vnd_per_year: sum(places, 3),
      gaps: ps.data.services.map(function (service, k) {
        const closed = sitesOf(places, function (i) { return i.closes === k; });
        return service.counts[1] - closed.filter(function (i) { return ps.data.sites.status[k][i] === 1; }).length;
      }),
    };
  };

  // ---- The block in the panel.

  // Stops of the arrow keys: nothing, each package, the study's budget.
  const STOPS = [0, START, WHOLE].concat(all.map(function (i) { return i.from_vnd; })).sort(function (a, b) { return a - b; });
  // A round sum (1, 2 or 5 and noughts, in the run's currency), of which at least `many` make the whole.
  function roundSum(many) {
    const unit = ps.data.currency.vnd, least = WHOLE / unit / many, ten = Math.pow(10, Math.floor(Math.log10(least)));
    return unit * (least >= 5 * ten ? 5 * ten : least >= 2 * ten ? 2 * ten : ten);
  }

  // The hand sets round sums; the study's budget and the whole are caught in passing.
  function caught(money) {
    const step = roundSum(100);
    if (money > WHOLE - step / 2) return WHOLE;
    return Math.abs(money - START) < step / 2 ? START : Math.max(0, Math.round(Math.round(money / step) * step));
  }

  const KEYS = {
    Home: function () { return 0; },
    End: function () { return WHOLE; },
    ArrowRight: next, ArrowUp: next, ArrowLeft: before, ArrowDown: before,
    PageUp: function (money) { return Math.min(WHOLE, caught(money + WHOLE / 10)); },
    PageDown: function (money) { return caught(Math.max(0, money - WHOLE / 10)); },
  };
  function next(money) { return STOPS.find(function (stop) { return stop > money; }) || WHOLE; }
  function before(money) { return STOPS.filter(function (stop) { return stop < money; }).pop() || 0; }

  function spend(money) { ps.state.budget.money = money; follow(); }

  function slider() {
    return el("input", {
      type: "range", id: "money", min: 0, max: WHOLE, step: 1, "aria-describedby": "lit-count",
      oninput: function (event) { spend(caught(Number(event.target.value))); },
      onkeydown: function (event) {
        if (!KEYS[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        spend(KEYS[event.key](ps.state.budget.money));
      },
    });
  }

  // A mark for each package and a few round sums under the slider.
  function axis() {
    const mark = function (money, name, y) { const x = (100 * money) / WHOLE + "%"; return ps.svg("line", { x1: x, x2: x, y1: 0, y2: y, class: name }); };
    const step = roundSum(2), sums = [];
    for (let money = 0; money <= WHOLE * 1.0001; money += step) sums.push(money);
    return ps.svg("svg", { class: "axis", height: 24, "aria-hidden": "true" }, [
      all.map(function (i) { return mark(i.from_vnd, "tick", 6); }),
      study !== null && study < WHOLE && mark(study, "tick own", 10),
      sums.map(function (money) {
        return ps.svg("text", { x: (100 * money) / WHOLE + "%", y: 20, "text-anchor": money === 0 ? "start" : money > 0.88 * WHOLE ? "end" : "middle" }, ps.money(money).replace(/[.,]0{1,2}(?=\u00a0)/, ""));
      }),
    ]);
  }

  function sumButton(id, money, words) {
    return el("button", { type: "button", class: "chip", id: id, "data-money": money, onclick: function () { spend(money); } }, words);
  }

  function choice(name, options, act) {
    const id = "choose-" + name;
    return el("label", { class: "choice", for: id }, [el("span", {}, ps.text(name)), el("select", { id: id, onchange: function (event) { act(options[event.target.selectedIndex][0]); follow(); } },
      options.map(function (option) { return el("option", { selected: option[0] === ps.state.budget[name === "colour_by" ? "colour" : name] }, option[1]); }))]);
  }

  function choices() {
    if (!CHOOSABLE.length) return null;
    const filters = CHOOSABLE.map(function (by) {
      const options = [[null, ps.text("all")]].concat(GROUPS[by].map(function (name) { return [name, ps.groupName(by, name)]; }));
      return choice(by, options, function (name) { ps.state.budget[by] = name; });
    });
    const colours = [["rank", ps.text("rank")]].concat(CHOOSABLE.map(function (by) { return [by, ps.text(by)]; }));
    return el("div", { class: "choices" }, [filters, choice("colour_by", colours, function (by) { ps.state.budget.colour = by; })]);
  }

  ps.budgetBlock = function () {
    drawn = "";
    if (!WHOLE) return el("div", { class: "tiles", id: "bought" }, tiles(ps.bought()));
    const block = el("div", { class: "budget" }, [
      el("label", { for: "money", class: "money-label" }, [el("span", {}, ps.text(ps.data.budget.lifetime ? "with_lifetime_budget" : "with_budget")), " ", el("strong", { id: "money-said" })]),
      slider(), axis(),
      el("div", { class: "chips" }, [
        sumButton("money-none", 0, "0"),
        study !== null && sumButton("money-study", START, ps.text("study_budget") + ": " + ps.money(study)),
        sumButton("money-all", WHOLE, ps.text("all") + ": " + ps.money(WHOLE)),
        study === null && el("small", {}, ps.text("no_budget_set")),
      ]),
      el("p", { id: "lit-count", "aria-live": "polite" }),
      el("div", { class: "tiles", id: "bought" }),
      el("p", { id: "plan-order" }, el("small", {}, ps.text("plan_order"))),
      choices(),
      el("button", { type: "button", class: "chip", id: "budget-reset", onclick: reset }, ps.text("reset")),
    ]);
    say(block);
    return block;
  };

  function reset() {
    ps.state.budget = initial();
    ps.drawPanel();
    follow();
    document.getElementById("money").focus();
  }

  function tiles(n) {
    const service = ps.data.services[ps.state.service], now = service.counts;
    const unclosed = !all.some(function (i) { return i.closes === ps.state.service; });
    return [
      ps.tile("sites_connected", ps.number(n.sites_connected), n.sites_wifi > 0 && ps.text("and_wifi", { sites: ps.count(n.sites_wifi, "one_site", "n_sites") })),
      ps.tile("people_served", n.people === null ? ps.text("status_unknown") : ps.number(n.people),
        [n.people !== null && ps.text("estimate"), n.people !== null && n.sites_without_people > 0 && ps.text("people_unknown", { n: ps.number(n.sites_without_people) })].filter(Boolean).join("; ")),
      ps.tile("capex", ps.money(n.capex_vnd), n.capex_low_vnd !== n.capex_high_vnd && ps.text("range", { low: ps.money(n.capex_low_vnd), high: ps.money(n.capex_high_vnd) })),
      ps.tile("opex", ps.money(n.opex_vnd_per_year), ps.text("per_year")),
      !ps.data.one_area && ps.tile("centres_with_fibre", ps.number(n.centres_now) + " → " + ps.number(n.centres), ps.text("of_communes", { n: ps.number(ps.data.communes.length) })),
      ps.tile("gaps_left", ps.number(n.gaps[ps.state.service]),
        [ps.text("of_gaps", { n: ps.number(now[1]) }), now[1] > 0 && unclosed && ps.text("none_closes")].filter(Boolean).join("; "), ps.say(service.name)),
    ];
  }

  // "8 of 12 packages. Next: no. 9, from 6.46 billion ₫." With filters: which.
  function litCount(n) {
    const s = ps.state.budget, later = all.filter(function (i) { return i.from_vnd > s.money && passes(i); });
    later.sort(function (a, b) { return a.from_vnd - b.from_vnd; });
    const only = FILTERS.filter(function (by) { return s[by] !== null; }).map(function (by) { return ps.text(by).toLowerCase() + ": " + ps.groupName(by, s[by]); });
    return [
      ps.text("lit_count", { n: ps.number(n.investments), all: ps.number(all.length) }),
      only.length > 0 && ps.text("lit_only", { filters: only.join(", ") }),
      later.length > 0 && ps.text("lit_next", { n: later[0].rank, money: ps.money(later[0].from_vnd) }),
    ].filter(Boolean).join(" ");
  }

  function changed() {
    const now = ps.state.budget, first = initial();
    return Object.keys(first).some(function (key) { return now[key] !== first[key]; });
  }

  // Bring the block up to the state; the slider itself stays where it is, in the hand.
  function say(block) {
    const s = ps.state.budget, n = ps.bought(), put = function (id, words) { block.querySelector("#" + id).textContent = words; };
    const input = block.querySelector("#money");
    input.value = s.money;
    input.setAttribute("aria-valuetext", ps.text("money_buys", { money: ps.money(s.money), n: ps.number(n.investments), all: ps.number(all.length), sites: ps.number(n.sites_connected) }));
    put("money-said", ps.money(s.money));
    put("lit-count", litCount(n));
    block.querySelector("#plan-order").hidden = s.money === START || s.money === 0 || s.money === WHOLE;
    const bought = block.querySelector("#bought");
    bought.textContent = "";
    tiles(n).filter(Boolean).forEach(function (tile) { bought.appendChild(tile); });
    block.querySelectorAll("[data-money]").forEach(function (button) { button.setAttribute("aria-pressed", String(Number(button.dataset.money) === s.money)); });
    block.querySelector("#budget-reset").hidden = !changed();
  }

  // After a change of money, filter or colour: the block at once; list, legend and map where anything looks other.
  let drawn = "", due = 0;
  function follow() {
    const looks = ps.state.budget.colour + litPlaces().join(" ");
    say(document.querySelector(".budget"));
    if (looks === drawn) return;
    drawn = looks;
    ps.drawInvestments();
    if (!due) due = requestAnimationFrame(function () { due = 0; ps.drawLegend(); ps.redraw(); });
  }
})(window.phusong);
