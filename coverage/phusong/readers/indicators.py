"""Which indicator and unit each reported row means; what does not fit is told, with file and row.

Nothing is guessed silently: a name that is not written as the list has it is taken only where it is certain,
and that is said. A row with an error is set aside by the checks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from phusong.domain import Finding
from phusong.handover import Indicator
from phusong.indicators import CODE_DIGITS, LEVEL_NAMES, asked_units
from phusong.language import _, current_language
from phusong.names import NameRules, match_many, same_name
from phusong.readers.indicator_doubts import contradictions, unsure_counts
from phusong.readers.units import code_and_name, text_of, with_reported_codes
from phusong.units import fold

#: Columns whose texts say what a row is about.
_TEXTS = ("indicator", "level", "unit_code", "vintage", "unit_name")
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
    units, taken = with_reported_codes(rows, units, own)
    known = _Known(definitions, units, own, rules, {})
    meant: dict[tuple[str, ...], dict[str, Any] | _NotUsableError] = {}
    out, findings = [], list(taken)
    for row in rows.to_dict("records"):
        said = tuple(text_of(row[name]) for name in _TEXTS)
        if said not in meant:
            meant[said] = known.meaning(row)
        found = meant[said]
        wrong = (
            found if isinstance(found, _NotUsableError) else _nonsense(row, definitions[found["indicator"]])
        )
        if wrong is None and isinstance(found, dict):
            out.append([found[name] or None for name in _TEXTS])
            continue
        assert wrong is not None
        told = (wrong.what, wrong.do, wrong.column, wrong.suggest)
        findings.append(Finding("error", str(row["source"]), int(row["row"]), *told, "indicators"))
        out.append([row[name] for name in _TEXTS])
    texts = pd.DataFrame(out, columns=list(_TEXTS), index=rows.index, dtype="object").astype("str")
    mended = rows.assign(**{name: texts[name] for name in _TEXTS})
    bad = {(f.file, f.row) for f in findings if f.level == "error"}
    at = zip(rows["source"], rows["row"], strict=True)
    good = mended[np.array([one not in bad for one in at], dtype=bool)]
    findings += known.notes(rows)
    findings += contradictions(good)
    findings += unsure_counts(good, definitions, units, own)
    return mended, units, sorted(findings, key=lambda f: (f.file, f.row or 0, f.what))


@dataclass(frozen=True)
class _Known:
    """What rows are understood by; `taken` collects names that were taken for a unit: (level, name) → it."""

    definitions: Mapping[str, Indicator]
    units: pd.DataFrame
    own: str
    rules: NameRules
    taken: dict[tuple[str, str], str]

    def meaning(self, row: _Row) -> dict[str, Any] | _NotUsableError:
        """What the texts of a row mean: the columns `_TEXTS`."""
        try:
            indicator = self._indicator(row)
            definition = self.definitions[indicator]
            unit = self._unit(row, definition)
            _refuse_unasked(unit, definition, self.units, self.own)
        except _NotUsableError as wrong:
            return wrong
        return {
            "indicator": indicator,
            **{key: unit[key] for key in ("level", "unit_code", "vintage")},
            "unit_name": unit["name"] or text_of(row["unit_name"]),
        }

    def _indicator(self, row: _Row) -> str:
        said = text_of(row["indicator"])
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
        code, name = code_and_name(row)
        vintage = text_of(row["vintage"]) or self.own
        said = text_of(row["level"])
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
                if code_and_name(row) == ("", name)
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


def _known(definitions: Mapping[str, Indicator]) -> str:
    return _("Known: {known}.").format(known=", ".join(definitions))


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


def _nonsense(row: _Row, definition: Indicator) -> _NotUsableError | None:
    """What is wrong with the numbers of a row."""
    value, of = row["value"], row["of"]
    if value > of:
        return _NotUsableError(
            _("{value} is more than the total {of}").format(value=f"{value:g}", of=f"{of:g}"),
            _("Mend one of the two."),
            "value; of",
        )
    if definition.kind == "done" and value not in (0, 1) and not pd.isna(value):
        return _NotUsableError(
            _("{value} is neither yes (1) nor no (0)").format(value=f"{value:g}"),
            _('Give a row a unit; or say kind = "amount" in the study, if it is a sum.'),
            "value",
        )
    return None
