"""Who takes part and when: organisations with their roles, and the phases in which the plan builds."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from phusong.domain import UNKNOWN_OPERATOR
from phusong.language import _
from phusong.openfibre.words import Thing, filled, known, named_id, text_of
from phusong.runs import Run
from phusong.units import money_in, say_vnd


class Parties:
    """The organisations and phases of a run; what refers to one is remembered, so none is named in vain."""

    def __init__(self, run: Run, language: str) -> None:
        self._run, self._language = run, language
        self._roles: dict[str, set[str]] = {}
        rows = run.tables["investments"].sort_values("investment_id")
        self._investments = {row["investment_id"]: row for row in rows.to_dict("records")}
        self._phase = {name: self._named_phase(row) for name, row in self._investments.items()}

    def organisation(self, name: Any, role: str) -> Thing | None:
        """A reference to who has a role; None where nobody knows who."""
        own = text_of(name).strip()
        if not own or own == UNKNOWN_OPERATOR:
            return None
        self._roles.setdefault(own, set()).add(role)
        return {"id": named_id("organisation", own), "name": own}

    def organisations(self) -> list[Thing]:
        """Those referred to so far, by name."""
        return [
            {"id": named_id("organisation", name), "name": name, "roles": sorted(self._roles[name])}
            for name in sorted(self._roles)
        ]

    def supplier(self, investment_id: str) -> Thing | None:
        """Who builds an investment."""
        return self.organisation(self._investments.get(investment_id, {}).get("partner"), "supplier")

    def phase(self, investment_id: str) -> Thing | None:
        """A reference to the phase of an investment; None for one that the run lacks."""
        return self._phase.get(investment_id)

    def phases(self, things: list[Thing]) -> list[Thing]:
        """The phases that nodes and spans refer to, by id, each with what all of its works come to."""
        used = {thing["phase"]["id"] for thing in things if "phase" in thing}
        rows: dict[str, list[Mapping[Any, Any]]] = {}
        for name, phase in self._phase.items():
            rows.setdefault(phase["id"], []).append(self._investments[name])
        names = {phase["id"]: phase["name"] for phase in self._phase.values()}
        return [
            {"id": own, "name": names[own], "description": self._described(rows[own])} for own in sorted(used)
        ]

    def _named_phase(self, row: Mapping[Any, Any]) -> Thing:
        """Year and partner; without years whether it is within the budget."""
        when, partner = self._when(row), text_of(row.get("partner")).strip()
        own = named_id("phase", f"{_when_code(row)}|{partner}")
        if not partner or partner == UNKNOWN_OPERATOR:
            partner = _("partner not yet known", self._language)
        return {"id": own, "name": f"{when}: {partner}"}

    def _when(self, row: Mapping[Any, Any]) -> str:
        code = _when_code(row)
        if code == "funded":
            return _("Within the budget", self._language)
        return _("Beyond the budget", self._language) if code == "later" else code

    def _described(self, rows: list[Mapping[Any, Any]]) -> str:
        low, cost, high = (
            sum(int(row[name]) for row in rows) for name in ("capex_low_vnd", "capex_vnd", "capex_high_vnd")
        )
        ends = [int(row["finished_year"]) for row in rows if known(row.get("finished_year"))]
        with money_in(self._run.currency):
            said = _(
                "Proposed, not decided. Investments of the plan in this phase: {count}, also those that are "
                "not part of this network; together about {cost} to build ({low} to {high}), an estimate.",
                self._language,
            ).format(count=len(rows), **self._sums(cost, low, high))
        if ends:
            said += " " + _("Finished in {year}.", self._language).format(year=max(ends))
        return said

    def _sums(self, cost: int, low: int, high: int) -> dict[str, str]:
        named = {"cost": cost, "low": low, "high": high}
        return {name: say_vnd(amount, self._language) for name, amount in named.items()}


def _when_code(row: Mapping[Any, Any]) -> str:
    """The year in which works begin, or "funded", or "later" for what is beyond the budget."""
    if known(row.get("year")):
        return str(int(row["year"]))
    return "funded" if not pd.isna(row["funded"]) and row["funded"] else "later"


def planned(parties: Parties, investment_id: str) -> Thing:
    """What every span and node of an investment says of it."""
    return filled({"status": "proposed", "phase": parties.phase(investment_id)})
