"""phusong link"""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.beside import whole_file
from phusong.cli.common import open_study, say_json, say_table
from phusong.cli.verb import verb
from phusong.domain import Raster, Region
from phusong.engine import Engine
from phusong.errors import PhuSongError
from phusong.exports.geojson import write_geojson
from phusong.geo import WGS84
from phusong.hops import (
    DEFAULT_HEIGHT_M,
    End,
    Hop,
    check_covered,
    crs_about,
    find_end,
    find_hop,
    find_pairs,
    parse_end,
    places,
    rain_of,
)
from phusong.language import _, current_language
from phusong.pictures import facts
from phusong.radio.links import Clearance, Climate
from phusong.readers.rasters import look_at_raster
from phusong.runs import safe_cell
from phusong.study import Study
from phusong.terrain import Terrain


@verb(
    "link",
    help="Judge a microwave link from A to B: line of sight, clearance, loss, outage, masts; and draw its "
    "profile.\n\nA and B are LON,LAT or LON,LAT,HEIGHT (degrees; antenna in m above ground), or with "
    "--study the id or name of a site or cell. With --all: every pair of places of the study.",
    epilog="\b\nExamples:\n"
    "  phusong link 107.83,15.75,40 107.76,15.68 --elevation dem.tif\n"
    "  phusong link NG-001 'UBND xã Tà Bhing' --study data/nam-giang/study.toml\n"
    "  phusong link --all 15 --study data/nam-giang/study.toml --out links.csv",
)
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--study", type=click.Path(path_type=Path), help="Study that knows A, B and the elevation.")
@click.option("--elevation", multiple=True, help="Elevation raster; may be given again, * for several.")
@click.option("--height-a", type=click.FloatRange(0, 500), help="Antenna of A, m above ground [default: 30].")
@click.option("--height-b", type=click.FloatRange(0, 500), help="Antenna of B, m above ground [default: 30].")
@click.option("--band", "f_ghz", type=click.FloatRange(1, 100), help="GHz [default: by length].")
@click.option("--rain", type=click.FloatRange(1, 300), help="R0.01 in mm/h [default: of the province].")
@click.option(
    "--all", "all_km", type=click.FloatRange(0.1, 200), help="All pairs of the study within so many km."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Picture (.png, with .svg beside it) or with --all a table (.csv, .geojson) [default: in maps/].",
)
def command(
    a: str | None,
    b: str | None,
    study: Path | None,
    elevation: tuple[str, ...],
    height_a: float | None,
    height_b: float | None,
    f_ghz: float | None,
    rain: float | None,
    all_km: float | None,
    out: Path | None,
    as_json: bool,
) -> None:
    _refuse(all_km is None and (a is None or b is None), _("give both ends: phusong link A B"))
    only_one = any(given is not None for given in (a, height_b, f_ghz, rain))
    _refuse(
        all_km is not None and (only_one or study is None),
        _("--all takes --study, --elevation, --height-a and --out; no A and B"),
    )
    opened, region = (None, None) if study is None else open_study(study, Engine())[:2]
    if all_km is not None and region is not None and opened is not None:
        height_m = DEFAULT_HEIGHT_M if height_a is None else height_a
        terrain = _terrain(_rasters(elevation, region), opened, region)
        say_pairs(places(region), terrain, all_km, height_m, out or Path("maps/links.csv"), as_json)
        return
    ends = _end(a or "", region, height_a), _end(b or "", region, height_b)
    rasters = _rasters(elevation, region)
    check_covered(ends, rasters)
    terrain = _terrain(rasters, opened, region, ends)
    climate, basis = _climate(opened, region, ends[0], rain)
    hop = find_hop(*ends, terrain, climate, basis, f_ghz)
    hop = replace(hop, note="" if opened is None else opened.note)
    files = _draw(hop, out or Path("maps") / f"link-{_slug(hop.a.name)}-{_slug(hop.b.name)}.png")
    if as_json:
        say_json({**as_data(hop), "files": [str(file) for file in files]})
    else:
        say_hop(hop, files)


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise click.UsageError(why)


def _end(text: str, region: Region | None, height_m: float | None) -> End:
    """The end that `text` names, with its antenna: of the option, else as said, else the default."""
    end = parse_end(text)
    _refuse(
        end is not None and end.height_m is not None and height_m is not None,
        _("{text} gives the height of its antenna; leave the option out").format(text=text),
    )
    if end is None and region is None:
        raise PhuSongError(
            _("{text} is no LON,LAT").format(text=text),
            do=_("Write it as 107.83,15.75, or name the study that knows it: --study study.toml."),
        )
    if end is None:
        assert region is not None
        end = find_end(text, places(region))
    known = next(h for h in (height_m, end.height_m, DEFAULT_HEIGHT_M) if h is not None)
    return End(end.name, end.lon, end.lat, known)


def _rasters(elevation: tuple[str, ...], region: Region | None) -> tuple[Raster, ...]:
    """The rasters that the option names, else the study's."""
    if not elevation and region is not None and region.elevation:
        return region.elevation
    if not elevation:
        raise PhuSongError(
            _("no elevation is given, and a link cannot be judged without it"),
            do=_("Give --elevation dem.tif (GeoTIFF, .hgt, .asc), or name it in the study under [inputs]."),
        )
    paths = [path for name in elevation for path in _matching(Path(name))]
    return tuple(look_at_raster(path) for path in paths)


def _matching(path: Path) -> list[Path]:
    found = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
    if not found or not all(p.is_file() for p in found):
        raise PhuSongError(_("there is no such raster"), where=str(path), do=_("Mend the path."))
    return found


def _terrain(
    rasters: tuple[Raster, ...], study: Study | None, region: Region | None, ends: tuple[End, ...] = ()
) -> Terrain:
    """Where the heights come from, in the study's metric system or one about the ends."""
    paths = tuple(str(raster.path) for raster in rasters)
    if study is None or region is None:
        return Terrain(paths, crs_about(ends).to_wkt())
    canopy = tuple(str(raster.path) for raster in region.canopy)
    return Terrain(paths, region.sites.crs.to_wkt(), study.mobile.cell_m, canopy)


def _climate(study: Study | None, region: Region | None, end: End, rain: float | None) -> tuple[Climate, str]:
    """The weather of the link and what its rain rate rests on."""
    rate, basis = (rain, "given") if rain is not None else rain_of(region, end)
    known = {} if study is None else {"delta_n": study.mobile.delta_n}
    return Climate(r001_mm_h=rate, **known), basis


def _slug(name: str) -> str:
    """`name` as a part of a file name: plain letters, figures, points; no accents."""
    flat = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in flat if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain.replace(",", "_")).strip("-.")[:60] or "place"


def _draw(hop: Hop, out: Path) -> tuple[Path, Path]:
    from phusong.pictures.profile import draw_profile

    _refuse(out.suffix.lower() not in (".png", ".svg"), _("--out names a picture: FILE.png"))
    png, svg = out.with_suffix(".png"), out.with_suffix(".svg")
    with whole_file(png) as first, whole_file(svg) as second:
        draw_profile(hop, first, second, current_language())
    return png, svg


def say_hop(hop: Hop, files: tuple[Path, ...]) -> None:
    """The verdict, the figures, what stands in the way, what it rests on, and where the picture is."""
    click.echo(facts.verdict(hop))
    blocks = (facts.end_facts, facts.geometry_facts, facts.budget_facts, facts.outage_facts)
    figures = [list(fact) for block in blocks for fact in block(hop)]
    say_table(facts.title(hop), [(_("What"), "left"), (_("Figure"), "left")], figures)
    if hop.obstacles:
        headers, rows = facts.obstacle_table(hop)
        say_table(_("What stands in the way"), [(header, "right") for header in headers], rows)
    for note in facts.notes(hop):
        click.echo(note)
    click.echo(_("Look at: {paths}").format(paths=", ".join(map(str, files))))


def as_data(hop: Hop) -> dict[str, Any]:
    """The hop as one JSON object; units are in the keys."""
    link, heights = hop.link, facts.antenna_heights(hop)
    ground = link.profile.ground_m[[0, -1]].round(1).tolist()
    return {
        "verdict": facts.verdict_code(hop),
        "line_of_sight": link.line_of_sight,
        "clear": link.clear,
        "a": {**vars(hop.a), "ground_m": ground[0], "bearing_deg": round(hop.bearings_deg[0], 2)},
        "b": {**vars(hop.b), "ground_m": ground[1], "bearing_deg": round(hop.bearings_deg[1], 2)},
        "length_km": round(link.length_km, 4),
        "f_ghz": link.f_ghz,
        "clearances": [_clearance_data(rule) for rule in link.clearances],
        "obstacles": [{k: round(v, 6) for k, v in o._asdict().items()} for o in hop.obstacles],
        "free_space_db": round(link.free_space_db, 2),
        "gas_db": round(link.gas_db, 2),
        "diffraction_db": round(link.diffraction_db, 2),
        "received_dbm": round(link.received_dbm, 2),
        "margin_db": round(link.margin_db, 2),
        "rain_outage_percent": link.rain_outage_percent,
        "multipath_outage_percent": link.multipath_outage_percent,
        "availability_percent": link.availability_percent,
        "availability_range_percent": hop.availability_range,
        "least_antenna_m": dict(zip(("at_a_alone", "at_b_alone", "both_alike"), heights, strict=True)),
        "assumed": {
            "radio": hop.radio._asdict(),
            "climate": vars(hop.climate),
            "rain_basis": hop.rain_basis,
            "elevation": list(hop.terrain.elevation),
            "canopy": list(hop.terrain.canopy),
            "cell_m": hop.terrain.cell_m,
        },
        "notes": facts.notes(hop),
    }


def _clearance_data(rule: Clearance) -> dict[str, Any]:
    said = {"k": rule.k, "asked_f1": rule.asked_f1, "least_f1": rule.least_f1, "at_km": rule.at_km}
    return {**{key: round(value, 4) for key, value in said.items()}, "clear": rule.clear}


def say_pairs(
    known: pd.DataFrame, terrain: Terrain, longest_km: float, height_m: float, out: Path, as_json: bool
) -> None:
    """Writes the pairs of places as a table or as lines, and says how many are clear. Antennas whose height
    is not known stand `height_m` above ground."""
    _refuse(out.suffix.lower() not in (".csv", ".geojson"), _("--out names FILE.csv or FILE.geojson"))
    table = find_pairs(known.fillna({"height_m": height_m}), terrain, longest_km)
    write_pairs(table, out)
    counts = {answer: int((table["clear"] == answer).sum()) for answer in ("yes", "no", "unknown")}
    if as_json:
        say_json({"pairs": len(table), "clear": counts, "default_height_m": height_m, "files": [str(out)]})
        return
    click.echo(
        _("{count} pairs within {km} km: {yes} clear, {no} not, {unknown} without elevation").format(
            count=len(table), km=f"{longest_km:g}", **counts
        )
    )
    click.echo(_("Antennas that no list gives stand {height} m up.").format(height=f"{height_m:g}"))
    click.echo(_("Open: {path}").format(path=out))


def write_pairs(table: pd.DataFrame, out: Path) -> None:
    """The pairs as CSV for a spreadsheet, or as lines in GeoJSON."""
    if out.suffix.lower() == ".csv":
        with whole_file(out) as part:
            table.map(safe_cell).to_csv(part, index=False, encoding="utf-8-sig")
        return
    starts, ends = (table[[f"{side}_lon", f"{side}_lat"]].to_numpy() for side in "ab")
    lines = shapely.linestrings(np.stack([starts, ends], axis=1))
    frame = gpd.GeoDataFrame(table, geometry=lines, crs=WGS84)
    frame.insert(0, "link_id", frame["a_id"] + "–" + frame["b_id"])
    write_geojson(frame, out, "link_id")
