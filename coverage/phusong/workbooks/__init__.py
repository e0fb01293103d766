"""Excel workbooks that people fill in and give back: corrections of the inputs, survey forms."""

from phusong.workbooks.corrections import write_corrections

__all__ = ["write_corrections"]
