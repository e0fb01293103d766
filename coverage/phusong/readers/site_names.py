"""What the name of a site says: its kind, then where it is; glued, without accents or with letters lost."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from phusong.names import fold_words, split_type
from phusong.units import fold

# What kind of site a name begins with; the rest is where it is.
_KINDS = tuple(
    sorted(
        {
            fold(words)
            for words in (
                "UBND",
                "ủy ban nhân dân",
                "trụ sở UBND",
                "trụ sở",
                "trạm y tế",
                "TYT",
                "trung tâm y tế",
                "TTYT",
                "phòng khám đa khoa",
                "phòng khám đa khoa khu vực",
                "phân trạm y tế",
                "bệnh viện",
                "bệnh viện đa khoa",
                "trường",
                "trường tiểu học",
                "tiểu học",
                "trường TH",
                "trường THCS",
                "THCS",
                "trường trung học cơ sở",
                "trường TH THCS",
                "trường tiểu học và THCS",
                "trường PTDTBT",
                "trường PTDTBT tiểu học",
                "trường PTDTBT TH",
                "trường PTDTBT THCS",
                "trường PTDTBT TH THCS",
                "trường phổ thông dân tộc bán trú",
                "trường phổ thông dân tộc bán trú tiểu học",
                "trường phổ thông dân tộc bán trú THCS",
                "trường THPT",
                "THPT",
                "trường trung học phổ thông",
                "trường mầm non",
                "trường mẫu giáo",
                "mầm non",
                "mẫu giáo",
                "trường MN",
                "điểm trường",
                "điểm trường mầm non",
                "điểm trường tiểu học",
                "nhà văn hóa",
                "NVH",
                "nhà sinh hoạt cộng đồng",
                "nhà sinh hoạt",
                "nhà gươl",
                "gươl",
                "bưu điện văn hóa",
                "điểm bưu điện văn hóa",
                "bưu điện",
                "commune office",
                "health station",
                "village hall",
            )
        },
        key=lambda words: (-len(words), words),
    )
)
#: What stands for a letter that a program could not write.
_LOST = "?\ufffd"
_VILLAGES = "thôn|bản|làng|ấp|buôn|plei|xóm|khối phố|khu phố|khu dân cư|tổ dân phố|khu|tổ|nóc|cụm|village"
#: The word for a village before its name.
VILLAGE = re.compile(
    rf"^({_VILLAGES}|{'|'.join(fold_words(word) for word in _VILLAGES.split('|'))})\b[ .]*(?=\S)",
    re.IGNORECASE,
)
#: Where the name of a unit may begin.
UNIT = re.compile(r"[,;(]|\s[-–]\s|\b(?=(?:xã|phường|thị trấn|TT\.|huyện|quận|tỉnh)\s)", re.IGNORECASE)


def where(name: str, *, keep_all: bool = True) -> str:
    """What follows the kind in a site's name; with `keep_all` False only the name of a village, "" for none.

    >>> where("Nhà văn hóa thôn Pa Lan"), where("TrườngTiểuhọcTàBhing"), where("Tr?m Y t? La Êê")
    ('Pa Lan', 'TàBhing', 'La Êê')
    """
    rest = without_kind(name.strip())
    first = UNIT.split(rest, maxsplit=1)[0].strip() if not keep_all or VILLAGE.match(rest) else rest
    village = VILLAGE.sub("", first).strip()
    return village if keep_all or village != first else ""


@lru_cache(maxsize=1_000)
def without_kind(name: str) -> str:
    """The name after the words of its kind, which may be glued, without accents, or with letters lost."""
    letters = _letters(name)
    for kind in _KINDS:
        if len(letters) > len(kind) and _fits([letter for letter, _end in letters[: len(kind)]], kind):
            return name[letters[len(kind) - 1][1] :].strip(" .,:-")
    return name


_folded = lru_cache(maxsize=1_000)(fold)


def _letters(text: str) -> list[tuple[str, int]]:
    """The folded letters of a text, each with where it ends; one that was lost (?, \ufffd) is a full stop."""
    text = unicodedata.normalize("NFC", text)
    return [
        (one, i + 1) for i, letter in enumerate(text) for one in ("." if letter in _LOST else _folded(letter))
    ]


def _fits(letters: list[str], word: str) -> bool:
    """Is it the word, but for letters that were lost? At least half must be there."""
    known = [one == other for one, other in zip(letters, word, strict=True) if one != "."]
    return all(known) and 2 * len(known) >= len(word)


def with_letters_lost(text: str, names: Mapping[str, str]) -> list[str]:
    """Keys of the names that a text with lost letters can be, its type said or not."""
    letters = [letter for letter, _end in _letters(text)]
    if "." not in letters:
        return []
    return [
        key
        for key, full in names.items()
        if any(
            len(word) == len(letters) and _fits(letters, word)
            for word in (fold(full), fold(split_type(full)[1]))
        )
    ]


def bare_village(village: str) -> str:
    """The name of a village without the word for it: Pa Lan of thôn Pa Lan."""
    return VILLAGE.sub("", village).strip()
