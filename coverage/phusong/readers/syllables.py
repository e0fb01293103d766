"""What Vietnamese words look like, so that a garbled text can be told from a right one."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_TONES = "\u0300\u0309\u0303\u0301\u0323"
# k, gh, ngh stand before e, ê, i, y only, where c, g, ng do not.
_INITIAL = "((?:ngh|gh)(?=[eêi])|k(?=[eêiy])|(?:ng|g|c)(?![eêiyh])|nh|ch|gi|kh|ph|qu|th|tr|[bdđhlmnprstvx])?"
# Nuclei without tones, as a school book lists them.
_NUCLEUS = (
    "(iêu|yêu|oai|oay|oao|oeo|uây|uya|uyê|uyu|uêu|uôi|ươi|ươu|"
    "ia|iê|yê|ya|ua|uô|ưa|ươ|ai|ao|au|âu|ay|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|oa|oă|oe|oo|uâ|uê|uy|uơ|"
    "[aăâeêioôơuưy])"
)
_FINAL = "(ch|ng|nh|[cmnpt])?"
_SYLLABLE = re.compile(_INITIAL + _NUCLEUS + _FINAL)
_GI = re.compile("(g)(i)" + _FINAL)
_MARKED = "ăâêôơư"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzăâêôơưđ")
# Punctuation of good typography, which is no sign of garbling.
_EDGES = "–—‘’“”…•°²³№"

#: No language has longer words; what looks at each letter's tone would take as long as the square of them.
_LONGEST = 100
_UNITS_OF_MEASURE = frozenset({"µm", "µs", "µg"})

STRICT, LOOSE, TWO_TONES, FOREIGN, BROKEN = 1.0, 0.4, 0.0, -0.3, -1.0


@lru_cache(maxsize=200_000)
def likeness(word: str) -> float:
    """How much a word with letters beyond ASCII looks like Vietnamese.

    STRICT: a syllable by the rules, or a sign by itself; LOOSE: its letters only, as in names of other
    peoples; TWO_TONES: more tones than syllables; FOREIGN: other letters; BROKEN: no letters, or a capital
    within.

    >>> likeness("Huyện"), likeness("Zuôih"), likeness("Köln"), likeness("X·"), likeness("HuyÖn")
    (1.0, 0.4, -0.3, -1.0, -1.0)
    """
    word = word.strip(_EDGES)
    if len(word) > _LONGEST:
        return FOREIGN
    if word[:1] in _TONES:
        return BROKEN if word else LOOSE
    if word in _UNITS_OF_MEASURE or (len(word) == 1 and not (word.isalpha() and word not in "ªºµ")):
        return STRICT
    if not all(c.isalpha() or c.isdigit() or c in _TONES or c in _EDGES for c in word):
        return BROKEN
    if any(c in "ªºµ" for c in word):
        return BROKEN
    if any(a.islower() and b.isupper() and not b.isascii() for a, b in pairwise(word)):
        return BROKEN
    plain, tones = without_tones(word.lower())
    if any(c.isalpha() and c not in _LETTERS for c in plain):
        return FOREIGN
    if is_syllable(word):
        return STRICT
    parts = 1 if word.isupper() else max(1, sum(c.isupper() for c in word))
    return LOOSE if len(tones) <= parts else TWO_TONES


def without_tones(word: str) -> tuple[str, list[tuple[int, str]]]:
    """A word without its tones, and where they stood.

    >>> without_tones("vàl") == ("val", [(1, chr(0x300))])
    True
    """
    plain, tones = "", []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tones.append((len(unicodedata.normalize("NFC", plain)) - 1, letter))
        else:
            plain += letter
    return unicodedata.normalize("NFC", plain), tones


def is_syllable(word: str) -> bool:
    """Is it initial, nucleus with at most one tone where it belongs, and final?

    >>> [w for w in ("Giằng", "hòa", "hoà", "quý", "gìn", "Vàl", "mạc", "mac", "tòan") if is_syllable(w)]
    ['Giằng', 'hòa', 'hoà', 'quý', 'gìn', 'mạc']
    """
    plain, tones = without_tones(word.lower())
    return len(tones) <= 1 and any(_fits(p.fullmatch(plain), tones) for p in (_SYLLABLE, _GI))


def _fits(match: re.Match[str] | None, tones: list[tuple[int, str]]) -> bool:
    if match is None:
        return False
    initial, nucleus, final = match[1] or "", match[2], match[3] or ""
    stopped = final in ("c", "ch", "p", "t")
    if not tones:
        return not stopped
    at, tone = tones[0]
    if stopped and tone not in "\u0301\u0323":
        return False
    if initial == "qu" and at == 1:
        return True
    return at - len(initial) in _places(nucleus, final)


def _places(nucleus: str, final: str) -> set[int]:
    """Where in a nucleus its tone may stand, in the old and the new style."""
    marked = [i for i, letter in enumerate(nucleus) if letter in _MARKED]
    if marked:
        return {marked[-1]}
    if len(nucleus) == 1:
        return {0}
    if len(nucleus) == 3 or final:
        return {1}
    return {0, 1} if nucleus in ("oa", "oe", "uy") else {0}
