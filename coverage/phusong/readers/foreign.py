"""Files that no reader takes, and what to do with each: people have what they have."""

import re
from collections.abc import Iterable
from pathlib import Path

from phusong.errors import InputError
from phusong.language import _, _m

_EXCEL = _m("Open it in Excel and save it as .xlsx.")
_DOCUMENT = _m("Copy its table into Excel and save that as .xlsx.")
_PACKED = _m("Unpack it, and name the file that is in it.")
_SHAPEFILE = _m("It is a part of a shapefile: name the .shp beside it.")
_QGIS = _m("Open it in QGIS and export the layer as GeoPackage (.gpkg).")
_PICTURE = _m("A picture holds no data: ask for the file that it was drawn from.")

#: Ending → what to do with such a file.
_ADVICE = {
    **dict.fromkeys((".xls", ".xlsb", ".xlsm", ".ods", ".et", ".xml"), _EXCEL),
    **dict.fromkeys((".doc", ".docx", ".odt", ".pdf", ".rtf"), _DOCUMENT),
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tar"), _PACKED),
    **dict.fromkeys((".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd"), _SHAPEFILE),
    **dict.fromkeys((".gdb", ".mdb", ".accdb", ".sqlite", ".qgz", ".qgs", ".lyr", ".mxd", ".vrt"), _QGIS),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"), _PICTURE),
    ".dwg": _m("Open it in AutoCAD and save it as DXF (.dxf)."),
    ".numbers": _m("Export it as Excel (.xlsx)."),
}
#: What Excel and LibreOffice put beside a workbook while it is open.
_LOCK = re.compile(r"(~\$|\.~lock\.)(.+?)#?$")


def refuse_ending(path: Path, known: Iterable[str]) -> InputError:
    """The error for a file that has an ending of no reader; `known` are those that there are."""
    if refused := refuse_lock(path):
        return refused
    suffix = path.suffix.lower()
    advice = _ADVICE.get(suffix)
    return InputError(
        _("no reader for {suffix} files").format(suffix=suffix or _("such")),
        where=str(path),
        do=_(advice) if advice else _("Give one of: {known}.").format(known=" ".join(sorted(known))),
    )


def refuse_lock(path: Path) -> InputError | None:
    """The error for the small file that shows that a workbook is open; None for any other."""
    if not (found := _LOCK.match(path.name)):
        return None
    return InputError(
        _("only marks that the workbook is open"),
        where=str(path),
        do=_("Close it, and name the workbook itself: {name}.").format(name=found[2]),
    )
