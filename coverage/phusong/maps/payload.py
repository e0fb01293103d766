"""The run's tables as the JSON that the page draws from.

Coordinates are whole hundred-thousandths of a degree, lines as steps from point to point. Texts in two
languages stand once in `phrases`, and everything else points to them by number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phusong.bought import lit_from
from phusong.domain import INPUT_TABLES, ONE_AREA, RESULT_TABLES, SERVICES, UNKNOWN_OPERATOR, empty
from phusong.gaps import headline
from phusong.geo import WGS84
from phusong.maps.conference import conference_rows
from phusong.maps.figures import figures_of
from phusong.maps.ground import (
    abroad,
    commune_rows,
    line_rows,
    mast_rows,
    node_rows,
    outline_rows,
    point_rows,
)
from phusong.maps.history import check_earlier, history, statuses_of, with_history
from phusong.maps.indicators import indicator_rows
from phusong.maps.saying import money_phrase, status_counts, text_of, unbroken
from phusong.maps.signal import signal_of
from phusong.maps.sites import option_columns, report_rows, site_columns
from phusong.maps.texts import INTERFACE, Phrases
from phusong.maps.tiles import Tiles
from phusong.maps.units import units_of
from phusong.maps.works import investment_rows, join_phrases, link_rows, segment_rows
from phusong.moments import say_date, say_moment
from phusong.runs import Run
from phusong.units import current_currency, decimal
from phusong.wording import RULES, SERVICE_NAMES, say_proof, say_what_is_proven

Tables = dict[str, Any]


@dataclass(frozen=True)
class Extras:
    """What a map shows beside its run: a folder of footprints, an online background, earlier runs or statuses
    at earlier dates (`history.COLUMNS`)."""

    cover: Path | None = None
    tiles: Tiles | None = None
    earlier: Sequence[Run] = ()
    history: pd.DataFrame | None = None


def payload(
    run: Run, language: str, extras: Extras | None = None, leave_out: Iterable[str] = ()
) -> dict[str, Any]:
    """All that the page shows, ready for JSON, without what is to be left out (keys of `SPARE`).

    Raises RunError for extras that do not belong to the run.
    """
    extras, phrases = extras or Extras(), Phrases()
    tables = {
        name: run.tables.get(name, empty(table, WGS84))
        for name, table in {**INPUT_TABLES, **RESULT_TABLES}.items()
    }
    for name in leave_out:
        tables = SPARE[name](tables)
    sites = {site_id: place for place, site_id in enumerate(tables["gaps"]["site_id"])}
    investments = tables["investments"].sort_values("rank", ignore_index=True)
    order = {key: place for place, key in enumerate(investments["investment_id"])}
    plan = run.manifest.get("summary", {}).get("plan", {})
    lifetime = run.manifest.get("plan", {}).get("budget_covers") == "lifetime"
    investments["from_vnd"] = lit_from(
        investments, plan.get("budget_vnd"), "present_cost_vnd" if lifetime else "capex_vnd"
    )
    return {
        "language": language,
        "headline": headline(tables["commune_status"], language),
        "run": _about(run, phrases, abroad(tables["commune_status"])),
        "services": [
            {
                "key": service,
                "name": phrases.word(SERVICE_NAMES, service),
                "counts": status_counts(tables["gaps"][service]),
            }
            for service in SERVICES
        ],
        "communes": commune_rows(tables["commune_status"], tables["communes"], sites, phrases),
        "outlines": outline_rows(tables["commune_status"], tables["communes"]),
        "sites": site_columns(tables["gaps"], tables["commune_status"]["commune_code"], phrases),
        "reports": report_rows(tables["gaps"], phrases),
        "options": option_columns(tables["options"], sites, phrases),
        "investments": investment_rows(
            investments, tables["gaps"], join_phrases(tables["segments"], phrases), sites, order, phrases
        ),
        "plan": _plan(plan, phrases),
        # What the budget slider reckons with, in whole đồng: the study's budget (null without one).
        "budget": {"vnd": plan.get("budget_vnd"), "lifetime": lifetime},
        "segments": segment_rows(tables["segments"], order),
        "links": link_rows(tables["links"], sites, order, phrases),
        "fibre": line_rows(tables["fibre"], "operator"),
        "roads": line_rows(tables["roads"], "name"),
        "rivers": line_rows(tables["rivers"], "name"),
        "settlements": point_rows(tables["settlements"]),
        "masts": mast_rows(tables["cells"]),
        "nodes": node_rows(tables["nodes"]),
        "currency": asdict(current_currency()),
        "signal": extras.cover and signal_of(run, extras.cover, phrases, abroad(tables["commune_status"])),
        "tiles": extras.tiles and _tiles(extras.tiles),
        "history": _history(run, extras, phrases),
        "units": units_of(
            tables["communes"],
            tables["crosswalk"],
            list(tables["commune_status"]["commune_code"]),
            text_of(run.manifest.get("vintage")),
            phrases,
        ),
        "conference": conference_rows(
            tables["conference"], tables["commune_status"]["commune_code"], phrases
        ),
        "figures": figures_of(tables["commune_status"], investments),
        "indicators": indicator_rows(
            run.tables.get("indicator_figures"), run.manifest.get("indicators", {}), phrases
        ),
        "one_area": list(tables["commune_status"]["commune_code"]) == [ONE_AREA],
        "abroad": abroad(tables["commune_status"]),
        "unknown_operator": UNKNOWN_OPERATOR,
        "left_out": {name: phrases.word({}, INTERFACE[f"left_out_{name}"]) for name in leave_out},
        "texts": {key: phrases.word({}, message) for key, message in INTERFACE.items()},
        "phrases": phrases.pairs,
    }


def _without(name: str, keep: Callable[[Any], Any]) -> Callable[[Tables], Tables]:
    """A way to leave rows of the table `name` out: those that `keep` says no to."""
    return lambda tables: tables | {name: tables[name][keep(tables[name])]}


def _none(table: Any) -> Any:
    return np.zeros(len(table), dtype=bool)


#: What a page that would be too large is drawn without, the first first.
SPARE: dict[str, Callable[[Tables], Tables]] = {
    "other_options": _without("options", lambda options: options["chosen"].astype(bool)),
    "minor_roads": _without("roads", lambda roads: roads["name"].fillna("").str.contains(r"\d")),
    "settlements": _without("settlements", _none),
    "rivers": _without("rivers", _none),
}


def _about(run: Run, phrases: Phrases, abroad: bool) -> dict[str, Any]:
    said = {
        key: text_of(run.manifest.get(key))
        for key in ("run_id", "title", "note", "source", "report_date", "created")
    }
    return {
        "id": said["run_id"],
        "title": said["title"],
        "note": said["note"],
        "source": said["source"],
        "credits": credits_of(run.manifest),
        "report_date": phrases.of(lambda to: say_date(said["report_date"], to)),
        "created": phrases.of(lambda to: say_moment(said["created"], to, abroad)),
    }


def credits_of(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Whose open data the run's inputs are, as their licences ask to be named, with licence and date."""
    used = {file.get("file") for files in manifest.get("inputs", {}).values() for file in files}
    origins = [o for o in manifest.get("sources", {}).values() if used & set(o["files"])]
    return [
        {
            "who": text_of(origin["attribution"] or origin["title"]),
            "more": " · ".join(t for t in (origin["title"], origin["licence"], origin["date"]) if t),
        }
        for origin in origins
    ]


def _tiles(tiles: Tiles) -> dict[str, Any]:
    return {
        "url": tiles.url,
        "origin": tiles.origin,
        "credit": tiles.credit,
        "link": tiles.link,
        "asks_for_address": tiles.asks_for_address,
        "max_zoom": tiles.max_zoom,
    }


def _history(run: Run, extras: Extras, phrases: Phrases) -> dict[str, Any] | None:
    if extras.history is not None:
        table = with_history(run, extras.history)
    elif extras.earlier:
        check_earlier(run, extras.earlier)
        table = statuses_of([*extras.earlier, run])
    else:
        return None
    found = history(table, list(run.tables["gaps"]["site_id"]))
    said = [phrases.of(lambda to, date=date: say_date(date, to)) for date in found["dates"]]  # type: ignore[misc]
    return {**found, "said": said}


def _plan(plan: Mapping[str, Any], phrases: Phrases) -> dict[str, Any]:
    """What the run states of its plan; −1 where it does not. The page adds up the rest (`budget.js`)."""
    said: dict[str, Any] = {key: money_phrase(plan.get(key), phrases) for key in ("capex_vnd", "budget_vnd")}
    share = plan.get("assumed_share")
    said["assumed"] = (
        -1 if share is None else phrases.of(lambda to: unbroken(f"{decimal(100 * share, 0, to)} %"))
    )
    proof = plan.get("proof")
    proven = bool(say_proof(proof))
    said["proof"] = phrases.of(lambda to: say_proof(proof, to)) if proven else -1
    said["proven"] = phrases.of(lambda to: say_what_is_proven(proof, to)) if proven else -1
    said["rules"] = [phrases.word(RULES, rule) for rule in plan.get("rules", [])]
    return said
