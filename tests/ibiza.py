"""ITU's own example of fibre planning: 100 sites and 30 nodes of Ibiza, and what ITU published for them.

Connectivity Planning Platform, FNS-Division/inframapdatabase: inputs and outputs of 2024. Straight lines from
site to site and node, none longer than a hop; great circles on a sphere of 6,371 km.
"""

import csv
from pathlib import Path
from types import MappingProxyType

import numpy as np

from phusong.steiner import CostGraph

#: Longest hop in km → sites connected, km of fibre; from 4 km on nothing changes.
PUBLISHED = MappingProxyType(
    {
        1: (19, 11.7798),
        2: (71, 74.2631),
        3: (96, 122.0876),
        4: (100, 131.0874),
        5: (100, 131.0874),
        15: (100, 131.0874),
    }
)
_RADIUS_KM = 6371.0


def ibiza_places(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude (n, 2) of the sites and of the nodes."""
    folder = shared / "itu-examples" / "ibiza-2024" / "processed"
    return _places(folder / "pointofinterest"), _places(folder / "transmissionnode")


def _places(folder: Path) -> np.ndarray:
    (path,) = folder.glob("*.csv")
    with path.open(encoding="utf-8") as rows:
        return np.array([(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(rows)])


def great_circle_km(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance between places (…, 2) in degrees (haversine)."""
    (lon_a, lat_a), (lon_b, lat_b) = (np.moveaxis(np.radians(places), -1, 0) for places in (a, b))
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return np.asarray(2 * _RADIUS_KM * np.arcsin(np.sqrt(half)))


def hop_graph(sites: np.ndarray, nodes: np.ndarray, longest_km: float) -> CostGraph:
    """Every hop that is short enough, in m; sites first, then nodes, which are the roots."""
    places = np.concatenate([sites, nodes])
    u, v = np.triu_indices(len(places), 1)
    km = great_circle_km(places[u], places[v])
    short = km <= longest_km
    return CostGraph(len(places), u[short], v[short], 1000 * km[short], np.arange(len(sites), len(places)))
