"""How long `phusong plan` takes for a drawn province: 200 sites on roads of 200,000 nodes."""

import json
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.mountain_roads import placed_roads
from benchmarks.page import at_most, checks_table
from benchmarks.timing import Scale, say, time_command

#: The south-west corner of the province, in UTM 48N.
_CORNER_M = np.array([700_000.0, 1_700_000.0])
_CRS = "EPSG:32648"
_REPOSITORY = Path(__file__).parents[2]

_TEXT = """## A whole plan

A drawn province: {sites} sites in 20 communes on mountain roads of {nodes:,} nodes in {pieces:,} pieces,
existing fibre along a tree between 12 towns, no elevation (no radio is computed); fibre, satellite and Wi-Fi.
`phusong plan` from the files to the run folder with map, GeoJSON and a frontier of 40 budgets; its own budget
is {budget}; warm.

{checks}

{seconds:.0f} s by the clock, {cpu:.0f} s of processor, {memory:.0f} MB at most; it serves {served}
of {sites} sites."""


def sections(scale: Scale) -> list[str]:
    """Time and memory of the whole command, with its target."""
    if not scale.commands:
        return []
    say(f"  {scale.plan_sites} sites")
    with tempfile.TemporaryDirectory(prefix="phusong-bench-") as name:
        folder = Path(name)
        nodes, pieces = write_province(folder, scale.plan_junctions, scale.plan_sites)
        asked = ["plan", "study.toml", "--budget", "60 tỷ", "--out", "run", "--replace", "--quiet"]
        command = [sys.executable, str(_REPOSITORY / "cli.py"), *asked]
        time_command(command, folder)
        timing = time_command(command, folder, repeats=2)
        plan = json.loads((folder / "run" / "manifest.json").read_text(encoding="utf-8"))["summary"]["plan"]
    checks = [at_most(f"{scale.plan_sites} sites, 2 cores", timing.best_s, 60, "{:.0f} s")]
    return [
        _TEXT.format(
            sites=scale.plan_sites,
            nodes=nodes,
            pieces=pieces,
            budget="60 tỷ ₫",
            checks=checks_table(checks),
            seconds=timing.best_s,
            cpu=min(timing.cpu_s),
            memory=timing.memory_mb,
            served=plan["sites_connected"],
        )
    ]


def write_province(folder: Path, junctions: int, sites: int, seed: int = 7) -> tuple[int, int]:
    """A study in `folder`; (nodes, pieces of road)."""
    roads, at = placed_roads(junctions, sites, seed)
    at = at + _CORNER_M
    lines = shapely.linestrings(np.stack([at[roads.u], at[roads.v]], axis=1))
    frame = gpd.GeoDataFrame({"road_id": np.arange(len(lines)).astype(str)}, geometry=lines, crs=_CRS)
    frame.to_parquet(folder / "roads.parquet")
    with_fibre = np.zeros(roads.n_nodes, bool)
    with_fibre[roads.fibre] = True
    cable = frame[with_fibre[roads.u] & with_fibre[roads.v]]
    cable = gpd.GeoDataFrame(
        {"fibre_id": "F" + cable["road_id"], "operator": "VNPT"}, geometry=cable.geometry
    )
    cable.to_parquet(folder / "fibre.parquet")
    low, high = at.min(axis=0) - 500, at.max(axis=0) + 500
    columns, rows = np.linspace(low[0], high[0], 6), np.linspace(low[1], high[1], 5)
    boxes = [
        shapely.box(columns[i], rows[j], columns[i + 1], rows[j + 1]) for j in range(4) for i in range(5)
    ]
    codes = [f"{20000 + k}" for k in range(20)]
    communes = gpd.GeoDataFrame({"code": codes, "name": [f"Xã {c}" for c in codes]}, geometry=boxes, crs=_CRS)
    communes.to_parquet(folder / "communes.parquet")
    places = at[roads.sites]
    own = np.minimum(((places - low) / (high - low) * [5, 4]).astype(int), [4, 3]) @ [1, 5]
    kinds = np.where(np.arange(sites) % 10 == 0, "UBND xã", "Trường tiểu học")
    points = gpd.GeoDataFrame(
        {
            "site_id": [f"S{k:04d}" for k in range(sites)],
            "name": [f"{kind} {k}" for k, kind in enumerate(kinds)],
            "kind": kinds,
            "commune_code": [codes[k] for k in own],
            "fibre_reported": "không",
            "wifi_reported": "không",
        },
        geometry=shapely.points(places),
        crs=_CRS,
    )
    points.to_parquet(folder / "sites.parquet")
    inputs = "\n".join(f'{n} = "{n}.parquet"' for n in ("communes", "sites", "fibre", "roads"))
    plan = 'technologies = ["fibre", "satellite", "wifi"]\nfibre_only = ["office_commune"]'
    text = f'title = "Drawn"\nlanguage = "en"\nreport_date = "2026"\n\n[inputs]\n{inputs}\n\n[plan]\n{plan}\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return roads.n_nodes, len(lines)
