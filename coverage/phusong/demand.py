"""How fast a connection each site needs: its users, its video conferences, and the households about it."""

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.domain import DEMAND, conform
from phusong.people import households_near
from phusong.study import Demand, Targets


def find_demand(
    sites: gpd.GeoDataFrame, people: pd.DataFrame, targets: Targets, settings: Demand
) -> pd.DataFrame:
    """DEMAND of the sites; `people` as `people.where_people_live` gives them.

    A site needs `demand_mbps_per_user` for each person who uses it at the same time, at least
    `demand_min_mbps` (both ITU's), and `video_down_mbps` for each conference at the same time. Users are
    those reported, else the most that its kind, its pupils and its beds lead one to expect. Where the list
    says what a site needs (`demand_mbps`), that is what it needs.
    """
    figures = settings.model_dump()
    expected = sites["kind"].map(lambda kind: figures[f"users_{kind}"]).astype("float64")
    for column, each in (("pupils", settings.users_per_pupil), ("beds", settings.users_per_bed)):
        expected = np.maximum(expected, _known(sites, column).fillna(0) * each)
    reported = _known(sites, "users")
    users = reported.fillna(expected)
    rooms = sites["kind"].map(lambda kind: figures[f"video_rooms_{kind}"]).astype("float64")
    own = np.maximum(targets.demand_min_mbps, users * targets.demand_mbps_per_user)
    near = households_near(
        people, sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy(), settings.near_m
    ).round(1)
    out = pd.DataFrame(
        {
            "site_id": sites["site_id"],
            "users": users,
            "users_basis": np.where(reported.notna(), "reported", "assumed"),
            "video_rooms": rooms,
            "demand_mbps": _known(sites, "demand_mbps").fillna(own + rooms * targets.video_down_mbps),
            "households_near": near,
            "households_mbps": near * settings.household_mbps,
        }
    )
    return conform(out, DEMAND)


def _known(sites: pd.DataFrame, column: str) -> pd.Series:
    """A column that a list may lack, as numbers."""
    if column not in sites:
        return pd.Series(np.nan, index=sites.index)
    return sites[column].astype("Float64").astype("float64")
