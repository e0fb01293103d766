"""The run's tables as the JSON that the page draws from.

Coordinates are whole hundred-thousandths of a degree, lines as steps from point to point. Texts in two
languages stand once in `phrases`, and everything else points to them by number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from phusong.bought import lit_from
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
from phusong.maps.history import check_earlier, history, statuses_of
from phusong.maps.packing import pack_numbers, pack_texts
from phusong.maps.signal import signal_of
from phusong.maps.texts import INTERFACE, Phrases, say_date, say_moment
from phusong.maps.tiles import Tiles
from phusong.maps.units import units_of
from phusong.options import CONNECTIONS
from phusong.runs import Run
from phusong.units import current_currency, decimal, group_digits, say_distance, say_vnd
from phusong.wording import (
    BASIS_NAMES,
    EVIDENCE,
    FACILITY_NAMES,
    GENERATION,
    KIND_NAMES,
    REASONS,
    RULES,
    SERVICE_NAMES,
    TECHNOLOGY_NAMES,
    say,
    say_proof,
    say_what_is_proven,
)

#: Whole numbers in the page are degrees times this: five decimals, about a metre.
SCALE = 100_000
#: In packed columns: the level is not known; people are millionths, since a commune's are shared out evenly.
NO_LEVEL = 1
MICRO = 1_000_000

#: Money of an investment that the page adds up itself.
_COUNTED = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year")

Tables = dict[str, Any]


@dataclass(frozen=True)
class Extras:
    """What a map shows beside its run: a folder of footprints, an online background, earlier runs."""

    cover: Path | None = None
    tiles: Tiles | None = None
    earlier: Sequence[Run] = ()


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
                "counts": _counts(tables["gaps"][service]),
            }
            for service in SERVICES
        ],
        "communes": _communes(tables["commune_status"], tables["communes"], sites, phrases),
        "outlines": _outlines(tables["commune_status"], tables["communes"]),
        "sites": _sites(tables["gaps"], tables["commune_status"]["commune_code"], phrases),
        "reports": _reports(tables["gaps"], phrases),
        "options": _options(tables["options"], sites, phrases),
        "investments": _investments(
            investments, tables["gaps"], _joins(tables["segments"], phrases), sites, order, phrases
        ),
        "plan": _plan(plan, phrases),
        # What the budget slider reckons with, in whole đồng: the study's budget (null without one).
        "budget": {"vnd": plan.get("budget_vnd"), "lifetime": lifetime},
        "segments": _segments(tables["segments"], order),
        "links": _links(tables["links"], sites, order, phrases),
        "fibre": _lines(tables["fibre"], "operator"),
        "roads": _lines(tables["roads"], "name"),
        "rivers": _lines(tables["rivers"], "name"),
        "settlements": _named_points(tables["settlements"]),
        "masts": _masts(tables["cells"]),
        "nodes": _nodes(tables["nodes"]),
        "currency": asdict(current_currency()),
        "signal": extras.cover and signal_of(run, extras.cover, phrases, abroad(tables["commune_status"])),
        "tiles": extras.tiles and _tiles(extras.tiles),
        "history": _history(run, extras.earlier, phrases) if extras.earlier else None,
        "units": units_of(
            tables["communes"],
            tables["crosswalk"],
            list(tables["commune_status"]["commune_code"]),
            _text(run.manifest.get("vintage")),
            phrases,
        ),
        "figures": figures_of(tables["commune_status"], investments),
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
        key: _text(run.manifest.get(key))
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
    used = {file["file"] for files in manifest.get("inputs", {}).values() for file in files}
    origins = [o for o in manifest.get("sources", {}).values() if used & set(o["files"])]
    return [
        {
            "who": _text(origin["attribution"] or origin["title"]),
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


def _history(run: Run, earlier: Sequence[Run], phrases: Phrases) -> dict[str, Any]:
    check_earlier(run, earlier)
    found = history(statuses_of([*earlier, run]), list(run.tables["gaps"]["site_id"]))
    said = [phrases.of(lambda to, date=date: say_date(date, to)) for date in found["dates"]]  # type: ignore[misc]
    return {**found, "said": said}


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
            "shape": _rings(shape),
        }
        for row, shape, spot in zip(
            status.to_dict("records"), shown.geometry, _widest_spots(status), strict=True
        )
    ]


def _sites(gaps: gpd.GeoDataFrame, communes: pd.Series, phrases: Phrases) -> dict[str, Any]:
    """The sites by packed column. `report` points into `reports` (see `_reports`), by service."""
    kinds = sorted(set(gaps["kind"]))
    places = {code: place for place, code in enumerate(communes)}
    bases = sorted(set(gaps["people_basis"].dropna()))
    signals = gaps["mobile_operator"].fillna("") + " " + gaps["mobile_radio"].map(GENERATION).fillna("")
    who = sorted(set(signals))
    levels = {
        name: pack_numbers(gaps[f"mobile_{name}_dbm"].map(_level))
        for name in ("level", "low", "high", "measured")
    }
    distances = {
        f"{name}_distance": pack_numbers(gaps[f"{name}_distance_m"].map(_metres))
        for name in ("fibre", "cell")
    }
    points = np.rint(shapely.get_coordinates(gaps.geometry.to_numpy()) * SCALE)
    return {
        "id": pack_texts(list(gaps["site_id"])),
        "name": pack_texts(list(gaps["name"])),
        "kinds": [
            {
                "family": kind_family(kind),
                "centre": kind == CENTRE_KIND,
                "name": phrases.word(KIND_NAMES, kind),
            }
            for kind in kinds
        ],
        "kind": pack_numbers(gaps["kind"].map(kinds.index)),
        "commune": pack_numbers([places.get(code, -1) for code in gaps["commune_code"]]),
        "lon": pack_numbers(points[:, 0].astype("int64")),
        "lat": pack_numbers(points[:, 1].astype("int64")),
        "people": pack_numbers((gaps["people"].fillna(-1) * MICRO).round().astype("int64")),
        "people_bases": [*(_basis(basis, phrases) for basis in bases), -1],
        "people_basis": pack_numbers(
            [bases.index(b) if b in bases else len(bases) for b in gaps["people_basis"]]
        ),
        **distances,
        "signals": who,
        "signal": pack_numbers(signals.map(who.index)),
        **levels,
        "report": [
            pack_numbers(gaps.groupby(_report_columns(service), dropna=False, sort=True).ngroup())
            for service in SERVICES
        ],
    }


def _report_columns(service: str) -> list[str]:
    return [service, f"{service}_evidence", f"{service}_basis", f"{service}_date"]


def _reports(gaps: gpd.GeoDataFrame, phrases: Phrases) -> list[list[list[int]]]:
    """For each service the distinct reports: status, evidence (the page fills it in), basis, date."""
    said = []
    for service in SERVICES:
        columns = _report_columns(service)
        groups = gaps.groupby(columns, dropna=False, sort=True).size().reset_index()[columns]
        said.append(
            [
                [
                    STATUSES.index(status),
                    phrases.word(EVIDENCE, evidence),
                    _basis(basis, phrases),
                    _day(date, phrases),
                ]
                for status, evidence, basis, date in groups.itertuples(index=False)
            ]
        )
    return said


def _options(options: pd.DataFrame, sites: Mapping[str, int], phrases: Phrases) -> dict[str, Any]:
    """The options by packed column, those of a site side by side; `step` is that from site to site.

    A kind is technology, what it closes, 2 chosen 1 feasible 0 not, and the reason.
    """
    chosen = options[options["chosen"] & options["closes"].isin(("fibre", "connection"))]
    connection = dict(zip(chosen["site_id"], chosen["technology"], strict=True))
    shown = options[options["site_id"].isin(list(sites))]
    place = shown["site_id"].map(sites).astype("int64")
    shown = shown.assign(place=place).sort_values("place", kind="stable")
    through = shown["site_id"].map(connection).fillna("")
    # Only the reasons that name the connection differ by it.
    names = shown["reason"].fillna("").map(lambda code: "{depends_on}" in say(REASONS, code, "en"))
    state = np.where(shown["chosen"], 2, shown["feasible"].astype(int))
    kind = list(
        zip(
            shown["technology"],
            shown["closes"].map(CLOSES.index),
            [int(s) for s in state],
            shown["reason"].fillna(""),
            through.where(names, ""),
            strict=True,
        )
    )
    kinds = {said: place for place, said in enumerate(sorted(set(kind)))}
    return {
        "step": pack_numbers(np.diff(shown["place"], prepend=0)),
        "kinds": [
            [_technology(technology, phrases), closes, state, _reason(reason, by, phrases)]
            for technology, closes, state, reason, by in kinds
        ],
        "kind": pack_numbers(kinds[said] for said in kind),
        "capex": pack_numbers(shown["capex_vnd"].fillna(-1).astype("int64")),
        "opex": pack_numbers(shown["opex_vnd_per_year"].fillna(-1).astype("int64")),
        "new_line": pack_numbers(shown["new_line_m"].map(_metres)),
    }


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
            "connects": row["closes"] in CONNECTIONS,
            "from_vnd": int(row["from_vnd"]),
            "vnd": [int(row[name]) for name in _COUNTED],
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
    """What the run states of its plan; −1 where it does not. The page adds up the rest (`budget.js`)."""
    said: dict[str, Any] = {key: _money(plan.get(key), phrases) for key in ("capex_vnd", "budget_vnd")}
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


def _links(
    links: gpd.GeoDataFrame, sites: Mapping[str, int], order: Mapping[str, int], phrases: Phrases
) -> list[dict[str, Any]]:
    """The microwave links. All numbers are whole: dB, dBm, GHz, m of masts and mm/h times ten, degrees and
    Fresnel radii times a hundred, per cent times ten thousand; null where there is no elevation."""
    return [
        {
            "investment": order.get(row["investment_id"], -1),
            "funded": bool(row["funded"]),
            "sites": [sites[site] for site in _split(row["site_ids"]) if site in sites],
            "at": [number for place in shape.coords for number in _point(shapely.Point(place))],
            "ends": [_link_end(row, end, sites, phrases) for end in "ab"],
            "length": _times(row["length_m"], 1),
            "rate": _times(row["rate_mbps"], 1),
            **{
                name: _times(row[column], 10)
                for name, column in {
                    "band": "f_ghz",
                    "power": "power_dbm",
                    "gain": "gain_dbi",
                    "threshold": "threshold_dbm",
                    "received": "received_dbm",
                    "margin": "margin_db",
                    "rain": "r001_mm_h",
                }.items()
            },
            "assumed_rain": row["rain_basis"] == "assumed",
            "availability": _times(row["availability_percent"], 10_000),
            "clearance": [
                {
                    "k": _times(k, 100),
                    "least": _times(row[f"clearance{part}_f1"], 100),
                    "asked": _times(row[f"asked{part}_f1"], 100),
                    "at": _times(row[f"clearance{part}_at_m"], 1),
                }
                for part, k in (("", 4 / 3), ("_k_min", row["k_min"]))
            ],
            "ground": [int(metres) for metres in _text(row["profile_ground_m"]).split()],
            "canopy": [int(metres) for metres in _text(row["profile_canopy_m"]).split()],
        }
        for row, shape in zip(links.to_dict("records"), links.geometry, strict=True)
    ]


def _link_end(row: Mapping[str, Any], end: str, sites: Mapping[str, int], phrases: Phrases) -> dict[str, Any]:
    """What stands at an end of a link: a site by its place in `sites`, or a kind of facility."""
    kind = row[f"{end}_kind"]
    return {
        "id": row[f"{end}_id"],
        "site": sites.get(row[f"{end}_id"], -1) if kind == "site" else -1,
        "kind": phrases.word(FACILITY_NAMES, kind),
        "operator": _text(row[f"{end}_operator"]),
        "ground": _times(row[f"{end}_ground_m"], 10),
        "height": _times(row[f"{end}_height_m"], 10),
        "azimuth": _times(row[f"{end}_azimuth_deg"], 100),
        "tilt": _times(row[f"{end}_tilt_deg"], 100),
    }


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


def _outlines(status: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """What the communes make up: districts and provinces where there are several, and the whole."""
    if status.empty:
        return []
    units = communes.drop_duplicates("commune_code").set_index("commune_code")
    shown = _for_display(status)
    levels = {
        "district": status["commune_code"].map(_province_district(units)),
        "province": status["commune_code"].map(units["province"]),
        "whole": pd.Series("", index=status.index),
    }
    return [
        {"level": level, "name": str(name).split("/")[-1], "label": _point(spot), "shape": _rings(shape)}
        for level, names in levels.items()
        if level == "whole" or names.nunique() > 1
        for name, shape, spot in _joined(shown, names)
    ]


def _province_district(units: pd.DataFrame) -> pd.Series:
    """Texts such as Quảng Nam/Nam Giang: provinces share names of districts; NA without a district."""
    both = units["province"].astype("object").fillna("") + "/" + units["district"].astype("object")
    return both.where(units["district"].notna())


def _joined(shown: gpd.GeoDataFrame, names: pd.Series) -> Iterable[tuple[str, Any, Any]]:
    """For each of `names` the union of its shapes without slivers, and a spot inside it."""
    for name, rows in shown.groupby(names):
        parts = [
            shapely.Polygon(part.exterior)
            for part in _parts(shapely.union_all(rows.geometry.to_numpy()))
            if part.geom_type == "Polygon"
        ]
        if parts:
            yield (
                str(name),
                shapely.MultiPolygon(parts),
                max(parts, key=lambda p: p.area).representative_point(),
            )


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


def _rings(shape: Any) -> list[list[list[int]]]:
    return [[_steps(ring.coords) for ring in (p.exterior, *p.interiors)] for p in _parts(shape)]


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


def _times(value: Any, times: int) -> int | None:
    """A figure as a whole number of its parts; None where it is not known."""
    return None if _missing(value) else round(float(value) * times)


def _day(value: Any, phrases: Phrases) -> int:
    return phrases.of(lambda to: say_date(_text(value), to)) if _text(value) else -1


def _level(dbm: float) -> int:
    """A level in whole dBm; `NO_LEVEL` where it is not known."""
    return NO_LEVEL if pd.isna(dbm) else round(dbm)


def _metres(distance: float) -> int:
    """A distance in whole metres, −1 for not known."""
    return -1 if pd.isna(distance) else round(distance)


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
