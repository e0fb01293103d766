"""Long columns as short text: a page of 100,000 sites stays a small one. `unpack.js` reads them again."""

import base64
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

#: A word's place in LEB128 has this many bits in each byte.
_BITS = 7


def pack_numbers(values: Iterable[int]) -> dict[str, Any]:
    """Whole numbers as base64 of what they are above the least of them, in as few bytes each as hold it.

    >>> pack_numbers([-1, 300, 65534])
    {'count': 3, 'from': -1, 'bytes': 2, 'at': 'AAAtAf//'}
    """
    whole = np.fromiter(values, dtype="int64")
    least = int(whole.min()) if whole.size else 0
    above = (whole - least).astype("<u8")
    width = (int(above.max()).bit_length() + 7) // 8 if whole.size else 0
    low = above.view("u1").reshape(-1, 8)[:, :width]
    return {"count": len(whole), "from": least, "bytes": width, "at": _base64(low.tobytes())}


def pack_texts(texts: Sequence[str]) -> dict[str, Any]:
    """Texts by their words or by what each begins alike with the one before, whichever is shorter."""
    by_words, by_front = _pack_words(texts), _pack_front(texts)
    return min(by_words, by_front, key=lambda packed: len(str(packed).encode()))


def _pack_words(texts: Sequence[str]) -> dict[str, Any]:
    """The list of all words, the frequent first, and the places of each text's words in it.

    Places are counted from 1 and written in LEB128, 0 ends a text; a text is its words joined by single
    blanks, so that it comes back as it was. Names of sites are made of few words.

    >>> _pack_words(["Trạm A", "Trạm B"])
    {'words': ['Trạm', 'A', 'B'], 'at': 'AQIAAQMA'}
    """
    split = [text.split(" ") if text else [] for text in texts]
    counts = Counter(word for words in split for word in words)
    order = sorted(counts, key=lambda word: (-counts[word], word))
    codes = {word: _leb128(place) for place, word in enumerate(order, 1)}
    packed = b"".join(b"".join([*(codes[word] for word in words), b"\0"]) for words in split)
    return {"words": order, "at": _base64(packed)}


def _pack_front(texts: Sequence[str]) -> dict[str, Any]:
    """How many letters each has alike with the one before, and its other letters. Identifiers count up.

    >>> _pack_front(["NG-001", "NG-002"])
    {'front': {'count': 2, 'from': 0, 'bytes': 1, 'at': 'AAU='}, 'rest': ['NG-001', '2']}
    """
    alike = [_alike(before, text) for before, text in zip(["", *texts], texts, strict=False)]
    return {"front": pack_numbers(alike), "rest": [text[n:] for n, text in zip(alike, texts, strict=True)]}


def _alike(before: str, text: str) -> int:
    """Letters alike at the front, up to one beyond the basic plane: the page counts as UTF-16 does."""
    same = 0
    while same < min(len(before), len(text)) and before[same] == text[same] <= "\uffff":
        same += 1
    return same


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _leb128(number: int) -> bytes:
    out = bytearray()
    while number >> _BITS:
        out.append(number & 0x7F | 0x80)
        number >>= _BITS
    out.append(number)
    return bytes(out)
