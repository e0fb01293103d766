"""What is to be built, for the page: investments, new lines, microwave links."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import shapely

from phusong.domain import CLOSES
from phusong.joins import road_joins, say_join
from phusong.maps.ground import for_display, point_of, steps_of
from phusong.maps.saying import (
    count_phrase,
    ids_in,
    length_phrase,
    money_phrase,
    technology_phrase,
    text_of,
    whole_times,
)
from phusong.maps.texts import Phrases
from phusong.options import CONNECTIONS
from phusong.wording import FACILITY_NAMES

#: Money of an investment that the page adds up itself.
_COUNTED = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year")


def investment_rows(
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
            "technology": technology_phrase(row["technology"], phrases),
            "closes": CLOSES.index(row["closes"]),
            "communes": ids_in(row["commune_codes"]),
            "sites": [sites[site] for site in ids_in(row["site_ids"]) if site in sites],
            "people": count_phrase(
                row["people"] if counted.intersection(ids_in(row["site_ids"])) else None, phrases
            ),
            "capex": money_phrase(row["capex_vnd"], phrases),
            "low": money_phrase(row["capex_low_vnd"], phrases),
            "high": money_phrase(row["capex_high_vnd"], phrases),
            "opex": money_phrase(row["opex_vnd_per_year"], phrases),
            "per_person": money_phrase(row["capex_vnd_per_person"], phrases),
            "cumulative": money_phrase(row["cumulative_capex_vnd"], phrases),
            "new_line": length_phrase(row["new_line_m"], phrases),
            "offroad": length_phrase(row["offroad_m"], phrases),
            "leased": length_phrase(row["leased_m"], phrases),
            "rent": money_phrase(row["rent_vnd_per_year"] or None, phrases),
            "funded": bool(row["funded"]),
            "connects": row["closes"] in CONNECTIONS,
            "from_vnd": int(row["from_vnd"]),
            "vnd": [int(row[name]) for name in _COUNTED],
            "after": [order[key] for key in ids_in(row["depends_on"]) if key in order],
            "operator": text_of(row["operator"]),
            "partner": text_of(row["partner"]),
            "year": text_of(row["year"]),
            "joins": joins.get(row["investment_id"], []),
        }
        for row in investments.to_dict("records")
    ]


def join_phrases(segments: gpd.GeoDataFrame, phrases: Phrases) -> dict[str, list[int]]:
    """For each investment the places where its line crosses from one part of the roads to another."""
    out: dict[str, list[int]] = {}
    for join in road_joins(segments):
        said = phrases.of(lambda to, join=join: say_join(join, to))  # type: ignore[misc]
        out.setdefault(join.investment_id, []).append(said)
    return out


def segment_rows(segments: gpd.GeoDataFrame, order: Mapping[str, int]) -> list[list[Any]]:
    """A row a piece of new line: place of its investment, kind, line."""
    if segments.empty:
        return []
    shown = for_display(segments)
    return [
        [order.get(investment, -1), kind, steps_of(line.coords)]
        for investment, kind, line in zip(shown["investment_id"], shown["kind"], shown.geometry, strict=True)
    ]


def link_rows(
    links: gpd.GeoDataFrame, sites: Mapping[str, int], order: Mapping[str, int], phrases: Phrases
) -> list[dict[str, Any]]:
    """The microwave links. All numbers are whole: dB, dBm, GHz, m of masts and mm/h times ten, degrees and
    Fresnel radii times a hundred, per cent times ten thousand; null where there is no elevation."""
    return [
        {
            "investment": order.get(row["investment_id"], -1),
            "funded": bool(row["funded"]),
            "sites": [sites[site] for site in ids_in(row["site_ids"]) if site in sites],
            "at": [number for place in shape.coords for number in point_of(shapely.Point(place))],
            "ends": [_link_end(row, end, sites, phrases) for end in "ab"],
            "length": whole_times(row["length_m"], 1),
            "rate": whole_times(row["rate_mbps"], 1),
            **{
                name: whole_times(row[column], 10)
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
            "availability": whole_times(row["availability_percent"], 10_000),
            "clearance": [
                {
                    "k": whole_times(k, 100),
                    "least": whole_times(row[f"clearance{part}_f1"], 100),
                    "asked": whole_times(row[f"asked{part}_f1"], 100),
                    "at": whole_times(row[f"clearance{part}_at_m"], 1),
                }
                for part, k in (("", 4 / 3), ("_k_min", row["k_min"]))
            ],
            "ground": [int(metres) for metres in text_of(row["profile_ground_m"]).split()],
            "canopy": [int(metres) for metres in text_of(row["profile_canopy_m"]).split()],
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
        "operator": text_of(row[f"{end}_operator"]),
        "ground": whole_times(row[f"{end}_ground_m"], 10),
        "height": whole_times(row[f"{end}_height_m"], 10),
        "azimuth": whole_times(row[f"{end}_azimuth_deg"], 100),
        "tilt": whole_times(row[f"{end}_tilt_deg"], 100),
    }
