"""Cells that are alike are looked at once: lists repeat their words in thousands of rows. Columns that are
called alike are told apart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


def of_each(cells: pd.Series, say: Callable[[Any], Any]) -> np.ndarray:
    """What `say` makes of each cell, as objects (n,).

    >>> of_each(pd.Series(["xã", "xã", "tỉnh"]), str.upper).tolist()
    ['XÃ', 'XÃ', 'TỈNH']
    """
    if cells.dtype == "object":
        # May hold lists, or 1 beside True: nothing to compare by.
        return _objects([say(cell) for cell in cells])
    code, _values = pd.factorize(cells, use_na_sentinel=False)
    _codes, first, at = np.unique(code, return_index=True, return_inverse=True)
    return _objects([say(cell) for cell in cells.iloc[first]])[at]


@dataclass(frozen=True)
class Texts:
    """The texts among a column's cells: the different ones, which one each cell is (−1: no text), and how
    often each is there."""

    texts: list[str]
    code: np.ndarray
    count: np.ndarray

    @classmethod
    def among(cls, cells: pd.Series) -> "Texts":
        """Those of a column.

        >>> Texts.among(pd.Series(["a", None, "b", "a"])).count.tolist()
        [2, 1]
        """
        if cells.dtype == "str":
            code, texts = pd.factorize(cells)
        else:
            every = cells.to_numpy(dtype=object)
            is_text = np.array([isinstance(cell, str) for cell in every], dtype=bool)
            code = np.full(len(every), -1)
            code[is_text], texts = pd.factorize(every[is_text])
        return cls(list(texts), code, np.bincount(code[code >= 0], minlength=len(texts)))

    def put_back(self, cells: pd.Series, texts: list[str]) -> pd.Series:
        """The column with each of its texts as it is in `texts`."""
        if texts == self.texts:
            return cells
        out = cells.to_numpy(dtype=object, copy=True)
        is_text = self.code >= 0
        out[is_text] = _objects(texts)[self.code[is_text]]
        return pd.Series(out, index=cells.index, dtype=cells.dtype)


def told_apart(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Each name once and none of `taken`: one that is there already gets the number of its column.

    >>> told_apart(["a", "a", "row"], ["row"])
    ['a', 'a#2', 'row#3']
    """
    out, used = [], set(taken)
    for number, name in enumerate(names, start=1):
        new = name
        while new in used:
            new = f"{new}#{number}"
        used.add(new)
        out.append(new)
    return out


def _objects(values: list[Any]) -> np.ndarray:
    """An array (n,) of the values, whatever they are."""
    return np.fromiter(values, dtype=object, count=len(values))
