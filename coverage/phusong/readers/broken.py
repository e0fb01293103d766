"""What the libraries below the readers raise for a broken file becomes one plain line, in one place."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path

import rasterio
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import ProjError
from rasterio._err import CPLE_BaseError
from shapely.errors import ShapelyError

from phusong.errors import InputError
from phusong.language import _

#: Errors of GDAL, GEOS, PROJ and the disk. A mistake of ours raises others, and keeps its traceback.
_OF_LIBRARIES = (
    OSError,
    ProjError,
    ShapelyError,
    DataSourceError,
    DataLayerError,
    rasterio.errors.RasterioError,
    CPLE_BaseError,
)


def unreadable(path: Path, error: BaseException) -> InputError:
    """That a file cannot be read, with what the library says."""
    return InputError(
        _("cannot be read ({reason})").format(reason=" ".join(str(error).split())[:200]),
        where=str(path),
        do=_("Open it in QGIS, mend or re-export it."),
    )


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turns what the libraries raise about `path` into InputError."""
    try:
        yield
    except _OF_LIBRARIES as error:
        raise unreadable(path, error) from None


def not_there(what: str, path: Path) -> InputError:
    """The error for a file of a study that is not there, with the nearest name that is."""
    near: list[str] = []
    with suppress(OSError, ValueError):
        near = get_close_matches(path.name, [p.name for p in path.parent.iterdir() if p.is_file()], n=1)
    do = _("Did you mean {near}?").format(near=near[0]) if near else ""
    return InputError(
        what,
        where=str(path),
        do=do or _("Mend the path in the study, which is seen from the study's folder."),
    )


def is_there(path: Path) -> bool:
    """Is there such a file or folder? No path that the system cannot even ask for is."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, not ours to look into, or with a zero in it
        return False
