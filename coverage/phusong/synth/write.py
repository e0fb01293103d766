"""Write a made-up study, group of communes by group, so that memory does not grow with the nation."""

import json
import shutil
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.bundled import bundled
from phusong.engine import Progress, no_progress
from phusong.errors import PhuSongError
from phusong.geo import WGS84, has_shape
from phusong.language import _
from phusong.readers.layers import read_layer
from phusong.readers.study import read_sheet
from phusong.study import Source
from phusong.synth.draft import Draft, chance, draw_draft
from phusong.synth.files import CsvFile, Degrees, GeoJsonFile, GeoParquetFile
from phusong.synth.ground import write_elevation
from phusong.synth.land import Land, draw_land, draw_rivers, land_of, outline_degrees
from phusong.synth.pieces import Piece, draw_piece

#: Communes up to which layers are GeoJSON, and heights are written unless the user says otherwise.
FEW_COMMUNES = 400
ELEVATION_M = 90.0
REPORT_DATE = "2026-06-30"

_LAYERS = ("communes", "fibre", "roads", "rivers", "settlements")
_SITE_HEADER = (
    *("Mã đơn vị", "Tên đơn vị", "Loại", "Mã xã", "Kinh độ", "Vĩ độ"),
    *("Cáp quang", "Wifi", "Họp trực tuyến", "Ngày báo cáo"),
)
_CELL_HEADER = (
    *("cell_id", "operator", "radio", "frequency_mhz"),
    *("lon", "lat", "antenna_height_m", "eirp_dbm"),
)
_KINDS_SAID = {
    "office_province": "UBND tỉnh",
    "office_commune": "UBND",
    "health_station": "Y tế",
    "hospital": "Bệnh viện",
    "health_centre": "Trung tâm y tế",
    "village_hall": "Nhà văn hóa",
}


@dataclass
class Written:
    """What a made-up study holds; lengths are of the lines as drawn."""

    communes: int = 0
    provinces: int = 0
    area_km2: float = 0
    residents: int = 0
    sites: int = 0
    centres_with_fibre: int = 0
    cells: int = 0
    settlements: int = 0
    roads: int = 0
    road_edges: int = 0
    road_km: float = 0
    fibre_km: float = 0
    rivers: int = 0

    def figures(self) -> dict[str, float]:
        """All figures by name; lengths and areas to a tenth."""
        return {name: round(value, 1) for name, value in asdict(self).items()}


def write_synthetic(
    folder: Path,
    *,
    scale: float = 0.01,
    seed: int = 1,
    communes: Path | None = None,
    elevation_m: float | None = None,
    progress: Progress = no_progress,
) -> Written:
    """Write a study of made-up inputs into the new `folder`: `scale` times a nation (data/synth.toml), or on
    the outlines, codes and names of a file of `communes`. The same arguments give the same bytes.

    `elevation_m` is the cell of the heights; 0: none; None: 90 m for small studies, none for large ones.
    Raises PhuSongError when the folder is not empty, InputError for a file that is no list of communes.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PhuSongError(
            _("is there already and is not empty"), where=str(folder), do=_("Name another folder.")
        )
    part = folder.with_name(folder.name + ".part")
    if part.exists():
        raise PhuSongError(
            _("is there already"), where=str(part), do=_("Remove it: a work that was cut short left it.")
        )
    stats = {name: float(entry.value) for name, entry in read_sheet(bundled("synth.toml")).items()}
    land = _land(stats, scale, seed, communes)
    draft = draw_draft(land, stats, seed)
    if elevation_m is None:
        elevation_m = ELEVATION_M if len(land.frame) <= FEW_COMMUNES else 0.0
    part.mkdir(parents=True)
    try:
        written = _write_layers(part, draft, progress)
        if elevation_m > 0:
            bounds = outline_degrees(land)
            write_elevation(part / "elevation.tif", bounds, elevation_m, chance(seed, 4), progress)
        _write_study_file(part, seed, communes, written)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return written


def _land(stats: dict[str, float], scale: float, seed: int, communes: Path | None) -> Land:
    if communes is None:
        return draw_land(stats, scale, chance(seed, 0))
    frame, _findings = read_layer("communes", Source(path=str(communes)), communes, WGS84)
    if not has_shape(frame.geometry).any():
        raise PhuSongError(
            _("has no commune with an outline"), where=str(communes), do=_("Name a file of polygons.")
        )
    return land_of(frame, stats["communes"] / stats["provinces"])


def _suffix(land: Land) -> str:
    return ".geojson" if len(land.frame) <= FEW_COMMUNES else ".parquet"


def _write_layers(folder: Path, draft: Draft, progress: Progress) -> Written:
    land, suffix = draft.land, _suffix(draft.land)
    kind = GeoJsonFile if suffix == ".geojson" else GeoParquetFile
    degrees = Degrees(land.frame.crs)
    told = Written(
        communes=len(land.frame),
        provinces=land.n_groups,
        area_km2=float(land.area_km2.sum()),
        residents=int(draft.people.sum()),
        centres_with_fibre=int(draft.fibre.sum()),
    )
    with ExitStack() as open_files:
        layers = {
            name: open_files.enter_context(closing(kind(folder / f"{name}{suffix}", degrees)))
            for name in _LAYERS
        }
        sites = open_files.enter_context(closing(CsvFile(folder / "sites.csv", _SITE_HEADER)))
        cells = open_files.enter_context(closing(CsvFile(folder / "cells.csv", _CELL_HEADER)))
        for group in range(land.n_groups):
            progress(_("Drawing communes"), group, land.n_groups)
            piece = draw_piece(draft, group)
            rivers = draw_rivers(
                land, group, draft.stats["rivers_per_1000_km2"], chance(draft.seed, 6, group)
            )
            own = land.group == group
            layers["communes"].write(land.frame[own].assign(population=draft.people[own]))
            layers["rivers"].write(rivers)
            for name in ("fibre", "roads", "settlements"):
                layers[name].write(gpd.GeoDataFrame(getattr(piece, name), geometry="geometry"))
            sites.write(_site_rows(piece.sites, degrees))
            cells.write(_cell_rows(piece.cells, degrees))
            _count(told, piece, len(rivers))
        progress(_("Drawing communes"), land.n_groups, land.n_groups)
    return told


def _site_rows(sites: pd.DataFrame, degrees: Degrees) -> list[tuple[object, ...]]:
    lon, lat = degrees(sites[["x", "y"]].to_numpy()).T
    said = sites["kind"].map(_KINDS_SAID).fillna("Trường học")
    reported = np.where(sites["fibre"] != "", REPORT_DATE, "")
    columns = ("site_id", "name", said, "commune_code", lon, lat, "fibre", "wifi", "video", reported)
    return list(zip(*(sites[c] if isinstance(c, str) else c for c in columns), strict=True))


def _cell_rows(cells: pd.DataFrame, degrees: Degrees) -> list[tuple[object, ...]]:
    if cells.empty:
        return []
    lon, lat = degrees(cells[["x", "y"]].to_numpy()).T
    masts = cells["mast"].astype(int).astype(str)
    ids = cells["commune_code"] + "-" + masts + "-" + cells["operator"] + "-" + cells["radio"]
    columns = (ids, "operator", "radio", "frequency_mhz", lon, lat, "antenna_height_m", "eirp_dbm")
    return list(zip(*(cells[c] if isinstance(c, str) else c for c in columns), strict=True))


def _count(told: Written, piece: Piece, rivers: int) -> None:
    told.sites += len(piece.sites)
    told.cells += len(piece.cells)
    told.settlements += len(piece.settlements)
    told.roads += len(piece.roads)
    told.rivers += rivers
    lines = piece.roads["geometry"].to_numpy()
    told.road_edges += int(shapely.get_num_points(lines).sum() - len(lines))
    told.road_km += float(shapely.length(lines).sum() / 1000)
    told.fibre_km += float(shapely.length(piece.fibre["geometry"].to_numpy()).sum() / 1000)


def _write_study_file(folder: Path, seed: int, communes: Path | None, written: Written) -> None:
    """study.toml beside its inputs: it says first that all is made up."""
    suffix = next(path.suffix for path in folder.iterdir() if path.stem == "communes")
    lines = [f'{name} = "{name}{suffix}"' for name in _LAYERS]
    lines += ['sites = "sites.csv"', 'cells = "cells.csv"']
    if (folder / "elevation.tif").exists():
        lines.append('elevation = "elevation.tif"')
    outlines = "" if communes is None else f" Ranh giới, mã, tên xã lấy từ {communes.name}."
    text = bundled("study_synth.toml").read_text(encoding="utf-8")
    for word, value in {
        "{title}": f"Dữ liệu giả định: {written.communes} xã, {written.sites} điểm",
        "{note}": f"Dữ liệu giả định (synthetic, seed {seed}), chỉ để diễn tập và thử tải.{outlines} "
        "Không dùng để quyết định đầu tư.",
    }.items():
        text = text.replace(word, json.dumps(value, ensure_ascii=False))
    (folder / "study.toml").write_text(text.replace("{inputs}", "\n".join(lines)), encoding="utf-8")
