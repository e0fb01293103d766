"""Files that grow piece by piece, so that a nation never lies in the memory: GeoJSON, GeoParquet, CSV."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from phusong.geo import WGS84

#: Places are written to about 0.1 m.
_DECIMALS = 6


class Degrees:
    """Turns metres of a coordinate system into rounded degrees."""

    def __init__(self, crs: Any) -> None:
        self._to = Transformer.from_crs(crs, WGS84, always_xy=True)

    def __call__(self, xy: np.ndarray) -> np.ndarray:
        """(n, 2) metres → (n, 2) longitude and latitude."""
        return np.round(np.column_stack(self._to.transform(xy[:, 0], xy[:, 1])), _DECIMALS)


class GeoJsonFile:
    """A GeoJSON with a feature a line."""

    def __init__(self, path: Path, degrees: Degrees) -> None:
        self._degrees, self._between = degrees, ""
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write('{"type": "FeatureCollection", "features": [\n')

    def write(self, rows: gpd.GeoDataFrame) -> None:
        """Add rows as features."""
        shapes = shapely.transform(rows.geometry.to_numpy(), self._degrees)
        records = rows.drop(columns="geometry").to_dict("records")
        for record, shape in zip(records, shapes, strict=True):
            feature = {
                "type": "Feature",
                "properties": record,
                "geometry": shapely.geometry.mapping(shape),
            }
            self._file.write(self._between + json.dumps(feature, ensure_ascii=False, default=int))
            self._between = ",\n"

    def close(self) -> None:
        """End the collection."""
        self._file.write("\n]}\n")
        self._file.close()


class GeoParquetFile:
    """A GeoParquet 1.1 with a row group a piece."""

    def __init__(self, path: Path, degrees: Degrees) -> None:
        self._path, self._degrees = path, degrees
        self._writer: pq.ParquetWriter | None = None

    def write(self, rows: gpd.GeoDataFrame) -> None:
        """Add rows as a row group."""
        shapes = shapely.transform(rows.geometry.to_numpy(), self._degrees)
        columns = rows.drop(columns="geometry").assign(geometry=shapely.to_wkb(shapes))
        piece = pa.Table.from_pandas(columns, preserve_index=False)
        if self._writer is None:
            about = {
                "version": "1.1.0",
                "primary_column": "geometry",
                "columns": {
                    "geometry": {"encoding": "WKB", "geometry_types": [], "crs": WGS84.to_json_dict()}
                },
            }
            schema = piece.schema.with_metadata({"geo": json.dumps(about)})
            self._writer = pq.ParquetWriter(self._path, schema, compression="zstd")
        self._writer.write_table(piece.cast(self._writer.schema))

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()


class CsvFile:
    """A list as a province sends it: UTF-8 with a mark, so that Excel shows its letters."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(header)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows."""
        self._writer.writerows(rows)

    def close(self) -> None:
        """End the file."""
        self._file.close()
