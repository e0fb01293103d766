"""Two runs side by side: what was asked differently, and what came out differently for it.

`compare_runs` reads nothing but the two runs. CHANGES is a row a change: `what` names the kind of change,
`id` the setting, site or investment, `before` and `after` its value (empty where there was none).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from phusong.differences import differing, moved
from phusong.domain import SERVICES
from phusong.runs import Run

#: Kinds of change, in the order in which they are told: the question first.
WHAT = ("program", "setting", "target", "price", "input", "status", "connection", "investment")
COLUMNS = ["what", "id", "field", "before", "after"]
#: Fields of an investment that are compared, beside its rank.
_OF_INVESTMENT = ("sites", "capex_vnd", "opex_vnd_per_year", "funded", "depends_on")
_QUESTIONS = frozenset({"program", "setting", "target", "price", "input"})
_TOTALS = ("capex_vnd", "opex_vnd_per_year", "present_cost_vnd", "sites_connected", "new_line_m")


@dataclass(frozen=True)
class Comparison:
    """`changes` has COLUMNS, the question before the answer; `totals` name → (before, after) of the plans."""

    changes: pd.DataFrame
    totals: Mapping[str, tuple[Any, Any]]

    @property
    def asked(self) -> pd.DataFrame:
        """What was asked differently."""
        return self.changes[self.changes["what"].isin(_QUESTIONS)]

    @property
    def answered(self) -> pd.DataFrame:
        """What came out differently."""
        return self.changes[~self.changes["what"].isin(_QUESTIONS)]


def compare_runs(before: Run, after: Run) -> Comparison:
    """What changed from one run to another. Rows are sorted by what, id and field."""
    rows = [
        *_question(before.manifest, after.manifest),
        *_statuses(before.tables["gaps"], after.tables["gaps"]),
        *_connections(before.tables["options"], after.tables["options"]),
        *_investments(before.tables["investments"], after.tables["investments"]),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    order = table["what"].map(WHAT.index)
    table = table.assign(_order=order).sort_values(
        ["_order", "id", "field"], kind="stable", ignore_index=True
    )
    plans = [run.manifest["summary"]["plan"] for run in (before, after)]
    totals = {name: (plans[0][name], plans[1][name]) for name in _TOTALS if all(name in p for p in plans)}
    return Comparison(table.drop(columns="_order"), totals)


Row = tuple[str, str, str, Any, Any]


def _question(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Row]:
    """Settings, targets, prices, input files and the program, as the manifests say them."""
    yield from _differ("program", "phusong", [("version", before["phusong"], after["phusong"])])
    for name in sorted({*before["plan"], *after["plan"]}):
        yield from _differ("setting", name, [("", before["plan"].get(name), after["plan"].get(name))])
    for name in sorted({*before["targets"], *after["targets"]}):
        old, new = (run["targets"].get(name, {}).get("value") for run in (before, after))
        yield from _differ("target", name, [("", old, new)])
    for sheet in sorted({*before["prices"], *after["prices"]}):
        cheap, dear = before["prices"].get(sheet, {}), after["prices"].get(sheet, {})
        for name in sorted({*cheap, *dear}):
            yield from _differ(
                "price",
                f"{sheet}.{name}",
                [
                    (level, cheap.get(name, {}).get(level), dear.get(name, {}).get(level))
                    for level in ("value", "low", "high")
                ],
            )
    for name in sorted({*before["inputs"], *after["inputs"]}):
        one, other = (
            ";".join(entry["sha256"][:12] for entry in run["inputs"].get(name, [])) for run in (before, after)
        )
        yield from _differ("input", name, [("sha256", one or None, other or None)])


def _differ(what: str, id_: str, fields: Iterable[tuple[str, Any, Any]]) -> Iterator[Row]:
    """The rows of the fields whose two values differ."""
    for field, old, new in differing(fields):
        yield what, id_, field, old, new


def _statuses(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Row]:
    """Sites whose status changed, came or went."""
    one, other = (table.set_index("site_id")[list(SERVICES)] for table in (before, after))
    for site in sorted({*one.index, *other.index}):
        values = [
            dict(table.loc[site]) if site in table.index else dict.fromkeys(SERVICES)
            for table in (one, other)
        ]
        yield from _differ("status", site, [(s, values[0][s], values[1][s]) for s in SERVICES])


def _connections(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Row]:
    """Sites for which the plan builds something else, by the gap that it closes."""
    one, other = (_chosen(table) for table in (before, after))
    for site, closes in sorted({*one, *other}):
        yield from _differ("connection", site, [(closes, one.get((site, closes)), other.get((site, closes)))])


def _chosen(options: pd.DataFrame) -> dict[tuple[str, str], str]:
    """(site, wifi or connection) → the technology that the plan builds there."""
    rows = options[options["chosen"]]
    gap = rows["closes"].where(rows["closes"] == "wifi", "connection")
    return dict(zip(zip(rows["site_id"], gap, strict=True), rows["technology"], strict=True))


def _investments(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Row]:
    """Investments that came, went, moved among those of both runs, or have other figures."""
    one, other = before.set_index("investment_id"), after.set_index("investment_id")
    for name in sorted({*one.index} ^ {*other.index}):
        yield "investment", name, "planned", name in one.index, name in other.index
    places = [
        {name: int(rank) for name, rank in table["rank"].items() if name in one.index and name in other.index}
        for table in (one, other)
    ]
    elsewhere = moved(places[0], places[1])
    for name in sorted(places[0]):
        values = [table.loc[name].to_dict() for table in (one, other)]
        fields = [(field, values[0].get(field), values[1].get(field)) for field in _OF_INVESTMENT]
        if name in elsewhere:
            fields.append(("rank", places[0][name], places[1][name]))
        yield from _differ("investment", name, fields)
