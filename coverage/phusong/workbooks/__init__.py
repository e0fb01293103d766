"""Excel workbooks that people fill in and give back: corrections of the inputs, survey forms."""

from phusong.workbooks.corrections import write_corrections
from phusong.workbooks.survey import write_forms

__all__ = ["write_corrections", "write_forms"]
