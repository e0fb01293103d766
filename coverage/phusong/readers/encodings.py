"""Encodings that Vietnamese texts come in: TCVN3, VNI-Windows, Windows-1258, mangled UTF-8; bytes to text.

A text of one byte a letter is first shown as cp1252 shows it, with no byte lost; the `from_…` functions say
what it means in an encoding. `decoding` finds out which of them a column is in.
"""

import re
import unicodedata
from collections.abc import Callable

from phusong.errors import InputError
from phusong.language import _

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
    """A text with the Icelandic letter in place of đ, at the beginning of a word, where đ always is and the
    other hardly ever.

    >>> from_look_alikes("Ðắk Tôi"), from_look_alikes("Suðurland")
    ('Đắk Tôi', None)
    """
    out = re.sub(r"\b[Ðð]", lambda m: "Đ" if m[0] == "Ð" else "đ", text)
    return None if out == text else out


DECODERS: dict[str, Callable[[str], str | None]] = {
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
    return [text, *(out for decode in DECODERS.values() if (out := decode(text)) is not None)]


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


#: What UTF-16 begins with.
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def text_of(raw: bytes, encoding: str | None = None, where: str = "") -> tuple[str, str]:
    """The text of a file's bytes, and as what they were read: utf-8, utf-16, cp1252 (which stands for any
    encoding of one byte a letter; `put_right` finds out which) or mixed (UTF-8 lines among others).

    Raises InputError when `encoding`, said by the study, is not that of the bytes, and for UTF-16 cut short.
    """
    if encoding in ("utf-8", "utf-16"):
        return _as_said(raw, encoding, where), encoding
    if raw[:2] in _MARKS or _has_zero_bytes(raw):
        try:
            return _as_said(raw, "utf-16", where), "utf-16"
        except InputError:
            if raw[:2] in _MARKS:
                raise _cut_off(where) from None
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


def _cut_off(where: str) -> InputError:
    return InputError(
        _("begins as UTF-16 text, but is none to its end"),
        where=where,
        do=_("Copy the file again, or save it as UTF-8."),
    )


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


def whole_letters(text: str) -> str:
    """A text without halves of letters (lone surrogates), which no file that is written can hold.

    >>> whole_letters("Xã " + chr(0xD800) + "A")
    'Xã ?A'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


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
    if encoding == "utf-16" and raw[:2] not in _MARKS:
        codec = "utf-16-le" if raw[1:4000:2].count(0) >= raw[:4000:2].count(0) else "utf-16-be"
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        raise InputError(
            _("is not {encoding} text").format(encoding=encoding.upper()),
            where=where,
            do=_("Take the encoding out of the study, or name the right one."),
        ) from None
