"""phusong units: convert, find, show (one module a sub-verb)"""

import click

from phusong.cli.units import convert, find, show
from phusong.cli.verb import Verbs


@click.group(
    "units",
    cls=Verbs,
    help="Communes of one date and another: convert a table, find a unit by name, show one by code.",
    epilog="\b\nExamples:\n"
    "  phusong units convert sites.csv --from 2021-07 --to 2025-07 --crosswalk crosswalk.csv\n"
    "  phusong units find 'Zuôich' --province 'Quảng Nam' --gazetteer units-2021-07.csv\n"
    "  phusong units show 20707 --crosswalk crosswalk.csv",
)
def command() -> None:
    """The group; its help is given above so that it can be translated."""


for _verb in (convert, find, show):
    command.add_command(_verb.command)
