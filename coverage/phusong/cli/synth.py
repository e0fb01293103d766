"""phusong synth"""

from fractions import Fraction
from pathlib import Path

import click

from phusong.cli.common import engine_with_progress, say_json, say_next
from phusong.cli.verb import verb
from phusong.language import _


def _as_scale(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        scale = float(Fraction(value.replace(" ", "")))
    except (ValueError, ZeroDivisionError):
        scale = 0.0
    if not 0 < scale <= 1:
        raise click.BadParameter(_("{value} is no part of 1, such as 1/100 or 0.1").format(value=value))
    return scale


@verb(
    "synth",
    help="Write a made-up study into the new folder DIR: communes, sites, fibre, cells, roads, rivers, "
    "settlements with the statistics of data/synth.toml. For rehearsals and tests of scale: nothing in it "
    "is real.",
    epilog="\b\nExamples:\n  phusong synth rehearsal --scale 1/100\n"
    "  phusong synth nation --scale 1 --seed 7\n  phusong synth ours --communes communes.geojson",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--scale",
    callback=_as_scale,
    help="How much of a nation of 3,321 communes: 1/100, 1/10, 1 or a number [default: 1/100].",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=1,
    show_default=True,
    help="The same number gives the same files.",
)
@click.option(
    "--communes",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Take outlines, codes and names from this file, in place of drawn communes.",
)
@click.option(
    "--elevation-m",
    type=click.FloatRange(0, 5000),
    help="Cell of the heights in metres; 0: none [default: 90 up to 400 communes, else none].",
)
def command(
    folder: Path,
    scale: float | None,
    seed: int,
    communes: Path | None,
    elevation_m: float | None,
    as_json: bool,
) -> None:
    from phusong.synth import write_synthetic

    if scale is not None and communes is not None:
        raise click.UsageError(_("--scale is for drawn communes; a file of communes is taken as a whole"))
    with engine_with_progress("here") as engine:
        written = write_synthetic(
            folder,
            scale=0.01 if scale is None else scale,
            seed=seed,
            communes=communes,
            elevation_m=elevation_m,
            progress=engine.progress,
        )
    if as_json:
        say_json({"study": str(folder / "study.toml"), "seed": seed, **written.figures()})
        return
    click.echo(str(folder / "study.toml"))
    click.echo(
        _(
            "Made up: {communes} communes, {area} km², {people} residents, {sites} sites, {cells} cells, "
            "{roads} km of roads, {fibre} km of fibre."
        ).format(
            communes=f"{written.communes:,}",
            area=f"{written.area_km2:,.0f}",
            people=f"{written.residents:,}",
            sites=f"{written.sites:,}",
            cells=f"{written.cells:,}",
            roads=f"{written.road_km:,.0f}",
            fibre=f"{written.fibre_km:,.0f}",
        )
    )
    say_next("run", folder / "study.toml")
