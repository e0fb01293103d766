"""What the hidden sheet of a workbook of ours says, checked: somebody may have changed it."""

from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

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
