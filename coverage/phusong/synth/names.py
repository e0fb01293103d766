"""Names made of Vietnamese syllables; any likeness to a place is chance."""

import numpy as np

_FIRST = """
    An Bình Cẩm Châu Đại Đông Đức Gia Hà Hải Hòa Hồng Hưng Khánh Kim Lộc Long Mỹ Nam Nghĩa Ngọc Phú Phước
    Quang Quế Sơn Tam Tân Thạch Thanh Thiện Thịnh Thuận Thượng Tiên Trà Trung Trường Vân Việt Vĩnh Xuân Yên
"""
_SECOND = """
    An Bắc Bình Cường Đức Giang Hà Hải Hiệp Hòa Hội Hợp Hưng Khê Lạc Lâm Lập Lĩnh Lộc Long Lợi Lương Minh Mỹ
    Nghĩa Nguyên Ninh Phong Phú Phúc Phước Quang Sơn Tân Thành Thạnh Thắng Thiện Thịnh Thọ Thuận Thủy Tiến
    Trạch Trung Tường Văn Viên Vinh Xuân
"""
_PAIRS = [f"{a} {b}" for a in _FIRST.split() for b in _SECOND.split() if a != b]


def place_names(count: int, rng: np.random.Generator) -> list[str]:
    """`count` names, no two alike as long as there are enough (some 2,100)."""
    rounds = -(-count // len(_PAIRS))
    picked = np.concatenate([rng.permutation(len(_PAIRS)) for _round in range(rounds)] or [np.empty(0, int)])
    return [_PAIRS[i] for i in picked[:count]]


def commune_names(province: np.ndarray, rng: np.random.Generator) -> list[str]:
    """A name for each commune: no two alike in a province, but many in the nation, as it is."""
    out = [""] * len(province)
    for one in np.unique(province):
        rows = np.flatnonzero(province == one)
        for row, name in zip(rows, place_names(len(rows), rng), strict=True):
            out[row] = name
    return out
