"""A study planned anew for many draws of prices, doubtful statuses and signals.

Each draw is written as it is done, so the work goes on from where it stopped. What the answer of a site in
doubt changes is seen by planning a draw once with each answer, all else in it equal.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

import phusong
from phusong.beside import whole_file
from phusong.costs import CAPEX, PRESENT, Prices
from phusong.domain import INPUT_TABLES, Region
from phusong.engine import Engine
from phusong.errors import RunError
from phusong.language import _
from phusong.options import Groundwork, lay_groundwork, propose_options
from phusong.portfolio import Plan, budget_of, choose_plan
from phusong.study import Study
from phusong.supposed import Supposed, find_doubts, suppose, with_answers

#: Draws a task of the engine.
_TASK_DRAWS = 4
#: Each site in doubt is compared in one draw of so many, at least.
_COMPARED_EACH = 100
_QUESTION = "question.json"
#: A draw as it lies in its file: `number`, `shift_db`, `present_cost_vnd` of closing all gaps, `investments`
#: (a few columns of INVESTMENTS) and `compared` (`site_id`, `change_vnd`, `others_changed`).
Draw = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Draws:
    """The draws by number, and the statuses in doubt (`supposed.find_doubts`)."""

    doubts: pd.DataFrame
    found: Sequence[Draw]


@dataclass(frozen=True)
class _Asked:
    """The question that is asked again and again; two are the same when their `key` is."""

    key: str
    study: Study = field(compare=False)
    region: Region = field(compare=False)
    gaps: gpd.GeoDataFrame = field(compare=False)
    prices: Prices = field(compare=False)
    signals: pd.DataFrame | None = field(compare=False)
    doubts: pd.DataFrame = field(compare=False)
    seed: int = field(compare=False)


@dataclass(frozen=True)
class _Task:
    """Some draws, and where they are written."""

    asked: _Asked
    numbers: tuple[int, ...]
    folder: Path


def run_draws(
    study: Study,
    region: Region,
    gaps: gpd.GeoDataFrame,
    prices: Prices,
    signals: pd.DataFrame | None,
    count: int,
    folder: Path,
    engine: Engine | None = None,
    seed: int = 1,
) -> Draws:
    """Draws 0 … count − 1 of `seed`, each planned anew; those that lie in `folder` already are read.

    Raises RunError when the folder holds the draws of another question or seed.
    """
    doubts = find_doubts(gaps, study.sensitivity, study.report_date)
    key = _key(study, region, gaps, prices, signals)
    engine, folder = engine or Engine(), folder.absolute()
    asked = _Asked(key, _whole_budget(study), region, gaps, prices, signals, doubts, seed)
    _claim(folder, {"key": key, "seed": seed})
    missing = [number for number in range(count) if _read(folder, number) is None]
    tasks = [
        _Task(asked, tuple(missing[i : i + _TASK_DRAWS]), folder) for i in range(0, len(missing), _TASK_DRAWS)
    ]
    try:
        engine.map(_work, tasks, _("Draws"))
        engine.check_made(_path(folder, number) for number in missing)
    finally:
        _groundwork.cache_clear()
    found = [_read(folder, number) for number in range(count)]
    return Draws(doubts, [draw for draw in found if draw is not None])


def _whole_budget(study: Study) -> Study:
    """The study with its budget in one sum: a draw asks what is built, not when and by whom."""
    plan = study.plan.model_copy(update={"budget_vnd": budget_of(study.plan), "budget_by_year": {}})
    return study.model_copy(update={"plan": plan, "partners": {}})


def _work(task: _Task) -> None:
    for number in task.numbers:
        draw = _draw(task.asked, number)
        text = json.dumps(draw, ensure_ascii=False, sort_keys=True)
        with whole_file(_path(task.folder, number)) as part:
            part.write_text(text + "\n", encoding="utf-8")


def _path(folder: Path, number: int) -> Path:
    return folder / f"draw-{number:05d}.json"


def _read(folder: Path, number: int) -> Draw | None:
    """A draw that is done; None when it is not there, or damaged."""
    try:
        draw: Draw = json.loads(_path(folder, number).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return draw


def _claim(folder: Path, question: Mapping[str, Any]) -> None:
    """Make the folder, or see that its draws are of the same question."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _QUESTION
    text = json.dumps(question, sort_keys=True) + "\n"
    if not path.exists():
        with whole_file(path) as part:
            part.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        raise RunError(
            _("holds draws of another question or seed"),
            where=str(folder),
            do=_("Name another folder, or remove this one to draw anew."),
        )


def _key(
    study: Study, region: Region, gaps: pd.DataFrame, prices: Prices, signals: pd.DataFrame | None
) -> str:
    """Hex digits that stand for all that a draw rests on but its seed, whatever the order of rows."""
    rasters = [raster for name in ("elevation", "slope", "canopy") for raster in getattr(region, name)]
    said = {
        "phusong": phusong.__version__,
        **{
            name: getattr(study, name).model_dump(mode="json")
            for name in ("plan", "targets", "mobile", "demand", "sensitivity")
        },
        "report_date": study.report_date,
        "prices": {t: {n: [p.value, p.low, p.high] for n, p in sheet.items()} for t, sheet in prices.items()},
        "rasters": [[raster.path.name, raster.bounds, raster.shape] for raster in rasters],
        "tables": {name: _digest(getattr(region, name)) for name in INPUT_TABLES},
        "gaps": _digest(gaps),
        "signals": None if signals is None else _digest(signals),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _digest(table: pd.DataFrame) -> str:
    plain = pd.DataFrame(table).drop(columns=["source", "row"], errors="ignore")
    if "geometry" in plain:
        plain = plain.assign(geometry=table.geometry.to_wkb(hex=True))
    rows = pd.util.hash_pandas_object(plain.reindex(columns=sorted(plain.columns)), index=False)
    return hashlib.sha256(np.sort(rows.to_numpy()).tobytes()).hexdigest()


@lru_cache(maxsize=1)
def _groundwork(asked: _Asked) -> Groundwork:
    """Laid once in each process that draws."""
    return lay_groundwork(asked.study, asked.region, asked.prices)


def _draw(asked: _Asked, number: int) -> Draw:
    supposed = suppose(asked.prices, asked.doubts, asked.signals, asked.seed, number)
    plan = _plan(asked, supposed, supposed.has)
    columns = ["investment_id", "rank", "technology", "site_ids", "funded", CAPEX, PRESENT]
    return {
        "number": number,
        "shift_db": supposed.shift_db,
        PRESENT: plan.total(funded=False)[PRESENT],
        "investments": json.loads(pd.DataFrame(plan.investments[columns]).to_json(orient="records")),
        "compared": [
            _compared(asked, supposed, plan, site) for site in _sites_to_compare(asked.doubts, number)
        ],
    }


def _plan(asked: _Asked, supposed: Supposed, has: np.ndarray) -> Plan:
    """The plan of a draw with these answers. What neither prices nor answers nor signals change is kept."""
    gaps = with_answers(asked.gaps, asked.doubts, has)
    proposal = propose_options(
        asked.study,
        asked.region,
        gaps,
        supposed.prices,
        asked.signals,
        groundwork=_groundwork(asked),
        shift_db=supposed.shift_db,
    )
    return choose_plan(asked.study, asked.region, gaps, proposal, supposed.prices)


def _sites_to_compare(doubts: pd.DataFrame, number: int) -> list[str]:
    """The sites whose other answer is planned too: each in its turn."""
    sites = sorted(set(doubts["site_id"]))
    each = -(-len(sites) // _COMPARED_EACH)
    return [sites[(number * each + i) % len(sites)] for i in range(each)]


def _compared(asked: _Asked, supposed: Supposed, plan: Plan, site: str) -> dict[str, Any]:
    """What the other answer of a site changes: it has all that is in doubt, or lacks it all where it has."""
    here = (asked.doubts["site_id"] == site).to_numpy()
    other = _plan(asked, supposed, np.where(here, not supposed.has[here].all(), supposed.has))
    ways = [_ways(one.investments) for one in (plan, other)]
    changed = {s for s in {*ways[0], *ways[1]} - {site} if ways[0].get(s) != ways[1].get(s)}
    costs = [one.total(funded=False)[PRESENT] for one in (plan, other)]
    return {"site_id": site, "change_vnd": abs(costs[0] - costs[1]), "others_changed": len(changed)}


def _ways(investments: pd.DataFrame) -> dict[str, set[str]]:
    """The technologies that the funded investments bring to each site."""
    out: dict[str, set[str]] = {}
    for row in investments[investments["funded"]].itertuples():
        for site in row.site_ids.split(";"):
            out.setdefault(site, set()).add(row.technology)
    return out
