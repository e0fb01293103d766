"""Names that may not be seen taken out of texts."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import pandera.pandas as pa

from phusong.units import fold

#: What stands in their place.
GONE = "…"
#: Shorter names count only as a word of their own: "A" is no operator in "UBND xã A1".
_SHORT = 4
_LETTER = r"[^\W_]"
#: Columns of free text, in which identifiers may be named too.
_FREE = ("note", "name", "source")


def scrubber(hidden: Iterable[str], keep: str, ids: Iterable[str] = ()) -> Callable[[str], str]:
    """A function that takes `hidden` names (however they are cased, with and without accents) and `ids` (as
    they stand, as words) out of a text; what belongs to the name `keep` stays."""
    spelt = {form for name in hidden for form in (name, _plain(name), fold(name), name.replace(" ", ""))}
    spelt.discard("")
    kept = {form for form in (keep, fold(keep)) if form}
    words = {re.escape(form): _bounded(form, len(form) < _SHORT) for form in spelt | kept}
    words |= {re.escape(one): _bounded(one, True) for one in ids if _tells(one)}
    if not spelt and not set(words) - {re.escape(form) for form in kept}:
        return lambda text: text
    # Longest first: a name inside another one's is that other one's.
    pattern = re.compile(
        "|".join(words[key] for key in sorted(words, key=lambda k: (-len(k), k))), re.IGNORECASE
    )
    own = {fold(form) for form in kept}
    return lambda text: pattern.sub(lambda m: m[0] if fold(m[0]) in own else GONE, text)


def _plain(name: str) -> str:
    """A name without accents, its blanks where they are."""
    return " ".join(fold(word) for word in name.split())


def _tells(identifier: str) -> bool:
    """Is an identifier more than a small number, which may stand for anything?"""
    return len(identifier) >= (5 if identifier.isdigit() else 2)


def _bounded(form: str, whole: bool) -> str:
    said = re.escape(form)
    return rf"(?<!{_LETTER}){said}(?!{_LETTER})" if whole else said


def scrub_table(
    frame: pd.DataFrame, table: pa.DataFrameSchema, names: Callable[[str], str], free: Callable[[str], str]
) -> pd.DataFrame:
    """The texts of a table without hidden names; free text without hidden identifiers too."""
    out = frame.copy()
    for column, said in table.columns.items():
        chosen = any(check.name == "isin" for check in said.checks)
        if column not in frame or chosen or not str(said.dtype).startswith("str"):
            continue
        clean = free if column in _FREE else names
        new = {text: clean(text) for text in frame[column].dropna().unique()}
        if any(text != said_now for text, said_now in new.items()):
            out[column] = frame[column].map(new).astype(frame[column].dtype)
    return out


def scrub_tree(tree: Any, clean: Callable[[str], str]) -> Any:
    """A manifest's values and keys without hidden names."""
    if isinstance(tree, str):
        return clean(tree)
    if isinstance(tree, dict):
        return {clean(key) if isinstance(key, str) else key: scrub_tree(v, clean) for key, v in tree.items()}
    if isinstance(tree, list | tuple):
        return [scrub_tree(one, clean) for one in tree]
    return tree
