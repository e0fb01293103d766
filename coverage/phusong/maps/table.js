// Table: communes, sites and investments as rows that can be sorted, filtered and taken away as a CSV.
(function (ps) {
  "use strict";
  const el = ps.el;
  const PAGE = 100; // rows shown at a time
  const PHONE = window.matchMedia("screen and (max-width: 720px)");
  const GAP_FIRST = [2, 0, 1]; // order of ok, gap, unknown when a column of statuses is sorted

  const state = { open: false, tab: ps.data.one_area ? "sites" : "communes", sort: { key: null, down: false }, page: 0, status: "", kind: "", inView: false };

  // ---- Columns. `value(i)` is a number, a text or null; `show(i)` what the page shows where that differs.

  function number(key, head, values) { return { key: key, head: head, number: true, value: typeof values === "function" ? values : function (i) { return values[i]; } }; }
  // A whole number that the page has as a phrase, such as "1.365".
  function counted(key, head, phrase) {
    return { key: key, head: head, number: true, value: function (i) { const digits = ps.say(phrase(i)).replace(/\D/g, ""); return digits ? Number(digits) : null; } };
  }
  function words(key, head, value) { return { key: key, head: head, value: value }; }
  function text(key) { return function () { return ps.text(key); }; }
  function serviceName() { return ps.say(ps.data.services[ps.state.service].name); }
  function yesNo(on) { return ps.text(on ? "yes" : "no"); }
  function statusWord(status) { return ps.text("status_" + ps.STATUSES[status]); }

  // A column a service; `of(i, service)` is the status.
  function statuses(of) {
    return ps.data.services.map(function (service, s) {
      return {
        key: "status-" + service.key, head: function () { return ps.say(service.name); }, chosen: function () { return s === ps.state.service; },
        value: function (i) { return statusWord(of(i, s)); }, order: function (i) { return GAP_FIRST[of(i, s)]; }, show: function (i) { return ps.sign(of(i, s)); },
      };
    });
  }

  // Money: as the page says it, in đồng in the CSV, and there in the money of the page too where that is another.
  function money(key, head, values, said) {
    const currency = ps.data.currency, foreign = currency.code !== "VND";
    const dong = { key: key, head: head, unit: "VND", number: true, value: function (i) { return values[i]; }, show: said };
    const other = { key: key + "-" + currency.code, head: head, unit: currency.code, number: true, away: true, value: function (i) { return values[i] === null ? null : Math.round(values[i] / currency.vnd); } };
    return foreign ? [dong, other] : [dong];
  }

  const TABS = {
    communes: function () {
      const all = ps.data.communes, figures = ps.data.figures.communes;
      return {
        many: all.length, kind: "commune", headline: "name",
        status: function (i) { return ps.communeStatus(all[i]); },
        kinds: function (i) { return ps.data.units.districts[i][0]; }, allKinds: "all_districts",
        inside: function (i, bounds) { return bounds.intersects(all[i].bounds); },
        columns: [
          words("name", text("name"), function (i) { return all[i].name; }), words("code", text("code"), function (i) { return all[i].code; }),
          words("type", text("type"), function (i) { return all[i].type; }), words("district", text("kind_district"), function (i) { return ps.data.units.districts[i][0]; }),
          counted("people", text("population"), function (i) { return all[i].people; }),
        ].concat(statuses(function (i, s) { return ps.communeStatus(all[i], s); }), [number("sites", text("column_sites"), figures.sites)], ps.STATUSES.map(function (status, n) {
          return { key: "sites-" + status, head: function () { return ps.text("sites_with", { service: serviceName(), status: statusWord(n).toLowerCase() }); }, number: true, value: function (i) { return all[i].counts[ps.state.service][n]; } };
        })),
      };
    },

    sites: function () {
      const s = ps.data.sites, commune = function (i) { return ps.data.communes[ps.sites[i].commune]; };
      return {
        many: ps.sites.length, kind: "site", headline: "name",
        status: function (i) { return ps.statusOf(ps.sites[i]); },
        kinds: function (i) { return ps.say(ps.sites[i].kind); }, allKinds: "all_kinds",
        inside: function (i, bounds) { return bounds.contains(ps.sites[i].at); },
        columns: [words("name", text("name"), function (i) { return s.name[i]; }), words("id", text("code"), function (i) { return s.id[i]; }), words("kind", text("kind"), function (i) { return ps.say(ps.sites[i].kind); })]
          .concat(ps.data.one_area ? [] : [words("commune", text("commune"), function (i) { return commune(i) ? commune(i).name : ""; }), words("commune_code", text("commune_code"), function (i) { return commune(i) ? commune(i).code : ""; })],
            statuses(function (i, service) { return ps.statusAt(service, i); }), [
              words("basis", function () { return ps.text("basis_of", { service: serviceName() }); }, function (i) { return ps.say(ps.report(ps.state.service, i)[2]); }),
              words("date", function () { return ps.text("date_of", { service: serviceName() }); }, function (i) { return ps.say(ps.report(ps.state.service, i)[3]); }),
              number("people", text("people_estimate"), function (i) { return s.people[i] < 0 ? null : Number(ps.decimal(s.people[i], 0).replace(/\D/g, "")); }), number("fibre", text("fibre_distance"), function (i) { return s.fibre_distance[i] < 0 ? null : s.fibre_distance[i]; }),
            ]),
      };
    },

    investments: function () {
      const all = ps.data.investments, f = ps.data.figures.investments;
      return {
        many: all.length, kind: "investment", headline: "what",
        status: function (i) { return all[i].funded ? 0 : 1; }, funding: true,
        kinds: function (i) { return ps.say(all[i].technology); }, allKinds: "all_technologies",
        inside: function (i, bounds) { return all[i].anchors.some(function (site) { return bounds.contains(site.at); }); },
        columns: [
          number("rank", text("rank"), all.map(function (i) { return i.rank; })),
          words("what", text("what"), function (i) { return ps.investmentTitle(all[i]); }), words("id", text("code"), function (i) { return all[i].id; }),
          words("technology", text("technology"), function (i) { return ps.say(all[i].technology); }),
          Object.assign(words("communes", text("communes"), function (i) { return ps.data.one_area ? "" : ps.communeNames(all[i].communes); }), { long: true }),
          number("sites", text("column_sites"), all.map(function (i) { return i.sites.length; })), number("people", text("people_estimate"), f.people),
        ].concat(
          money("capex", text("capex"), f.capex, function (i) { return ps.say(all[i].capex); }), money("low", text("low"), f.low, function (i) { return ps.say(all[i].low); }),
          money("high", text("high"), f.high, function (i) { return ps.say(all[i].high); }), money("opex", text("opex_per_year"), f.opex, function (i) { return ps.say(all[i].opex); }),
          money("cumulative", text("cumulative"), f.cumulative, function (i) { return ps.say(all[i].cumulative); }),
          [number("new_line", text("new_line_m"), f.new_line), words("funded", text("within_budget"), function (i) { return yesNo(all[i].funded); }),
            words("network", text("network"), function (i) { return ps.operator(all[i].operator); }), words("partner", text("partner"), function (i) { return ps.operator(all[i].partner); }),
            words("year", text("year"), function (i) { return all[i].year; })]),
      };
    },
  };
  const NAMES = ps.data.one_area ? ["sites", "investments"] : ["communes", "sites", "investments"];
  const HEADS = { communes: "communes", sites: "column_sites", investments: "investments_short" };

  // ---- Rows: those that the filters let through, in the order asked for.

  function headOf(column) { return column.head() + (column.unit ? " (" + column.unit + ")" : ""); }

  // The part of the map that the table does not cover.
  function inSight() {
    const size = ps.world.getSize(), low = Math.max(0, size.y - ps.tableHeight());
    return L.latLngBounds(ps.world.containerPointToLatLng([0, 0]), ps.world.containerPointToLatLng([size.x, low]));
  }

  function rowsOf(tab) {
    const bounds = state.inView ? inSight() : null, rows = [];
    for (let i = 0; i < tab.many; i++) {
      if (state.status !== "" && tab.status(i) !== Number(state.status)) continue;
      if (state.kind !== "" && tab.kinds(i) !== state.kind) continue;
      if (bounds && !tab.inside(i, bounds)) continue;
      rows.push(i);
    }
    return sorted(tab, rows);
  }

  // Rows in the order of the chosen column, what is not known last; rows that are equal keep their place.
  function sorted(tab, rows) {
    const column = tab.columns.find(function (c) { return c.key === state.sort.key; });
    if (!column) return rows;
    const by = column.order || column.value, letters = new Intl.Collator(ps.state.language, { numeric: true }), turn = state.sort.down ? -1 : 1;
    const keyed = rows.map(function (i) { const value = by(i); return { i: i, value: value === "" ? null : value }; });
    keyed.sort(function (a, b) {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null) || a.i - b.i;
      const apart = typeof a.value === "number" ? a.value - b.value : letters.compare(a.value, b.value);
      return turn * apart || a.i - b.i;
    });
    return keyed.map(function (row) { return row.i; });
  }

  // ---- The page's table.

  ps.tableButton = function () {
    return el("button", { type: "button", id: "table-open", "aria-expanded": String(state.open), "aria-controls": "table", onclick: function () { show(!state.open); } }, [icon(), ps.text("data_table")]);
  };
  function icon() {
    return ps.svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, ps.svg("path", { class: "icon", d: "M2 3h12v10H2zM2 6.5h12M2 10h12M6.5 3v10" }));
  }

  // How much of the map's foot the table covers; on a phone it is a sheet of its own, on paper it is not there.
  ps.tableHeight = function () {
    const covers = state.open && !PHONE.matches && !document.body.classList.contains("print");
    return covers ? document.getElementById("table").offsetHeight : 0;
  };

  function show(open) {
    state.open = open;
    document.getElementById("table-open").setAttribute("aria-expanded", String(open));
    ps.drawTable();
    document.getElementById(open ? "table" : "table-open").focus({ preventScroll: true });
  }

  // On a phone the table covers everything: it makes way for a card or the search.
  ps.closeTableSheet = function () { if (state.open && PHONE.matches) show(false); };

  ps.drawTable = function () {
    const box = document.getElementById("table");
    box.hidden = !state.open;
    document.getElementById("panel").inert = state.open && PHONE.matches;
    document.querySelector(".map").classList.toggle("tabled", state.open);
    if (!state.open) { ps.fill("table", []); return; }
    const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
    const left = box.querySelector(".rows") ? box.querySelector(".rows").scrollLeft : 0;
    const tab = TABS[state.tab](), rows = rowsOf(tab);
    state.page = Math.min(state.page, Math.max(0, Math.ceil(rows.length / PAGE) - 1));
    ps.fill("table", [header(tab, rows), filters(tab), body(tab, rows), pager(rows)]);
    box.querySelector(".rows").scrollLeft = left;
    ps.markRow();
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus({ preventScroll: true });
  };

  // The row of what the open card shows.
  ps.markRow = function () {
    const chosen = ps.state.chosen;
    document.querySelectorAll("#table tbody tr").forEach(function (row) {
      const on = Boolean(chosen && chosen.kind === row.dataset.kind && chosen.place === Number(row.dataset.place));
      row.classList.toggle("chosen", on);
      if (on) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
  };

  function redraw(changes) {
    Object.assign(state, { page: 0 }, changes);
    ps.drawTable();
  }

  function header(tab, rows) {
    return el("div", { class: "table-head" }, [
      el("div", { class: "tabs", role: "group", "aria-label": ps.text("data_table") }, NAMES.map(function (name) {
        return el("button", { type: "button", id: "table-tab-" + name, "aria-pressed": String(name === state.tab),
          onclick: function () { redraw({ tab: name, sort: { key: null, down: false }, status: "", kind: "" }); } }, ps.text(HEADS[name]));
      })),
      el("button", { type: "button", id: "table-csv", onclick: function () { download(tab, rows); } }, ps.text("download_csv")),
      el("button", { type: "button", id: "table-close", "aria-label": ps.text("close_table"), title: ps.text("close_table"), onclick: function () { show(false); } }, "✕"),
    ]);
  }

  function select(id, label, chosen, options, act) {
    return el("label", {}, [el("span", { class: "unseen" }, label), el("select", { id: id, onchange: function (event) { act(event.target.value); } },
      options.map(function (row) { return el("option", { value: row[0], selected: row[0] === chosen }, row[1]); }))]);
  }

  function filters(tab) {
    const letters = new Intl.Collator(ps.state.language), kinds = new Set();
    for (let i = 0; i < tab.many; i++) kinds.add(tab.kinds(i));
    const named = Array.from(kinds).filter(Boolean).sort(letters.compare);
    if (named.indexOf(state.kind) < 0) state.kind = ""; // said in another language, or of another tab
    const all = tab.funding ? ps.text("budget") : serviceName();
    const stands = tab.funding ? [["0", ps.text("funded")], ["1", ps.text("unfunded")]] : ps.STATUSES.map(function (_s, i) { return [String(i), statusWord(i)]; });
    return el("div", { class: "filters" }, [
      select("table-status", all, state.status, [["", ps.text("all_of", { what: all })]].concat(stands.map(function (row) { return [row[0], all + ": " + row[1].toLowerCase()]; })), function (value) { redraw({ status: value }); }),
      named.length > 1 && select("table-kind", ps.text(tab.allKinds), state.kind, [["", ps.text(tab.allKinds)]].concat(named.map(function (name) { return [name, name]; })), function (value) { redraw({ kind: value }); }),
      el("label", { class: "in-view" }, [el("input", { type: "checkbox", id: "table-in-view", checked: state.inView, onchange: function (event) { redraw({ inView: event.target.checked }); } }), ps.text("in_view")]),
    ]);
  }

  function body(tab, rows) {
    const columns = tab.columns.filter(function (column) { return !column.away; });
    const shown = rows.slice(state.page * PAGE, (state.page + 1) * PAGE);
    return el("div", { class: "rows", role: "region", tabindex: "0", "aria-label": ps.text(HEADS[state.tab]) }, [
      el("table", { class: state.tab }, [
        el("thead", {}, el("tr", {}, columns.map(function (column) { return head(tab, column); }))),
        el("tbody", {}, shown.map(function (i) { return row(tab, columns, i); })),
      ]),
      !rows.length && el("p", { class: "no-rows" }, ps.text("no_rows")),
    ]);
  }

  function classOf(column) {
    return [column.number && "figure-cell", column.chosen && column.chosen() && "chosen", column.long && "long"].filter(Boolean).join(" ");
  }

  function head(tab, column) {
    const on = state.sort.key === column.key, down = on && state.sort.down;
    const said = column.head(), name = classOf(column) + (said.length > 14 ? " wide" : "") + (column.key === tab.headline ? " headline" : "");
    return el("th", { scope: "col", class: name, "aria-sort": on ? (down ? "descending" : "ascending") : "none" },
      el("button", { type: "button", id: "table-sort-" + column.key, onclick: function () { redraw({ sort: { key: column.key, down: on && !down } }); } },
        [said, el("span", { class: "arrow", "aria-hidden": "true" }, on ? (down ? "▼" : "▲") : "↕")]));
  }

  function row(tab, columns, i) {
    function go() { ps.closeTableSheet(); ps.choose({ kind: tab.kind, place: i }, true); }
    return el("tr", { "data-kind": tab.kind, "data-place": i, onclick: go }, columns.map(function (column) {
      const content = cell(column, i);
      if (column.key !== tab.headline) return el("td", { class: classOf(column) }, content);
      return el("th", { scope: "row" }, el("button", { type: "button", class: "link", id: "table-row-" + i, onclick: function (event) { event.stopPropagation(); go(); } }, content));
    }));
  }

  function cell(column, i) {
    if (column.show) return column.show(i);
    const value = column.value(i);
    return typeof value === "number" ? ps.number(value) : value === null ? "–" : value;
  }

  function pager(rows) {
    const from = state.page * PAGE, to = Math.min(from + PAGE, rows.length);
    function turn(id, label, sign, page, there) {
      return el("button", { type: "button", id: id, title: ps.text(label), "aria-label": ps.text(label), disabled: !there, onclick: function () { state.page = page; ps.drawTable(); document.querySelector("#table .rows").scrollTop = 0; } }, sign);
    }
    return el("div", { class: "pager" }, [
      el("span", { id: "table-count", role: "status" }, rows.length ? ps.text("rows_shown", { from: ps.number(from + 1), to: ps.number(to), n: ps.number(rows.length) }) : ""),
      rows.length > PAGE && turn("table-previous", "previous_rows", "‹", state.page - 1, state.page > 0),
      rows.length > PAGE && turn("table-next", "next_rows", "›", state.page + 1, to < rows.length),
    ]);
  }

  ps.listenToTable = function () {
    document.getElementById("table").addEventListener("keydown", function (event) {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      show(false);
    });
    ps.world.on("moveend", function () { if (state.open && state.inView) redraw({}); });
    PHONE.addEventListener("change", ps.drawTable);
  };

  // ---- CSV for people: a mark so that Excel reads the accents, and no text that it would run as a formula.

  function csvCell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\r\n]|^\s|\s$/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
  }

  ps.csvOf = function (tab, rows) {
    const lines = [tab.columns.map(function (column) { return csvCell(headOf(column)); })];
    rows.forEach(function (i) { lines.push(tab.columns.map(function (column) { return csvCell(column.value(i)); })); });
    return "\ufeff" + lines.map(function (line) { return line.join(",") + "\r\n"; }).join("");
  };

  function download(tab, rows) {
    const place = URL.createObjectURL(new Blob([ps.csvOf(tab, rows)], { type: "text/csv;charset=utf-8" }));
    const run = ps.data.run.id.replace(/[^\w-]+/g, "_");
    const link = el("a", { href: place, download: "phusong-" + state.tab + "-" + run + ".csv" });
    document.body.appendChild(link);
    link.click();
    link.remove();
    window.setTimeout(function () { URL.revokeObjectURL(place); }, 60000);
  }
})(window.phusong);
