// Unpack: long columns of the data, as maps/packing.py packs them.
(function (ps) {
  "use strict";

  function bytes(text) {
    const raw = atob(text), out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  // Whole numbers: `bytes` bytes each, the low first, above `from`.
  ps.numbers = function (packed) {
    const at = bytes(packed.at), width = packed.bytes, low = packed.from;
    const small = low >= -0x80000000 && low + Math.pow(2, 8 * width) <= 0x80000000;
    const out = new (small ? Int32Array : Float64Array)(packed.count);
    for (let i = 0; i < out.length; i++) {
      let number = 0;
      for (let k = width - 1; k >= 0; k--) number = number * 256 + at[i * width + k];
      out[i] = low + number;
    }
    return out;
  };

  // Texts: by their words, or by what each begins alike with the one before.
  ps.texts = function (packed) { return packed.words ? byWords(packed) : byFront(packed); };

  function byFront(packed) {
    const alike = ps.numbers(packed.front);
    let before = "";
    return packed.rest.map(function (rest, i) { return (before = before.slice(0, alike[i]) + rest); });
  }

  function byWords(packed) {
    const at = bytes(packed.at), out = [];
    let words = [], place = 0, shift = 0;
    for (let i = 0; i < at.length; i++) {
      place |= (at[i] & 127) << shift;
      if (at[i] & 128) { shift += 7; continue; }
      if (place) words.push(packed.words[place - 1]);
      else { out.push(words.join(" ")); words = []; }
      place = shift = 0;
    }
    return out;
  }
})(window.phusong);
