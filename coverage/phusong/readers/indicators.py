"""Which indicator and unit each reported row means; what does not fit is told, with file and row.

Nothing is guessed silently: a name that is not written as the list has it is taken only where it is certain,
and that is said. A row with an error is set aside by the checks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pandas as pd

from phusong.domain import Finding
from phusong.indicators import CODE_DIGITS, LEVEL_NAMES, asked_units
from phusong.language import _, current_language
from phusong.names import NameRules, match_many, same_name
from phusong.study import Indicator
from phusong.units import fold

_Row = Mapping[Any, Any]
_Suggestions = tuple[tuple[str, str], ...]


class _NotUsableError(Exception):
    """What is wrong with a row, what to do, in which column, and what may be meant."""

    def __init__(self, what: str, do: str, column: str, suggest: _Suggestions = ()) -> None:
        super().__init__(what)
        self.what, self.do, self.column, self.suggest = what, do, column, suggest


def with_units(
    rows: pd.DataFrame, definitions: Mapping[str, Indicator], units: pd.DataFrame, own: str, rules: NameRules
) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
    """INDICATORS with the indicator's code, and level, code, unit list and name of the unit in each row that
    can be used; `units` (`Region.units`) with the codes that only the rows say; and what is odd.

    `own` is the study's unit list, which a row that names none is taken to mean.
    """
    units, taken = _with_codes(rows, units, own)
    known = _Known(definitions, units, own, rules, {})
    out, findings = rows.copy(), list(taken)
    for index, row in rows.iterrows():
        try:
            found = known.understand(row)
        except _NotUsableError as wrong:
            told = (wrong.what, wrong.do, wrong.column, wrong.suggest)
            findings.append(Finding("error", str(row["source"]), int(row["row"]), *told, "indicators"))
            continue
        out.loc[index, list(found)] = list(found.values())
    texts = ["indicator", "level", "unit_code", "vintage", "unit_name"]
    out = out.astype(dict.fromkeys(texts, "str"))
    bad = {(f.file, f.row) for f in findings if f.level == "error"}
    good = out[[(file, row) not in bad for file, row in zip(out["source"], out["row"], strict=True)]]
    findings += known.notes(rows)
    findings += _contradictions(good)
    findings += _unsure_counts(good, definitions, units, own)
    return out, units, sorted(findings, key=lambda f: (f.file, f.row or 0, f.what))


@dataclass(frozen=True)
class _Known:
    """What rows are understood by; `taken` collects names that were taken for a unit: (level, name) → it."""

    definitions: Mapping[str, Indicator]
    units: pd.DataFrame
    own: str
    rules: NameRules
    taken: dict[tuple[str, str], str]

    def understand(self, row: _Row) -> dict[str, object]:
        indicator = self._indicator(row)
        definition = self.definitions[indicator]
        unit = self._unit(row, definition)
        _refuse_unasked(unit, definition, self.units, self.own)
        _refuse_nonsense(row, definition)
        vintage = unit["vintage"] or None
        return {
            "indicator": indicator,
            "level": unit["level"],
            "unit_code": unit["unit_code"],
            "vintage": vintage,
            "unit_name": unit["name"] or _text(row["unit_name"]) or None,
        }

    def _indicator(self, row: _Row) -> str:
        said = _text(row["indicator"])
        names = {
            fold(name): code
            for code, definition in reversed(list(self.definitions.items()))
            for name in (definition.name_en or code, definition.name_vi, code)
        }
        if not said:
            raise _NotUsableError(_("names no indicator"), _known(self.definitions), "indicator")
        if fold(said) in names:
            return names[fold(said)]
        near = [names[key] for key in get_close_matches(fold(said), names, n=1, cutoff=0.6)]
        raise _NotUsableError(
            _("there is no indicator {name}").format(name=said),
            _("Did you mean {near}?").format(near=near[0]) if near else _known(self.definitions),
            "indicator",
            tuple(("indicator", code) for code in near),
        )

    def _unit(self, row: _Row, definition: Indicator) -> dict[str, Any]:
        """Level, code, unit list and name of the unit."""
        code, name = _code_and_name(row)
        vintage = _text(row["vintage"]) or self.own
        said = _text(row["level"])
        if not code and not name:
            raise _NotUsableError(_("names no unit"), _("Write the code of the unit."), "unit_code")
        level = _level_of(code, said) if code else said
        levels: list[str] = [one for one in definition.levels if one == level or not level]
        if not levels:
            raise _NotUsableError(
                _("{indicator} is not reported by a {level}").format(
                    indicator=definition.name(current_language()), level=_(LEVEL_NAMES[level][0])
                ),
                _("Its levels: {known}. A study says others with [indicators.…] levels.").format(
                    known=", ".join(definition.levels)
                ),
                "unit_code",
            )
        if not code:
            return self._by_name(levels, name, vintage)
        return self._by_code(level, code.zfill(CODE_DIGITS[level]), name, vintage)

    def _here(self, level: str, vintage: str) -> pd.DataFrame:
        here = (self.units["level"] == level) & (self.units["vintage"] == vintage)
        return self.units[here]

    def _by_code(self, level: str, code: str, name: str, vintage: str) -> dict[str, Any]:
        here = self._here(level, vintage)
        found = here[here["unit_code"] == code]
        if found.empty and len(here):
            if here["unit_code"].isna().any():
                raise _NotUsableError(
                    _("it is not known which unit has the code {code}").format(code=code),
                    _("Write its name beside it, or name a list that has it: [inputs] gazetteer = …"),
                    "unit_code",
                )
            near = get_close_matches(code, list(here["unit_code"].dropna()), n=1, cutoff=0.6)
            raise _NotUsableError(
                _("no unit of the study has the code {code}").format(code=code)
                + (f" ({vintage})" if vintage else ""),
                _("Mend the code, or name a list that has it: [inputs] gazetteer = …"),
                "unit_code",
                tuple(("unit_code", one) for one in near),
            )
        listed = str(found["name"].iloc[0]) if len(found) else ""
        if name and listed and not same_name(name, listed):
            [match] = match_many([name], {code: found["full_name"].iloc[0]}, self.rules)
            if not match.certain:
                self._refuse_other_name(code, name, listed, vintage)
        return {"level": level, "unit_code": code, "vintage": vintage, "name": listed}

    def _refuse_other_name(self, code: str, name: str, listed: str, vintage: str) -> None:
        """A code beside a name that is not its own; of another list, perhaps."""
        others = self.units[(self.units["unit_code"] == code) & (self.units["vintage"] != vintage)]
        meant = [v for v, n in zip(others["vintage"], others["name"], strict=True) if same_name(n, name)]
        raise _NotUsableError(
            _("{code} is {listed}, not {name}").format(code=code, listed=listed, name=name)
            + (f" ({vintage})" if vintage else ""),
            _("Write the vintage {vintage} in that row, if its codes are of that list.").format(
                vintage=meant[0]
            )
            if meant
            else _("Mend the code or the name."),
            "unit_code",
            tuple(("vintage", v) for v in meant[:1]),
        )

    def _by_name(self, levels: list[str], name: str, vintage: str) -> dict[str, Any]:
        matches = []
        for level in levels:
            here = self._here(level, vintage)
            # Of the study's own units first: a list names more, some of them the same.
            mine = here[here["in_study"]]
            for part in (mine, here):
                full = {str(place): full for place, full in zip(part.index, part["full_name"], strict=True)}
                [match] = match_many([name], full, self.rules)
                if match.certain:
                    break
            matches.append((level, match))
        sure = [(level, match) for level, match in matches if match.certain]
        if len(sure) != 1:
            near = [match.name for _level, match in matches if match.key is not None]
            raise _NotUsableError(
                _("{name} may be several units").format(name=name)
                if sure
                else _("no unit of the study is called {name}").format(name=name),
                _("Write its code.")
                + (" " + _("Alike: {names}.").format(names=", ".join(near)) if near else ""),
                "unit_name",
                tuple(("unit_name", one) for one in near[:1]),
            )
        level, match = sure[0]
        unit = self.units.loc[int(match.key or 0)]
        if pd.isna(unit["unit_code"]):
            raise _NotUsableError(
                _("nobody says the code of {name}").format(name=unit["name"]),
                _("Write it beside the name, or name a list that has it: [inputs] gazetteer = …"),
                "unit_code",
            )
        if match.how != "exact":
            self.taken[level, name] = f"{unit['full_name']} ({unit['unit_code']})"
        return {"level": level, "unit_code": unit["unit_code"], "vintage": vintage, "name": unit["name"]}

    def notes(self, rows: pd.DataFrame) -> Iterator[Finding]:
        """Names that were taken for a unit, each once, where it stands first."""
        for (_level, name), unit in sorted(self.taken.items()):
            first = next(
                row
                for row in rows.sort_values(["source", "row"]).to_dict("records")
                if _code_and_name(row) == ("", name)
            )
            yield Finding(
                "warning",
                str(first["source"]),
                int(first["row"]),
                _("{name} is taken for {unit}").format(name=name, unit=unit),
                _("Write its code, so that nothing is in doubt."),
                "unit_name",
                table="indicators",
            )


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _known(definitions: Mapping[str, Indicator]) -> str:
    return _("Known: {known}.").format(known=", ".join(definitions))


def _code_and_name(row: _Row) -> tuple[str, str]:
    """The code of digits, and the name, which may stand where the code should."""
    code, name = _text(row["unit_code"]).removesuffix(".0"), _text(row["unit_name"])
    return (code, name) if code.isdigit() else ("", code or name)


def _level_of(code: str, said: str) -> str:
    """The level that a code is of: as it is said, or by its length (a spreadsheet drops a zero in front)."""
    by_length = {1: "province", 2: "province", 3: "district", 4: "commune", 5: "commune"}
    level = said or by_length.get(len(code), "")
    if not level or len(code) > CODE_DIGITS[level]:
        raise _NotUsableError(
            _("{code} is no code of a unit").format(code=code)
            if not said
            else _("{code} is no code of a {level}").format(code=code, level=_(LEVEL_NAMES[said][0])),
            _("A province has 2 digits, a district 3, a commune 5."),
            "unit_code",
        )
    return level


def _refuse_unasked(unit: Mapping[str, Any], definition: Indicator, units: pd.DataFrame, own: str) -> None:
    asked = asked_units(definition, unit["level"], unit["vintage"], units, own)
    if asked is not None and unit["unit_code"] not in set(asked["unit_code"]):
        raise _NotUsableError(
            _("{unit} is none of the units that are asked for {indicator}").format(
                unit=unit["name"] or unit["unit_code"], indicator=definition.name(current_language())
            ),
            _("Say in the study who is asked: [indicators.…] units or of."),
            "unit_code",
        )


def _refuse_nonsense(row: _Row, definition: Indicator) -> None:
    value, of = row["value"], row["of"]
    if value > of:
        raise _NotUsableError(
            _("{value} is more than the total {of}").format(value=f"{value:g}", of=f"{of:g}"),
            _("Mend one of the two."),
            "value; of",
        )
    if definition.kind == "done" and value > 1:
        raise _NotUsableError(
            _("{value} is neither yes (1) nor no (0)").format(value=f"{value:g}"),
            _('Give a row a unit; or say kind = "amount" in the study, if it is a sum.'),
            "value",
        )


def _contradictions(rows: pd.DataFrame) -> Iterator[Finding]:
    """Two values of one unit on one day: none of them counts."""
    keys = ["indicator", "unit_code", "vintage", "date"]
    for _key, group in rows[rows["date"].notna()].groupby(keys, dropna=False):
        if len(group[["value", "of"]].drop_duplicates()) < 2:
            continue
        where = ", ".join(str(row) for row in sorted(group["row"]))
        for row in group.to_dict("records"):
            yield Finding(
                "error",
                str(row["source"]),
                int(row["row"]),
                _("two values of {unit} for {indicator} on {date} (rows {rows})").format(
                    unit=row["unit_name"] or row["unit_code"],
                    indicator=row["indicator"],
                    date=row["date"],
                    rows=where,
                ),
                _("Take the wrong one out; until then none of them counts."),
                "value",
                table="indicators",
            )


def _unsure_counts(
    rows: pd.DataFrame, definitions: Mapping[str, Indicator], units: pd.DataFrame, own: str
) -> Iterator[Finding]:
    """Indicators of which it is not known how many units are asked, or out of how many they are."""
    keys = [rows["indicator"], rows["level"], rows["vintage"].fillna("")]
    for (code, level, vintage), group in rows.groupby(keys, sort=True):
        definition, count = definitions[str(code)], group["unit_code"].nunique()
        file, name = str(group["source"].iloc[0]), definition.name(current_language())
        unknown = asked_units(definition, str(level), str(vintage), units, own) is None
        if definition.of is not None and count > definition.of:
            what = _("{count} units report {name}, but the study says that {of} are asked")
            do = _("Mend of in [indicators.{code}].")
        elif unknown and definition.of is None:
            what = _("it is not known which units are asked for {name}: the {count} that report count")
            do = _("Say it in the study: [indicators.{code}] of = … or units = […].")
        elif definition.shown == "percent" and definition.kind == "amount" and group["of"].isna().any():
            what = _("{name} has rows without a total, so no percentage can be shown where they count")
            do = _("Write the total in the column of.")
        else:
            continue
        said = what.format(count=count, name=name, of=definition.of)
        yield Finding("warning", file, None, said, do.format(code=code), table="indicators")


def _with_codes(rows: pd.DataFrame, units: pd.DataFrame, own: str) -> tuple[pd.DataFrame, list[Finding]]:
    """The units, those without a code with the one that stands beside their name in the rows; the only
    district or province of a study also with the only code of that level that the rows have."""
    out, findings = units.copy(), []
    for index, unit in units[units["unit_code"].isna() & (units["vintage"] == own)].iterrows():
        level = unit["level"]
        mine = rows[[_is_of(row, level, own) for row in rows.to_dict("records")]]
        named = mine[[same_name(name, unit["name"]) for name in mine["unit_name"]]]
        alone = ((units["level"] == level) & (units["vintage"] == own)).sum() == 1
        codes = set(named["unit_code"]) or (set(mine["unit_code"]) if alone else set())
        if len(codes) != 1:
            continue
        out.loc[index, "unit_code"] = codes.pop()
        if named.empty:
            first = mine.sort_values(["source", "row"]).iloc[0]
            findings.append(
                Finding(
                    "warning",
                    str(first["source"]),
                    int(first["row"]),
                    _("{code} is taken for {unit}, the only one of its level in the study").format(
                        code=first["unit_code"], unit=unit["name"]
                    ),
                    _("Write its name beside it, or name a list that has it: [inputs] gazetteer = …"),
                    "unit_code",
                    table="indicators",
                )
            )
    return out, findings


def _is_of(row: _Row, level: str, own: str) -> bool:
    code, _name = _code_and_name(row)
    said = _text(row["level"]) or level
    return len(code) == CODE_DIGITS[level] and said == level and (_text(row["vintage"]) or own) == own
