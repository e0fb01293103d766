"""Texts as they really come: bytes of any encoding, fonts of the nineties, UTF-8 read as something else.

`text_of` makes text of bytes and loses none of them; `put_right` looks at the columns of a layer and
converts those that hold TCVN3 (ABC, fonts .Vn…), VNI-Windows, cp1258 or mangled UTF-8. A column is
converted when what comes out looks more like Vietnamese (or like known names) than what was there, never
cell by cell; what is right already is left as it is, and so is what could be either.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.domain import Finding, split_unit_name
from phusong.errors import InputError
from phusong.language import _
from phusong.readers.syllables import BROKEN, FOREIGN, LOOSE, STRICT, likeness
from phusong.study import Source

AS_IS = "as-is"

# --- one byte a letter ---------------------------------------------------------------------------
# TCVN 5712:1993, table VN1; its fonts (.VnTime and others) use 0xA1 to 0xFE, capital fonts (.VnTimeH)
# the codes of small letters.
_TCVN3_HIGH = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ"
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịò"
    "ỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
_TCVN3_LOW = dict(zip(b"\x01\x02\x04\x05\x06\x11\x12\x13\x14\x15\x16\x17", "ÚỤỪỬỮỨỰỲỶỸÝỴ", strict=True))
TCVN3 = dict(enumerate(_TCVN3_HIGH, start=0x80)) | _TCVN3_LOW
#: Letters that its fonts hold as capitals too; all others with a tone are small ones only.
_TCVN3_CAPITALS = frozenset("ĂÂÊÔƠƯĐ")

# VNI-Windows (VNI-Times and others), after the table that VNI Software publishes: a vowel and a mark
# after it, or one code of its own. As cp1252 shows them.
_VNI_PAIRS = {
    "a": dict(zip("ùøûõïâáàåãäêéèúüë", "áàảãạâấầẩẫậăắằẳẵặ", strict=True)),
    "e": dict(zip("ùøûõïâáàåãä", "éèẻẽẹêếềểễệ", strict=True)),
    "o": dict(zip("ùøûõïâáàåãä", "óòỏõọôốồổỗộ", strict=True)),
    "u": dict(zip("ùøûõï", "úùủũụ", strict=True)),
    "y": dict(zip("ùøûõ", "ýỳỷỹ", strict=True)),
    "ô": dict(zip("ùøûõï", "ớờởỡợ", strict=True)),
    "ö": dict(zip("ùøûõï", "ứừửữự", strict=True)),
}
_VNI_ALONE = dict(zip("ñíìæóòôöî", "đíìỉĩịơưỵ", strict=True))
VNI = {
    base + mark: letter for base, marks in _VNI_PAIRS.items() for mark, letter in marks.items()
} | _VNI_ALONE
VNI |= {garbled.upper(): letter.upper() for garbled, letter in VNI.items()}
# A mark typed in the other case goes with its vowel.
VNI |= {
    g[0] + g[1].swapcase(): letter
    for g, letter in list(VNI.items())
    if len(g) == 2 and g[1].swapcase() != g[1]
}
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))


def _shown(byte: int) -> str:
    """How a program shows a byte that takes it for cp1252; a hole of that table as Latin-1 does."""
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_SHOWN = "".join(map(_shown, range(256)))
_BYTE = {chr(byte): byte for byte in range(256)} | {letter: byte for byte, letter in enumerate(_SHOWN)}
_BYTE["\u03bc"] = 0xB5  # a Greek mu, which some programs put for the micro sign


def as_bytes(text: str) -> bytes | None:
    """The bytes behind a text that was read one byte a letter; None when it holds other letters."""
    try:
        return bytes(_BYTE[letter] for letter in unicodedata.normalize("NFC", text))
    except KeyError:
        return None


def from_tcvn3(text: str) -> str | None:
    """What a TCVN3 text says, read as cp1252; None when it holds letters that no such text can.

    >>> from_tcvn3("HuyÖn §«ng Giang"), from_tcvn3("THÞ TRÊN"), from_tcvn3("¸i NghÜa"), from_tcvn3("Đắk")
    ('Huyện Đông Giang', 'THỊ TRẤN', 'Ái Nghĩa', None)
    """
    raw = as_bytes(text)
    if raw is None:
        return None
    return _with_capitals(unicodedata.normalize("NFC", "".join(TCVN3.get(b, chr(b)) for b in raw)))


def _with_capitals(text: str) -> str:
    """Capitals that capital fonts only show: the codes of vowels with a tone are those of small ones."""
    sure = [c for c in text if c.isalpha() and (c.isascii() or c.upper() in _TCVN3_CAPITALS)]
    # In a text of no other small letters a word such as TRµ: two capitals, and a small letter among them.
    shouted = sure and not any(c.islower() for c in sure)
    if shouted and any(not w.isupper() and sum(c.isupper() for c in w) >= 2 for w in text.split()):
        return text.upper()
    words = [w for w in text.split(" ") if w[:1].isalpha()]
    small = [
        w for w in words if w[0].islower() and not w[0].isascii() and w[0].upper() not in _TCVN3_CAPITALS
    ]
    if small and len(words) > len(small) and all(w[0].isupper() for w in words if w not in small):
        return " ".join(w[0].upper() + w[1:] if w in small else w for w in text.split(" "))
    return text


def from_vni(text: str) -> str | None:
    """What a VNI-Windows text says, read as cp1252; None when it holds letters that no such text can.

    >>> from_vni("Huyeän Nuùi Thaønh"), from_vni("ÑAÉK PRING"), from_vni("Đắk")
    ('Huyện Núi Thành', 'ĐẮK PRING', None)
    """
    raw = as_bytes(text)
    if raw is None:
        return None
    shown = "".join(_SHOWN[b] for b in raw)
    return _VNI_PATTERN.sub(lambda match: VNI[match[0]], shown)


def from_cp1258(text: str) -> str | None:
    """What a Windows-1258 text says that was read as cp1252.

    >>> from_cp1258("Huyêòn Nuìi ThaÌnh")
    'Huyện Núi Thành'
    """
    raw = as_bytes(text)
    if raw is None:
        return None
    try:
        return unicodedata.normalize("NFC", raw.decode("cp1258"))
    except UnicodeDecodeError:
        return None


def from_mangled_utf8(text: str) -> str | None:
    """UTF-8 that was read as cp1252, once or several times; None for any other text.

    >>> from_mangled_utf8("XÃ£ TrÃ  My"), from_mangled_utf8("Cà Dy")
    ('Xã Trà My', None)
    """
    out = None
    for _again in range(3):
        raw = as_bytes(text)
        # The byte A0 is often made a plain space, or lost at the end of a cell.
        raw = (
            None if raw is None else re.sub(rb"(?<=[\xc3\xc4\xc6])(?: |$)|(?<=\xe1[\xba\xbb]) ", b"\xa0", raw)
        )
        if raw is None or raw.isascii():
            break
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            break
        out = text
    return out if out is None else unicodedata.normalize("NFC", out)


def from_look_alikes(text: str) -> str | None:
    """A Vietnamese text with an Icelandic or African letter in place of đ."""
    out = text.translate(str.maketrans("ÐðƉɖ", "ĐđĐđ"))
    return None if out == text else out


_DECODERS: dict[str, Callable[[str], str | None]] = {
    "utf-8-as-cp1252": from_mangled_utf8,
    "tcvn3": from_tcvn3,
    "vni": from_vni,
    "cp1258": from_cp1258,
    "look-alikes": from_look_alikes,
}


def readings(text: str) -> list[str]:
    """A text as it is, and as each encoding would have it; for recognising words."""
    if text.isascii():
        return [text]
    return [text, *(out for decode in _DECODERS.values() if (out := decode(text)) is not None)]


def name_of_encoding(encoding: str) -> str:
    """An encoding as people call it."""
    names = {
        "utf-8-as-cp1252": _("UTF-8 read as Windows-1252"),
        "tcvn3": _("TCVN3 (ABC, fonts .Vn…)"),
        "vni": "VNI-Windows",
        "cp1258": "Windows-1258",
        "look-alikes": _("letters that only look like đ"),
        "cp1252": "Windows-1252",
        "utf-16": "UTF-16",
        "html": _("HTML entities"),
    }
    return names[encoding]


# --- bytes ---------------------------------------------------------------------------------------
def text_of(raw: bytes, encoding: str | None = None, where: str = "") -> tuple[str, str]:
    """The text of a file's bytes, and as what they were read: utf-8, utf-16, cp1252 (which stands for any
    encoding of one byte a letter; `put_right` finds out which) or mixed (UTF-8 lines among others).

    Raises InputError when `encoding`, said by the study, is not that of the bytes.
    """
    if encoding in ("utf-8", "utf-16"):
        return _as_said(raw, encoding, where), encoding
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff") or _has_zero_bytes(raw):
        return _as_said(raw, "utf-16", where), "utf-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    good = [_utf8_or_none(line) for line in lines]
    mixed = any(text is not None and not text.isascii() for text in good)
    if not mixed:
        return shown_as_cp1252(raw), "cp1252"
    return "\n".join(
        shown_as_cp1252(line) if text is None else text for line, text in zip(lines, good, strict=True)
    ), "mixed"


def shown_as_cp1252(raw: bytes) -> str:
    """Bytes one a letter, none lost: a hole in cp1252 becomes the control of that number."""
    return "".join(_SHOWN[b] for b in raw)


def cell_of(raw: bytes) -> str:
    """The text of one cell's bytes; UTF-8 may be cut within its last letter, as fields of fixed width do."""
    for cut in (0, 1, 2):
        text = _utf8_or_none(raw[: len(raw) - cut])
        if text is not None and (cut == 0 or not text.isascii()):
            return text
    return shown_as_cp1252(raw)


def _utf8_or_none(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _has_zero_bytes(raw: bytes) -> bool:
    head = raw[:4000]
    return len(head) >= 4 and (head[1::2].count(0) > len(head) // 8 or head[::2].count(0) > len(head) // 8)


def _as_said(raw: bytes, encoding: str, where: str) -> str:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    if encoding == "utf-16" and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16-le" if raw[1:4000:2].count(0) >= raw[:4000:2].count(0) else "utf-16-be"
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        raise InputError(
            _("is not {encoding} text").format(encoding=encoding.upper()),
            where=where,
            do=_("Take the encoding out of the study, or name the right one."),
        ) from None


# --- columns -------------------------------------------------------------------------------------
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
    texts = {
        name: list(frame[name])
        for name in frame.columns
        if name not in keep and frame[name].dtype in ("object", "str")
    }
    headers = [str(name) for name in frame.columns if name not in keep]
    told: dict[str, list[tuple[str, str]]] = {}
    if source.encoding != AS_IS:
        texts, headers = _without_entities(texts, headers, entities, told)
        right = {_bare(name) for name in known}
        chosen = _chosen(texts, headers, source.encoding, right, apart)
        right = set() if source.encoding else right
        headers = _converted(headers, chosen[None], right, told)
        texts = {name: _converted(cells, chosen[name], right, told) for name, cells in texts.items()}
    found = _findings(told, source, path, read_as)
    if source.encoding is None:
        found += _unclear([*headers, *(c for cells in texts.values() for c in cells)], path)
    out = frame.copy()
    for name, cells in texts.items():
        out[name] = pd.Series(
            [unicodedata.normalize("NFC", c.strip()) if isinstance(c, str) else c for c in cells],
            index=frame.index,
            dtype=frame[name].dtype,
        )
    renamed = iter(_told_apart([unicodedata.normalize("NFC", h.strip()) for h in headers]))
    out.columns = pd.Index([name if name in keep else next(renamed) for name in out.columns])
    return out, found


def _told_apart(names: list[str]) -> list[str]:
    return [n if names.index(n) == i else f"{n}#{i + 1}" for i, n in enumerate(names)]


def _bare(name: str) -> str:
    return split_unit_name(unicodedata.normalize("NFC", name.strip()))[1].casefold()


def _without_entities(
    texts: dict[str, list[Any]], headers: list[str], every: bool, told: dict[str, list[tuple[str, str]]]
) -> tuple[dict[str, list[Any]], list[str]]:
    def clean(text: Any) -> Any:
        if not isinstance(text, str) or "&" not in text:
            return text
        out = _ENTITY.sub(lambda m: _letter(m, every), text)
        if out != text:
            told.setdefault("html", []).append((text, out))
        return out

    return {name: [clean(c) for c in cells] for name, cells in texts.items()}, [clean(h) for h in headers]


def _letter(match: re.Match[str], every: bool) -> str:
    """What an entity stands for; outside of KML only letters beyond ASCII are meant to be read so."""
    letter = html.unescape(match[0])
    return letter if every or (len(letter) == 1 and letter.isalpha() and not letter.isascii()) else match[0]


def _chosen(
    texts: dict[str, list[Any]],
    headers: list[str],
    said: str | None,
    known: Collection[str],
    apart: Collection[str],
) -> dict[Any, tuple[str, bool | None] | None]:
    """For each column (None: the headers) its encoding, and whether texts that could be either follow it
    (None: all that can be converted are, as the study says)."""
    columns: dict[Any, list[str]] = {None: _garbled(headers)}
    columns |= {name: _garbled(cells) for name, cells in texts.items()}
    if said is not None:
        decoder = said if said in _DECODERS else None
        return dict.fromkeys(columns, (decoder, None) if decoder else None)
    seen = {
        name: {e: _evidence(cells, decode, known) for e, decode in _DECODERS.items()}
        for name, cells in columns.items()
    }
    all_cells = [cell for cells in columns.values() for cell in cells]
    total = {e: sum((by[e] for by in seen.values()), _Evidence()) for e in _DECODERS}
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


def _garbled(cells: list[Any]) -> list[str]:
    """The different texts that hold more than ASCII, as many as are needed."""
    return sorted({c for c in cells if isinstance(c, str) and not c.isascii()})[:_SAMPLE]


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
    if not even or any(_DECODERS[name](c) != _DECODERS[even[0]](c) for name in even[1:] for c in cells):
        return None
    return even[0]


def _evidence(cells: list[str], decode: Callable[[str], str | None], known: Collection[str]) -> _Evidence:
    total = _Evidence()
    for cell in cells:
        total += _compared(cell, decode(cell), known, mangled=decode is from_mangled_utf8)
    return total


def _compared(before: str, after: str | None, known: Collection[str], *, mangled: bool) -> _Evidence:
    """Is a cell better after decoding, worse, or neither?"""
    was = _looks(before)
    if after is None or after == before:
        # Right texts that cannot be of this encoding speak for leaving what could be either.
        return _Evidence(worse=1.0) if was >= LOOSE else _Evidence()
    if known:
        if _bare(before) in known:
            return _Evidence(worse=2.0)
        if _bare(after) in known:
            return _Evidence(better=2.0)
    if mangled:
        return _Evidence(better=2.0)
    now = _looks(after)
    if now - was >= 0.6:
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
    cells: list[Any],
    chosen: tuple[str, bool | None] | None,
    known: Collection[str],
    told: dict[str, list[tuple[str, str]]],
) -> list[Any]:
    """The cells decoded, but for those that this would make worse."""
    if chosen is None:
        return cells
    encoding, follow = chosen
    decode = _DECODERS[encoding]
    out = []
    for cell in cells:
        after = decode(cell) if isinstance(cell, str) and not cell.isascii() else None
        if after is not None and after != cell and (follow is None or _better(cell, after, known, follow)):
            told.setdefault(encoding, []).append((cell, after))
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


def _findings(
    told: dict[str, list[tuple[str, str]]], source: Source, path: Path, read_as: str
) -> list[Finding]:
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
                    count=len(changes),
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


def _unclear(cells: list[Any], path: Path) -> list[Finding]:
    """Texts that some encoding would make Vietnamese, but too few to be sure: told, not converted."""
    odd = [cell for cell in _garbled(cells) if _may_be_garbled(cell)]
    if not odd:
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
                    for name, decode in _DECODERS.items()
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
