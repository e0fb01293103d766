"""The mobile signal at each site: the exact path from every cell in reach, the best server of each operator
and radio technology, with its range; measurements beside it, and what they say of the computation.

The central level is ITU-R P.1812's median. The range reaches from the level at 90 % of places by the model
that loses more to that at 10 % by the one that loses less, the other model being P.526 cascaded knife edges.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.domain import SIGNALS, Finding, Region, conform
from phusong.engine import Engine
from phusong.geo import WGS84
from phusong.language import _
from phusong.mobile import cells_with_defaults, class_names, gain_db, usable
from phusong.radio.footprints import Masts, has_height, pair_losses
from phusong.radio.p1812 import location_spread_db
from phusong.study import Mobile, Study
from phusong.terrain import Grid, Terrain, flat_grid, read_grid

#: Side of the squares that points are computed by.
BLOCK_M = 20_000
#: Standard normal deviate that 10 % of places exceed.
TEN_PERCENT = 1.2816
#: The least free-space loss at 1 GHz over 1 km in dB (ITU-R P.1812, 4.2: Lbfs), and what rounding may hide.
FREE_SPACE_DB, SLACK_DB = 92.4, 0.3
_LEVELS = ["level_dbm", "low_dbm", "high_dbm"]
#: Points times cells that are looked at together: it bounds the memory of a block in a city.
PAIRS = 2_000_000


@dataclass(frozen=True)
class Signals:
    """SIGNALS at the sites; how far measurements shift each radio technology (`calibration`: radio, count,
    offset_db, its error_db, spread_db of one measurement, applied); and findings about cells."""

    table: pd.DataFrame
    calibration: pd.DataFrame
    findings: list[Finding]


@dataclass(frozen=True)
class _Block:
    """A task: points, the cells in reach of them, and where the terrain is."""

    points: pd.DataFrame
    cells: pd.DataFrame
    terrain: Terrain | None
    bounds: tuple[float, float, float, float]
    latitude: float
    settings: Mobile


def signals_at_sites(study: Study, region: Region, engine: Engine | None = None) -> Signals:
    """Signals at all sites of the region, computed from its cells, with its measurements."""
    engine, settings = engine or Engine(), study.mobile
    cells = cells_with_defaults(region.cells, settings)
    sites = _points(region.sites, "site_id")
    measured = _points(region.measurements, "measurement_id")
    servers, lost = best_servers(
        pd.concat([sites, measured], ignore_index=True), cells, region, settings, engine
    )
    at_sites = servers[servers["point_id"].isin(sites["point_id"])]
    table = at_sites.rename(columns={"point_id": "site_id"})
    calibration = calibrate(region.measurements, servers, settings)
    table = _calibrated(table, calibration)
    table = table.merge(
        measured_at_sites(region.sites, region.measurements, settings.measured_radius_m),
        on=["site_id", "operator", "radio"],
        how="outer",
    )
    table["signal_class"] = class_names(table["level_dbm"], table["radio"], settings)
    table["measured_class"] = class_names(table["measured_dbm"], table["radio"], settings)
    table["measured_count"] = table["measured_count"].fillna(0)
    table["terrain"] = "elevation" if region.elevation else "flat"
    return Signals(conform(table, SIGNALS), calibration, cell_findings(region, cells, lost))


def _points(frame: gpd.GeoDataFrame, key: str) -> pd.DataFrame:
    return pd.DataFrame({"point_id": frame[key], "x_m": frame.geometry.x, "y_m": frame.geometry.y})


def calibrate_cells(study: Study, region: Region, engine: Engine | None = None) -> pd.DataFrame:
    """What the measurements of a study say of its computed levels (`calibrate`), without the sites."""
    cells, points = (
        cells_with_defaults(region.cells, study.mobile),
        _points(region.measurements, "measurement_id"),
    )
    servers, _lost = best_servers(points, cells, region, study.mobile, engine or Engine())
    return calibrate(region.measurements, servers, study.mobile)


def applied_offsets(calibration: pd.DataFrame) -> dict[str, float]:
    """Radio technology → dB, of the calibrations that rest on enough measurements."""
    used = calibration[calibration["applied"].astype(bool)]
    return dict(zip(used["radio"], used["offset_db"], strict=True))


def best_servers(
    points: pd.DataFrame, cells: pd.DataFrame, region: Region, settings: Mobile, engine: Engine
) -> tuple[pd.DataFrame, set[str]]:
    """For each of `points` (`point_id`, `x_m`, `y_m`) the best cell of each operator and radio: `cell_id`,
    `distance_m`, `level_dbm`, `low_dbm`, `high_dbm`. With it the cells that stand where no height is known.

    Ties go to the lower cell_id.
    """
    blocks = _blocks(points.sort_values("point_id"), cells[usable(cells)], region, settings)
    results = engine.map(_levels_in_block, blocks, _("Signals"))
    columns = ["point_id", "operator", "radio", "cell_id", "distance_m", *_LEVELS]
    tables = [table for table, _lost in results if len(table)]
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return found[columns], set().union(*(lost for _table, lost in results))


def _blocks(points: pd.DataFrame, cells: pd.DataFrame, region: Region, settings: Mobile) -> list[_Block]:
    """Tasks of near-by points with the cells in reach of them, in a fixed order."""
    elevation = tuple(str(raster.path) for raster in region.elevation)
    canopy = tuple(str(raster.path) for raster in region.canopy)
    terrain = Terrain(elevation, region.sites.crs.to_wkt(), settings.cell_m, canopy) if elevation else None
    out = []
    square = [(points["x_m"] // BLOCK_M).rename("i"), (points["y_m"] // BLOCK_M).rename("j")]
    for _key, here in points.groupby(square):
        west, south, east, north = here["x_m"].min(), here["y_m"].min(), here["x_m"].max(), here["y_m"].max()
        reach = settings.site_reach_m
        near = cells[
            cells["x_m"].between(west - reach, east + reach)
            & cells["y_m"].between(south - reach, north + reach)
        ]
        if near.empty:
            continue
        edge = 3 * settings.cell_m
        bounds = (
            min(west, near["x_m"].min()) - edge,
            min(south, near["y_m"].min()) - edge,
            max(east, near["x_m"].max()) + edge,
            max(north, near["y_m"].max()) + edge,
        )
        centre = gpd.GeoSeries.from_xy([(west + east) / 2], [(south + north) / 2], crs=region.sites.crs)
        out.append(_Block(here, near, terrain, bounds, float(centre.to_crs(WGS84).y.iloc[0]), settings))
    return out


def _levels_in_block(block: _Block) -> tuple[pd.DataFrame, set[str]]:
    """The best server of each operator and radio at the points of a block."""
    if block.terrain is None:
        grid = flat_grid(block.bounds, block.settings.cell_m)
    else:
        grid = read_grid(block.terrain, block.bounds)
    stands = has_height(grid, *(block.cells[name].to_numpy(float) for name in ("x_m", "y_m", "height_m")))
    lost = set(block.cells.loc[~stands, "cell_id"])
    cells = block.cells[stands].reset_index(drop=True)
    at_once = max(PAIRS // max(len(cells), 1), 1)
    parts = [
        _best_of(block, grid, block.points.iloc[start : start + at_once], cells)
        for start in range(0, len(block.points), at_once)
    ]
    return pd.concat(parts, ignore_index=True), lost


def _best_of(block: _Block, grid: Grid, points: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The best server of each operator and radio at some points.

    First the cell of each network that could give most; then, in the order of what they could give, the cells
    that could give more than the best so far.
    """
    network = cells.groupby(["operator", "radio"]).ngroup().to_numpy()
    most = _most_dbm(block.settings, points, cells)
    best = np.full((len(points), network.max(initial=-1) + 1), -np.inf)
    levels_of = _levels_between(block, grid, points, cells)
    seen: list[np.ndarray] = []

    def look(point: np.ndarray, cell: np.ndarray) -> None:
        levels = levels_of(point, cell)
        np.fmax.at(best, (point, network[cell]), levels[0])
        seen.append(np.vstack([point, cell, levels]))

    every = np.arange(len(points))
    for number in range(best.shape[1]):
        of = np.flatnonzero(network == number)
        first = of[most[:, of].argmax(axis=1)]
        reached = most[every, first] > -np.inf
        look(every[reached], first[reached])
        most[every, first] = -np.inf
    point, cell = np.nonzero((most >= best[:, network]) & (most > -np.inf))
    order = np.lexsort((cell, -most[point, cell], network[cell], point))
    point, cell = point[order], cell[order]
    starts = np.flatnonzero(np.diff(point * best.shape[1] + network[cell], prepend=-1))
    stops = np.append(starts[1:], len(point))
    tried, at_once = 0, 1
    while len(starts):
        ahead = (starts + tried)[:, None] + np.arange(at_once)
        at = ahead[ahead < stops[:, None]]
        at = at[most[point[at], cell[at]] >= best[point[at], network[cell[at]]]]
        look(point[at], cell[at])
        tried, at_once = tried + at_once, 2 * at_once
        starts, stops = starts[starts + tried < stops], stops[starts + tried < stops]
    found = np.hstack([np.empty((5, 0)), *seen])
    found = found[:, ~np.isnan(found[2])]
    point, cell = found[:2].astype(int)
    order = np.lexsort((cell, -found[2], network[cell], point))
    pair = (point * best.shape[1] + network[cell])[order]
    winner = order[np.diff(pair, prepend=-1) > 0]
    here, there = points.iloc[point[winner]], cells.iloc[cell[winner]]
    return pd.DataFrame(
        {
            "point_id": here["point_id"].to_numpy(),
            **{name: there[name].to_numpy() for name in ("operator", "radio", "cell_id")},
            "distance_m": np.hypot(
                *(here[name].to_numpy() - there[name].to_numpy() for name in ("x_m", "y_m"))
            ).round(1),
            **dict(zip(_LEVELS, found[2:, winner], strict=True)),
        }
    )


def _most_dbm(settings: Mobile, points: pd.DataFrame, cells: pd.DataFrame) -> np.ndarray:
    """[point, cell] what a cell can give at most; -inf beyond the reach. P.1812's median (p = 50 %) never
    loses less than free space does over the distance, less two cells of the grid."""
    away = np.hypot(*(points[name].to_numpy()[:, None] - cells[name].to_numpy() for name in ("x_m", "y_m")))
    near_km = np.maximum(away - 2 * settings.cell_m, 1) / 1000
    most = (
        cells["reference_dbm"].to_numpy() - FREE_SPACE_DB - 20 * np.log10(cells["f_ghz"].to_numpy() * near_km)
    )
    return np.where(away <= settings.site_reach_m, most + SLACK_DB, -np.inf)


def _levels_between(
    block: _Block, grid: Grid, points: pd.DataFrame, cells: pd.DataFrame
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """From point and cell numbers to their `[level, low, high]` in dBm, to a tenth."""
    settings = block.settings
    x, y = (points[name].to_numpy(float) for name in ("x_m", "y_m"))
    columns = ("x_m", "y_m", "height_m", "f_ghz", "reference_dbm", "azimuth_deg", "tilt_deg")
    figures = cells[list(columns)].to_numpy(float).T

    def levels(point: np.ndarray, cell: np.ndarray) -> np.ndarray:
        x_t, y_t, height_m, f_ghz, reference, azimuth, tilt = figures[:, cell]
        losses = pair_losses(
            grid,
            Masts(x_t, y_t, height_m, f_ghz),
            x[point],
            y[point],
            receiver_m=settings.receiver_height_m,
            latitude=block.latitude,
            delta_n=settings.delta_n,
            n0=settings.surface_refractivity,
        )
        bearing = np.degrees(np.arctan2(x[point] - x_t, y[point] - y_t))
        reference = reference + gain_db(azimuth, tilt, bearing, np.zeros(len(point)), settings)
        spread = TEN_PERCENT * location_spread_db(f_ghz, settings.cell_m)
        range_db = losses.max(axis=0) + spread, losses.min(axis=0) - spread
        return np.array([reference - losses[0], *(reference - loss for loss in range_db)]).round(1)

    return levels


def measured_at_sites(
    sites: gpd.GeoDataFrame, measurements: gpd.GeoDataFrame, radius_m: float
) -> pd.DataFrame:
    """The median level of the measurements within `radius_m` of each site, by operator and radio."""
    near = gpd.sjoin(
        measurements,
        sites[["site_id", "geometry"]].set_geometry(sites.geometry.buffer(radius_m)),
        predicate="within",
    )
    grouped = near.groupby(["site_id", "operator", "radio"])
    return pd.DataFrame(
        {
            "measured_dbm": grouped["level_dbm"].median(),
            "measured_count": grouped.size(),
            "measured_date": grouped["measured_date"].max(),
        }
    ).reset_index()


def calibrate(measurements: pd.DataFrame, servers: pd.DataFrame, settings: Mobile) -> pd.DataFrame:
    """How far computed levels lie from measured ones, by radio technology.

    `offset_db` is the median of measured − computed, `spread_db` the robust standard deviation of one
    (1.4826 × median absolute deviation), `error_db` that of the median (1.2533 × spread / √count). It is
    `applied` from `settings.calibrate_from` measurements on.
    """
    pairs = measurements.merge(
        servers.rename(columns={"point_id": "measurement_id", "level_dbm": "computed_dbm"}),
        on=["measurement_id", "operator", "radio"],
    )
    rows = []
    for radio, group in pairs.groupby("radio"):
        off = group["level_dbm"] - group["computed_dbm"]
        spread = 1.4826 * (off - off.median()).abs().median()
        rows.append(
            {
                "radio": radio,
                "count": len(off),
                "offset_db": round(off.median(), 1),
                "error_db": round(1.2533 * spread / np.sqrt(len(off)), 1),
                "spread_db": round(spread, 1),
                "applied": len(off) >= settings.calibrate_from,
            }
        )
    return pd.DataFrame(rows, columns=["radio", "count", "offset_db", "error_db", "spread_db", "applied"])


def _calibrated(table: pd.DataFrame, calibration: pd.DataFrame) -> pd.DataFrame:
    """Computed levels shifted by what measurements say of their radio technology."""
    offset = table["radio"].map(applied_offsets(calibration)).astype("float64").fillna(0.0)
    return table.assign(
        offset_db=offset, **{name: table[name].astype("float64") + offset for name in _LEVELS}
    )


def shifted(table: pd.DataFrame, shift_db: Mapping[str, float], settings: Mobile) -> pd.DataFrame:
    """SIGNALS with `shift_db` added to the computed levels of each radio technology; measured ones stay."""
    shift = table["radio"].map(dict(shift_db)).astype("float64").fillna(0.0)
    out = table.assign(**{name: table[name] + shift for name in _LEVELS})
    return out.assign(signal_class=class_names(out["level_dbm"], out["radio"], settings))


def cell_findings(region: Region, cells: pd.DataFrame, lost: set[str]) -> list[Finding]:
    """A finding for each cell that could not be computed."""
    outside = set(cells.loc[~usable(cells), "cell_id"])
    out = []
    for row in region.cells.sort_values("cell_id").itertuples():
        if row.cell_id in lost:
            what = _("cell {cell} stands where the elevation has no height").format(cell=row.cell_id)
            do = _("Check its position, or give an elevation model that covers it; it is left out.")
        elif row.cell_id in outside:
            what = _("cell {cell} cannot be computed: {height} m above ground, {frequency} MHz").format(
                cell=row.cell_id, height=row.antenna_height_m, frequency=row.frequency_mhz
            )
            do = _("The model covers antennas from 1 m above ground and 30 to 6,000 MHz; it is left out.")
        else:
            continue
        out.append(Finding("warning", str(row.source), int(row.row), what, do))
    return out


def best_data_signal(signals: pd.DataFrame, settings: Mobile) -> pd.DataFrame:
    """For each site its best 4G or 5G signal, by class and then by level; a measured one before a computed.

    Index site_id; `operator`, `radio`, `level_dbm`, `low_dbm`, `high_dbm`, `measured_dbm`, `signal_class`
    and `basis` (measured, computed, or assumed on flat terrain).
    """
    data = signals[signals["radio"].isin(("LTE", "NR"))]
    measured = data["measured_class"].notna()
    chosen = data.assign(
        basis=np.where(measured, "measured", np.where(data["terrain"] == "flat", "assumed", "computed")),
        signal_class=data["measured_class"].fillna(data["signal_class"]),
        value=data["measured_dbm"].fillna(data["level_dbm"]),
    )
    # A measured site is judged by its measurements alone.
    has_measured = chosen["site_id"].isin(chosen.loc[measured, "site_id"])
    chosen = chosen[chosen["signal_class"].notna() & (measured | ~has_measured)]
    order = ["site_id", "value", "operator", "radio"]
    ranked = chosen.sort_values(order, ascending=[True, False, True, True], kind="stable")
    return ranked.drop_duplicates("site_id").set_index("site_id")
