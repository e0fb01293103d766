"""phusong units show"""

from pathlib import Path
from typing import Any

import click

from phusong.admin import link_units
from phusong.cli.common import say_findings, say_json
from phusong.cli.units.options import (
    cell_of,
    code_of,
    crosswalk_option,
    from_option,
    gazetteer_option,
    need_lists,
    to_option,
)
from phusong.cli.verb import verb
from phusong.errors import InputError
from phusong.language import _
from phusong.readers.gazetteer import read_units
from phusong.readers.study import figures
from phusong.units import decimal
from phusong.wording import BASIS_NAMES, say


@verb(
    "show",
    help="Show what CODE means in each list, and which units it became or came from, with shares.",
    epilog="\b\nExample:\n  phusong units show 20707 --crosswalk crosswalk.csv --gazetteer units-2021-07.csv",
)
@click.argument("code")
@gazetteer_option
@crosswalk_option
@from_option
@to_option
def command(
    code: str, lists: tuple[str, ...], crosswalks: tuple[Path, ...], start: str, end: str, as_json: bool
) -> None:
    gazetteer, crosswalk, findings = read_units(lists, crosswalks, start, end)
    say_findings([finding for finding in findings if finding.level == "error"])
    need_lists(gazetteer, None)
    wanted = code_of(code)
    sliver = figures("units.toml")["sliver_share"]
    both = [vintage for vintage in (start, end) if vintage in gazetteer.vintages]
    pairs = [(one, other) for one in both for other in both if one != other] if len(crosswalk) else []
    shown: list[dict[str, Any]] = []
    for vintage in gazetteer.vintages:
        if (wanted, vintage) not in gazetteer.named:
            continue
        unit = gazetteer.of(vintage).loc[wanted]
        became = []
        for one, other in pairs:
            if one == vintage:
                links = link_units(crosswalk, gazetteer, one, other, sliver).table
                became += [
                    {
                        "code": link["to_code"],
                        "vintage": other,
                        "name": gazetteer.named.get((link["to_code"], other), ""),
                        "share": round(link["share"], 6),
                        "share_basis": link["share_basis"],
                    }
                    for link in links[links["from_code"] == wanted].to_dict("records")
                    if isinstance(link["to_code"], str)
                ]
        named = gazetteer.named[str(wanted), vintage]
        places = {name: cell_of(unit[name]) for name in ("district", "province")}
        shown.append({"vintage": vintage, "code": wanted, "name": named, **places, "in_the_other": became})
    if not shown:
        raise InputError(
            _("no list has the code {code}").format(code=code),
            do=_("Dates there are: {known}.").format(known=", ".join(gazetteer.vintages)),
        )
    if as_json:
        say_json({"units": shown})
        return
    for found in shown:
        place = ", ".join(str(found[n]) for n in ("district", "province") if found[n])
        click.echo(f"{found['vintage']}  {found['code']}  {found['name']}" + (f" ({place})" if place else ""))
        for link in found["in_the_other"]:
            click.echo(
                "  "
                + _("in {vintage}: {code} {name}, {percent} % of its residents ({basis})").format(
                    vintage=link["vintage"],
                    code=link["code"],
                    name=link["name"],
                    percent=decimal(100 * link["share"], 1),
                    basis=say(BASIS_NAMES, link["share_basis"]),
                )
            )
