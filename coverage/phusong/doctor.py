"""What this installation is and can do: versions, drivers, caches, cores, memory, optional parts.

It looks and changes nothing; no address is asked.
"""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from phusong import __version__
from phusong.bundled import bundled
from phusong.drivers import ALLOWED
from phusong.fetch.cache import CACHE_VARIABLE, default_cache
from phusong.jit import kernel_folder
from phusong.language import _, _m

OK, LOOK, MISSING = "ok", "look", "missing"
#: Drivers of GDAL for the files that partners and provinces send.
VECTOR_DRIVERS = ("GeoJSON", "GPKG", "LIBKML", "ESRI Shapefile", "FlatGeobuf", "MapInfo File", "DXF")
RASTER_DRIVERS = ("GTiff", "COG")
#: Extra → the package that it brings, and what it is for.
EXTRAS = {
    "postgis": ("psycopg", _m("PostGIS (optional)")),
    "cluster": ("distributed", _m("several machines with Dask (optional)")),
}
_LIBRARIES = ("geopandas", "shapely", "numpy", "pandas", "scipy", "numba", "highspy", "folium")
#: What a province takes, about: below it long runs may not fit.
_LITTLE_MEMORY, _LITTLE_DISK = 2 * 2**30, 2 * 2**30


@dataclass(frozen=True)
class Look:
    """One thing looked at: its name, `state` (ok, look: works but mind it, missing: something will not
    work), what was found, and what to do."""

    name: str
    state: str
    found: str
    do: str = ""


def examine() -> list[Look]:
    """Everything, from the program to the optional parts."""
    return [*_program(), *_geography(), *_machine(), *_folders(), *_optional()]


def _program() -> Iterator[Look]:
    yield Look("phusong", OK, f"{__version__}, {Path(__file__).resolve().parent}")
    yield Look("Python", OK, f"{platform.python_version()}, {platform.system()} {platform.machine()}")
    found = [(name, _version(name)) for name in _LIBRARIES]
    absent = [name for name, there in found if there is None]
    yield Look(
        _("libraries"),
        MISSING if absent else OK,
        ", ".join(f"{name} {there}" for name, there in found if there),
        _("Install them: pip install {names}").format(names=" ".join(absent)) if absent else "",
    )
    sheets = bundled("nam-giang/study.toml").exists() and bundled("prices").is_dir()
    yield Look(
        _("bundled study and price sheets"),
        OK if sheets else MISSING,
        str(bundled("prices").parent),
        "" if sheets else _("Install phusong again; its data folder is not there."),
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _geography() -> Iterator[Look]:
    import pyogrio
    import pyproj
    import rasterio
    import shapely

    yield Look(
        "GDAL",
        OK,
        f"{'.'.join(map(str, pyogrio.__gdal_version__))} (pyogrio), {rasterio.__gdal_version__} (rasterio)",
    )
    yield Look("PROJ, GEOS", OK, f"{pyproj.proj_version_str}, {shapely.geos_version_string}")
    with rasterio.Env() as env:
        rasters = env.drivers()
    vectors = pyogrio.list_drivers()
    absent = [n for n in VECTOR_DRIVERS if n not in vectors] + [n for n in RASTER_DRIVERS if n not in rasters]
    yield Look(
        _("drivers"),
        MISSING if absent else OK,
        _("missing: {names}").format(names=", ".join(absent))
        if absent
        else ", ".join((*VECTOR_DRIVERS, *RASTER_DRIVERS)),
        _("Files of these formats cannot be used; install pyogrio and rasterio from their wheels.")
        if absent
        else "",
    )
    beyond = sorted({*vectors, *rasters} - ALLOWED)
    yield Look(
        _("drivers that are not needed"),
        LOOK if beyond else OK,
        ", ".join(beyond) or _("shut: no file can make GDAL open another file or address"),
        _("Import phusong before other packages that use GDAL; if they stay, tell us: this GDAL is newer.")
        if beyond
        else "",
    )


def _machine() -> Iterator[Look]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Look(
        _("cores"),
        OK,
        str(cores),
        _("--engine cores:{n} uses them all.").format(n=cores) if cores > 1 else "",
    )
    if (memory := memory_bytes()) is not None:
        little = memory < _LITTLE_MEMORY
        yield Look(
            _("memory"),
            LOOK if little else OK,
            _size(memory),
            _("Footprints of a whole province may not fit; cover a district at a time.") if little else "",
        )


def memory_bytes() -> int | None:
    """Memory of the machine, or of the container where that is less; None where neither can be told."""
    said = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        said.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        if Path(name).exists() and (limit := Path(name).read_text().strip()).isdigit():
            said.append(int(limit))
    return min(said, default=None)


def _folders() -> Iterator[Look]:
    kernels = kernel_folder()
    yield Look(
        _("compiled kernels"),
        OK if kernels else LOOK,
        str(kernels) if kernels else _("kept nowhere: each run compiles them again"),
        "" if kernels else _("Make the home folder writable, or set NUMBA_CACHE_DIR."),
    )
    for name, folder, do in (
        (
            _("cache of fetched files"),
            default_cache(),
            _("Name another with {name}.").format(name=CACHE_VARIABLE),
        ),
        (
            _("temporary files"),
            Path(tempfile.gettempdir()),
            _("Name another with {name}.").format(name="TMPDIR"),
        ),
    ):
        yield _folder(name, folder, do)


def _folder(name: str, folder: Path, do: str) -> Look:
    there = next(f for f in (folder, *folder.parents) if f.exists())
    if not os.access(there, os.W_OK):
        return Look(name, LOOK, _("{folder}: cannot be written").format(folder=folder), do)
    free = shutil.disk_usage(there).free
    found = _("{folder}, {free} free").format(folder=folder, free=_size(free))
    return Look(name, LOOK if free < _LITTLE_DISK else OK, found, do if free < _LITTLE_DISK else "")


def _optional() -> Iterator[Look]:
    for extra, (package, meaning) in EXTRAS.items():
        there = _version(package)
        do = "" if there else _("Install it: {command}").format(command=f"pip install 'phusong[{extra}]'")
        yield Look(_(meaning), OK if there else LOOK, there or _("not installed"), do)


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GiB"
