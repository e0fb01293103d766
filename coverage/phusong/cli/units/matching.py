"""Which unit of a gazetteer each row of a table means, by its code or by its names."""

from pathlib import Path

import pandas as pd

from phusong.admin import Gazetteer, Links
from phusong.cli.units.options import code_of
from phusong.domain import Finding
from phusong.errors import InputError
from phusong.language import _
from phusong.names import Match, same_name
from phusong.readers.header import recognise_columns
from phusong.readers.names import name_rules
from phusong.readers.tables import ROW
from phusong.study import Source


def by_code(
    raw: pd.DataFrame, said: str | None, gazetteer: Gazetteer, start: str, links: Links, table: Path
) -> tuple[pd.Series, pd.Series, list[Finding]]:
    """The code of each row as the list of `start` has it, how it was found, and what is not known."""
    column = said or _code_column(raw, table)
    codes = raw[column].map(code_of)
    listed = set(gazetteer.units.loc[gazetteer.units["vintage"] == start, "code"])

    def why(code: str) -> str:
        reason = links.lost.get(code) or _("it is not in the list of {vintage}").format(vintage=start)
        what = gazetteer.named.get((code, start), "")
        return _("{unit} has no unit of the other date: {reason}").format(
            unit=f"{code} {what}".strip(), reason=reason
        )

    unreadable = [
        (text, row) for text, code, row in zip(raw[column], codes, raw[ROW], strict=True) if not code
    ]
    findings = [
        Finding(
            "error",
            table.name,
            int(row),
            _("{text} is no code of a commune").format(text=repr(text)),
            _("Write its five digits; until then the row is kept without a new code."),
        )
        for text, row in unreadable
    ]
    lost = codes[codes.notna() & (~codes.isin(listed) | codes.isin(links.lost))]
    for code, group in lost.groupby(lost, sort=True):
        findings.append(
            Finding(
                "error",
                table.name,
                int(raw.loc[group.index[0], ROW]),
                why(str(code)) + _rows_said(len(group)),
                _("Give the list or table that has it; until then its rows are kept without a new code."),
            )
        )
    findings += _of_the_other_date(raw, codes, gazetteer, start, links.path[-1], table)
    how = codes.notna().map({True: "code", False: None})
    return codes, how, findings


def _rows_said(count: int) -> str:
    return "" if count == 1 else " " + _("({count} rows)").format(count=count)


def _code_column(raw: pd.DataFrame, table: Path) -> str:
    source = Source(path=str(table))
    for name in ("sites", "communes", "gazetteer"):
        found = recognise_columns(raw.columns.drop(ROW), name, source, table)
        if column := found.get("commune_code") or found.get("code" if name == "gazetteer" else ""):
            return column
    raise InputError(
        _("no column for {ours}").format(ours="commune_code"),
        where=str(table),
        do=_("Name it with --code, or the column of the names with --name."),
    )


def _of_the_other_date(
    raw: pd.DataFrame, codes: pd.Series, gazetteer: Gazetteer, start: str, end: str, table: Path
) -> list[Finding]:
    """Rows whose name is what their code means at the other date only: their codes may not be of `start`."""
    column = recognise_columns(raw.columns.drop(ROW), "communes", Source(path=str(table)), table).get("name")
    if column is None:
        return []
    findings = []
    for code, name, row in zip(codes, raw[column], raw[ROW], strict=True):
        before, after = gazetteer.named.get((code, start)), gazetteer.named.get((code, end))
        if before and after and not same_name(name, before) and same_name(name, after):
            what = _("{name} is what {code} means in the list of {end}; in that of {start} it is {before}")
            findings.append(
                Finding(
                    "warning",
                    table.name,
                    int(row),
                    what.format(name=name, code=code, end=end, start=start, before=before),
                    _("Check the date of the codes (--from)."),
                )
            )
    return findings


def by_name(
    raw: pd.DataFrame,
    column: str,
    places: dict[str, str | None],
    gazetteer: Gazetteer,
    start: str,
    links: Links,
    table: Path,
) -> tuple[pd.Series, pd.Series, list[Finding]]:
    """As `_by_code`, from the names of the units within their province and district."""
    if places["province"] is None:
        raise InputError(
            _("names say nothing without their province"),
            where=str(table),
            do=_("Name its column, or the province of all rows, with --province."),
        )
    within = {
        what: None if said is None else list(raw[said]) if said in raw else [said] * len(raw)
        for what, said in places.items()
    }
    found = gazetteer.find(raw[column], start, name_rules(), within["province"], within["district"])
    findings = []
    for one, text, row in zip(found, raw[column], raw[ROW], strict=True):
        if not one.certain:
            findings.append(_not_found(one, text, int(row), table))
        elif one.key in links.lost:
            what = _("{unit} has no unit of the other date: {reason}")
            unit = f"{one.key} {one.name}"
            do = _("Give the list or table that has it; until then its rows are kept without a new code.")
            reason = links.lost[one.key]
            said = what.format(unit=unit, reason=reason)
            findings.append(Finding("error", table.name, int(row), said, do))
    codes = pd.Series([one.key if one.certain else None for one in found], index=raw.index, dtype="str")
    how = pd.Series([f"{one.how} {one.score:g}" for one in found], index=raw.index, dtype="str")
    return codes, how, findings


def _not_found(found: Match, text: str, row: int, table: Path) -> Finding:
    near = [(found.key, found.name, found.score), *found.alternatives] if found.key else []
    said = ", ".join(f"{name} ({key}, {score:g})" for key, name, score in near[:3])
    do = _("Nearest: {names}. Mend the name, or give its code.").format(names=said)
    return Finding(
        "error",
        table.name,
        row,
        _("{text} is not clear, and is not guessed").format(text=repr(text)),
        do if near else _("Mend the name, or say its province and district."),
    )
