"""Indicators: what units report by date, such as steering committees, and what that comes to.

A unit's newest report up to a date counts. Units of two lists (vintages) are never
added up: each list has a figure of its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from phusong.domain import INDICATOR_FIGURES, LEVELS, conform, empty
from phusong.handover import Indicator
from phusong.language import _, _m
from phusong.units import decimal, group_digits

#: What "18" of "14/18" counts: of one, of several.
LEVEL_NAMES = {
    "province": (_m("province"), _m("provinces")),
    "district": (_m("district"), _m("districts")),
    "commune": (_m("commune"), _m("communes")),
}
#: Names that are said of a list; the rest is counted.
NAMES_SHOWN = 8
#: Digits of a unit's code by its level.
CODE_DIGITS = {"province": 2, "district": 3, "commune": 5}


def own_vintage(vintage: str, communes: pd.DataFrame) -> str:
    """The unit list that the study's codes belong to; "" when nobody says."""
    return vintage or max(set(communes["vintage"].dropna()), default="")


def asked_units(
    definition: Indicator, level: str, vintage: str, units: pd.DataFrame, own: str
) -> pd.DataFrame | None:
    """Those of `units` (`Region.units`) that are asked at `level` in the list `vintage`; None where it is not
    known which. `own` is the list that codes of the definition belong to."""
    here = units[(units["level"] == level) & (units["vintage"].fillna("") == vintage)]
    if definition.of is not None:
        return None
    if definition.units == "all":
        mine = here[here["in_study"].astype(bool)]
        return mine if len(mine) else None
    codes = [code for code in definition.units if len(code) == CODE_DIGITS[level]] if vintage == own else []
    named = here.drop_duplicates("unit_code").set_index("unit_code")["name"]
    said = definition.units if isinstance(definition.units, dict) else {}
    names = [said.get(code) or named.get(code) for code in codes]
    return pd.DataFrame({"unit_code": codes, "name": names}, dtype="object")


def indicator_figures(
    reports: pd.DataFrame,
    units: pd.DataFrame,
    definitions: Mapping[str, Indicator],
    own: str = "",
    on: str = "",
) -> pd.DataFrame:
    """INDICATOR_FIGURES of the `reports` (INDICATORS), one a date at which anything was reported; those after
    `on` do not count (a year or month counts to its end). `units` are those of `Region.units`."""
    until = reports if not on else reports[reports["date"] <= (on + "-99-99")[:10]]
    if until.empty:
        return empty(INDICATOR_FIGURES)
    keys = [until["indicator"], until["level"], until["vintage"].fillna("")]
    rows = []
    for (code, level, vintage), group in until.groupby(keys, sort=True):
        asked = asked_units(definitions[str(code)], str(level), str(vintage), units, own)
        head = {"indicator": code, "level": level, "vintage": vintage or None}
        for date in sorted(set(group["date"])):
            upto = newest(group[group["date"] <= date])
            rows.append({**head, "date": date, **_figure(upto, definitions[str(code)], asked)})
    return conform(pd.DataFrame(rows), INDICATOR_FIGURES)


def newest(reports: pd.DataFrame) -> pd.DataFrame:
    """The last report of each unit."""
    return reports.sort_values(["unit_code", "date"]).drop_duplicates("unit_code", keep="last")


def newest_figures(
    figures: pd.DataFrame, definitions: Mapping[str, Indicator]
) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """The last figure of each indicator, level and unit list, in the order of the definitions, and the one
    before it that was another (None where there is none)."""
    place = {code: at for at, code in enumerate(definitions)}
    out = []
    keys = [figures["indicator"], figures["level"], figures["vintage"].fillna("")]
    for (code, level, vintage), group in figures.sort_values("date").groupby(keys, sort=True):
        *earlier, last = group.to_dict("records")
        others = [row for row in earlier if _shown(row) != _shown(last)]
        order = (place[str(code)], LEVELS.index(str(level)), vintage)
        out.append((order, last, others[-1] if others else None))
    return [(last, before) for _order, last, before in sorted(out, key=lambda one: one[0])]


def _shown(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["value"]), str(row["of"])


def _figure(reports: pd.DataFrame, definition: Indicator, asked: pd.DataFrame | None) -> dict[str, object]:
    """The figure of the newest reports of the units."""
    names = dict(zip(reports["unit_code"], reports["unit_name"], strict=True))
    codes = list(names)
    done = definition.kind == "done"
    count = max(definition.of or 0, len(reports)) if asked is None else len(asked)
    if done:
        total = None if asked is None and definition.of is None else float(count)
    else:
        total = reports["of"].sum() if reports["of"].notna().all() else None
    without = reports.loc[reports["value"] == 0, "unit_code"] if done else []
    return {
        "value": float((reports["value"] > 0).sum()) if done else reports["value"].sum(),
        "of": total,
        "units": count,
        "reported": len(reports),
        **_listed("not_done", [(code, names[code]) for code in without]),
        **_listed("not_reported", list(_missing(asked, codes))),
    }


def _missing(asked: pd.DataFrame | None, reported: list[str]) -> Iterator[tuple[str | None, str | None]]:
    if asked is not None:
        lacking = asked[~asked["unit_code"].isin(reported)]
        yield from zip(lacking["unit_code"], lacking["name"], strict=True)


def _listed(column: str, units: list[tuple[str | None, str | None]]) -> dict[str, str | None]:
    """Codes and names in the order of the codes; a unit without a name goes by its code."""
    known = [(code if isinstance(code, str) else "", name) for code, name in units]
    order = sorted(known, key=lambda unit: (not unit[0], unit[0], str(unit[1])))
    names = [name if isinstance(name, str) else code for code, name in order]
    return {
        column: ";".join(code for code, _name in order if code) or None,
        f"{column}_names": ";".join(names) or None,
    }


def percent(value: float | None, of: float | None) -> float | None:
    """`value` in per cent of `of`; None of nothing or of what is not known."""
    if value is None or of is None:
        return None
    return None if pd.isna(value) or pd.isna(of) or of <= 0 else 100 * float(value) / float(of)


def say_figure(row: Mapping[str, Any], definition: Indicator, language: str | None = None) -> str:
    """The figure of a row of INDICATOR_FIGURES as it is shown: "14/18", "5 %", or a bare sum.

    A percentage that is not whole has one decimal.
    """
    part = percent(row["value"], row["of"])
    if definition.shown == "percent" and part is not None:
        return f"{decimal(part, 0 if round(part, 1) == round(part) else 1, language)} %"
    return say_amount(row, language)


def say_amount(row: Mapping[str, Any], language: str | None = None) -> str:
    """The figure as it was counted: "13,185/263,700"."""
    return "/".join(_number(row[name], language) for name in ("value", "of") if not pd.isna(row[name]))


def say_covered(row: Mapping[str, Any], language: str | None = None) -> str:
    """How many of the units asked have reported: "12 of 15 communes"."""
    said = _("{reported} of {units} {level}", language)
    level = _(LEVEL_NAMES[str(row["level"])][row["units"] != 1], language)
    return said.format(reported=row["reported"], units=row["units"], level=level)


def say_names(names: object, missing: int = 0, language: str | None = None) -> str:
    """Names of a list of INDICATOR_FIGURES, the first of many; of `missing` ones without a name, the count.

    >>> say_names("La Êê;Chơ Chun"), say_names(None, 4, "en"), say_names(None)
    ('La Êê, Chơ Chun', '4, not known which', '')
    """
    listed = names.split(";") if isinstance(names, str) else []
    if not listed:
        return _("{count}, not known which", language).format(count=missing) if missing > 0 else ""
    shown = listed if len(listed) <= NAMES_SHOWN + 1 else listed[:NAMES_SHOWN]
    said = ", ".join(shown)
    more = len(listed) - len(shown)
    return said + (" " + _("and {n} others", language).format(n=more) if more else "")


def _number(amount: float, language: str | None) -> str:
    return group_digits(amount, language) if amount == round(amount) else decimal(amount, 1, language)
