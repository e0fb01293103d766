"""A drawn plan (`drawn_plan`) as the run that it would be written to; runs with parts taken out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from drawn_plan import gaps_of, lines, region, round_prices, sites, study

from phusong.domain import INPUT_TABLES, RESULT_TABLES, Region, empty
from phusong.geo import WGS84
from phusong.options import propose_options
from phusong.portfolio import choose_plan
from phusong.runs import Run, to_wgs84


def run_of(where: Region, gaps: Any = None, prices: Any = None, **plan: object) -> Run:
    """The run of a drawn region."""
    gaps = gaps_of(where.sites) if gaps is None else gaps
    prices, asked = prices or round_prices(), study(**plan)
    proposal = propose_options(asked, where, gaps, prices)
    made = choose_plan(asked, where, gaps, proposal, prices)
    tables = {name: empty(table, WGS84) for name, table in {**INPUT_TABLES, **RESULT_TABLES}.items()}
    inputs = {name: getattr(where, name) for name in ("sites", "fibre", "roads")}
    tables |= to_wgs84(
        inputs
        | {name: getattr(made, name) for name in ("options", "investments", "segments", "links")}
        | {name: getattr(proposal, name) for name in ("facilities", "alternatives", "demand")}
        | {"gaps": gaps}
    )
    for column in ("note", "lease"):
        if column not in tables["fibre"]:
            tables["fibre"][column] = None
    about = {
        "run_id": "0123456789ab",
        "created": "2026-02-01T01:30:00+00:00",
        "title": "Drawn",
        "language": "vi",
        "prices": {t: {n: vars(p) for n, p in sheet.items()} for t, sheet in prices.items()},
        "plan": asked.plan.model_dump(mode="json"),
        "summary": {"plan": made.summary()},
    }
    return Run(Path("run"), about, tables)


def random_world(seed: int) -> Region:
    """Roads in a grid with a fibre line along a middle row, cut in two or leading on; sites anywhere."""
    draw = np.random.default_rng(seed)
    side = 1000.0 * np.arange(4)
    roads = [[(x, 0.0), (x, 1500.0), (x, 3000.0)] for x in side] + [[(0.0, y), (3000.0, y)] for y in side]
    fibre = [[(0.0, 1000.0), (float(draw.choice([1400.0, 2000.0, 3000.0])), 1000.0)]]
    if draw.random() < 0.5:
        fibre.append([(2500.0, 0.0), (2500.0, 700.0), (2900.0, 1300.0)])
    at = {f"S{i}": tuple(draw.uniform(0, 3000, 2).round(1)) for i in range(int(draw.integers(1, 6)))}
    kinds = {name: str(draw.choice(["school", "office_commune", "health_station"])) for name in at}
    here = sites(at, kind=kinds)
    here["power"] = [str(draw.choice(["none", "mains"])) for _ in at]
    return region(lines(roads), lines(fibre, "F"), here)


def thinned(run: Run, seed: int) -> Run:
    """The run with rows taken out of any table, and what names operators and partners left blank."""
    draw = np.random.default_rng(seed)
    tables = {}
    for name, table in run.tables.items():
        left = table[draw.random(len(table)) < draw.choice([0.0, 0.5, 0.8, 1.0])].reset_index(drop=True)
        blank = [c for c in ("operator", "partner", "a_operator", "b_operator") if c in left]
        tables[name] = left.assign(**dict.fromkeys(blank)) if draw.random() < 0.5 else left
    return replace(run, tables=tables)
