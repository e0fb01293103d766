"""Bill of quantities: an Excel workbook with items, quantities, unit prices and their basis, by commune, year
and partner, and a sheet for each microwave hop."""

from pathlib import Path

from phusong.language import _m
from phusong.runs import Run
from phusong.workbooks.boq import write_boq

NAME = "boq"
MEANING = _m("Bill of quantities (Excel): items, unit prices, by commune, year and partner; link sheets")


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """bill_of_quantities.xlsx"""
    return [write_boq(run, folder / "bill_of_quantities.xlsx", language)]
