"""phusong units convert"""

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import pandas as pd

from phusong.admin import ADDED, Gazetteer, Links, convert, link_units, merge_parts, missing_codes
from phusong.beside import whole_file
from phusong.cli.common import say_findings, say_json
from phusong.cli.units.matching import by_code, by_name
from phusong.cli.units.options import (
    cell_of,
    crosswalk_option,
    from_option,
    gazetteer_option,
    to_option,
)
from phusong.cli.verb import verb
from phusong.domain import Finding
from phusong.errors import InputError, QualityError, RunError
from phusong.language import _
from phusong.readers import values
from phusong.readers.foreign import refuse_ending
from phusong.readers.gazetteer import read_units
from phusong.readers.rows import TABLE_SUFFIXES
from phusong.readers.study import figures
from phusong.readers.tables import ROW, read_text_table
from phusong.runs import safe_cell
from phusong.study import Source


@verb(
    "convert",
    help="Turn TABLE (CSV, XLSX) by commune into the units of another date: a row for each part of a unit "
    "that was split, with its share. Nothing is dropped: what is not known keeps its row, with no new code.",
    epilog="\b\nExample:\n"
    "  phusong units convert people.csv --from 2021-07 --to 2025-07 \\\n"
    "      --crosswalk crosswalk.csv --gazetteer units-2021-07.csv --sum people --out people-2025.csv",
)
@click.argument("table", type=click.Path(path_type=Path))
@from_option
@to_option
@crosswalk_option
@gazetteer_option
@click.option("--code", help="Column of the codes [default: found by its header].")
@click.option("--name", help="Column of the names, where there are no codes.")
@click.option("--province", help="Column of the province, or the province of all rows.")
@click.option("--district", help="Column of the district, or the district of all rows.")
@click.option(
    "--sum", "sums", multiple=True, help="Column of numbers to share out among the parts of a unit."
)
@click.option("--merge", is_flag=True, help="One row a unit of the other date, with the sums.")
@click.option("--sheet", help="Sheet of the workbook [default: the first].")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="CSV or XLSX [default: print CSV]."
)
@click.option("--replace", is_flag=True, help="Replace that file.")
@click.option(
    "--strict", is_flag=True, help="Stop with exit code 3 when a row has no unit of the other date."
)
def command(
    table: Path,
    start: str,
    end: str,
    crosswalks: tuple[Path, ...],
    lists: tuple[str, ...],
    code: str | None,
    name: str | None,
    province: str | None,
    district: str | None,
    sums: tuple[str, ...],
    merge: bool,
    sheet: str | None,
    out: Path | None,
    replace: bool,
    strict: bool,
    as_json: bool,
) -> None:
    told: list[Finding] = []
    raw = _open_table(table, sheet, told)
    gazetteer, crosswalk, findings = read_units(lists, crosswalks, start, end)
    findings += told
    links = link_units(crosswalk, gazetteer, start, end, figures("units.toml")["sliver_share"])
    rows = raw.drop(columns=ROW)
    _need_columns(rows, table, [c for c in (code, name, *sums) if c is not None])
    if name is None:
        codes, how, found = by_code(raw, code, gazetteer, start, links, table)
    else:
        places = {"province": province, "district": district}
        codes, how, found = by_name(raw, name, places, gazetteer, start, links, table)
    findings += [*links.findings, *found]
    rows, found = _numbers(rows, raw[ROW], sums, table)
    findings += found
    if strict and any(finding.level == "error" for finding in findings):
        first = next(finding for finding in findings if finding.level == "error")
        raise QualityError(_("a row has no unit of {vintage}: {line}").format(vintage=end, line=first.line))
    clashes = {c: f"{c} ({table.stem})" for c in rows.columns if c in ADDED}
    done = convert(rows.rename(columns=clashes).assign(how=how), codes, links, _named(gazetteer, end), sums)
    if merge:
        done = merge_parts(done, sums)
    _write(done, out, replace, silent=as_json)
    summary = _summary(codes, links, end, gazetteer, crosswalk)
    if as_json:
        say_json({**summary, "rows": len(done), "findings": [finding.line for finding in findings]})
    else:
        _say_findings(findings)
        _say_summary(summary)
        if out is not None:
            click.echo(_("Open: {path}").format(path=out), err=True)


def _open_table(table: Path, sheet: str | None, told: list[Finding]) -> pd.DataFrame:
    if not table.is_file():
        raise InputError(_("there is no such file"), where=str(table), do=_("Mend the path."))
    if table.suffix.lower() not in TABLE_SUFFIXES:
        raise refuse_ending(table, TABLE_SUFFIXES)
    return read_text_table(table, Source(path=str(table), layer=sheet), told)


def _need_columns(rows: pd.DataFrame, table: Path, wanted: Sequence[str]) -> None:
    for column in wanted:
        if column not in rows:
            raise InputError(
                _("has no column {name}").format(name=repr(column)),
                where=str(table),
                do=_("Its columns: {names}.").format(names=", ".join(rows.columns)),
            )


def _named(gazetteer: Gazetteer, vintage: str) -> pd.DataFrame:
    units = gazetteer.of(vintage)
    names = [gazetteer.named[code, vintage] for code in units["code"]]
    return units[["district", "province"]].assign(name=names)


def _numbers(
    rows: pd.DataFrame, places: pd.Series, sums: Sequence[str], table: Path
) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows with the columns to share out as Decimal; a text that is no number stays, and is said."""
    out, findings = rows.copy(), []
    for column in sums:
        cells: list[Any] = []
        texts = rows[column]
        if example := _in_thousands(texts):
            texts = texts.str.replace("[.,]", "", regex=True)
            what = _(
                "{text} in column {column} is read as {number}, as all its marks stand before three digits"
            )
            said = what.format(
                text=repr(example), column=repr(column), number=_exact(texts[rows[column] == example].iloc[0])
            )
            do = _("If they are decimals, write them with one digit more.")
            findings.append(Finding("warning", table.name, None, said, do))
        for text, row in zip(texts, places, strict=True):
            cells.append(_exact(text))
            if cells[-1] is None and text:
                what = _("{text} in column {column} is no number and is not shared out")
                said = what.format(text=repr(text), column=repr(column))
                findings.append(
                    Finding("warning", table.name, int(row), said, _("Write it as 1250 or 12,5."))
                )
                cells[-1] = text
        out[column] = pd.Series(cells, index=rows.index, dtype="object")
    return out, findings


def _in_thousands(texts: pd.Series) -> str | None:
    """The first number of a column whose points or commas all stand before groups of three digits: then they
    group thousands, as in 1.250; None where there is none or any other mark."""
    marked = texts[texts.str.contains("[.,]", regex=True)]
    grouped = marked.str.fullmatch(r"-?[1-9]\d{0,2}([.,]\d{3})+")
    return str(marked.iloc[0]) if len(marked) and grouped.all() else None


def _exact(text: str) -> Decimal | None:
    try:
        if re.fullmatch(r"-?\d+", text):
            return Decimal(text)
        return Decimal(repr(values.number(text))).normalize() + 0 if text else None
    except (ValueError, InvalidOperation):
        return None


def _write(done: pd.DataFrame, out: Path | None, replace: bool, silent: bool) -> None:
    rows = [[cell_of(value) for value in row] for row in done.itertuples(index=False)]
    if out is None:
        if not silent:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([done.columns, *map(_safe, rows)])
            click.echo(text.getvalue(), nl=False)
        return
    if out.exists() and not replace:
        raise RunError(
            _("is there already"), where=str(out), do=_("Name another with --out, or say --replace.")
        )
    with whole_file(out) as part:
        if out.suffix.lower() == ".xlsx":
            _write_xlsx(list(done.columns), rows, part)
            return
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([done.columns, *map(_safe, rows)])


def _write_xlsx(header: list[str], rows: list[list[Any]], out: Path) -> None:
    import xlsxwriter

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    # Into memory first: on a full disk the writer's own clean-up would speak out of turn.
    memory = BytesIO()
    with xlsxwriter.Workbook(memory, {**plain, "constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for place, row in enumerate([header, *rows]):
            sheet.write_row(place, 0, [float(v) if isinstance(v, Decimal) else v for v in row])
    out.write_bytes(memory.getvalue())


def _safe(row: list[Any]) -> list[Any]:
    """Texts that a spreadsheet would run get a quote; numbers keep their sign."""
    return [
        f"{v:f}"
        if isinstance(v, Decimal)
        else v
        if isinstance(v, str) and _exact(v) is not None
        else safe_cell(v)
        for v in row
    ]


def _summary(
    codes: pd.Series, links: Links, end: str, gazetteer: Gazetteer, crosswalk: pd.DataFrame
) -> dict[str, Any]:
    used = links.table[links.table["from_code"].isin(codes.dropna())]
    parts = used[used["to_code"].notna()].groupby("from_code")["share_basis"]
    split = parts.size()[parts.size() > 1].index
    guessed = used["from_code"].isin(split) & (used["share_basis"] == "assumed")
    units = gazetteer.of(links.path[0])
    provinces = set(units.loc[units["code"].isin(codes), "province_code"].dropna())
    return {
        "from": links.path[0],
        "to": end,
        "through": list(links.path[1:-1]),
        "units": int(codes.nunique()),
        "converted": int(used.loc[used["to_code"].notna(), "from_code"].nunique()),
        "split": len(split),
        "split_assumed": int(used.loc[guessed, "from_code"].nunique()),
        "rows_without_unit": int((~codes.isin(used.loc[used["to_code"].notna(), "from_code"])).sum()),
        "missing": [
            {
                "code": unit["code"],
                "name": gazetteer.named[unit["code"], unit["vintage"]],
                "district": unit["district"],
                "in_it_as": cell_of(unit["said_code"]),
            }
            for unit in missing_codes(crosswalk, gazetteer).to_dict("records")
            if unit["province_code"] in provinces
        ],
    }


def _say_findings(findings: list[Finding], most: int = 12) -> None:
    """Rows without a unit first; where there are many, the output has them all."""
    ordered = sorted(findings, key=lambda finding: finding.level != "error")
    say_findings(ordered[:most], most)
    if len(ordered) > most:
        said = _("… and {count} more; rows without a unit have an empty to_code, and a note that says why")
        click.echo("  " + said.format(count=len(ordered) - most), err=True)


def _say_summary(summary: dict[str, Any]) -> None:
    said = _("{converted} of {units} units of {start} are converted to {end}; {split} of them are split")
    if summary["split_assumed"]:
        said += _(", {assumed} by an estimate")
    click.echo(
        said.format(
            converted=summary["converted"],
            units=summary["units"],
            start=summary["from"],
            end=summary["to"],
            split=summary["split"],
            assumed=summary["split_assumed"],
        ),
        err=True,
    )
    if missing := summary["missing"]:
        as_code = _("in it as {code}")
        names = ", ".join(
            f"{unit['code']} {unit['name']}"
            + (f" ({as_code.format(code=unit['in_it_as'])})" if unit["in_it_as"] else "")
            for unit in missing
        )
        click.echo(
            _("The table of old and new units lacks {count} codes of these provinces: {names}").format(
                count=len(missing), names=names
            ),
            err=True,
        )
