"""Texts as they really come: the columns of a layer that hold TCVN3 (ABC, fonts .Vn…), VNI-Windows, cp1258
or mangled UTF-8 are recognised and converted.

A column is converted when what comes out looks more like Vietnamese (or like known names) than what was
there, never cell by cell; what is right already is left as it is, and so is what could be either.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.domain import Finding, split_unit_name
from phusong.language import _
from phusong.readers.distinct import Texts, told_apart
from phusong.readers.encodings import (
    DECODERS,
    from_look_alikes,
    from_mangled_utf8,
    from_vni,
    name_of_encoding,
    readings,
)
from phusong.readers.syllables import BROKEN, FOREIGN, LOOSE, STRICT, likeness
from phusong.study import Source

AS_IS = "as-is"
#: By encoding the texts that were converted, before and after, and in how many cells.
_Told = dict[str, Counter[tuple[str, str]]]


@dataclass(frozen=True)
class _Evidence:
    """What speaks for and against an encoding in a column, by different cells."""

    better: float = 0.0
    neither: float = 0.0
    worse: float = 0.0

    def __add__(self, other: "_Evidence") -> "_Evidence":
        return _Evidence(self.better + other.better, self.neither + other.neither, self.worse + other.worse)

    @property
    def convinces(self) -> bool:
        return self.better >= 2 and self.better >= 3 * self.neither


_SPLIT = re.compile(r"[\s!-@\[-`{-~]+")
_ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8}\d?);")
# A sample is enough to know a column by.
_SAMPLE = 5_000


def put_right(
    frame: pd.DataFrame,
    source: Source,
    path: Path,
    *,
    keep: Collection[str] = (),
    apart: Collection[str] = (),
    read_as: str = "utf-8",
    known: Iterable[str] = (),
    entities: bool = False,
) -> tuple[pd.DataFrame, list[Finding]]:
    """The frame with its texts and column names converted to what they say (NFC), and what was converted.

    `keep`: columns left alone; `apart`: those that do not follow the layer, as their texts come from
    elsewhere; `read_as`: as what `text_of` read the bytes; `known`: names that are right;
    `entities`: HTML entities of any kind are texts too, as in KML. The study's `encoding` forces one or,
    "as-is", forbids all but NFC.
    """
    columns = {
        name: Texts.among(frame[name])
        for name in frame.columns
        if name not in keep and frame[name].dtype in ("object", "str")
    }
    count: dict[Any, Sequence[int]] = {name: column.count.tolist() for name, column in columns.items()}
    headers = [str(name) for name in frame.columns if name not in keep]
    # The header is one more column, with no name.
    texts: dict[Any, list[str]] = {None: headers, **{n: column.texts for n, column in columns.items()}}
    count[None] = [1] * len(headers)
    told: _Told = {}
    if source.encoding != AS_IS:
        texts = {n: _without_entities(cells, count[n], entities, told) for n, cells in texts.items()}
        right = {_bare(name) for name in known}
        chosen = _chosen(texts, source.encoding, right, apart)
        right = set() if source.encoding else right
        texts = {n: _converted(cells, count[n], chosen[n], right, told) for n, cells in texts.items()}
    found = _findings(told, source, path, read_as)
    if source.encoding is None:
        found += _unclear([text for cells in texts.values() for text in cells], path)
    composed = {n: [unicodedata.normalize("NFC", c.strip()) for c in cells] for n, cells in texts.items()}
    out = frame.copy()
    for name, column in columns.items():
        out[name] = column.put_back(frame[name], composed[name])
    renamed = iter(told_apart(composed[None], taken=keep))
    out.columns = pd.Index([name if name in keep else next(renamed) for name in out.columns])
    return out, found


def _bare(name: str) -> str:
    return split_unit_name(unicodedata.normalize("NFC", name.strip()))[1].casefold()


def _without_entities(cells: list[str], count: Sequence[int], every: bool, told: _Told) -> list[str]:
    out = []
    for text, times in zip(cells, count, strict=True):
        after = _ENTITY.sub(lambda m: _letter(m, every), text) if "&" in text else text
        if after != text:
            told.setdefault("html", Counter())[text, after] += times
        out.append(after)
    return out


def _letter(match: re.Match[str], every: bool) -> str:
    """What an entity stands for; outside of KML only letters beyond ASCII are meant to be read so."""
    letter = html.unescape(match[0])
    return letter if every or (len(letter) == 1 and letter.isalpha() and not letter.isascii()) else match[0]


def _chosen(
    texts: dict[Any, list[str]],
    said: str | None,
    known: Collection[str],
    apart: Collection[str],
) -> dict[Any, tuple[str, bool | None] | None]:
    """For each column (None: the headers) its encoding, and whether texts that could be either follow it
    (None: all that can be converted are, as the study says)."""
    columns = {name: _garbled(cells) for name, cells in texts.items()}
    if said is not None:
        decoder = said if said in DECODERS else None
        return dict.fromkeys(columns, (decoder, None) if decoder else None)
    seen = {
        name: {e: _evidence(cells, decode, known) for e, decode in DECODERS.items()}
        for name, cells in columns.items()
    }
    all_cells = [cell for cells in columns.values() for cell in cells]
    total = {e: sum((by[e] for by in seen.values()), _Evidence()) for e in DECODERS}
    of_layer = _best(total, all_cells)
    out: dict[Any, tuple[str, bool | None] | None] = {}
    for name, by in seen.items():
        own = _best(by, columns[name])
        if own:
            out[name] = own, by[own].better >= by[own].worse
        elif of_layer and name not in apart:  # too few texts to tell
            out[name] = of_layer, by[of_layer].worse == 0
        else:
            out[name] = None
    return out


def _garbled(cells: list[str]) -> list[str]:
    """The different texts that hold more than ASCII, as many as are needed."""
    return sorted({c for c in cells if not c.isascii()})[:_SAMPLE]


def _best(evidence: dict[str, _Evidence], cells: list[str]) -> str | None:
    """The encoding that more speaks for than for any other; None when none convinces, or two that do not
    say the same are even."""
    weighed = sorted(
        (
            (round(e.better - e.neither, 6), -i, name)
            for i, (name, e) in enumerate(evidence.items())
            if e.convinces
        ),
        reverse=True,
    )
    even = [name for weight, _i, name in weighed if weight == weighed[0][0]]
    if not even or any(DECODERS[name](c) != DECODERS[even[0]](c) for name in even[1:] for c in cells):
        return None
    return even[0]


def _evidence(cells: list[str], decode: Callable[[str], str | None], known: Collection[str]) -> _Evidence:
    total = _Evidence()
    for cell in cells:
        total += _compared(cell, decode, known)
    return total


def _compared(before: str, decode: Callable[[str], str | None], known: Collection[str]) -> _Evidence:
    """Is a cell better after decoding, worse, or neither?"""
    after = decode(before)
    was = _looks(before)
    if after is None or after == before:
        # Right texts that cannot be of this encoding speak for leaving what could be either.
        return _Evidence(worse=1.0) if was >= LOOSE else _Evidence()
    if known:
        if _bare(before) in known:
            return _Evidence(worse=2.0)
        if _bare(after) in known:
            return _Evidence(better=2.0)
    if decode is from_mangled_utf8:
        return _Evidence(better=2.0)
    now = _looks(after)
    if decode is from_look_alikes and now > was:
        return _Evidence(better=1.0)
    if now - was >= 0.6 and (now >= 0.7 or _has_broken(before)):
        return _Evidence(better=now * (2.0 if _has_broken(before) else _words(before)))
    if was - now >= 0.3:
        return _Evidence(worse=1.0)
    return _Evidence(neither=1.0) if now < (LOOSE + STRICT) / 2 else _Evidence()


def _odd_words(text: str) -> list[str]:
    return [word for word in _SPLIT.split(text) if not word.isascii()]


def _words(text: str) -> float:
    return float(len(_odd_words(text)))


def _has_broken(text: str) -> bool:
    return any(likeness(word) == BROKEN for word in _odd_words(text))


def _looks(text: str) -> float:
    """The mean likeness of a text's words beyond ASCII; one with none is as good as any."""
    words = _odd_words(text)
    return sum(map(likeness, words)) / len(words) if words else STRICT


def _converted(
    cells: list[str],
    count: Sequence[int],
    chosen: tuple[str, bool | None] | None,
    known: Collection[str],
    told: _Told,
) -> list[str]:
    """The cells decoded, but for those that this would make worse."""
    if chosen is None:
        return cells
    encoding, follow = chosen
    decode = DECODERS[encoding]
    out = []
    for cell, times in zip(cells, count, strict=True):
        after = None if cell.isascii() else decode(cell)
        if after is not None and after != cell and (follow is None or _better(cell, after, known, follow)):
            told.setdefault(encoding, Counter())[cell, after] += times
            out.append(after)
        else:
            out.append(cell)
    return out


def _better(before: str, after: str, known: Collection[str], follow: bool) -> bool:
    """Is a cell of a column that is converted better so? What could be either does as `follow` says, but
    for what would get a capital with a tone, which the fonts of TCVN3 do not have (Cà → CỔ)."""
    if known and (_bare(before) in known) != (_bare(after) in known):
        return _bare(after) in known
    was, now = _looks(before), _looks(after)
    shouts = any(b.isupper() and a != b and not a.isupper() for a, b in zip(before, after, strict=False))
    return now > was or (now == was and ((follow and not shouts) or was <= FOREIGN))


def _findings(told: _Told, source: Source, path: Path, read_as: str) -> list[Finding]:
    out = []
    for encoding, changes in told.items():
        if source.encoding is not None and encoding != "html":
            continue
        before, after = min(changes, key=lambda c: (not c[0].isprintable(), abs(len(c[1]) - 12), c))
        out.append(
            Finding(
                "warning",
                path.name,
                None,
                _("texts in {encoding} are converted ({count}, such as {before} → {after})").format(
                    count=changes.total(),
                    encoding=name_of_encoding(encoding),
                    before=repr(before),
                    after=repr(after),
                ),
                _said_so(encoding),
            )
        )
    if read_as in ("cp1252", "mixed", "utf-16") and source.encoding is None and not (set(told) - {"html"}):
        out.append(
            Finding(
                "warning",
                path.name,
                None,
                _("is not UTF-8 text and was read as {encoding}").format(
                    encoding=name_of_encoding("utf-16" if read_as == "utf-16" else "cp1252")
                ),
                _("Look at its names; if they are wrong, say its encoding in the study."),
            )
        )
    return out


def _unclear(cells: list[str], path: Path) -> list[Finding]:
    """Texts that some encoding would make Vietnamese, but too few to be sure: told, not converted."""
    cells = _garbled(cells)
    odd = [cell for cell in cells if _may_be_garbled(cell)]
    weighed = [_evidence(cells, decode, ()) for decode in DECODERS.values()] if odd else []
    if not any(e.better > 3 * e.neither for e in weighed):  # words of another language
        return []
    return [
        Finding(
            "warning",
            path.name,
            None,
            _("texts look garbled and stay as they are ({count}, such as {before}: {after}?)").format(
                count=len(odd),
                before=repr(odd[0]),
                after=", ".join(
                    f"{out!r} ({name_of_encoding(name)})"
                    for name, decode in DECODERS.items()
                    if (out := decode(odd[0])) is not None and _looks(out) == STRICT
                ),
            ),
            _('If so, say the encoding in the study ("tcvn3", "vni", "cp1258"); if not, "as-is".'),
        )
    ]


def _may_be_garbled(cell: str) -> bool:
    """Is it no word of any language, and Vietnamese in some encoding? VNI: vowels with marks after them."""
    if _looks(cell) > FOREIGN:
        return False
    if _has_broken(cell):
        return any(_looks(out) == STRICT for out in readings(cell)[1:])
    meant = from_vni(cell)
    return meant is not None and len(meant) < len(cell) and _looks(meant) == STRICT


def _said_so(encoding: str) -> str:
    if encoding in ("html", "look-alikes"):
        return _(
            'Look at a few; to keep texts as they are, say encoding = "as-is" for this input in the study.'
        )
    return _(
        'Look at a few; confirm it with encoding = "{encoding}" for this input in the study, '
        'or forbid it with encoding = "as-is".'
    ).format(encoding=encoding)
