"""phusong explain"""

from pathlib import Path

import click

from phusong.cli.common import run_argument, say_json
from phusong.cli.verb import verb
from phusong.explain import explain_site, path_of
from phusong.language import _
from phusong.runs import read_run
from phusong.units import show_money_in


@verb(
    "explain",
    help="Say why SITE of a RUN gets what it gets: the way of its line, what it is made of, its share.",
    epilog="\b\nExample:\n  phusong explain maps/nam-giang NG-006",
)
@run_argument
@click.argument("site")
def command(run: Path, site: str, as_json: bool) -> None:
    done = read_run(run)
    show_money_in(done.currency)
    sentences = explain_site(done, site)
    if as_json:
        path = path_of(done.tables["segments"], site)
        say_json({"site_id": site, "sentences": sentences, "segments": path["segment_id"].tolist()})
    else:
        click.echo("\n".join(sentences))
        click.echo(_("On the map: {address}").format(address=f"{run / 'map.html'}#diem={site}"))
