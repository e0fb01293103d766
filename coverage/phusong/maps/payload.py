"""The run's tables as the JSON that the page draws from.

Coordinates are whole hundred-thousandths of a degree, lines as steps from point to point. Texts in two
languages stand once in `phrases`, and everything else points to them by number.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.domain import (
    CENTRE_KIND,
    CLOSES,
    INPUT_TABLES,
    ONE_AREA,
    RESULT_TABLES,
    SERVICES,
    STATUSES,
    UNKNOWN_OPERATOR,
    empty,
    kind_family,
)
from phusong.gaps import headline
from phusong.geo import WGS84, metric_crs, simplify_for_display
from phusong.joins import road_joins, say_join
from phusong.maps.figures import figures_of
from phusong.maps.texts import INTERFACE, Phrases, say_date, say_moment
from phusong.maps.units import units_of
from phusong.runs import Run
from phusong.units import decimal, group_digits, say_distance, say_vnd
from phusong.wording import (
    BASIS_NAMES,
    KIND_NAMES,
    REASONS,
    RULES,
    SERVICE_NAMES,
    TECHNOLOGY_NAMES,
    say,
    say_evidence,
    say_proof,
    say_what_is_proven,
)

#: Whole numbers in the page are degrees times this: five decimals, about a metre.
SCALE = 100_000


def payload(run: Run, language: str) -> dict[str, Any]:
    """All that the page shows, ready for JSON."""
    phrases = Phrases()
    tables = {
        name: run.tables.get(name, empty(table, WGS84))
        for name, table in {**INPUT_TABLES, **RESULT_TABLES}.items()
    }
    sites = {site_id: place for place, site_id in enumerate(tables["gaps"]["site_id"])}
    investments = tables["investments"].sort_values("rank", ignore_index=True)
    order = {key: place for place, key in enumerate(investments["investment_id"])}
    return {
        "language": language,
        "headline": headline(tables["commune_status"], language),
        "run": _about(run, phrases, abroad(tables["commune_status"])),
        "services": [
            {
                "key": service,
                "name": phrases.word(SERVICE_NAMES, service),
                "counts": _counts(tables["gaps"][service]),
            }
            for service in SERVICES
        ],
        "communes": _communes(tables["commune_status"], tables["communes"], sites, phrases),
        "sites": _sites(tables["gaps"], phrases),
        "options": _options(tables["options"], sites, phrases),
        "investments": _investments(
            investments, tables["gaps"], _joins(tables["segments"], phrases), sites, order, phrases
        ),
        "plan": _plan(run.manifest.get("summary", {}).get("plan", {}), phrases),
        "segments": _segments(tables["segments"], order),
        "fibre": _lines(tables["fibre"], "operator"),
        "roads": _lines(tables["roads"], "name"),
        "rivers": _lines(tables["rivers"], "name"),
        "settlements": _named_points(tables["settlements"]),
        "masts": _masts(tables["cells"]),
        "nodes": _nodes(tables["nodes"]),
        "units": units_of(
            tables["communes"],
            tables["crosswalk"],
            list(tables["commune_status"]["commune_code"]),
            _text(run.manifest.get("vintage")),
            phrases,
        ),
        "figures": figures_of(tables, investments, run.currency),
        "one_area": list(tables["commune_status"]["commune_code"]) == [ONE_AREA],
        "abroad": abroad(tables["commune_status"]),
        "unknown_operator": UNKNOWN_OPERATOR,
        "texts": {key: phrases.word({}, message) for key, message in INTERFACE.items()},
        "phrases": phrases.pairs,
    }


def _about(run: Run, phrases: Phrases, abroad: bool) -> dict[str, Any]:
    said = {
        key: _text(run.manifest.get(key))
        for key in ("run_id", "title", "note", "source", "report_date", "created")
    }
    return {
        "id": said["run_id"],
        "title": said["title"],
        "note": said["note"],
        "source": said["source"],
        "report_date": phrases.of(lambda to: say_date(said["report_date"], to)),
        "created": phrases.of(lambda to: say_moment(said["created"], to, abroad)),
    }


def _communes(
    status: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, sites: Mapping[str, int], phrases: Phrases
) -> list[dict[str, Any]]:
    if status.empty:
        return []
    shown = _for_display(status)
    districts = dict(zip(communes["commune_code"], communes["district"], strict=True))
    return [
        {
            "code": row["commune_code"],
            "name": row["name"],
            "type": _text(row["unit_type"]),
            "district": _text(districts.get(row["commune_code"])),
            "people": _count(row["population"], phrases),
            "centre": sites.get(row["centre_site_id"], -1),
            "status": [STATUSES.index(row[service]) for service in SERVICES],
            "counts": [[int(row[f"{service}_{s}"]) for s in STATUSES] for service in SERVICES],
            "label": _point(spot),
            "shape": [[_steps(ring.coords) for ring in (p.exterior, *p.interiors)] for p in _parts(shape)],
        }
        for row, shape, spot in zip(
            status.to_dict("records"), shown.geometry, _widest_spots(status), strict=True
        )
    ]


def _sites(gaps: gpd.GeoDataFrame, phrases: Phrases) -> dict[str, Any]:
    """The sites by column, a list as long as there are sites in each."""
    rows = gaps.to_dict("records")
    kinds = sorted(set(gaps["kind"]))

    def evidence(row: Mapping[str, Any], service: str) -> int:
        return phrases.of(lambda to: say_evidence(row, service, to))

    return {
        "id": list(gaps["site_id"]),
        "name": list(gaps["name"]),
        "kinds": [
            {
                "family": kind_family(kind),
                "centre": kind == CENTRE_KIND,
                "name": phrases.word(KIND_NAMES, kind),
            }
            for kind in kinds
        ],
        "kind": [kinds.index(row["kind"]) for row in rows],
        "commune": list(gaps["commune_code"]),
        "at": [c for row in rows for c in _point(row["geometry"])],
        "people": [_count(row["people"], phrases) for row in rows],
        "people_basis": [_basis(row["people_basis"], phrases) for row in rows],
        "status": [[STATUSES.index(row[service]) for row in rows] for service in SERVICES],
        "evidence": [[evidence(row, service) for row in rows] for service in SERVICES],
        "basis": [[_basis(row[f"{service}_basis"], phrases) for row in rows] for service in SERVICES],
        "date": [[_day(row[f"{service}_date"], phrases) for row in rows] for service in SERVICES],
    }


def _options(options: pd.DataFrame, sites: Mapping[str, int], phrases: Phrases) -> list[list[Any]]:
    """A row an option: site, technology, what it closes, 2 chosen 1 feasible 0 not, reason, costs, line."""
    chosen = options[options["chosen"]]
    connection = {
        row["site_id"]: row["technology"]
        for row in chosen.to_dict("records")
        if row["closes"] in ("fibre", "connection")
    }
    rows = []
    for row in options.to_dict("records"):
        if row["site_id"] not in sites:
            continue
        rows.append(
            [
                sites[row["site_id"]],
                _technology(row["technology"], phrases),
                CLOSES.index(row["closes"]),
                2 if row["chosen"] else int(row["feasible"]),
                _reason(_text(row["reason"]), connection.get(row["site_id"], ""), phrases),
                _money(row["capex_vnd"], phrases),
                _money(row["opex_vnd_per_year"], phrases),
                _length(row["new_line_m"], phrases),
            ]
        )
    return rows


def _investments(
    investments: gpd.GeoDataFrame,
    gaps: gpd.GeoDataFrame,
    joins: Mapping[str, list[int]],
    sites: Mapping[str, int],
    order: Mapping[str, int],
    phrases: Phrases,
) -> list[dict[str, Any]]:
    # Where nobody knows how many people rely on a site, none is not the number.
    counted = set(gaps.loc[gaps["people"].notna(), "site_id"])
    return [
        {
            "id": row["investment_id"],
            "rank": int(row["rank"]),
            "technology": _technology(row["technology"], phrases),
            "closes": CLOSES.index(row["closes"]),
            "communes": _split(row["commune_codes"]),
            "sites": [sites[site] for site in _split(row["site_ids"]) if site in sites],
            "people": _count(
                row["people"] if counted.intersection(_split(row["site_ids"])) else None, phrases
            ),
            "capex": _money(row["capex_vnd"], phrases),
            "low": _money(row["capex_low_vnd"], phrases),
            "high": _money(row["capex_high_vnd"], phrases),
            "opex": _money(row["opex_vnd_per_year"], phrases),
            "per_person": _money(row["capex_vnd_per_person"], phrases),
            "cumulative": _money(row["cumulative_capex_vnd"], phrases),
            "new_line": _length(row["new_line_m"], phrases),
            "offroad": _length(row["offroad_m"], phrases),
            "leased": _length(row["leased_m"], phrases),
            "rent": _money(row["rent_vnd_per_year"] or None, phrases),
            "funded": bool(row["funded"]),
            "after": [order[key] for key in _split(row["depends_on"]) if key in order],
            "operator": _text(row["operator"]),
            "partner": _text(row["partner"]),
            "year": _text(row["year"]),
            "joins": joins.get(row["investment_id"], []),
        }
        for row in investments.to_dict("records")
    ]


def _joins(segments: gpd.GeoDataFrame, phrases: Phrases) -> dict[str, list[int]]:
    """For each investment the places where its line crosses from one part of the roads to another."""
    out: dict[str, list[int]] = {}
    for join in road_joins(segments):
        said = phrases.of(lambda to, join=join: say_join(join, to))  # type: ignore[misc]
        out.setdefault(join.investment_id, []).append(said)
    return out


def _plan(plan: Mapping[str, Any], phrases: Phrases) -> dict[str, Any]:
    """The plan's totals as the run states them; −1 where it does not. `all` closes all that can be closed."""
    money = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year", "budget_vnd")
    said: dict[str, Any] = {key: _money(plan.get(key), phrases) for key in money}
    said["sites_connected"] = _count(plan.get("sites_connected"), phrases)
    said["all"] = _money(plan.get("all", {}).get("capex_vnd"), phrases)
    share = plan.get("assumed_share")
    said["assumed"] = (
        -1 if share is None else phrases.of(lambda to: _whole(f"{decimal(100 * share, 0, to)} %"))
    )
    proof = plan.get("proof")
    proven = bool(say_proof(proof))
    said["proof"] = phrases.of(lambda to: say_proof(proof, to)) if proven else -1
    said["proven"] = phrases.of(lambda to: say_what_is_proven(proof, to)) if proven else -1
    said["rules"] = [phrases.word(RULES, rule) for rule in plan.get("rules", [])]
    return said


def _segments(segments: gpd.GeoDataFrame, order: Mapping[str, int]) -> list[list[Any]]:
    """A row a piece of new line: place of its investment, kind, line."""
    if segments.empty:
        return []
    shown = _for_display(segments)
    return [
        [order.get(investment, -1), kind, _steps(line.coords)]
        for investment, kind, line in zip(shown["investment_id"], shown["kind"], shown.geometry, strict=True)
    ]


def _lines(frame: gpd.GeoDataFrame, column: str) -> list[list[Any]]:
    """A row a distinct text of `column` (operator, name): the text and its lines."""
    if frame.empty:
        return []
    shown = _for_display(frame)
    names = shown[column].map(_text)
    return [
        [name, [_steps(part.coords) for line in shown.geometry[names == name] for part in _parts(line)]]
        for name in sorted(set(names))
    ]


def _named_points(frame: gpd.GeoDataFrame) -> list[list[Any]]:
    return [[_text(name), *_point(point)] for name, point in zip(frame["name"], frame.geometry, strict=True)]


def _masts(cells: gpd.GeoDataFrame) -> list[list[Any]]:
    """A row a mast: operator, radio technologies, place. Cells of one operator at one place are one mast."""
    masts: dict[tuple[str, int, int], set[str]] = {}
    for operator, radio, point in zip(cells["operator"], cells["radio"], cells.geometry, strict=True):
        masts.setdefault((operator, *_point(point)), set()).add(radio)
    return [
        [operator, ", ".join(sorted(radios)), lon, lat]
        for (operator, lon, lat), radios in sorted(masts.items())
    ]


def _nodes(nodes: gpd.GeoDataFrame) -> list[list[Any]]:
    """A row a node that new line can start from: operator, name, place."""
    return sorted(
        [_text(operator), _text(name), *_point(point)]
        for operator, name, point in zip(nodes["operator"], nodes["name"], nodes.geometry, strict=True)
    )


def abroad(places: gpd.GeoDataFrame) -> bool:
    """Does the study lie outside the frame of Viet Nam and its islands (101°–118° E, 6°–24° N)?"""
    if places.empty:
        return False
    west, south, east, north = places.total_bounds
    return bool(west > 118 or east < 101 or south > 24 or north < 6)


def _for_display(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """`frame` without detail finer than a five-thousandth of its own width: a pixel of a large screen."""
    metric = frame.to_crs(metric_crs(frame))
    west, south, east, north = metric.total_bounds
    return simplify_for_display(metric, max(east - west, north - south) / 5000).to_crs(WGS84)


def _widest_spots(status: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Where each commune has most room for its name: the centre of the largest circle inside it."""
    metric = status.to_crs(metric_crs(status)).geometry
    circles = shapely.maximum_inscribed_circle(metric.to_numpy(), tolerance=50)
    return gpd.GeoSeries(shapely.get_point(circles, 0), crs=metric.crs).to_crs(WGS84)


def _parts(shape: Any) -> Iterable[Any]:
    return shape.geoms if hasattr(shape, "geoms") else (shape,)


def _point(point: Any) -> list[int]:
    return [round(point.x * SCALE), round(point.y * SCALE)]


def _steps(coords: Any) -> list[int]:
    """A line as its first point and the steps from there, without points that fall together.

    >>> _steps([(107.5, 15.5), (107.50001, 15.5), (107.50001, 15.49)])
    [10750000, 1550000, 1, 0, 0, -1000]
    """
    whole = np.rint(np.asarray(coords)[:, :2] * SCALE).astype("int64")
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), "int64"))
    moved = np.any(steps != 0, axis=1)
    moved[0] = True
    return [int(step) for step in steps[moved].ravel()]


def _counts(statuses: pd.Series) -> list[int]:
    return [int((statuses == status).sum()) for status in STATUSES]


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _split(value: Any) -> list[str]:
    return [part for part in _text(value).split(";") if part]


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _money(value: Any, phrases: Phrases) -> int:
    return -1 if _missing(value) else phrases.of(lambda to: _whole(say_vnd(float(value), to)))


def _whole(figure: str) -> str:
    """A figure and its unit that stay on one line."""
    return figure.replace(" ", "\u00a0")


def _count(value: Any, phrases: Phrases) -> int:
    return -1 if _missing(value) else phrases.of(lambda to: group_digits(value, to))


def _length(value: Any, phrases: Phrases) -> int:
    return (
        -1 if _missing(value) or value == 0 else phrases.of(lambda to: _whole(say_distance(float(value), to)))
    )


def _day(value: Any, phrases: Phrases) -> int:
    return phrases.of(lambda to: say_date(_text(value), to)) if _text(value) else -1


def _basis(value: Any, phrases: Phrases) -> int:
    return phrases.word(BASIS_NAMES, _text(value)) if _text(value) else -1


def _technology(code: str, phrases: Phrases) -> int:
    return phrases.word(TECHNOLOGY_NAMES, code)


def _reason(code: str, connection: str, phrases: Phrases) -> int:
    """The words for a reason; `connection` is the technology that the site's Wi-Fi would hang on."""
    if not code:
        return -1
    return phrases.of(
        lambda to: say(REASONS, code, to).replace(
            "{depends_on}", say(TECHNOLOGY_NAMES, connection, to).lower() or "–"
        )
    )
