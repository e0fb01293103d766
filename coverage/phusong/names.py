"""Vietnamese names as people write them: which of the names that may be meant is meant, and how sure that is.

A name is looked for among the units of one district or province, never in the whole country (3,321 communes
have 2,744 names without accents). Nothing is guessed: a match that is not `certain` is for a person to judge.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from phusong.units import fold

#: How a name was found, from the surest to the least sure.
HOWS = ("exact", "folded", "variant", "fuzzy", "none")


@dataclass(frozen=True)
class NameRules:
    """When a name that is only alike counts as found; `data/names.toml` has the figures.

    `threshold`: least score (0 to 100). `margin`: how much better than the second best. `shown`: least
    score of an alternative that is worth showing.
    """

    threshold: float
    margin: float
    shown: float


@dataclass(frozen=True)
class Match:
    """The best candidate for a name: its key and name, score 0 to 100, how it was found (`HOWS`), whether
    that is certain, and the others worth a look, best first, as (key, name, score)."""

    key: str | None
    name: str
    score: float
    how: str
    certain: bool
    alternatives: tuple[tuple[str, str, float], ...] = ()


# Words before a name that say what kind of unit it is, and how they are shortened. One letter alone says it
# only with a full stop or before a number: "P. Hải Châu", "P5".
_TYPE_WORDS = (
    ("thị trấn", ("thị trấn", "tt", "t.t")),
    ("thị xã", ("thị xã", "tx", "t.x")),
    ("thành phố", ("thành phố", "tp", "t.p")),
    ("đặc khu", ("đặc khu", "đk")),
    ("phường", ("phường", "p")),
    ("huyện", ("huyện", "h")),
    ("quận", ("quận", "q")),
    ("tỉnh", ("tỉnh", "t")),
    ("xã", ("xã", "x")),
)
_VOWELS = "aeiouy"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_MARKS = "\u0302\u0306\u031b"
_VOWEL_RUN = re.compile(f"[{_VOWELS}][{_VOWELS}{_MARKS}{_TONES}]*")
_AFTER_VOWEL, _NO_VOWEL_NEXT = f"(?<=[{_VOWELS}{_MARKS}{_TONES}])", f"(?![{_VOWELS}])"
# Spellings of one sound, most of them of minority languages: Zuôih, Zuôich; Tà Bhing, Tà Bhinh; Đắc, Đắk;
# Quý, Quí; Sà Phìn, Xà Phìn; Tà Pơơ, Tà Pơ.
_VARIANTS = tuple(
    (re.compile(written), sounded)
    for written, sounded in (
        (r"ngh", "ng"),
        (r"gh", "g"),
        (rf"ch{_NO_VOWEL_NEXT}", "c"),
        (rf"{_AFTER_VOWEL}h{_NO_VOWEL_NEXT}", "c"),
        (rf"{_AFTER_VOWEL}n[gh]{_NO_VOWEL_NEXT}", "ŋ"),
        (r"[kq]", "c"),
        (r"y", "i"),
        (r"x", "s"),
        (r"z", "d"),
        (r"w", "u"),
        (rf"([{_VOWELS}][{_MARKS}]*)\1+", r"\1"),
    )
)


def split_type(full: str) -> tuple[str, str]:
    """The type of a unit and its bare name, whatever way the type is written; "" when it is not said.

    >>> split_type("TT. Thạnh Mỹ"), split_type("Xã La Êê"), split_type("TP Tam Kỳ"), split_type("Xá Nhè")
    (('thị trấn', 'Thạnh Mỹ'), ('xã', 'La Êê'), ('thành phố', 'Tam Kỳ'), ('', 'Xá Nhè'))
    >>> split_type("XãLaÊê"), split_type("thi tran Thanh My"), split_type("P5"), split_type("T Hà")
    (('xã', 'LaÊê'), ('thị trấn', 'Thanh My'), ('phường', '5'), ('', 'T Hà'))
    """
    text = _tidy(full)
    for unit_type, words in _TYPE_WORDS:
        for word in words:
            if rest := _after(text, word) or (text.isascii() and _after(text, fold_words(word))):
                return unit_type, rest
    return "", text


def _after(text: str, word: str) -> str:
    """What follows the type word that `text` begins with; "" when it does not begin with it."""
    rest = text[len(word) :]
    if text[: len(word)].casefold() != word:
        return ""
    if len(word) == 1:
        return rest.lstrip(" .") if rest[:1] == "." or rest.lstrip()[:1].isdigit() else ""
    glued = rest[:1].isupper() and not word.isascii()
    return rest.lstrip(" .") if glued or rest[:1] in (" ", ".") else ""


def fold_words(text: str) -> str:
    """`text` without accents and in small letters, its words still apart.

    >>> fold_words("Thị trấn Thạnh Mỹ")
    'thi tran thanh my'
    """
    return " ".join(filter(None, (fold(word) for word in text.split())))


def spelled(text: str) -> str:
    """The letters of `text` with their accents and nothing else, the tone after the vowels it belongs to.

    >>> spelled("Hòa Bình") == spelled("hoà bình") == spelled("HoàBình"), spelled("Tân") == spelled("Tấn")
    (True, False)
    """
    letters = "".join(
        c for c in unicodedata.normalize("NFD", text.casefold()) if c.isalnum() or c in _MARKS + _TONES
    )
    return re.sub(r"(?<!\d)0+(?=\d)", "", _VOWEL_RUN.sub(_tone_last, letters))


def sounded(text: str) -> str:
    """`text` by sound: spellings that are met for one another come out the same.

    >>> sounded("Zuôih") == sounded("Zuôich"), sounded("Tà Bhing") == sounded("TàBhinh")
    (True, True)
    >>> sounded("Đắc") == sounded("Đắk"), sounded("Thanh Bình") == sounded("Thăng Bình")
    (True, False)
    """
    return _by_sound(spelled(text))


def same_name(one: object, other: object) -> bool:
    """Are the two the same name but for its type, accents, case and spaces?

    >>> same_name("Chà Val", "Xã Chà Vàl"), same_name("Nam Giang", "Xã Chà Vàl"), same_name(None, "La Êê")
    (True, False, False)
    """
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    return fold(spelled(split_type(one)[1])) == fold(spelled(split_type(other)[1]))


def match(name: str, candidates: Mapping[str, str] | Iterable[str], rules: NameRules) -> Match:
    """Which of `candidates` (key → name, or bare names) `name` means. Types such as "xã" are understood:
    where the name says its type, only candidates of that type, or of none, can be certain.

    >>> rules = NameRules(threshold=80, margin=8, shown=60)
    >>> found = match("xã Zuôich", {"20701": "Xã Zuôih", "20707": "Xã Chà Vàl"}, rules)
    >>> found.key, found.how, found.certain
    ('20701', 'variant', True)
    """
    return match_many([name], candidates, rules)[0]


def match_many(
    names: Sequence[str],
    candidates: Mapping[str, str] | Iterable[str],
    rules: NameRules,
    words: frozenset[str] = frozenset(),
) -> list[Match]:
    """`match` of each of many names among the same candidates, in the order of `names`. `words` (`words_of`)
    are words of names elsewhere: what differs by one of them is a name of its own, no slip of the pen."""
    named = dict(candidates) if isinstance(candidates, Mapping) else {name: name for name in candidates}
    order = sorted(named)
    known = [_read(named[key]) for key in order]
    wanted = sorted({name for name in names if isinstance(name, str)})
    plain = {one.folded for one in known}
    read = [_read(name, untyped=fold(name) in plain) for name in wanted]
    words |= words_of(named.values())
    sounds: dict[str, list[int]] = {}
    for place, one in enumerate(known):
        for sound in {one.sounded, one.bare_sound}:
            sounds.setdefault(sound, []).append(place)
    least = min(rules.shown, rules.threshold - rules.margin)
    found = {}
    for start in range(0, len(wanted), _BLOCK):
        alike = _alikeness(read[start : start + _BLOCK], known)
        for name, one, scores in zip(wanted[start:], read[start:], alike, strict=False):
            near = set(np.flatnonzero(scores >= least).tolist())
            near |= {place for sound in (one.sounded, one.bare_sound) for place in sounds.get(sound, ())}
            few = [(order[place], known[place], float(scores[place])) for place in sorted(near)]
            found[name] = _best(one, few, named, words, rules)
    return [found[name] if isinstance(name, str) else _NOTHING for name in names]


def words_of(names: Iterable[str]) -> frozenset[str]:
    """The words that names are made of, without types, in the form in which they are compared."""
    return frozenset(word for name in set(names) for word in _read(name).words.split())


#: Names that are compared at a time, so that the table of likenesses stays small.
_BLOCK = 1_000
_NOTHING = Match(None, "", 0.0, "none", False)


@dataclass(frozen=True)
class _Read:
    """A name in the forms in which it is compared."""

    unit_type: str
    words: str
    spelled: str
    folded: str
    sounded: str
    bare_sound: str


@lru_cache(maxsize=50_000)
def _read(name: str, untyped: bool = False) -> _Read:
    """The name's forms; `untyped`: its first word is no type ("Xa Dung" is a name)."""
    unit_type, bare = ("", _tidy(name)) if untyped else split_type(name)
    letters = spelled(bare)
    folded = fold(letters)
    words = " ".join(filter(None, (spelled(word) for word in bare.split())))
    return _Read(unit_type, words, letters, folded, _by_sound(letters), _by_sound(folded))


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _tone_last(run: re.Match[str]) -> str:
    tones = "".join(sorted(c for c in run[0] if c in _TONES))
    return "".join(c for c in run[0] if c not in _TONES) + tones


def _by_sound(letters: str) -> str:
    for pattern, said in _VARIANTS:
        letters = pattern.sub(said, letters)
    return letters


# What each way of being found scores at most; the rest up to it says how alike the accents are.
_EXACT, _FOLDED, _VARIANT, _FUZZY = 100.0, 99.0, 94.0, 89.0
_ACCENTS = 8.0


def _alikeness(wanted: Sequence[_Read], known: Sequence[_Read]) -> np.ndarray:
    """Likeness 0 to 100 of each name to each candidate: two thirds letters, one third accents."""
    if not wanted or not known:
        return np.zeros((len(wanted), len(known)))
    letters = process.cdist([w.folded for w in wanted], [k.folded for k in known], scorer=fuzz.ratio)
    accents = process.cdist([w.spelled for w in wanted], [k.spelled for k in known], scorer=fuzz.ratio)
    return np.asarray((2 * letters + accents) / 3, dtype=float)


def _score(one: _Read, other: _Read, alike: float) -> tuple[float, str]:
    if not one.folded:
        return 0.0, "none"
    if one.words == other.words:
        return _EXACT, "exact"
    if one.spelled == other.spelled:
        return _FOLDED, "folded"
    accents = _ACCENTS * (1 - fuzz.ratio(one.spelled, other.spelled) / 100)
    if one.folded == other.folded:
        return _FOLDED - 1 - accents, "folded"
    if one.sounded == other.sounded:
        return _VARIANT, "variant"
    # Without accents "Thanh" and "Thăng" sound alike, so this is only for names that have none.
    if one.bare_sound == other.bare_sound and one.folded == one.spelled:
        return _VARIANT - 1 - accents / 2, "variant"
    return min(alike, _FUZZY), "fuzzy"


def _best(
    one: _Read,
    near: Sequence[tuple[str, _Read, float]],
    named: Mapping[str, str],
    words: frozenset[str],
    rules: NameRules,
) -> Match:
    """The best of the candidates, those of the name's own type before the others; ties by key."""
    scored = []
    for key, other, likeness in near:
        own = not (one.unit_type and other.unit_type and one.unit_type != other.unit_type)
        score, how = _score(one, other, likeness)
        scored.append((not (own and _found(score, how, rules)), -score, HOWS.index(how), key, own))
    scored.sort()
    if not scored or -scored[0][1] < rules.shown:
        return _NOTHING
    _last, minus, how_at, key, own = scored[0]
    others = [(k, named[k], round(-m, 1)) for _l, m, _h, k, _o in scored[1:] if -m >= rules.shown]
    return Match(
        key,
        named[key],
        round(-minus, 1),
        HOWS[how_at],
        own
        and _is_certain(-minus, how_at, scored, rules)
        and (
            HOWS[how_at] != "fuzzy"
            or not _is_another(one, {k: other for k, other, _alike in near}[key], words)
        ),
        tuple(sorted(others, key=lambda other: (-other[2], other[0]))[:5]),
    )


def _found(score: float, how: str, rules: NameRules) -> bool:
    return how != "fuzzy" or score >= rules.threshold


def _is_certain(
    score: float, how_at: int, scored: Sequence[tuple[bool, float, int, str, bool]], rules: NameRules
) -> bool:
    """Found by a rule that nothing else of its type meets; or alike enough, and clearly more than others."""
    rivals = [one for one in scored[1:] if one[4]]
    if HOWS[how_at] != "fuzzy":
        # The same letters and accents, only glued, are not in doubt beside others with the same letters.
        glued = score >= _FOLDED
        return not any(rival[2] <= how_at and not (glued and -rival[1] < _FOLDED) for rival in rivals)
    return score >= rules.threshold and all(score - -rival[1] >= rules.margin for rival in rivals)


def _is_another(one: _Read, other: _Read, words: frozenset[str]) -> bool:
    """Is what is only alike a name of its own? Where it differs by a word that other names have too
    ("Tân Hưng" for "Tân Hương"), rather than by a slip of the pen."""
    differing = set(one.words.split()) - set(other.words.split())
    return differing <= words
