"""What the hidden sheet of a workbook of ours says, checked: somebody may have changed it."""

import json
import zipfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter

from phusong.errors import InputError
from phusong.language import _
from phusong.limits import check_archive, check_marks
from phusong.readers.broken import is_there
from phusong.readers.tables import cells_spanned

#: The hidden sheet that says what a workbook of ours is; a kind of workbook and its format.
META = "_phusong"
FORMAT = 1
#: A workbook whose sheets span more than this is not opened.
_MOST_CELLS = 20_000_000
CORRECTIONS_KIND, FORM_KIND = "corrections", "survey"

_Cell = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[1-9]\d{0,4}$")]
_Line = Annotated[int, Field(ge=1, le=1000, strict=True)]


class Sheet(BaseModel):
    """A sheet of the workbook of corrections: whose rows it holds, and what stands in its header."""

    name: str
    hidden: str
    table: str
    file: str
    columns: list[str]
    headers: dict[str, str]
    key: list[str]
    header_row: _Line
    row_header: str
    accept_header: str
    drop_header: str
    reason_header: str


class CorrectionsMeta(BaseModel):
    """A workbook of corrections: its sheets, and where a name and a date are written."""

    read_me: str
    by_cell: _Cell
    date_cell: _Cell
    sheets: list[Sheet]
    earlier: list[tuple[str, str, str, str, str, str]] = []


class FormMeta(BaseModel):
    """A form: its commune, where its answers stand, and what of each site was known already."""

    commune_code: str
    sheet: str
    header_row: _Line
    headers: dict[str, str]
    known: dict[str, dict[str, str | None]]
    by_cell: _Cell
    date_cell: _Cell


MODELS: dict[str, type[BaseModel]] = {CORRECTIONS_KIND: CorrectionsMeta, FORM_KIND: FormMeta}
#: What may be meant in a row: column → text.
SUGGESTED = TypeAdapter(dict[str, str])


def open_workbook(path: Path) -> tuple[Any, Any]:
    """A workbook with its formulas, and the same with their values. Raises InputError when it is none."""
    from openpyxl import load_workbook

    if not is_there(path):
        raise InputError(
            _("there is no such workbook"), where=str(path), do=_("Name the .xlsx that was filled in.")
        )
    try:
        with zipfile.ZipFile(path) as packed:
            check_archive(path, packed)
            check_marks(path, packed)
            spanned = cells_spanned(packed)
        if spanned > _MOST_CELLS:
            raise ValueError(_("its sheets span {count} cells").format(count=spanned))
        return load_workbook(path), load_workbook(path, data_only=True)
    except InputError:
        raise
    except Exception as error:  # zipfile and openpyxl raise many kinds for a broken workbook
        raise InputError(
            _("cannot be read as an Excel workbook ({reason})").format(reason=error),
            where=str(path),
            do=_("Open it in Excel and save it again as .xlsx."),
        ) from None


def read_meta(book: Any, path: Path, kind: str) -> dict[str, Any]:
    """What the hidden sheet says of the workbook. Raises InputError when it is not one of ours of `kind`."""
    try:
        chunks = [str(row[0].value or "") for row in book[META].iter_rows(max_col=1)]
        meta: dict[str, Any] = json.loads("".join(chunks))
        if meta["kind"] == kind and meta["format"] == FORMAT:
            MODELS[kind].model_validate(meta)
            return meta
    except (KeyError, ValueError, TypeError):
        pass
    raise not_ours(path, kind)


def not_ours(path: Path, kind: str) -> InputError:
    """The error for a workbook that is none of ours of `kind`, or whose hidden sheets were changed."""
    made_by = {CORRECTIONS_KIND: "phusong check STUDY"}.get(kind, "phusong survey STUDY")
    return InputError(
        _("is no workbook that '{command}' wrote").format(command=made_by),
        where=str(path),
        do=_("Fill in the workbook itself, with all its sheets, and save it as .xlsx."),
    )
