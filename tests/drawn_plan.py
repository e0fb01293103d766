"""Small worlds drawn by hand, in metres, with round prices: the answers can be added up in the head.

Prices: a metre of line along a road 100 ₫, off-road 200 ₫; a fibre terminal 1,000 ₫; a satellite terminal
200,000 ₫. No OPEX and one year, so present cost = CAPEX.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.costs import Price, Prices
from phusong.domain import ROAD_CLASSES, Region
from phusong.readers import read_prices
from phusong.readers.study import figures
from phusong.study import Choices, Demand, Mobile, Sensitivity, Study, Targets

CRS = "EPSG:32648"
#: Factors that change nothing unless a test says so.
PLAIN_FACTORS = (
    *("aerial_factor", "evn_poles_factor", "duct_factor", "landslide_factor"),
    *("slope_10", "slope_20", "slope_30", "slope_40"),
    *(f"class_{name}" for name in ROAD_CLASSES),
)
FLOORS = {"office_commune": 2, "school": 4, "health_station": 1}
Point = tuple[float, float]


def price(value: float, unit: str = "VND", low: float | None = None, high: float | None = None) -> Price:
    low, high = (value if bound is None else bound for bound in (low, high))
    return Price(value, low, high, unit, "drawn for the test", "2026")


def round_prices(**fibre: Price) -> Prices:
    """Round prices of fibre, satellite and Wi-Fi; the bundled sheets of the other technologies."""
    return dict(read_prices(Study.model_construct(prices={}))) | {
        "fibre": {
            "new_line": price(100, "VND/m", 50, 150),
            "length_factor": price(1, "1"),
            "offroad_factor": price(2, "1"),
            "site": price(1000),
            "opex_share": price(0, "1/year"),
            "life_years": price(10, "years"),
            "down_mbps": price(100, "Mb/s"),
            "latency_ms": price(20, "ms"),
            "power_w": price(20, "W"),
            "tap": price(0),
            "lease": price(0, "VND/m/year"),
            "duct_rent": price(0, "VND/m/year"),
            "evn_pole_rent": price(0, "VND/pole/year"),
            "evn_pole_spacing_m": price(50, "m"),
            "bridge_crossing": price(0),
            "river_crossing": price(0),
            "landslide_reach_m": price(200, "m"),
            "duct_reach_m": price(30, "m"),
            "evn_poles_reach_m": price(50, "m"),
        }
        | {name: price(1, "1") for name in PLAIN_FACTORS}
        | fibre,
        "satellite": {
            "terminal": price(200_000, "VND", 100_000, 300_000),
            "opex_share": price(0, "1/year"),
            "capacity_per_mbps_year": price(0, "VND/Mbps/year"),
            "life_years": price(10, "years"),
            "down_mbps": price(100, "Mb/s"),
            "up_mbps": price(10, "Mb/s"),
            "latency_ms": price(50, "ms"),
            "power_w": price(75, "W"),
        },
        "wifi": {
            "access_point": price(500),
            "opex_share": price(0, "1/year"),
            "life_years": price(5, "years"),
            # Small buildings: an access point a floor, no yard, no cable.
            **{f"floors_{kind}": price(n, "1") for kind, n in FLOORS.items()},
            **{f"area_{kind}": price(1, "m²") for kind in FLOORS},
            **{f"yard_{kind}": price(0, "m²") for kind in FLOORS},
            **{name: price(0) for name in ("outdoor_point", "switch", "cable_per_m", "cable_per_point")},
            "f_ghz": price(5.5, "GHz"),
            "loss_most_db": price(90, "dB"),
            "percent": price(90, "%"),
            "reach_most_m": price(30, "m"),
            "packing": price(0.5, "1"),
            "users_per_point": price(1000, "persons"),
        },
    }


def lines(shapes: Sequence[Sequence[Point]], prefix: str = "R") -> gpd.GeoDataFrame:
    """Roads (`prefix` R) or fibre (F), numbered as they come."""
    name = {"R": "road_id", "F": "fibre_id"}[prefix]
    ids = pd.Series([f"{prefix}{i}" for i in range(len(shapes))], dtype="str")
    data = {name: ids, "operator": pd.Series([f"op{i}" for i in range(len(shapes))], dtype="str")}
    return gpd.GeoDataFrame(data, geometry=[shapely.LineString(s) for s in shapes], crs=CRS)


def sites(
    at: Mapping[str, Point], kind: Mapping[str, str] | None = None, commune: Mapping[str, str] | None = None
) -> gpd.GeoDataFrame:
    """Schools, unless `kind` says otherwise, each in a commune of its own unless `commune` does."""
    ids = list(at)
    codes = commune or {site: f"{10000 + i}" for i, site in enumerate(sorted(ids))}
    frame = pd.DataFrame(
        {
            "site_id": pd.Series(ids, dtype="str"),
            "name": pd.Series(ids, dtype="str"),
            "kind": [(kind or {}).get(site, "school") for site in ids],
            "commune_code": [codes[site] for site in ids],
            "users": pd.Series([pd.NA] * len(ids), dtype="Int64"),
            "power": pd.Series([None] * len(ids), dtype="str"),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(at[site]) for site in ids], crs=CRS)


def gaps_of(
    frame: gpd.GeoDataFrame,
    fibre: Mapping[str, str] | None = None,
    wifi: Mapping[str, str] | None = None,
    people: float = 100,
) -> gpd.GeoDataFrame:
    """A fibre gap and working Wi-Fi everywhere, unless said otherwise."""
    out = frame[["site_id", "name", "kind", "commune_code", "geometry"]].copy()
    out["fibre"] = [(fibre or {}).get(s, "gap") for s in out["site_id"]]
    out["wifi"] = [(wifi or {}).get(s, "ok") for s in out["site_id"]]
    out["people"] = float(people)
    return out


def region(roads: gpd.GeoDataFrame, fibre: gpd.GeoDataFrame, at: gpd.GeoDataFrame) -> Region:
    # Tables that the plan does not use are empty.
    empty = {
        field.name: gpd.GeoDataFrame(geometry=[], crs=CRS) for field in fields(Region) if _required(field)
    }
    return Region(**{**empty, "sites": at, "fibre": fibre, "roads": roads})


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def study(**plan: object) -> Study:
    targets = Targets(
        fibre_reach_m=2000,
        mobile_assumed_radius_m=3000,
        video_down_mbps=4,
        video_up_mbps=4,
        video_latency_ms=150,
        video_loss_percent=1,
        demand_mbps_per_user=2,
        demand_min_mbps=20,
    )
    choices = Choices(**{"years": 1, "discount_rate": 0.0, "fibre_only": (), **plan})
    # The rest of a study (where files are, radio figures) does not matter to the plan.
    models = {"mobile": Mobile, "demand": Demand, "sensitivity": Sensitivity}
    settings = {name: model(**figures(f"{name}.toml")) for name, model in models.items()}
    return Study.model_construct(title="drawn", targets=targets, plan=choices, **settings)


def shuffled(where: Region, seed: int) -> Region:
    """The same region with the rows of its tables in another order."""
    mix = {
        name: getattr(where, name).sample(frac=1, random_state=seed) for name in ("sites", "fibre", "roads")
    }
    return replace(where, **mix)
