"""Vietnamese texts as old fonts and wrong programs store them: the way back of what `encodings` does."""

import unicodedata

from phusong.readers.encodings import TCVN3, VNI, shown_as_cp1252

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
SMALL = "".join(unicodedata.normalize("NFC", v + t) for v in VOWELS for t in TONES) + "đ"
#: All 134 letters that Vietnamese has beyond ASCII, and the plain vowels.
LETTERS = SMALL + SMALL.upper()

#: Names as they are, those of other peoples among them (communes of Quảng Nam, Kon Tum, Hà Giang, 2021).
NAMES = (
    "Xã La Êê",
    "Xã Chơ Chun",
    "Xã Zuôih",
    "Xã Tà Pơơ",
    "Xã La Dêê",
    "Xã Đắc Tôi",
    "Xã Chà Vàl",
    "Xã Tà Bhing",
    "Xã Cà Dy",
    "Xã Đắc Pre",
    "Xã Đắc Pring",
    "Thị trấn Thạnh Mỹ",
    "Xã Đắk Tơ Lung",
    "Xã Ngọk Réo",
    "Xã Mường Hoong",
    "Huyện Mù Cang Chải",
    "Xã Pù Péo",
    "Xã Sủng Trái",
    "Thành phố Hội An",
    "Phường Cẩm Phô",
    "Tỉnh Quảng Nam",
    "Xã Ch'ơm",
    "Xã A Vương",
)

_TCVN3 = {letter: byte for byte, letter in TCVN3.items()}
_VNI = {
    letter: code for code, letter in reversed(VNI.items()) if code.upper() == code or code.lower() == code
}


def in_tcvn3(text: str, *, capitals: bool = True) -> bytes:
    """The bytes of a text in TCVN3; without `capitals` as its fonts hold it: ĂÂÊÔƠƯĐ, all others small."""
    if not capitals:
        text = "".join(c if c.isascii() or c in "ĂÂÊÔƠƯĐ" else c.lower() for c in text)
    return bytes(_TCVN3.get(letter, ord(letter)) if not letter.isascii() else ord(letter) for letter in text)


def in_vni(text: str) -> bytes:
    """The bytes of a text typed in VNI-Windows."""
    return "".join(_VNI.get(letter, letter) for letter in text).encode("cp1252")


def in_cp1258(text: str) -> bytes:
    """The bytes of a text in Windows-1258: most letters with a tone as a vowel and a mark."""
    return b"".join(_cp1258(letter) for letter in text)


def _cp1258(letter: str) -> bytes:
    marks = unicodedata.normalize("NFD", letter)
    for tone in ("", *TONES[1:]):
        rest = unicodedata.normalize("NFC", marks.replace(tone, "") if tone else letter)
        try:
            return (rest + (tone if tone in marks else "")).encode("cp1258")
        except UnicodeEncodeError:
            continue
    raise ValueError(letter)


def mangled(text: str, times: int = 1) -> str:
    """UTF-8 read as cp1252, so often."""
    for _again in range(times):
        text = shown_as_cp1252(text.encode("utf-8"))
    return text


#: Name of an encoding → how a text looks that is in it and is read as cp1252.
GARBLED = {
    "tcvn3": lambda text: shown_as_cp1252(in_tcvn3(text)),
    "vni": lambda text: shown_as_cp1252(in_vni(text)),
    "cp1258": lambda text: shown_as_cp1252(in_cp1258(text)),
    "utf-8-as-cp1252": mangled,
    "twice": lambda text: mangled(text, 2),
}
