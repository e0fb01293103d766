"""phusong publish"""

from pathlib import Path

import click

from phusong.cli.common import run_argument, say_json
from phusong.cli.verb import verb
from phusong.language import _
from phusong.publish import publish
from phusong.runs import read_run


@verb(
    "publish",
    help="Put the tables of RUN (a run folder) into a schema of PostGIS, all or none. "
    "The database is named by PHUSONG_POSTGIS or libpq's PG… variables.",
    epilog="\b\nExample:\n"
    "  PHUSONG_POSTGIS=service=province phusong publish maps/nam-giang --schema nam_giang",
)
@run_argument
@click.option(
    "--schema", default="phusong", show_default=True, help="Schema of the database; made if need be."
)
def command(run: Path, schema: str, as_json: bool) -> None:
    written = publish(read_run(run), schema)
    if as_json:
        say_json({"schema": schema, "tables": written})
        return
    for table, rows in written.items():
        click.echo(_("{table}: {count} rows").format(table=f"{schema}.{table}", count=rows))
    click.echo(_("In QGIS: Layer, Add PostGIS layers, schema {schema}.").format(schema=schema))
