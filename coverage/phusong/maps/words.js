// Words: the page's texts in two languages, and elements made with textContent only.
// Nothing that comes from the data is ever read as HTML.
window.phusong = window.phusong || {};
(function (ps) {
  "use strict";

  ps.data = JSON.parse(document.getElementById("phusong-data").textContent);
  ps.LANGUAGES = ["vi", "en"];
  ps.STATUSES = ["ok", "gap", "unknown"];
  ps.SIGNS = { ok: "✓", gap: "✕", unknown: "?" };

  // What the reader has chosen. `service` is a place in data.services; `chosen` is what a card shows.
  ps.state = { language: ps.data.language, service: 0, chosen: null, hidden: { masts: true, communes: ps.data.one_area, borders: ps.data.one_area } };

  // The phrase at a place, in the language of the page; "" for none (-1).
  ps.say = function (place) {
    return place < 0 ? "" : ps.data.phrases[place][ps.LANGUAGES.indexOf(ps.state.language)];
  };

  // The interface's text by key, its {…} filled from `values`.
  ps.text = function (key, values) {
    return ps.say(ps.data.texts[key]).replace(/\{(\w+)\}/g, function (whole, name) {
      return values && name in values ? String(values[name]) : whole;
    });
  };

  ps.operator = function (name) {
    return name === ps.data.unknown_operator ? ps.text("operator_unknown") : name;
  };

  function append(parent, content) {
    if (Array.isArray(content)) content.forEach(function (part) { append(parent, part); });
    else if (content instanceof Node) parent.appendChild(content);
    else if (content !== null && content !== undefined && content !== false) parent.appendChild(document.createTextNode(String(content)));
  }

  // An element: attributes as given, `onclick` as a listener, content as text or elements.
  ps.el = function (name, attributes, content) {
    const element = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
      const value = attributes[key];
      if (value === null || value === undefined || value === false) return;
      if (key.slice(0, 2) === "on") element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value === true ? "" : value);
    });
    append(element, content);
    return element;
  };

  ps.svg = function (name, attributes, content) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(attributes || {}).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    append(element, content);
    return element;
  };

  ps.fill = function (id, content) {
    const element = document.getElementById(id);
    element.textContent = "";
    append(element, content);
    return element;
  };

  // A status as a sign in a coloured disc, with its name for those who do not see it.
  ps.sign = function (status) {
    const key = ps.STATUSES[status];
    return ps.el("span", { class: "sign " + key, role: "img", "aria-label": ps.text("status_" + key) }, ps.SIGNS[key]);
  };

  // Fill in the texts that stand in the page itself.
  ps.sayAll = function () {
    document.documentElement.lang = ps.state.language;
    document.querySelectorAll("[data-say]").forEach(function (e) { e.textContent = ps.text(e.dataset.say); });
    document.querySelectorAll("[data-say-label]").forEach(function (e) { e.setAttribute("aria-label", ps.text(e.dataset.sayLabel)); });
  };
})(window.phusong);
