// Names without accents, case, spaces or punctuation, for matching only: the twin of units.fold in Python.
(function (ps) {
  "use strict";

  const NO_LETTER = /[\u0000-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02df\u02e5-\u02eb\u02ed\u02ef-\u036f\u2000-\u206f\u20a0-\u20f0\u2190-\u23ff\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe00-\ufe0f\ufeff]+/g;

  // Small letters that Python's casefold changes and toLowerCase does not.
  const CASELESS = { "ß": "ss", "ſ": "s", "ς": "σ", "\u00b5": "\u03bc", "ŉ": "\u02bcn", "ẚ": "a\u02be" };

  function flat(text) {
    return text.replace(/[đĐ]/g, "d").normalize("NFD").toLowerCase().replace(/[ßſς\u00b5ŉẚ]/g, function (letter) { return CASELESS[letter]; });
  }
  ps.fold = function (text) { return flat(text).replace(NO_LETTER, ""); };
  ps.wordsOf = function (text) { return flat(text).replace(/[\u0300-\u036f]/g, "").split(NO_LETTER).filter(Boolean); };
})(window.phusong);
