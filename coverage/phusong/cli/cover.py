"""phusong cover"""

import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pandas as pd

from phusong.cli.common import (
    engine_with_progress,
    open_study,
    replace_option,
    say_findings,
    say_json,
    say_next,
    say_table,
    say_warning,
    strict_option,
    study_argument,
)
from phusong.cli.verb import verb
from phusong.cogs import write_cogs
from phusong.cover import ANY, coverage_by_commune
from phusong.domain import MOBILE_CLASSES, Region
from phusong.errors import PhuSongError
from phusong.footprints import Footprints, draw_footprints
from phusong.language import _, speaking
from phusong.readers import read_prices
from phusong.runs import (
    COVER,
    corrections_record,
    describe_inputs,
    make_manifest,
    new_run_folder,
    write_corrections_log,
    write_findings,
    write_manifest,
)
from phusong.signals import applied_offsets, calibrate_cells
from phusong.study import Study
from phusong.units import decimal, group_digits
from phusong.wording import GENERATION, MOBILE_CLASS_NAMES, say

PICTURES = "phusong.pictures.footprint"


@verb(
    "cover",
    help="Draw the mobile footprints of STUDY: level rasters, best servers, area and people by class.",
    epilog="\b\nExample:\n  phusong cover data/nam-giang/study.toml --out maps/nam-giang-cover",
)
@study_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder [default: cover/ID beside the study].",
)
@replace_option
@click.option(
    "--engine",
    "engine_address",
    default=f"threads:{os.cpu_count() or 1}",
    show_default=True,
    help="Where work runs: here, threads:N, cores:N or tcp://host:port.",
)
@strict_option
def command(
    study: Path,
    out: Path | None,
    replace: bool,
    engine_address: str,
    as_json: bool,
    strict: bool,
) -> None:
    with engine_with_progress(engine_address) as engine:
        opened, region, findings = open_study(study, engine, strict)
        if region.cells.empty:
            raise PhuSongError(
                _("the study has no cell sites"),
                where=str(study),
                do=_('Name them: [inputs] cells = "cells.csv".'),
            )
        calibration = calibrate_cells(opened, region, engine)
        manifest = make_manifest(
            opened,
            describe_inputs(opened, region),
            read_prices(opened),
            region.sites.crs,
            f"cover {study}",
            engine.address,
        )
        out = out or opened.folder / "cover" / manifest["run_id"]
        # Finished pieces lie beside the result until it is whole, so that a second run goes on from them.
        pieces = out.parent.absolute() / f".{out.name}-pieces"
        with (
            new_run_folder(out, manifest["run_id"], replace, say_warning) as stage,
            ThreadPoolExecutor(2) as beside,
        ):
            # The drawing library takes a while to load: while the kernels run.
            beside.submit(import_module, PICTURES)
            pieces.mkdir(parents=True, exist_ok=True)
            footprints = draw_footprints(opened, region, pieces, engine, applied_offsets(calibration))
            # GDAL packs the rasters, and people are counted, while the pictures are drawn.
            crs = region.sites.crs.to_wkt()
            packing = beside.submit(write_cogs, footprints, crs, stage, opened.mobile)
            counting = beside.submit(coverage_by_commune, footprints, region, opened.mobile)
            findings += footprints.findings
            manifest["kind"], manifest["calibration"] = COVER, calibration.to_dict("records")
            write_findings(stage, findings, region.set_aside)
            if write_corrections_log(stage, region.corrections):
                manifest["corrections"] = corrections_record(region.corrections)
            with speaking(opened.language):
                pictures = _draw(opened, region, footprints, stage, manifest)
            coverage = counting.result()
            _write_tables(stage, coverage, footprints.cell_ids, region)
            packing.result()
            write_manifest(stage, manifest)
        for piece in pieces.iterdir():
            piece.unlink()
        pieces.rmdir()
    _say(coverage, findings, out, [out / p.name for p in pictures], as_json)


def _write_tables(stage: Path, coverage: pd.DataFrame, cell_ids: tuple[str, ...], region: Region) -> None:
    coverage.to_csv(stage / "coverage.csv", index=False, encoding="utf-8-sig")
    about = region.cells.set_index("cell_id")[["operator", "radio", "frequency_mhz", "antenna_height_m"]]
    numbered = pd.DataFrame({"number": range(1, len(cell_ids) + 1), "cell_id": cell_ids}).join(
        about, on="cell_id"
    )
    numbered.to_csv(stage / "cells.csv", index=False, encoding="utf-8-sig")


def _draw(
    study: Study, region: Region, footprints: Footprints, stage: Path, manifest: dict[str, Any]
) -> list[Path]:
    """A picture for each radio technology."""
    drawing = import_module(PICTURES)
    ground = _("on the study's elevation") if region.elevation else _("ON FLAT GROUND: no elevation is given")
    caption = _(
        "ITU-R P.1812, median in time and place, receiver {height} m above ground outdoors, "
        "inside the communes only; {ground}. "
        "Data of {date}. {note}. Source: {source}. Run {run}."
    ).format(
        height=decimal(study.mobile.receiver_height_m, 1),
        ground=ground,
        date=study.report_date or "–",
        note=study.note.rstrip(".") or "–",
        source=study.source or "–",
        run=manifest["run_id"],
    )
    return list(drawing.draw_footprints_of(study, region, footprints, stage, caption))


def people_by_class(coverage: pd.DataFrame) -> pd.DataFrame:
    """Area and people with a class or better, by radio, from the best class down; best of all operators."""
    best = coverage[coverage["operator"] == ANY]
    columns = ["area_km2", "people", "people_low", "people_high"]
    sums = best.groupby(["radio", "signal_class"])[columns].sum()
    order = [(radio, name) for radio in sums.index.levels[0] for name in MOBILE_CLASSES[:0:-1]]
    return sums.loc[order].groupby(level="radio").cumsum().round(1)


def _say(coverage: pd.DataFrame, findings: list[Any], out: Path, pictures: list[Path], as_json: bool) -> None:
    sums = people_by_class(coverage)
    if as_json:
        files = {"folder": str(out), "pictures": [str(p) for p in pictures]}
        say_json({"coverage": sums.reset_index().to_dict("records"), **files})
        return
    say_findings(findings)
    headers = [_("Radio"), _("Signal"), _("Area, km²"), _("People"), _("Range of people")]
    say_table(
        _("Best of all operators, outdoors: that class or better"),
        list(zip(headers, ["left", "left", "right", "right", "right"], strict=True)),
        [
            [
                GENERATION[row.radio],
                say(MOBILE_CLASS_NAMES, row.signal_class),
                decimal(row.area_km2, 1),
                group_digits(row.people),
                f"{group_digits(row.people_low)} – {group_digits(row.people_high)}",
            ]
            for row in sums.reset_index().itertuples()
        ],
    )
    click.echo(_("Look at: {paths}").format(paths=", ".join(map(str, pictures))))
    click.echo(_("For QGIS: {path}").format(path=out / "*.tif"))
    click.echo(_("By commune and operator: {path}").format(path=out / "coverage.csv"))
    say_next("map", "RUN", "--cover", out)
