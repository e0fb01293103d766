"""What a cell says of a position: one number or both, in degrees, minutes and seconds, in metres, in a link.

Nothing is known here of systems or places: `positions` makes points out of what is read.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote_plus

from phusong.readers import values

LAT, LON = "lat", "lon"


@dataclass(frozen=True)
class Mark:
    """A number that a cell gives, whose axis it is on ("lat", "lon", "" = not said), and how it was written:
    "number", "letter", "dms", "pair", "link", or "view" (a link that says only where the map looks)."""

    value: float
    axis: str = ""
    form: str = "number"


# Letters for the hemispheres, English and Vietnamese (Bắc, Đông, Tây). N is north: no place of a
# Vietnamese list lies in the south (Nam).
_AXIS = {
    "N": (LAT, 1),
    "B": (LAT, 1),
    "S": (LAT, -1),
    "E": (LON, 1),
    "Đ": (LON, 1),
    "W": (LON, -1),
    "T": (LON, -1),
}
_LETTER = "NSEWBĐT"
_FIGURE = r"\d+(?:[.,]\d+)?"
_WORDS = (
    (r"vĩ độ|latitude|lat\b", "<N> "),
    (r"kinh độ|longitude|long?\b|lng\b", "<E> "),
    (r"bắc", "N"),
    (r"đông", "E"),
    (r"độ", "°"),
    (r"phút", "'"),
    (r"giây", '"'),
)
_QUOTES = str.maketrans(
    {
        "º": "°",
        "˚": "°",
        "’": "'",
        "‘": "'",
        "′": "'",
        "`": "'",
        "´": "'",
        "”": '"',
        "“": '"',
        "″": '"',
        "−": "-",
        "–": "-",
        "\u00a0": " ",
    }
)
_HEAD = rf"(?P<letter>(?<![^\W\d_])[{_LETTER}])\s*[:=]?\s*"
_TAIL = rf"(?:\s*(?P<letter>[{_LETTER}])(?![^\W\d_]))?"
_BODY = r"""(?P<sign>[-+])?\s*
    (?P<d>\d{1,3}(?:[.,]\d+)?)\s*°
    (?:\s*(?P<m>\d{1,2}(?:[.,]\d+)?)(?![\d°.]|,\d|\s*°)\s*'?)?
    (?:\s*(?P<s>\d{1,2}(?:[.,]\d+)?)(?![\d°.]|,\d|\s*°)\s*"?)?"""
# The letter stands before each angle or after each.
_ANGLES = {
    True: re.compile(_HEAD + _BODY, re.VERBOSE),
    False: re.compile(_BODY + _TAIL, re.VERBOSE),
}
_LETTERED = {
    True: re.compile(rf"([{_LETTER}])\s*[:=]?\s*(-?{_FIGURE})"),
    False: re.compile(rf"(-?{_FIGURE})\s*([{_LETTER}])"),
}
_NO_SIGNS = (
    re.compile(r"(\d{1,3})([ :])(\d{1,2})\2(\d{1,2}(?:[.,]\d+)?)"),
    re.compile(r"(\d{1,3})(-)(\d{1,2})-(\d{1,2}(?:[.,]\d+)?)"),
    re.compile(r"(\d{1,3})(\.)(\d{2})\.(\d{2}(?:[.,]\d+)?)"),
    re.compile(r"(\d{1,3})([ :])(\d{1,2}(?:[.,]\d+)?)()"),
)
_LINKS = (
    ("link", re.compile(r"!3d(-?[\d.]+)!4d(-?[\d.]+)")),
    (
        "link",
        re.compile(r"[?&#](?:q|query|ll|sll|destination|daddr|loc)=(?:loc:)?\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)"),
    ),
    ("link", re.compile(r"[?&#]mlat=(-?[\d.]+)&mlon=(-?[\d.]+)")),
    ("link", re.compile(r"\bgeo:(-?[\d.]+),(-?[\d.]+)")),
    ("link", re.compile(r"/(?:place|search|dir)/+(-?[\d.]+)\s*,\s*(-?[\d.]+)")),
    ("view", re.compile(r"@(-?[\d.]+),(-?[\d.]+)")),
    ("view", re.compile(r"[?&#]center=(-?[\d.]+)\s*,\s*(-?[\d.]+)")),
    ("view", re.compile(r"#map=[\d.]+/(-?[\d.]+)/(-?[\d.]+)")),
)
_LABEL = re.compile(r"(?<!\w)[xy]\s*[:=]\s*", re.IGNORECASE)
_PAIRS = (
    re.compile(r"(-?[\d., ]*\d)\s*[;|/\t]\s*(-?[\d., ]*\d)"),
    re.compile(r"(-?\d+\.\d+)\s*,\s*(-?\d+(?:\.\d+)?)"),
    re.compile(r"(-?\d+)\s*,\s*(-?\d+\.\d+)"),
    re.compile(r"(-?[\d.]*\d),\s+(-?[\d.]*\d)"),
    re.compile(r"(-?\d+,\d+)\s*(?:,\s*|\s+)(-?\d+,\d+)"),
    re.compile(r"(-?\d+(?:[.,]\d+)?)\s+(-?\d+(?:[.,]\d+)?)"),
)


#: Letters of the longest link to a map that is met, with room.
_LONGEST = 4_000


def read_cell(text: str) -> tuple[Mark, ...]:
    """One or two marks; none of an empty text. Raises ValueError when the text is no position.

    >>> [round(mark.value, 4) for mark in read_cell("15°40'30\\"N; 107°27,5'E")]
    [15.675, 107.4583]
    >>> read_cell("107,83"), read_cell("15.67, 107.45")[1].value
    ((Mark(value=107.83, axis='', form='number'),), 107.45)
    """
    if len(text) > _LONGEST:
        raise ValueError(text[:_LONGEST])
    clean = unicodedata.normalize("NFC", text).strip()
    if not clean:
        return ()
    if "://" in clean or clean.startswith(("geo:", "www.")) or "maps/" in clean:
        return _link(unquote_plus(clean))
    return _written(clean)


def _written(text: str) -> tuple[Mark, ...]:
    point = re.fullmatch(r"POINT\s*Z?\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)[^)]*\)", text, re.IGNORECASE)
    if point:
        return Mark(float(point[1]), LON, "pair"), Mark(float(point[2]), LAT, "pair")
    clean = _plain_signs(text.strip("()[] "))
    if "°" in clean:
        return _angles(clean)
    clean = _LABEL.sub("", clean)
    return (
        _without_signs(clean)
        or _lettered(clean)
        or _pair(clean)
        or (Mark(values.number(re.sub(r"(?<=\d)\s*m$", "", clean))),)
    )


def _without_signs(text: str) -> tuple[Mark, ...]:
    """15 40 30, 15:40:30 N: degrees, minutes and seconds by their order only."""
    whole = re.fullmatch(rf"([{_LETTER}]?)\s*([-+]?)(\d.*?)\s*([{_LETTER}]?)", text)
    for pattern in _NO_SIGNS if whole else ():
        if whole and (found := pattern.fullmatch(whole[3])):
            axis, sign = _AXIS.get(whole[1] or whole[4], ("", 1))
            return (Mark(sign * _degrees(found[1], found[3], found[4], whole[2] == "-"), axis, "dms"),)
    return ()


def _link(text: str) -> tuple[Mark, ...]:
    for form, pattern in _LINKS:
        if form == "view" and (pinned := re.search(r"/(?:place|search|dir)/([^/]*°[^/]*)", text)):
            return tuple(Mark(mark.value, mark.axis, "link") for mark in _angles(_plain_signs(pinned[1])))
        if found := pattern.findall(text):
            lat, lon = found[-1]
            return Mark(float(lat), LAT, form), Mark(float(lon), LON, form)
    raise ValueError(text)


def _plain_signs(text: str) -> str:
    """One sign each for degrees, minutes and seconds; letters for the hemispheres."""
    out = text.translate(_QUOTES).replace("''", '"')
    for word, sign in _WORDS:
        out = re.sub(word, sign, out, flags=re.IGNORECASE)
    by_letter = rf"({_FIGURE})\s*d\s*({_FIGURE})\s*m(?:\s*({_FIGURE})\s*s(?![^\W\d_]))?"
    out = re.sub(
        by_letter, lambda f: f"{f[1]}°{f[2]}'" + (f'{f[3]}"' if f[3] else ""), out, flags=re.IGNORECASE
    )
    out = re.sub(rf"({_FIGURE})\s*(?:d|deg|o)(?=[\s\d,;]|$)", r"\1°", out, flags=re.IGNORECASE)
    out = re.sub(r"(?<=[\d°'\" ])[nsewbđt](?![^\W\d_])", lambda f: f[0].upper(), out)
    # "Vĩ độ: 15°40' Bắc" says its axis twice.
    said_after = re.search(rf"[\d°'\"]\s*[{_LETTER}](?!\w)", out)
    return re.sub(r"<([NE])>\s*[:=]?", "" if said_after else r"\1", out).strip()


def _starts_with_letter(text: str) -> bool:
    return re.match(rf"\s*[{_LETTER}](?![^\W\d_])", text) is not None


def _angles(text: str) -> tuple[Mark, ...]:
    pattern = _ANGLES[_starts_with_letter(text)]
    found = list(pattern.finditer(text))
    if not 1 <= len(found) <= 2 or re.search(r"\w", pattern.sub("", text)):
        raise ValueError(text)
    return tuple(_angle(one) for one in found)


def _angle(found: re.Match[str]) -> Mark:
    axis, sign = _AXIS[found["letter"]] if found["letter"] else ("", 1)
    if found["m"] and re.search("[.,]", found["d"]):
        raise ValueError(found[0])
    return Mark(sign * _degrees(found["d"], found["m"], found["s"], found["sign"] == "-"), axis, "dms")


def _degrees(d: str, m: str | None, s: str | None, negative: bool) -> float:
    minutes, seconds = (float(part.replace(",", ".")) if part else 0.0 for part in (m, s))
    degrees = float(d.replace(",", "."))
    if minutes >= 60 or seconds >= 60 or degrees > 180 or (s and m and re.search("[.,]", m)):
        raise ValueError(f"{d} {m} {s}")
    value = degrees + minutes / 60 + seconds / 3600
    return -value if negative else value


def _lettered(text: str) -> tuple[Mark, ...]:
    """N15.675 E107.45, 15,675N: numbers that say their axis."""
    first = _starts_with_letter(text)
    found = _LETTERED[first].findall(text)
    if not 1 <= len(found) <= 2 or re.search(r"\w", _LETTERED[first].sub("", text)):
        return ()
    said = found if first else [(letter, figure) for figure, letter in found]
    return tuple(
        Mark(_AXIS[letter][1] * values.number(figure), _AXIS[letter][0], "letter") for letter, figure in said
    )


def _pair(text: str) -> tuple[Mark, ...]:
    if re.fullmatch(r"-?\d{1,3}( \d{3})+([.,]\d+)?", text):
        return ()
    for pattern in _PAIRS:
        if found := pattern.fullmatch(text):
            try:
                return tuple(Mark(values.number(part), "", "pair") for part in found.groups())
            except ValueError:
                continue
    return ()
