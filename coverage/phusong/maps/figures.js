// Figures: numbers, distances and signals in the words of the page's language, as units.py and wording.py say them.
(function (ps) {
  "use strict";

  ps.number = function (n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, ps.state.language === "vi" ? "." : ",");
  };

  // A number with `digits` decimals. A number that lies exactly between two goes to the even one, as Python does.
  ps.decimal = function (n, digits) {
    const long = n.toFixed(digits + 40), tie = /50{39}$/.test(long);
    let text = n.toFixed(digits);
    if (tie) {
      const below = long.slice(0, -40).replace(/\.$/, "");
      if (Number(below.slice(-1)) % 2 === 0) text = below;
    }
    const parts = text.replace("-", "").split("."), minus = n < 0 && Number(text) !== 0 ? "−" : "";
    return minus + ps.number(parts[0]) + (digits ? (ps.state.language === "vi" ? "," : ".") + parts[1] : "");
  };

  // At most `digits` decimals: 12, 7.5.
  ps.tidy = function (n, digits) { return ps.decimal(n, Number.isInteger(n) ? 0 : digits); };

  // An amount of đồng in the run's currency.
  ps.money = function (vnd) {
    const own = ps.data.currency, vi = ps.state.language === "vi", million = vi ? " triệu " : " million ";
    const figure = function () {
      if (own.code !== "VND") {
        const amount = vnd / own.vnd;
        return Math.abs(amount) >= 1e8 ? ps.decimal(amount / 1e6, 1) + million + own.code : ps.decimal(amount, 0) + " " + own.code;
      }
      if (Math.abs(vnd) >= 1e9) return ps.decimal(vnd / 1e9, 2) + (vi ? " tỷ ₫" : " billion ₫");
      if (Math.abs(vnd) >= 1e6) return ps.decimal(vnd / 1e6, 1) + million + "₫";
      return ps.decimal(vnd, 0) + " ₫";
    };
    return figure().replace(/ /g, "\u00a0").replace("−", "-");
  };

  // A distance in whole metres; −1 is not known.
  ps.distance = function (metres) {
    if (metres < 0) return "–";
    return metres < 1000 ? metres + " m" : ps.decimal(metres / 1000, 1) + " km";
  };

  const NONE = 1; // a level that is not known
  function dbm(level) { return level === NONE ? "–" : String(level).replace("-", "−"); }

  // The best 4G or 5G signal of a site, such as "Viettel 4G −101 dBm (−112 to −99)"; "" for none.
  ps.signalWords = function (place) {
    const s = ps.data.sites, who = s.signals[s.signal[place]];
    if (s.measured[place] !== NONE) return who + " " + dbm(s.measured[place]) + " dBm";
    if (s.level[place] === NONE) return "";
    return who + " " + dbm(s.level[place]) + " dBm (" + ps.text("range", { low: dbm(s.low[place]), high: dbm(s.high[place]) }) + ")";
  };

  // What a status rests on: the report of a site on a service is [status, evidence, basis, date].
  ps.report = function (service, place) { return ps.data.reports[service][ps.data.sites.report[service][place]]; };
  ps.evidence = function (service, place) {
    const s = ps.data.sites;
    return ps.say(ps.report(service, place)[1]).replace(/\{(\w+)\}/g, function (whole, name) {
      if (name === "fibre_distance") return ps.distance(s.fibre_distance[place]);
      if (name === "cell_distance") return ps.distance(s.cell_distance[place]);
      return name === "signal" ? ps.signalWords(place) : whole;
    });
  };
})(window.phusong);
