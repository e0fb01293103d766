"""What is told of positions that were put right, were not understood, or are in a system that was found."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from phusong.domain import Finding
from phusong.language import _
from phusong.readers import zones
from phusong.readers.position_rows import PositionRows
from phusong.readers.tables import ROW

#: As many rows are told one by one; more, in one finding.
_ONE_BY_ONE = 20


def _texts_of(raw: pd.DataFrame, columns: dict[str, str], i: int) -> str:
    names = (columns[key] for key in ("lon", "lat", "position") if key in columns)
    cells = (raw.iat[i, raw.columns.get_loc(name)] for name in names)
    return ", ".join(str(cell) for cell in cells if not pd.isna(cell) and str(cell))


def say_lost(rows: PositionRows, raw: pd.DataFrame, columns: dict[str, str], path: Path) -> Iterable[Finding]:
    """A finding for each row whose position says nothing, in the order of the rows."""
    for i in sorted(rows.lost):
        text = _texts_of(raw, columns, i)
        short = "goo.gl" in text
        yield Finding(
            "warning",
            path.name,
            int(raw.iat[i, raw.columns.get_loc(ROW)]),
            _("the position {text} is not understood and counts as empty").format(text=repr(text)),
            _("Open the short link and copy the long address, or the numbers.")
            if short
            else _("Write longitude and latitude in degrees, such as 107.4500 and 15.6700."),
        )


def say_forms(
    rows: PositionRows, raw: pd.DataFrame, columns: dict[str, str], path: Path
) -> Iterable[Finding]:
    """What was put right: a finding a row where few are unlike the rest, else one with an example."""
    placed_rows = np.isfinite(rows.x)
    for form, (what, do) in _forms().items():
        here = np.flatnonzero((rows.form == form) & placed_rows)
        if not len(here):
            continue
        if (
            form in ("swapped", "view", "degrees")
            and len(here) <= _ONE_BY_ONE
            and len(here) < placed_rows.sum()
        ):
            for i in here:
                yield _finding(path, raw, int(i), what(_example(rows, raw, columns, int(i))), do)
            continue
        first = min(here, key=lambda i: (_texts_of(raw, columns, int(i)), i))
        text = _("{count} positions: {what}").format(
            count=len(here), what=what(_example(rows, raw, columns, int(first)))
        )
        yield Finding("warning", path.name, None, text, do)


def _finding(path: Path, raw: pd.DataFrame, i: int, what: str, do: str) -> Finding:
    return Finding("warning", path.name, int(raw[ROW].iloc[i]), what, do)


def _example(rows: PositionRows, raw: pd.DataFrame, columns: dict[str, str], i: int) -> str:
    digits = 1 if rows.metres[i] else 6
    return _("{text} read as {x}, {y}").format(
        text=_texts_of(raw, columns, i), x=f"{rows.x[i]:.{digits}f}", y=f"{rows.y[i]:.{digits}f}"
    )


def _forms() -> dict[str, tuple[Callable[[str], str], str]]:
    """Form → what to say of an example, and what to do."""
    check = _("Check one of them on the map.")
    return {
        "dms": (lambda e: _("degrees, minutes and seconds, {example}").format(example=e), check),
        "link": (lambda e: _("taken from a link, {example}").format(example=e), check),
        "view": (
            lambda e: _("the link says only where the map looks, {example}").format(example=e),
            _("Drop a pin on the place and copy its link; until then the position may be off."),
        ),
        "scaled": (lambda e: _("the decimal point is missing, {example}").format(example=e), check),
        "swapped": (
            lambda e: _("longitude and latitude were swapped and put right, {example}").format(example=e),
            _("Swap them in the list."),
        ),
        "crossed": (
            lambda e: _("the northing stands where the easting is looked for, {example}").format(example=e),
            _("Usual in VN-2000 lists (X north, Y east); nothing to do if it is meant so."),
        ),
        "degrees": (
            lambda e: _("degrees among metres, taken for WGS 84, {example}").format(example=e),
            check,
        ),
    }


def say_reading(reading: zones.Reading, at: np.ndarray, raw: pd.DataFrame, path: Path) -> Iterable[Finding]:
    """Which system was found for the points of the rows `at`, by how many, and the next best."""
    first = reading.used[0]
    yield Finding(
        "warning",
        path.name,
        None,
        _("read as {system}: {right} of {count} points lie in their communes; {others}").format(
            system=first.named,
            right=reading.right[0],
            count=reading.of[0],
            others=_("next best {other} with {less}").format(
                other=reading.runner_up.named, less=reading.runner_up_right
            )
            if reading.runner_up_right
            else _("no other known system puts any there"),
        ),
        _('Say crs = "EPSG:{epsg}" in the study to confirm, or the right one.').format(epsg=first.epsg),
    )
    for i, system in enumerate(reading.used[1:], start=1):
        yield from say_rows(system, first, at[reading.which == i], raw, path)


def say_rows(
    system: zones.System, first: zones.System, here: np.ndarray, raw: pd.DataFrame, path: Path
) -> Iterable[Finding]:
    """Rows that are in another system than the rest of their column."""
    what = _("is read as {system}: {first} would put it far off").format(
        system=system.named, first=first.named
    )
    do = _("Give all rows in one system, or say the system of each in a list of its own.")
    if len(here) > _ONE_BY_ONE:
        rows = ", ".join(str(int(raw[ROW].iloc[i])) for i in here[:_ONE_BY_ONE])
        more = _("{count} rows ({rows}, …): {what}").format(count=len(here), rows=rows, what=what)
        yield Finding("warning", path.name, None, more, do)
        return
    for i in here:
        yield _finding(path, raw, int(i), what, do)
