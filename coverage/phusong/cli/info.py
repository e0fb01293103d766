"""phusong info"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from phusong.about import FACTS, About, Part, about, meaning_of
from phusong.cli.common import say_findings, say_json, say_table
from phusong.cli.verb import verb
from phusong.language import _, current_language
from phusong.moments import say_moment
from phusong.units import decimal, say_vnd

#: Findings of a part on the screen.
_MOST = 5


@verb(
    "info",
    help="Say what FILE is (a table, layer, raster, study, workbook, map, or the folder of a run): its "
    "format, rows, columns and coordinate system, what a study would read it as, and what to do next. "
    "Nothing is changed.",
    epilog="\b\nExamples:\n  phusong info diem-cong-cong.xlsx\n  phusong info maps/nam-giang",
)
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path, as_json: bool) -> None:
    found = about(file)
    if as_json:
        say_json(_as_data(found))
        return
    click.echo(f"{found.path}: {found.format}")
    facts = [[_(FACTS[name]), _said(name, value)] for name, value in found.facts.items()]
    if facts and len(found.parts) != 1:
        _say_rows(facts)
    for part in found.parts:
        _say_part(part, facts if len(found.parts) == 1 else [])
    for line in found.do:
        click.echo(line)


def _say_rows(rows: list[list[str]]) -> None:
    say_table("", [(_("Fact"), "left"), (_("Found"), "left")], rows)


def _say_part(part: Part, facts: list[list[str]]) -> None:
    """A sheet or layer, below the `facts` of a file that has no other."""
    rows = [*facts, *([[_("Sheet or layer"), part.name]] if part.name else [])]
    if part.rows is not None:
        rows.append([_("Rows"), str(part.rows)])
    reads = f"{part.read_as}: {meaning_of(part.read_as)}" if part.read_as else _("no input of a study")
    rows.append([_("Would be read as"), reads])
    if part.instead:
        rows.append([_("or as"), ", ".join(part.instead)])
    if part.lacks:
        rows.append([_("Lacks columns"), ", ".join(part.lacks)])
    if part.system:
        rows.append([_("Coordinates"), part.system])
    if part.positions is not None:
        rows.append([_("Rows with a place"), str(part.positions)])
    if part.bounds is not None:
        rows.append([_("West, south, east, north"), ", ".join(decimal(b, 4) for b in part.bounds)])
    _say_rows(rows)
    if part.columns:
        columns = [(_("Column"), "left"), (_("Would be read as"), "left")]
        say_table("", columns, [[theirs, ours or "–"] for theirs, ours in part.columns])
    say_findings(list(part.findings), _MOST, "phusong check")


def _said(name: str, value: Any) -> str:
    if name == "capex_vnd":
        return say_vnd(value)
    if name == "created" and value:
        return say_moment(value, current_language())
    if isinstance(value, dict):
        return "\n".join(f"{key} = {', '.join(names)}" for key, names in value.items())
    if value is None or value == []:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _as_data(found: About) -> dict[str, Any]:
    """All of it as JSON has it; columns as an object."""
    said = {**asdict(found), "path": str(found.path)}
    for part in said["parts"]:
        part["columns"] = {theirs: ours or None for theirs, ours in part["columns"]}
    return said
