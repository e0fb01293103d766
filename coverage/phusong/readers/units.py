"""The units that may report indicators: the study's communes, their districts and province, and those of the
other date; from the commune layer, the crosswalk and, where there is one, an official list with codes."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from phusong.admin.gazetteer import full_name
from phusong.crosswalk import other_units, side_of
from phusong.domain import ONE_AREA, UNIT_COLUMNS, Finding
from phusong.errors import InputError
from phusong.indicators import CODE_DIGITS, own_vintage
from phusong.language import _
from phusong.names import same_name, split_type
from phusong.readers.broken import is_there
from phusong.readers.gazetteer import read_units
from phusong.study import Study

_Unit = tuple[str, str | None, str, str, str, bool]


def read_list(study: Study) -> pd.DataFrame:
    """The study's list of units as GAZETTEER; empty where it names none. Raises InputError."""
    source = study.inputs.gazetteer
    path = study.path(source.path) if source else None
    if path is not None and is_there(path) and path.is_dir():
        raise InputError(_("is a folder"), where=str(path), do=_("Name one list of units."))
    gazetteer, _crosswalk, _found = read_units([str(path)] if path else [], [], "", "")
    return gazetteer.units


def unused_list(listed: pd.DataFrame, own: str) -> list[Finding]:
    """That the list is of another date than the study's codes, so that it says nothing of them."""
    vintages = sorted(set(listed["vintage"].dropna()))
    if not vintages or own in vintages:
        return []
    return [
        Finding(
            "warning",
            str(listed["source"].iloc[0]),
            None,
            _("is the list of {vintage}, and the study's codes are of {own}: it is not used for them").format(
                vintage=", ".join(vintages), own=own or _("no list that it names")
            ),
            _('Say the date of the codes in the study, such as vintage = "2021-07", or name its list.'),
            table="indicators",
        )
    ]


def known_units(
    study: Study, communes: pd.DataFrame, crosswalk: pd.DataFrame, listed: pd.DataFrame
) -> pd.DataFrame:
    """A row (UNIT_COLUMNS) a unit of the study, by its own list and by the crosswalk's other side, and others
    that `listed` has in the same province. A district whose code nobody says has none."""
    own = own_vintage(study.vintage, communes)
    mine = communes[(communes["commune_code"] != ONE_AREA) & communes["commune_code"].notna()]
    rows: list[_Unit] = [
        ("commune", row["commune_code"], own, *_named(row["unit_type"], row["name"]), True)
        for row in mine.to_dict("records")
    ]
    rows += _above(own, mine["commune_code"], mine["district"], mine["province"], listed)
    side = side_of(crosswalk, communes, study.vintage)
    others = other_units(crosswalk, side, mine["commune_code"]) if side else []
    for there in sorted({unit.vintage for unit in others} - {own}):
        units = [unit for unit in others if unit.vintage == there]
        rows += [("commune", u.code, there, *_named(u.unit_type, u.name), True) for u in units]
        codes, districts, provinces = (
            pd.Series([getattr(unit, name) for unit in units], dtype="object")
            for name in ("code", "district", "province")
        )
        rows += _above(there, codes, districts, provinces, listed)
    frame = pd.DataFrame(rows, columns=list(UNIT_COLUMNS)).astype({"in_study": bool})
    # What the list has too is one unit, the study's.
    ordered = frame.sort_values(["level", "vintage", "unit_code", "in_study", "name"], kind="stable")
    coded = ordered["unit_code"].notna()
    twice = ordered.duplicated(["level", "vintage", "unit_code"], keep="last") & coded
    return ordered[~twice].reset_index(drop=True)


def _named(unit_type: object, name: object) -> tuple[str, str]:
    """Bare name, and name with its type."""
    bare = name if isinstance(name, str) else ""
    return bare, full_name(unit_type, bare)


def _above(
    vintage: str, codes: pd.Series, districts: pd.Series, provinces: pd.Series, listed: pd.DataFrame
) -> list[_Unit]:
    """The districts and provinces of the communes `codes`, and all that the list has in the provinces."""
    here = listed[listed["vintage"] == vintage]
    inside = here["code"].isin(codes)
    near = here[here["province_code"].isin(here.loc[inside, "province_code"].dropna())]
    rows: list[_Unit] = [
        ("commune", row["code"], vintage, *_named(row["unit_type"], row["name"]), False)
        for row in near.to_dict("records")
    ]
    for level, said in (("district", districts), ("province", provinces)):
        own = set(here.loc[inside, f"{level}_code"].dropna())
        pairs = near[[f"{level}_code", level]].dropna().drop_duplicates(f"{level}_code")
        in_list = [(str(code), str(name)) for code, name in pairs.itertuples(index=False)]
        rows += [(level, code, vintage, split_type(name)[1], name, code in own) for code, name in in_list]
        mine = [name for code, name in in_list if code in own]
        rows += [(level, None, vintage, split_type(name)[1], name, True) for name in _others(said, mine)]
    return rows


def _others(names: pd.Series, known: list[str]) -> Iterator[str]:
    """The names, each once, that are none of `known`."""
    seen: list[str] = []
    for name in sorted({name for name in names if isinstance(name, str) and name}):
        if not any(same_name(name, other) for other in (*known, *seen)):
            seen.append(name)
            yield name


def with_reported_codes(
    rows: pd.DataFrame, units: pd.DataFrame, own: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The units, those without a code with the one that stands beside their name in the rows; the only
    district or province of a list also with the only code of its level, if no name stands beside that."""
    out, findings = units.copy(), []
    said = [(*code_and_name(row), row) for row in rows.to_dict("records")]
    for index, unit in units[units["unit_code"].isna()].iterrows():
        level, vintage = unit["level"], unit["vintage"]
        mine = [
            (code, name, row)
            for code, name, row in said
            if len(code) == CODE_DIGITS[level]
            and (text_of(row["level"]) or level) == level
            and (text_of(row["vintage"]) or own) == vintage
        ]
        codes = {code for code, name, _row in mine if same_name(name, unit["name"])}
        alone = ((units["level"] == level) & (units["vintage"] == vintage)).sum() == 1
        supposed = not codes and alone and not any(name for _code, name, _row in mine)
        if supposed:
            codes = {code for code, _name, _row in mine}
        if len(codes) == 1:
            out.loc[index, "unit_code"] = codes.pop()
            findings += [_supposed(mine, unit["name"])] if supposed else []
    return out, findings


def _supposed(mine: list[tuple[str, str, dict[Any, Any]]], unit: str) -> Finding:
    code, _name, first = min(mine, key=lambda one: (one[2]["source"], one[2]["row"]))
    return Finding(
        "warning",
        str(first["source"]),
        int(first["row"]),
        _("{code} is taken for {unit}, the only one of its level in the study").format(code=code, unit=unit),
        _("Write its name beside it, or name a list that has it: [inputs] gazetteer = …"),
        "unit_code",
        table="indicators",
    )


def code_and_name(row: Mapping[Any, Any]) -> tuple[str, str]:
    """The code of digits, and the name, which may stand where the code should."""
    code, name = text_of(row["unit_code"]).removesuffix(".0"), text_of(row["unit_name"])
    return (code, name) if code.isdigit() else ("", code or name)


def text_of(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""
