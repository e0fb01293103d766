"""ITU's Ibiza example of 2024 as a problem of choice: its sites, its prices, straight lines between sites.

Prices are those of its sheet (costinputs), over its 10 years; microwave, cellular and satellite a site as in
its published results. A site on fibre passes it on to others; one served otherwise does not.
"""

import csv
from pathlib import Path

import numpy as np

from phusong.choice import Problem, all_ways, network_ways, own_ways
from phusong.steiner import CostGraph

#: Where the example is, beside the repository; the tests that need it say so when it is absent.
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "itu-examples" / "ibiza-2024"
FIBRE, MICROWAVE, CELLULAR, SATELLITE = range(4)
#: USD over 10 years: of a kilometre of line, of a site's own equipment and fees, of a site by other means.
YEARS = 10
KM = 1.1 * 8000 * (1 + YEARS * 0.1)
OWN = 500 * (1 + YEARS * 0.1) + 3 * 500 + YEARS * 15 * 12
OTHER = {MICROWAVE: 21448.0336, CELLULAR: 400.0, SATELLITE: 10200.0}
#: The sphere that ITU measures distances on, metres.
RADIUS_M = 6_371_000.0


def ibiza(satellite: bool) -> Problem:
    """The 100 sites and 30 fibre nodes; each site is worth 1."""
    sites = _rows("processed/pointofinterest")
    seen = {row["poi_id"]: row["is_visible"] == "True" for row in _rows("output/visibility")}
    covered = {row["poi_id"]: float(row["4G_coverage"]) > 0 for row in _rows("output/pcd")}
    away = distances(sites, _rows("processed/transmissionnode"))
    k = len(sites)
    u, v = np.triu_indices(k + 1, 1)
    graph = CostGraph(k + 1, u, v, KM * away[u, v] / 1000, np.array([k]))
    one, ids = np.ones(k), [row["poi_id"] for row in sites]
    ways = [
        network_ways(np.arange(k), np.full(k, OWN), one, FIBRE),
        own_ways(np.where([seen[i] for i in ids], OTHER[MICROWAVE], np.inf), one, MICROWAVE),
        own_ways(np.where([covered[i] for i in ids], OTHER[CELLULAR], np.inf), one, CELLULAR),
    ]
    if satellite:
        ways.append(own_ways(np.full(k, OTHER[SATELLITE]), one, SATELLITE))
    return Problem(graph, k, all_ways(*ways))


def distances(sites: list[dict[str, str]], nodes: list[dict[str, str]]) -> np.ndarray:
    """Metres between sites, and in the last row and column to the nearest node (haversine)."""
    lat, lon = (np.radians([float(row[name]) for row in sites + nodes]) for name in ("lat", "lon"))
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    metres = 2 * RADIUS_M * np.arcsin(np.sqrt(half))
    k = len(sites)
    out = np.zeros((k + 1, k + 1))
    out[:k, :k] = metres[:k, :k]
    out[k, :k] = out[:k, k] = metres[:k, k:].min(axis=1)
    return out


def _rows(folder: str) -> list[dict[str, str]]:
    (path,) = (FOLDER / folder).glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
