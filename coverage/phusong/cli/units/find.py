"""phusong units find"""

from pathlib import Path
from typing import Any

import click

from phusong.cli.common import say_findings, say_json, say_next, say_table
from phusong.cli.units.options import NEWEST, cell_of, crosswalk_option, gazetteer_option, need_lists
from phusong.cli.verb import verb
from phusong.language import _
from phusong.readers.gazetteer import read_units
from phusong.readers.names import name_rules
from phusong.wording import HOW_NAMES, say


@verb(
    "find",
    help="Find the units that NAME may mean, with the score and how each was found.",
    epilog="\b\nExample:\n  phusong units find 'Zuôich' --province 'Quảng Nam' --gazetteer units-2021-07.csv",
)
@click.argument("name")
@click.option("--vintage", help="Date of the list [default: all that are given].")
@click.option("--province", help="Its province, by name or code.")
@click.option("--district", help="Its district, by name or code.")
@gazetteer_option
@crosswalk_option
def command(
    name: str,
    vintage: str | None,
    province: str | None,
    district: str | None,
    lists: tuple[str, ...],
    crosswalks: tuple[Path, ...],
    as_json: bool,
) -> None:
    gazetteer, _table, findings = read_units(lists, crosswalks, "2021-07", NEWEST)
    say_findings([finding for finding in findings if finding.level == "error"])
    need_lists(gazetteer, vintage)
    rows: list[dict[str, Any]] = []
    for date in gazetteer.vintages if vintage is None else (vintage,):
        [found] = gazetteer.find([name], date, name_rules(), [province], [district])
        near = [(found.key, found.score, found.how, found.certain)] if found.key else []
        near += [(key, score, "", False) for key, _name, score in found.alternatives]
        units = gazetteer.of(date)
        rows += [
            {
                "vintage": date,
                "code": key,
                "name": gazetteer.named[key, date],
                "district": units.loc[key, "district"],
                "province": units.loc[key, "province"],
                "score": score,
                "how": how,
                "certain": certain,
            }
            for key, score, how, certain in near
        ]
    if as_json:
        say_json({"units": [{k: cell_of(v) for k, v in row.items()} for row in rows]})
        return
    if not rows:
        click.echo(_("Nothing like it is in the lists."))
        return
    headers = [
        _("Date"),
        _("Code"),
        _("Name"),
        _("District"),
        _("Province"),
        _("Score"),
        _("How"),
        _("Certain"),
    ]
    cells = [
        [str(cell_of(v)) if not isinstance(v, bool) else _("yes") if v else "–" for v in row.values()]
        for row in rows
    ]
    for row in cells:
        row[6] = say(HOW_NAMES, row[6]) if row[6] else "–"
    say_table(_("Units that may be meant"), [(h, "left") for h in headers], cells)
    say_next("units show", rows[0]["code"], *(f"--gazetteer={text}" for text in lists))
