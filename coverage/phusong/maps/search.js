// Search: communes, districts, units of another date, sites and settlements, by name without accents or by code.
(function (ps) {
  "use strict";
  const el = ps.el;
  const SHOWN = 12;
  const SLICE_MS = 8; // work on the index between two moments for the reader
  const PHONE = window.matchMedia("screen and (max-width: 720px)");

  // ---- The index: an entry a thing that can be found, made in slices after the page has opened.

  const KINDS = ["commune", "district", "unit", "site", "settlement"];

  function sources() {
    const data = ps.data;
    return {
      commune: [data.one_area ? 0 : data.communes.length, function (i) { const c = data.communes[i]; return [c.name, c.type + " " + c.name, c.code]; }],
      district: [ps.districts.length, function (i) { const name = ps.districts[i].name; return [bare(name), name, ""]; }],
      unit: [data.units.other.length, function (i) { const u = data.units.other[i]; return [u.name, u.type + " " + u.name, u.code]; }],
      site: [ps.sites.length, function (i) { return [ps.sites[i].name, "", ps.sites[i].id]; }],
      settlement: [data.settlements.length, function (i) { return [data.settlements[i][0], "", ""]; }],
    };
  }
  // "Huyện Nam Giang" is found as Nam Giang.
  function bare(name) { return name.replace(/^(huyện|quận|thị xã|thành phố)\s+/i, ""); }

  const index = { entries: [], from: null, kind: 0, next: 0, done: false };

  function entryOf(kind, place, said) {
    const words = ps.wordsOf((said[1] || said[0]) + " " + said[2]);
    return { kind: kind, place: place, name: ps.fold(said[0]), full: ps.fold(said[1]), code: ps.fold(said[2]), words: " " + words.join(" "), glued: words.join("") };
  }

  // Index for `time` milliseconds; true when all is there.
  function indexFor(time) {
    const until = performance.now() + time;
    index.from = index.from || sources();
    while (index.kind < KINDS.length) {
      const source = index.from[KINDS[index.kind]];
      for (; index.next < source[0]; index.next++) {
        if (index.next % 64 === 0 && performance.now() > until) return false;
        const said = source[1](index.next);
        if (said[0]) index.entries.push(entryOf(index.kind, index.next, said));
      }
      index.kind += 1;
      index.next = 0;
    }
    return (index.done = true);
  }

  function indexOn() {
    if (index.done) return;
    if (!indexFor(SLICE_MS)) { window.setTimeout(indexOn, 0); return; }
    if (box.open) look();
  }

  // ---- Finding: the nearer the name, the higher; of equals communes before sites, short names before long.

  function rankOf(entry, glued, words) {
    if (entry.name === glued || entry.full === glued || entry.code === glued) return 0;
    if (entry.name.startsWith(glued) || entry.full.startsWith(glued) || entry.code.startsWith(glued)) return 1;
    if (words.every(function (word) { return entry.words.includes(" " + word); })) return 2;
    if (words.every(function (word) { return entry.words.includes(" " + word) || entry.glued.includes(word); })) return 3;
    return -1;
  }

  function before(a, b) {
    return a.rank - b.rank || a.entry.kind - b.entry.kind || a.entry.name.length - b.entry.name.length ||
      (a.entry.name < b.entry.name ? -1 : a.entry.name > b.entry.name ? 1 : a.entry.place - b.entry.place);
  }

  // The best hits for `query`, and how many there are in all.
  ps.find = function (query) {
    const glued = ps.fold(query), words = ps.wordsOf(query), best = [];
    let all = 0;
    if (glued) index.entries.forEach(function (entry) {
      const rank = rankOf(entry, glued, words);
      if (rank < 0) return;
      all += 1;
      const hit = { entry: entry, rank: rank };
      if (best.length === SHOWN && before(hit, best[SHOWN - 1]) >= 0) return;
      let at = best.length;
      while (at > 0 && before(hit, best[at - 1]) < 0) at -= 1;
      best.splice(at, 0, hit);
      if (best.length > SHOWN) best.pop();
    });
    return { all: all, best: best.map(function (hit) { return { kind: KINDS[hit.entry.kind], place: hit.entry.place, rank: hit.rank }; }) };
  };

  // What a hit shows: sign of its status, name, and what it is.
  function shown(hit) {
    const data = ps.data, service = ps.state.service;
    if (hit.kind === "commune") {
      const commune = data.communes[hit.place];
      return [ps.communeStatus(commune), ps.titled(commune.type, commune.name), [ps.text("commune"), commune.code, ps.ownDate()]];
    }
    if (hit.kind === "district") {
      const district = ps.districts[hit.place];
      return [-1, district.name, [ps.text("kind_district"), ps.count(district.parts.length, "one_commune", "n_communes"), district.province]];
    }
    if (hit.kind === "unit") {
      const unit = data.units.other[hit.place];
      return [-1, ps.titled(unit.type, unit.name), [ps.unitDate(unit), unit.code, unit.province]];
    }
    if (hit.kind === "site") {
      const site = ps.sites[hit.place], commune = data.communes[site.commune];
      return [ps.statusOf(site), site.name, [ps.say(site.kind), commune && !data.one_area && commune.name]];
    }
    const commune = data.one_area ? -1 : ps.communeAt(ps.settlementAt(hit.place));
    return [-1, data.settlements[hit.place][0], [ps.text("kind_settlement"), commune >= 0 && data.communes[commune].name]];
  }

  function go(hit) {
    close();
    if (PHONE.matches) document.getElementById("panel").classList.remove("up");
    if (hit.kind === "district") ps.chooseDistrict(hit.place);
    else if (hit.kind === "unit") ps.chooseUnit(hit.place);
    else ps.choose({ kind: hit.kind, place: hit.place }, true);
  }

  // ---- The box: a combobox with a list of hits.

  const box = { query: "", open: false, hits: [], at: -1 };
  function input() { return document.getElementById("search-text"); }

  ps.drawSearch = function () {
    const text = el("input", {
      type: "search", id: "search-text", role: "combobox", autocomplete: "off", spellcheck: "false", enterkeyhint: "search",
      "aria-label": ps.text("search_label"), "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "search-list", placeholder: ps.text("search_hint"),
      oninput: function () { box.query = text.value; ps.notice(""); look(); },
      onfocus: function () { indexOn(); if (PHONE.matches) { document.getElementById("panel").classList.add("up"); } if (text.value) look(); },
      onblur: close, onkeydown: key,
    });
    text.value = box.query;
    ps.fill("search", [
      el("div", { class: "search-row" }, [text, ps.tableButton()]),
      el("div", { id: "search-hits", hidden: true }, [
        el("ul", { id: "search-list", role: "listbox", "aria-label": ps.text("search_label") }),
        el("p", { id: "search-said", role: "status" }),
      ]),
      el("p", { id: "notice", role: "status" }),
    ]);
    box.open = false;
  };

  // A short message to the reader, said by screen readers too.
  ps.notice = function (words) { document.getElementById("notice").textContent = words; };

  function look() {
    const found = ps.find(box.query);
    box.hits = found.best;
    box.at = -1;
    box.open = Boolean(ps.fold(box.query));
    document.getElementById("search-hits").hidden = !box.open;
    ps.fill("search-list", box.hits.map(option)).hidden = !box.hits.length;
    ps.fill("search-said", box.open && said(found));
    point(-1);
  }

  function said(found) {
    if (!index.done) return ps.text("indexing");
    if (!found.all) return [el("strong", {}, ps.text("no_hits", { what: box.query.trim() })), " ", ps.text("no_hits_try")];
    if (found.all > found.best.length) return ps.text("more_hits", { n: ps.number(found.all - found.best.length) });
    return el("span", { class: "unseen" }, ps.count(found.all, "one_hit", "n_hits"));
  }

  function option(hit, i) {
    const parts = shown(hit);
    return el("li", {
      role: "option", id: "search-hit-" + i, class: "hit " + hit.kind, "aria-selected": "false",
      // The box keeps the focus, so that its blur does not take the list away first.
      onmousedown: function (event) { event.preventDefault(); }, onclick: function () { go(hit); },
    }, [parts[0] >= 0 ? ps.sign(parts[0]) : el("span", { class: "sign-place", "aria-hidden": "true" }), el("span", {}, [el("b", {}, parts[1]), " ", el("small", {}, parts[2].filter(Boolean).join(" · "))])]);
  }

  // Point at hit `at` (-1: at none) without moving the focus.
  function point(at) {
    box.at = at;
    box.hits.forEach(function (_hit, i) {
      const row = document.getElementById("search-hit-" + i);
      row.setAttribute("aria-selected", String(i === at));
      if (i === at) row.scrollIntoView({ block: "nearest" });
    });
    input().setAttribute("aria-expanded", String(box.open));
    if (at < 0) input().removeAttribute("aria-activedescendant");
    else input().setAttribute("aria-activedescendant", "search-hit-" + at);
  }

  function close() {
    if (!box.open) return;
    box.open = false;
    box.hits = [];
    document.getElementById("search-hits").hidden = true;
    point(-1);
  }

  function key(event) {
    const many = box.hits.length;
    if (event.isComposing) return; // an input method is still at work on the letter
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!box.open) look();
      else if (many) point(event.key === "ArrowDown" ? (box.at + 1) % many : (box.at <= 0 ? many : box.at) - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (many) go(box.hits[Math.max(box.at, 0)]);
    } else if (event.key === "Escape" && (box.open || box.query)) {
      event.preventDefault();
      event.stopPropagation();
      if (box.open) close();
      else input().value = box.query = "";
    }
  }

  ps.listenToSearch = function () {
    document.addEventListener("keydown", function (event) {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !/^(radio|checkbox)$/.test(event.target.type);
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      ps.closeTableSheet();
      input().focus();
      input().select();
    });
    window.setTimeout(indexOn, 300);
  };
})(window.phusong);
