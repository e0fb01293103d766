"""The run folder: everything that later verbs need, and how it came about (manifest.json).

A folder is filled beside its place and moved there when it is whole; the manifest comes last, so a
folder with a manifest is complete.
"""

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

import phusong
from phusong.beside import held, stage_for, whole_file
from phusong.bundled import bundled
from phusong.costs import Prices, vnd_per
from phusong.domain import ASKED_TABLES, INPUT_TABLES, RESULT_TABLES, Finding, Region
from phusong.errors import RunError, StudyError
from phusong.geo import WGS84
from phusong.language import _
from phusong.readers.postgis import fingerprint, is_postgis
from phusong.readers.study import read_sheet
from phusong.study import Study
from phusong.units import Currency

FORMAT = 4
MANIFEST = "manifest.json"
#: The manifest of what is being written over: a folder with it alone was left half written.
_BEFORE = ".manifest.json.before"
#: The kind of folder that `phusong cover` writes, as its manifest says it.
COVER = "cover"
TABLES = "tables"
CORRECTIONS_LOG = "corrections.csv"
GEOPACKAGE = "phusong.gpkg"
#: The department's Word template, where the study names one.
REPORT_TEMPLATE = "report_template.docx"
#: Files that belong to one shapefile.
_SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
#: Inputs that have no table of their own in a run.
_BESIDE = ("mobile_coverage", "places", "gazetteer")
_LIBRARIES = ("geopandas", "shapely", "pyproj", "pyogrio", "numpy", "pandas", "scipy", "rasterio", "folium")


@dataclass(frozen=True)
class Run:
    """A run as it lies in its folder. Tables are in EPSG:4326, by name: those of
    `domain.INPUT_TABLES` and `domain.RESULT_TABLES`, and what was asked for of `domain.ASKED_TABLES`."""

    folder: Path
    manifest: dict[str, Any]
    tables: dict[str, gpd.GeoDataFrame]

    @property
    def currency(self) -> Currency:
        """What money of the run is shown in."""
        return Currency(**self.manifest.get("currency", {}))


def describe_inputs(study: Study, region: Region) -> dict[str, list[dict[str, Any]]]:
    """Each input of the study: its files or tables of PostGIS, their size and SHA-256."""
    layers = {name: getattr(study.inputs, name) for name in (*INPUT_TABLES, *_BESIDE)}
    named = {name: said.path for name, said in layers.items() if said is not None}
    tables = {name: [fingerprint(path)] for name, path in named.items() if is_postgis(path)}
    files = {name: _with_sidecars(study.path(path)) for name, path in named.items() if name not in tables}
    if study.corrections:
        files["corrections"] = [study.path(study.corrections)]
    for name in ("elevation", "slope", "canopy", "population"):
        if rasters := getattr(region, name):
            files[name] = [raster.path for raster in rasters]
    return tables | {name: [_describe_file(path) for path in paths] for name, paths in files.items()}


def _with_sidecars(path: Path) -> list[Path]:
    beside = [path.with_suffix(s) for s in _SIDECARS] if path.suffix.lower() == ".shp" else []
    return [path, *(b for b in beside if b.exists())]


def _describe_file(path: Path) -> dict[str, Any]:
    return {"file": path.name, **_size_and_hash(path)}


def run_id_of(study: Study, inputs: Mapping[str, list[dict[str, Any]]], prices: Prices) -> str:
    """Twelve hex digits that stand for the question: study, input contents, prices, program version."""
    beside = {"inputs", "corrections", "sources", "report", "sharing", "weekly", "limits"}
    if study.inputs.indicators is None:
        beside.add("indicators")
    question = {
        "study": study.model_dump(mode="json", exclude=beside),
        "columns": {
            n: [s["columns"], s["profile"]]
            for n, s in study.inputs.model_dump(mode="json").items()
            if isinstance(s, dict)
        },
        "inputs": {name: [entry["sha256"] for entry in entries] for name, entries in inputs.items()},
        "prices": {t: {n: [p.value, p.low, p.high] for n, p in sheet.items()} for t, sheet in prices.items()},
        "phusong": phusong.__version__,
    }
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:12]


def make_manifest(
    study: Study, inputs: Mapping[str, Any], prices: Prices, crs: Any, command: str, engine: str
) -> dict[str, Any]:
    """What the run rests on: the question, its inputs, prices and targets with sources, versions."""
    targets = read_sheet(bundled("targets.toml"))
    own = study.targets.model_dump()
    return {
        "format": FORMAT,
        "run_id": run_id_of(study, inputs, prices),
        "created": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "phusong": phusong.__version__,
        "command": command,
        "engine": engine,
        **{k: getattr(study, k) for k in ("title", "note", "source", "report_date", "vintage", "language")},
        "crs": crs.to_string(),
        "currency": {"code": study.currency, "vnd": vnd_per(study.currency, prices)},
        "inputs": dict(inputs),
        "sources": {name: origin.model_dump(mode="json") for name, origin in study.sources.items()},
        "report": study.report.model_dump(mode="json", exclude={"template"}),
        "mobile": study.mobile.model_dump(mode="json"),
        "plan": study.plan.model_dump(mode="json"),
        "sharing": {name: said.model_dump(mode="json") for name, said in study.sharing.items()},
        "targets": {
            name: {
                "value": own[name],
                "unit": entry.unit,
                "source": entry.source if own[name] == entry.value else f"{study.file}",
            }
            for name, entry in targets.items()
        },
        "prices": {t: {n: vars(p) for n, p in sheet.items()} for t, sheet in prices.items()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
    }


@contextmanager
def new_run_folder(
    folder: Path, run_id: str, replace: bool = False, say: Callable[[str], None] = lambda line: None
) -> Iterator[Path]:
    """A stage to write a run into; when the block ends well its files move to `folder`, manifest last.

    Two at once wait for each other; `say` is told. Raises RunError when `folder` holds something else:
    another run (unless `replace`), or no run at all.
    """
    with held(folder, say):
        _refuse_to_overwrite(folder, run_id, replace)
        with stage_for(folder) as stage:
            yield stage
            _put(stage, folder)


def _put(stage: Path, folder: Path) -> None:
    if folder.exists() and not any(folder.iterdir()):
        folder.rmdir()
    if not folder.exists():
        stage.replace(folder)
        return
    # Stopped from here on, the folder is no run, but known as one that was being written.
    if (folder / MANIFEST).exists():
        (folder / MANIFEST).replace(folder / _BEFORE)
    names = sorted(p.relative_to(stage) for p in stage.rglob("*") if p.is_file())
    for name in sorted(names, key=lambda n: (n == Path(MANIFEST), n)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).replace(folder / name)
    (folder / _BEFORE).unlink(missing_ok=True)


def _refuse_to_overwrite(folder: Path, run_id: str, replace: bool) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / MANIFEST).exists() and not (folder / _BEFORE).exists():
        raise RunError(
            _("is there already and is no run folder"), where=str(folder), do=_("Name another with --out.")
        )
    name = MANIFEST if (folder / MANIFEST).exists() else _BEFORE
    there = _read_manifest(folder, name)["run_id"]
    if there != run_id and not replace:
        raise RunError(
            _("holds another run ({run_id})").format(run_id=there),
            where=str(folder),
            do=_("Name another folder with --out, or say --replace."),
        )


def write_tables(stage: Path, tables: Mapping[str, gpd.GeoDataFrame]) -> None:
    """The tables as GeoParquet, one file each, and all of them in one GeoPackage (EPSG:4326)."""
    (stage / TABLES).mkdir()
    with no_time_of_writing():
        for name, frame in tables.items():
            frame.to_parquet(stage / TABLES / f"{name}.parquet", index=False)
            if "geometry" in frame and len(frame):
                frame.to_file(stage / GEOPACKAGE, layer=name, driver="GPKG", engine="pyogrio")


@contextmanager
def no_time_of_writing() -> Iterator[None]:
    """The same tables give the same bytes: GDAL puts no time of writing into a GeoPackage."""
    before = os.environ.get("OGR_CURRENT_DATE")
    os.environ["OGR_CURRENT_DATE"] = "2000-01-01T00:00:00Z"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OGR_CURRENT_DATE"]
        else:
            os.environ["OGR_CURRENT_DATE"] = before


def write_findings(folder: Path, findings: list[Finding], set_aside: pd.DataFrame) -> tuple[Path, Path]:
    """findings.csv and set_aside.csv, UTF-8 with a mark so that Excel reads the accents."""
    rows = [{**vars(f), "suggest": "; ".join(" = ".join(pair) for pair in f.suggest)} for f in findings]
    names = ["level", "file", "row", "what", "do", "column", "suggest", "table"]
    found = pd.DataFrame(rows, columns=names)
    found["row"] = found["row"].astype("Int64")
    columns = ["file", "row", "table", "reason", "do", "values", "geometry_wkt"]
    aside = set_aside.reindex(columns=columns)
    for name, frame in (("findings.csv", found), ("set_aside.csv", aside)):
        with whole_file(folder / name) as part:
            frame.map(safe_cell).to_csv(part, index=False, encoding="utf-8-sig")
    return folder / "findings.csv", folder / "set_aside.csv"


def write_corrections_log(folder: Path, log: pd.DataFrame) -> Path | None:
    """corrections.csv: what became of each correction; none when the study gives no corrections."""
    if log.empty:
        return None
    with whole_file(folder / CORRECTIONS_LOG) as part:
        log.map(safe_cell).to_csv(part, index=False, encoding="utf-8-sig")
    return folder / CORRECTIONS_LOG


def corrections_record(log: pd.DataFrame) -> dict[str, Any]:
    """What a manifest says of the corrections: how many of each state, and each of them."""
    counts = {str(state): int(n) for state, n in log["state"].value_counts().sort_index().items()}
    return {**counts, "rows": json.loads(log.to_json(orient="records"))}


def safe_cell(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a leading quote."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


def keep_template(stage: Path, study: Study) -> None:
    """Put the report's template into the run, so that the report needs the run only. Raises StudyError for
    one that is not there."""
    if not study.report.template:
        return
    path = study.path(study.report.template)
    if not path.is_file():
        raise StudyError(
            _("there is no such file: {file}").format(file=path),
            where=f"{study.file}: [report] template",
            do=_("Write one with 'phusong report --write-template FILE'."),
        )
    shutil.copyfile(path, stage / REPORT_TEMPLATE)


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with every cell safe; whole numbers beside empty cells stay whole."""
    return pd.DataFrame(
        {name: pd.Series([safe_cell(c) for c in frame[name]], frame.index, dtype=object) for name in frame}
    )


def write_manifest(stage: Path, manifest: Mapping[str, Any]) -> None:
    """manifest.json with the size and SHA-256 of every file of the run."""
    files = {str(p.relative_to(stage)): _size_and_hash(p) for p in sorted(stage.rglob("*")) if p.is_file()}
    _write_manifest(stage, {**manifest, "files": files})


def record_file(folder: Path, path: Path) -> None:
    """Put the size and SHA-256 of `path` into the manifest of the run in `folder`, when it lies in there."""
    if not path.resolve().is_relative_to(folder.resolve()):
        return
    # Two that add to the manifest at once wait for each other; that takes no time worth saying.
    with held(folder / MANIFEST, lambda line: None):
        manifest = _read_manifest(folder)
        name = path.resolve().relative_to(folder.resolve()).as_posix()
        files = {**manifest.get("files", {}), name: _size_and_hash(path)}
        _write_manifest(folder, {**manifest, "files": dict(sorted(files.items()))})


def check_file(folder: Path, manifest: Mapping[str, Any], name: str) -> None:
    """Raise RunError unless the file `name` of `folder` is the one that the folder's manifest describes."""
    path = folder / name
    if not path.exists() or _size_and_hash(path) != manifest.get("files", {}).get(name):
        raise RunError(
            _("is not the file that manifest.json describes"),
            where=str(path),
            do=_("Make the folder again."),
        )


def _size_and_hash(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Whole or not at all: a manifest that is there can be read."""
    with whole_file(folder / MANIFEST) as part:
        part.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def to_wgs84(tables: Mapping[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """The tables as a run keeps them: shapes in EPSG:4326."""
    return {name: frame.to_crs(WGS84) if "geometry" in frame else frame for name, frame in tables.items()}


def read_run(folder: Path) -> Run:
    """The run in `folder`. Raises RunError when it is none, not whole, changed, or of a later program."""
    manifest = _read_manifest(folder)
    if manifest.get("format") != FORMAT:
        raise RunError(
            _("was written by another version of phusong ({version})").format(
                version=manifest.get("phusong")
            ),
            where=str(folder),
            do=_("Run the study again."),
        )
    tables = {}
    for name in (*INPUT_TABLES, *RESULT_TABLES):
        path = folder / TABLES / f"{name}.parquet"
        if not path.exists():
            raise RunError(
                _("lacks {name}").format(name=path.name), where=str(folder), do=_("Run the study again.")
            )
        check_file(folder, manifest, f"{TABLES}/{path.name}")
        table = INPUT_TABLES.get(name) or RESULT_TABLES[name]
        tables[name] = gpd.read_parquet(path) if "geometry" in table.columns else pd.read_parquet(path)
    for name in ASKED_TABLES:
        if f"{TABLES}/{name}.parquet" in manifest.get("files", {}):
            check_file(folder, manifest, f"{TABLES}/{name}.parquet")
            tables[name] = pd.read_parquet(folder / TABLES / f"{name}.parquet")
    return Run(folder, manifest, tables)


def read_cover(folder: Path) -> dict[str, Any]:
    """The manifest of what `phusong cover` wrote to `folder`. Raises RunError when it is no such folder."""
    manifest = _read_manifest(folder)
    if manifest.get("kind") != COVER:
        raise RunError(
            _("is a run, not footprints of masts"),
            where=str(folder),
            do=_("Make them with 'phusong cover STUDY' and name that folder."),
        )
    if manifest.get("format") != FORMAT or "mobile" not in manifest:
        raise RunError(
            _("was written by another version of phusong ({version})").format(
                version=manifest.get("phusong")
            ),
            where=str(folder),
            do=_("Make it again with 'phusong cover STUDY'."),
        )
    return manifest


def _read_manifest(folder: Path, name: str = MANIFEST) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files", {}), dict):
            raise ValueError(name)
    except (FileNotFoundError, NotADirectoryError):
        if (folder / _BEFORE).exists():
            raise RunError(
                _("is half a run: it was stopped while it was written"),
                where=str(folder),
                do=_("Run the study again."),
            ) from None
        raise RunError(
            _("is no run folder (it has no manifest.json)"),
            where=str(folder),
            do=_("Make one with 'phusong run STUDY'."),
        ) from None
    except (ValueError, RecursionError):  # no JSON, no UTF-8, not what we write
        raise RunError(
            _("its manifest.json is damaged"), where=str(folder), do=_("Run the study again.")
        ) from None
    return manifest
