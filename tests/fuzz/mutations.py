"""Spoils right files, byte by byte and by what is in them. Every choice is asked of one function, so that
hypothesis, a coverage-guided fuzzer and plain chance all draw the same spoilt files."""

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

#: A whole number from the first to the second.
Choose = Callable[[int, int], int]

NASTY_TEXTS = (
    "", " ", "NaN", "inf", "-inf", "1e400", "-1e400", "1e-400", "9" * 400, "9" * 5000, "-1",
    "0", "1e18", "1e308", "99999999999999999999", "\x00", "a\x00b", "\ud800", "\udcff",
    "\ufffe", "\u202e\u2066", "\ufeff", "A" * 10_000, "ô" * 500, "(" * 3000, "[" * 3000,
    "<a>" * 2000, "'", '"', '"""', "\n", "\r", "\t", ",", ";", "\\", "\\u0000", "\\ud800",
    "&#0;", "&#xD800;", "&#99999999;", "&amp;", "<![CDATA[", "]]>", "<!--", "=1+1", "{0}",
    "{name}", "%s", "٣", "²", "½", "½°", "Ⅷ", "107°99'", "107°", "0x1F", "1_000", "true",
    "null", "None", "Có", "không", "00001", "1/0", "0000-00-00", "9999-99-99", "2021-02-31",
    "31/02/2021", "99/99/9999", "1e5/1/1", "0/0", "2021-06-04T99:99", "POINT EMPTY",
    "POINT (nan nan)", "POINT (1e400 15)", "LINESTRING (1 1)", "GEOMETRYCOLLECTION EMPTY", "EPSG:0",
    "EPSG:99999999999", "EPSG:4326", "+proj=utm", "/", "..", "/dev/zero", "a/" * 3000,
    "http://a/b", "/vsimem/a", "*", "**", "[", "[]", "{}", "[[]]", "1,2", "1;2;3", "۱۲۳",
    "İ", "ß", "ﬁ", "e\u0301" * 300, "--", "+", "-", ".", "1.", ".5", "1,5", "1.234,5", "tỷ",
    "1e9 tỷ", "-5 tỷ", "NULL", "#N/A", "2021-W01", "㋿", "\u0345", "\u1e9e", "__row__",
    "geometry", "folder", "\\U+D800", "\\U+0000", "_xD800_", "_x0000_",
)  # fmt: skip
NASTY_BYTES = (
    b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\x00", b"\x00" * 100, b"\xed\xa0\x80",
    b"\xc0\x80", b"\x80", b"\x8d", b"\r", b"\n", b"\r\n", b"\x1a", b"\xff" * 8,
    b"\x7f\xff\xff\xff", b"\x00\x00\xf0\x7f",
)  # fmt: skip
NASTY_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 10**400, 1e308, float("nan"), float("inf"), -0.0, [],
    {}, [[]], [None], "", "\ud800", "\x00", {"type": "Point"},
    {"type": "Point", "coordinates": []}, {"type": "Point", "coordinates": [None, "a"]},
    {"type": "Point", "coordinates": [1e400, 15]},
    {"type": "Polygon", "coordinates": [[[1, 1], [2, 2]]]},
    {"type": "LineString", "coordinates": [[1, 1]]}, {"type": "GeometryCollection", "geometries": []},
    {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]]}, "x" * 5000,
    [1, "a", None, {}], {"type": "Nothing", "coordinates": [1, 2]},
    {"type": "Point", "coordinates": [107, 15, 1, 2, 3]}, "2021", 1.5,
)  # fmt: skip
_NASTY_TOML = (
    "nan", "inf", "-inf", "-1", "0", "1e400", "9" * 30, "9" * 5000, '""', '"a"', '"\\u0000"',
    "[]", "{}", "[[]]", "[1, \"a\"]", "{ a = 1 }", "true", "2021-01-01", "1979-05-27T07:32:00Z",
    "07:32:00", '"' + "a" * 5000 + '"', '"\\U0010ffff"', '{ path = 1 }', '{ path = "" }',
    '"EPSG:0"', '"."', '"/"', '"postgis:"', '"postgis:x"', '"a\\u0000b"', '"NaN"', '"-5"',
    '"1e400"', '{ value = nan, source = "abc" }', "[{}]", "1e308", "0.0000001", '"*"', '"["',
    '"**/*"',
)  # fmt: skip
_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.){0,200}"|[^\s,;:<>{}\[\]()"=|]+')


def one_of(choose: Choose, things: Any) -> Any:
    return things[choose(0, len(things) - 1)]


def spoilt(name: str, raw: bytes, choose: Choose, others: tuple[bytes, ...] = ()) -> bytes:
    """The file `name` with one to four things in it changed; parts of `others` may be put in."""
    for _again in range(choose(1, 4)):
        raw = _once(name.rpartition(".")[2].lower(), raw, choose, others)
    return raw


def _once(ending: str, raw: bytes, choose: Choose, others: tuple[bytes, ...]) -> bytes:
    ways: list[Callable[[], bytes]] = [lambda: _bytes(raw, choose, others)]
    if ending in ("xlsx", "kmz"):
        ways += [lambda: _in_archive(raw, choose, others)] * 4
    elif ending in ("json", "geojson"):
        ways += [lambda: _in_json(raw, choose)] * 3 + [lambda: _token(raw, choose)]
    elif ending == "toml":
        ways += [lambda: _in_toml(raw, choose)] * 4
    elif ending in ("csv", "kml", "gml", "gpx", "dxf", "mif", "mid", "xml", "tab"):
        ways += [lambda: _token(raw, choose)] * 3
    return one_of(choose, ways)()


def _bytes(raw: bytes, choose: Choose, others: tuple[bytes, ...]) -> bytes:
    """Cut, doubled, flipped, overwritten, or with a part of another file in it."""
    start = choose(0, len(raw))
    end = min(len(raw), start + choose(0, 64))
    way = choose(0, 6)
    if way == 0:
        return raw[:start]
    if way == 1:
        return raw[:start] + raw[end:]
    if way == 2:
        return raw[:end] + raw[start:]
    if way == 3 and start < len(raw):
        return raw[:start] + bytes([raw[start] ^ (1 << choose(0, 7))]) + raw[start + 1 :]
    if way == 4 and others:
        other = one_of(choose, others)
        cut = choose(0, len(other))
        return raw[:start] + other[cut : cut + choose(0, 400)] + raw[end:]
    if way == 5:
        return raw[:start] + one_of(choose, NASTY_TEXTS).encode("utf-8", "surrogatepass") + raw[start:]
    nasty = one_of(choose, NASTY_BYTES)
    return raw[:start] + nasty + raw[start + (len(nasty) if choose(0, 1) else 0) :]


def _token(raw: bytes, choose: Choose) -> bytes:
    """A word or a number, or a line, gone, twice or something nasty."""
    found = list(_TOKEN.finditer(raw))
    if not found:
        return raw + one_of(choose, NASTY_BYTES)
    match = one_of(choose, found)
    way = choose(0, 7)
    if way == 0:
        lines = raw.split(b"\n")
        at = choose(0, len(lines) - 1)
        return b"\n".join([*lines[:at], *[lines[at]] * one_of(choose, (0, 2, 30)), *lines[at + 1 :]])
    new = one_of(choose, NASTY_TEXTS).encode("utf-8", "surrogatepass")
    if way == 1:
        new = match[0] * 2
    elif way == 2:
        new = one_of(choose, found)[0]
    elif match[0].startswith(b'"') and choose(0, 1):
        new = b'"' + new + b'"'
    return raw[: match.start()] + new + raw[match.end() :]


def _in_json(raw: bytes, choose: Choose) -> bytes:
    """A value somewhere in it replaced, gone, twice, or under another key."""
    try:
        whole = json.loads(raw)
    except (ValueError, RecursionError):
        return _token(raw, choose)
    here, depth = whole, choose(0, 8)
    while isinstance(here, (dict, list)) and here:
        keys = list(here) if isinstance(here, dict) else range(len(here))
        key = one_of(choose, keys)
        if depth and isinstance(here[key], (dict, list)) and here[key]:
            here, depth = here[key], depth - 1
            continue
        way = choose(0, 5)
        if way == 0:
            del here[key]
        elif way == 1 and isinstance(here, list):
            here.append(here[key])
        elif way == 2 and isinstance(here, dict):
            here[one_of(choose, NASTY_TEXTS)[:50]] = here[key]
        elif way == 3:
            here[key] = one_of(choose, NASTY_TEXTS)
        else:
            here[key] = one_of(choose, NASTY_VALUES)
        break
    else:
        whole = one_of(choose, NASTY_VALUES)
    try:
        return json.dumps(whole).encode()
    except (ValueError, RecursionError):  # it holds itself, or a number without end
        return raw


def _in_toml(raw: bytes, choose: Choose) -> bytes:
    """A key with a nasty value, another key, twice, or a section of another name."""
    lines = raw.split(b"\n")
    at = choose(0, len(lines) - 1)
    key, is_pair, _value = lines[at].partition(b"=")
    way = choose(0, 6)
    if way == 0:
        lines.insert(choose(0, len(lines)), lines[at])
    elif way == 1:
        del lines[at]
    elif way == 2 and not is_pair:
        lines[at] = lines[at].strip(b"[]") + b" = " + one_of(choose, _NASTY_TOML).encode()
    elif is_pair:
        lines[at] = key + b"= " + one_of(choose, _NASTY_TOML).encode("utf-8", "surrogatepass")
    else:
        return _token(raw, choose)
    return b"\n".join(lines)


def _in_archive(raw: bytes, choose: Choose, others: tuple[bytes, ...]) -> bytes:
    """A part of a zip spoilt, gone, twice or under another name."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # spoilt already
        return _bytes(raw, choose, others)
    if not parts:
        return raw
    at = choose(0, len(parts) - 1)
    name, content = parts[at]
    way = choose(0, 9)
    if way == 0:
        del parts[at]
    elif way == 1:
        parts[at] = one_of(choose, parts)[0], content
    elif way == 2:
        parts[at] = (one_of(choose, NASTY_TEXTS)[:60].encode("utf-8", "replace").decode() or "x"), content
    else:
        parts[at] = name, _token(content, choose) if choose(0, 3) else _bytes(content, choose, others)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", one_of(choose, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name or "x"), content)
    return out.getvalue()
