"""Speeds that phones measured, by tile of about 600 m (Ookla). For comparison: no status rests on them."""

import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from phusong.errors import FetchError
from phusong.fetch.area import Area, Bounds
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m

NAME = "speeds"
MEANING = _m("mobile speeds that phones measured, by tile (Ookla)")
PLACE = "speeds"
_FIGURES = {"avg_d_kbps": "down_mbps", "avg_u_kbps": "up_mbps"}
_BATCH = 200_000


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """ookla_speeds.geojson: a square a tile that touches the area."""
    packed = getter.get(PLACE, check_tiles)
    assert packed is not None
    shape = area.shape
    rows = [row for row in read_tiles(packed, area.bounds) if shapely.intersects(shape, row["geometry"])]
    path = folder / "ookla_speeds.geojson"
    write_points(path, rows)
    return [
        Fetched(
            path,
            PLACE,
            _("{count} tiles with measured speeds").format(count=len(rows)),
            why_not=_("no input: mean speeds over a tile and a quarter say nothing of one site"),
            data_date=getter.places[PLACE].data_date,
        )
    ]


def check_tiles(path: Path, _sure: bool) -> None:
    """ValueError unless it is a parquet file with tiles, or a zip that is whole."""
    try:
        if path.open("rb").read(2) == b"PK":
            with zipfile.ZipFile(path) as archive:
                if bad := archive.testzip():
                    raise ValueError(_("{name} in it is damaged").format(name=bad))
            return
        missing = {"quadkey", "tile", *_FIGURES} - set(pq.ParquetFile(path).schema_arrow.names)
    except (pa.ArrowException, OSError, zipfile.BadZipFile) as error:
        raise ValueError(" ".join(str(error).split())[:120]) from None
    if missing:
        raise ValueError(_("lacks {name}").format(name=", ".join(sorted(missing))))


def read_tiles(path: Path, bounds: Bounds) -> list[dict[str, Any]]:
    """Tiles whose middle lies within bounds, a batch at a time; from parquet, or a shapefile in a zip."""
    if path.open("rb").read(2) == b"PK":
        return _shapefile_tiles(path, bounds)
    rows = []
    file = pq.ParquetFile(path)
    names = [
        n
        for n in ("quadkey", "tile", "avg_d_kbps", "avg_u_kbps", "avg_lat_ms", "tests", "devices")
        if n in file.schema_arrow.names
    ]
    for batch in file.iter_batches(_BATCH, columns=names):
        frame = batch.to_pandas()
        shapes = shapely.from_wkt(frame["tile"].to_numpy(object), on_invalid="ignore")
        inside = shapely.intersects(shapes, shapely.box(*bounds))
        rows += [
            _tile(said, shape)
            for said, shape in zip(frame[inside].to_dict("records"), shapes[inside], strict=True)
        ]
    return rows


def _shapefile_tiles(path: Path, bounds: Bounds) -> list[dict[str, Any]]:
    import pyogrio

    try:
        frame = pyogrio.read_dataframe(f"/vsizip/{path.resolve()}", bbox=bounds)
    except (pyogrio.errors.DataSourceError, ValueError) as error:
        raise FetchError(
            _("cannot be read ({reason})").format(reason=error), where=str(path), do=_("Fetch it again.")
        ) from None
    return [_tile(said, said["geometry"]) for said in frame.to_dict("records")]


def _tile(said: dict[str, Any], shape: shapely.Geometry) -> dict[str, Any]:
    out = {ours: round(float(said[theirs]) / 1000, 3) for theirs, ours in _FIGURES.items()}
    counts = {name: int(said[name]) for name in ("tests", "devices") if said.get(name) is not None}
    latency = {"latency_ms": float(said["avg_lat_ms"])} if said.get("avg_lat_ms") is not None else {}
    return {
        "id": str(said["quadkey"]),
        "quadkey": str(said["quadkey"]),
        **out,
        **latency,
        **counts,
        "geometry": shape,
    }
