"""phusong compare"""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from phusong.beside import whole_file
from phusong.cli.common import say_json, say_next, say_table
from phusong.cli.verb import verb
from phusong.compare import Comparison, compare_runs
from phusong.errors import RunError
from phusong.language import _
from phusong.runs import read_run, safe_cells
from phusong.units import group_digits, say_distance, say_vnd
from phusong.wording import CHANGE_NAMES, STATUS_NAMES, TECHNOLOGY_NAMES, TOTAL_NAMES, say

#: Rows of a table on the screen; the file has them all.
_MOST = 25


@verb(
    "compare",
    help="Say what changed from one RUN to the next one: what was asked differently, what came out.",
    epilog="\b\nExample:\n  phusong compare maps/nam-giang maps/five-billion --out CHANGES.csv",
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write all changes as CSV.")
@click.option("--replace", is_flag=True, help="Replace that file.")
def command(before: Path, after: Path, out: Path | None, replace: bool, as_json: bool) -> None:
    found = compare_runs(read_run(before), read_run(after))
    if out is not None:
        _write(found, out, replace)
    if as_json:
        totals = {name: {"before": one, "after": other} for name, (one, other) in found.totals.items()}
        say_json({"totals": totals, "changes": found.changes.to_dict("records")})
        return
    _say_totals(found)
    _say_changes(_("What was asked differently"), found.asked)
    _say_changes(_("What came out differently"), found.answered)
    if found.changes.empty:
        click.echo(_("Nothing changed."))
    elif len(found.asked) == 1:
        click.echo(_("Only one thing was asked differently: all else follows from it."))
    if out is not None:
        click.echo(_("All changes: {path}").format(path=out))
    say_next("map", after, "--since", before)


def _write(found: Comparison, out: Path, replace: bool) -> None:
    if out.exists() and not replace:
        raise RunError(
            _("is there already"), where=str(out), do=_("Name another with --out, or say --replace.")
        )
    with whole_file(out) as part:
        safe_cells(found.changes).to_csv(part, index=False, encoding="utf-8-sig")


def _say_totals(found: Comparison) -> None:
    tell: dict[str, Any] = {"sites_connected": group_digits, "new_line_m": say_distance}
    rows = [
        [say(TOTAL_NAMES, name), *(tell.get(name, say_vnd)(value) for value in values)]
        for name, values in found.totals.items()
    ]
    columns = [(_("Plan"), "left"), (_("Before"), "right"), (_("After"), "right")]
    say_table(_("The plans"), columns, rows)


def _say_changes(title: str, changes: pd.DataFrame) -> None:
    if changes.empty:
        return
    columns = [(name, "left") for name in (_("What"), _("Which"), _("Of it"), _("Before"), _("After"))]
    rows = [
        [say(CHANGE_NAMES, row.what), row.id, row.field, _tell(row, row.before), _tell(row, row.after)]
        for row in changes.head(_MOST).itertuples()
    ]
    say_table(title, columns, rows)
    if len(changes) > _MOST:
        click.echo(_("… and {count} more: --out CHANGES.csv").format(count=len(changes) - _MOST))


def _tell(row: Any, value: Any) -> str:
    """A value of a change for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if str(row.field).endswith("_vnd") or str(row.id).endswith("_vnd") or "_vnd_per" in str(row.field):
        return say_vnd(float(value))
    for names in (STATUS_NAMES, TECHNOLOGY_NAMES) if row.what in ("status", "connection") else ():
        if value in names:
            return say(names, value)
    if isinstance(value, float):
        return f"{value:,g}"
    return str(value)
