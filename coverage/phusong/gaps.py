"""What each public site has and lacks, and how we know: fibre, Wi-Fi, mobile, video conference.

A report wins. Without one, only what can be told is told; the rest stays `unknown`.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from phusong.domain import (
    CENTRE_KIND,
    COMMUNE_STATUS,
    GAP,
    GAPS,
    OK,
    ONE_AREA,
    SERVICES,
    STATUSES,
    UNKNOWN,
    Region,
    conform,
    kind_family,
)
from phusong.engine import Engine
from phusong.geo import nearest
from phusong.language import _
from phusong.signals import best_data_signal
from phusong.study import Mobile, Study, Targets
from phusong.video import misses_target, video_parts, video_ready

#: Radio technologies that count as usable mobile data.
DATA_RADIOS = ("LTE", "NR")
#: Sites a task of the engine.
TASK_SITES = 2_000


def find_gaps(
    study: Study, region: Region, engine: Engine | None = None, signals: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """GAPS: a row a site of the region, in the order of the site ids.

    `signals` are the mobile signals at the sites (`signals.signals_at_sites`); without them, mobile is as
    reported, or assumed within a radius of a cell.
    """
    engine = engine or Engine()
    sites = region.sites.sort_values("site_id", ignore_index=True)
    fibre = region.fibre.sort_values("fibre_id", ignore_index=True)
    cells = region.cells[region.cells["radio"].isin(DATA_RADIOS)].sort_values("cell_id", ignore_index=True)
    to_fibre, to_cell = (_nearest_in_tasks(sites.geometry, t.geometry, engine) for t in (fibre, cells))
    out = sites[["site_id", "name", "kind", "commune_code", "geometry"]].copy()
    out["nearest_fibre_id"] = _ids_at(fibre["fibre_id"], to_fibre[0])
    out["fibre_distance_m"] = _finite(to_fibre[1])
    out["nearest_cell_id"] = _ids_at(cells["cell_id"], to_cell[0])
    out["cell_distance_m"] = _finite(to_cell[1])
    radius_m = study.targets.mobile_assumed_radius_m
    out["position_radius_m"] = off_m = position_radius(sites)
    signal = _signal_columns(out["site_id"], signals, study.mobile)
    # A level is that of a place: of a site that may be elsewhere it says nothing.
    unsure = off_m.fillna(0) > study.mobile.cell_m
    here_unsure = unsure & signal["basis"].notna()
    signal = signal.mask(unsure).astype(signal.dtypes.to_dict())
    out = out.join(signal.drop(columns=["signal_class", "basis"]))
    statuses = [
        ("fibre", fibre_status(sites, out["fibre_distance_m"], study.targets.fibre_reach_m, off_m)),
        ("wifi", wifi_status(sites)),
        (
            "mobile",
            mobile_status(sites, signal, out["cell_distance_m"], radius_m, off_m, here_unsure),
        ),
        ("video", video_status(sites, study.targets)),
    ]
    for service, status in statuses:
        out[service], out[f"{service}_basis"], out[f"{service}_evidence"] = (status[c] for c in status)
        out[f"{service}_date"] = _evidence_date(
            out[f"{service}_basis"], _report_date(sites, service), study.report_date
        )
    out["people"], out["people_basis"] = people_of(sites, region.communes)
    return gpd.GeoDataFrame(conform(out, GAPS), geometry="geometry", crs=sites.crs)


def _report_date(sites: pd.DataFrame, service: str) -> pd.Series:
    """The date of the report on a service: its own, or that of the site's row."""
    own = f"{service}_report_date"
    return sites[own].fillna(sites["report_date"]) if own in sites else sites["report_date"]


def _evidence_date(basis: pd.Series, report_date: pd.Series, study_date: str) -> pd.Series:
    """A report's own date, or the study's; what is computed or assumed is as old as the study's inputs."""
    study = pd.Series(study_date or None, index=basis.index, dtype="str")
    return report_date.fillna(study).where(basis == "reported", study).where(basis.notna())


def _nearest_in_tasks(
    points: gpd.GeoSeries, targets: gpd.GeoSeries, engine: Engine
) -> tuple[np.ndarray, np.ndarray]:
    tasks = [(points.iloc[i : i + TASK_SITES], targets) for i in range(0, len(points), TASK_SITES)]
    found = engine.map(_nearest_task, tasks, _("Distances"))
    if not found:
        return np.array([], dtype=int), np.array([])
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _nearest_task(task: tuple[gpd.GeoSeries, gpd.GeoSeries]) -> tuple[np.ndarray, np.ndarray]:
    return nearest(*task)


def _ids_at(ids: pd.Series, positions: np.ndarray) -> pd.Series:
    found = ids.reindex(positions).reset_index(drop=True)
    return found.astype("str")


def _finite(distance: np.ndarray) -> pd.Series:
    return pd.Series(np.where(np.isfinite(distance), np.round(distance, 1), np.nan))


def _status(rules: Sequence[tuple[pd.Series, str, str | None, str]], index: pd.Index) -> pd.DataFrame:
    """Status, basis and evidence by the first rule that holds; no rule: unknown, no report."""
    out = pd.DataFrame({"status": UNKNOWN, "basis": None, "evidence": "no_report"}, index=index, dtype="str")
    open_rows = pd.Series(True, index=index)
    for holds, status, basis, evidence in rules:
        here = holds.fillna(False).astype(bool) & open_rows
        out.loc[here, ["status", "basis", "evidence"]] = [status, basis, evidence]
        open_rows &= ~here
    return out


def _reported(said: pd.Series) -> list[tuple[pd.Series, str, str | None, str]]:
    return [(said == "yes", OK, "reported", "reported_yes"), (said == "no", GAP, "reported", "reported_no")]


def position_radius(sites: pd.DataFrame) -> pd.Series:
    """How far each site may be from where it is drawn, in metres; empty where its position is known."""
    if "position_radius_m" not in sites:
        return pd.Series(np.nan, index=sites.index)
    return sites["position_radius_m"].astype("float64")


def fibre_status(
    sites: pd.DataFrame, distance_m: pd.Series, reach_m: float, off_m: pd.Series | float = 0.0
) -> pd.DataFrame:
    """A report wins; beyond `reach_m` of any fibre is a gap, computed; within reach stays unknown:
    fibre that passes by is not service. A site that may be `off_m` from where it is drawn is beyond reach
    only if it is so wherever it may be."""
    off_m = pd.Series(off_m, index=sites.index).fillna(0)
    rules = [
        *_reported(sites["fibre_reported"]),
        (distance_m.isna(), UNKNOWN, None, "no_fibre_known"),
        (distance_m - off_m > reach_m, GAP, "computed", "beyond_reach"),
        (distance_m + off_m <= reach_m, UNKNOWN, None, "within_reach"),
        (distance_m.notna(), UNKNOWN, None, "position_unsure"),
    ]
    return _status(rules, sites.index)


def wifi_status(sites: pd.DataFrame) -> pd.DataFrame:
    """As reported; Wi-Fi does not follow from fibre."""
    return _status(_reported(sites["wifi_reported"]), sites.index)


def _signal_columns(site_ids: pd.Series, signals: pd.DataFrame | None, settings: Mobile) -> pd.DataFrame:
    """The best 4G or 5G signal of each site in the columns of GAPS, with its `signal_class` and `basis`.

    Levels computed on flat ground say nothing of a site in mountains and are left out.
    """
    names = {"operator": "mobile_operator", "radio": "mobile_radio"}
    names |= {f"{name}_dbm": f"mobile_{name}_dbm" for name in ("level", "low", "high", "measured")}
    columns = [*names.values(), "signal_class", "basis"]
    if signals is None:
        return pd.DataFrame(index=site_ids.index, columns=columns)
    best = best_data_signal(signals, settings).rename(columns=names)
    best = best[best["basis"] != "assumed"].reindex(site_ids)[columns]
    return best.set_index(site_ids.index)


def mobile_status(
    sites: pd.DataFrame,
    signal: pd.DataFrame,
    distance_m: pd.Series,
    radius_m: float,
    off_m: pd.Series | float = 0.0,
    unsure: pd.Series | bool = False,
) -> pd.DataFrame:
    """Measured before reported before computed; else, assumed, ok within `radius_m` of a 4G or 5G cell.

    `signal` has the best signal's `signal_class` and `basis` for each site, empty where there is none.
    `off_m`: how far a site may be from where it is drawn; `unsure`: its signal could not be told for that.
    """
    off_m = pd.Series(off_m, index=sites.index).fillna(0)
    near = distance_m + off_m <= radius_m
    maybe = distance_m - off_m <= radius_m
    said, fair = sites["mobile_reported"], signal["signal_class"].isin(("fair", "good"))
    measured, computed = signal["basis"] == "measured", signal["basis"] == "computed"
    rules = [
        (measured & fair, OK, "measured", "signal_measured"),
        (measured, GAP, "measured", "signal_measured"),
        *_reported(said),
        *((said == c, OK, "reported", f"reported_{c}") for c in ("good", "fair")),
        *((said == c, GAP, "reported", f"reported_{c}") for c in ("weak", "none")),
        (computed & fair, OK, "computed", "signal_computed"),
        (computed, GAP, "computed", "signal_computed"),
        (distance_m.isna(), UNKNOWN, None, "no_cell_known"),
        (pd.Series(unsure, index=sites.index), UNKNOWN, None, "position_unsure"),
        (near, OK, "assumed", "cell_near"),
        (maybe, UNKNOWN, None, "position_unsure"),
        (distance_m > radius_m, UNKNOWN, None, "cell_far"),
    ]
    return _status(rules, sites.index)


def video_status(sites: pd.DataFrame, targets: Targets) -> pd.DataFrame:
    """Ok when the site is reported as able to join, or its room as equipped and all figures of its connection
    as good enough; a gap when any of it is reported as missing."""
    said, below = sites["video_reported"], misses_target(sites, targets)
    parts = video_parts(sites, targets)
    rules = [
        (below & (said == "yes"), GAP, "reported", "equipped_below_target"),
        (below, GAP, "reported", "speed_below_target"),
        (parts["equipment"] == GAP, GAP, "reported", "room_not_equipped"),
        *_reported(said),
        (video_ready(parts, said) == OK, OK, "reported", "equipped_meets_target"),
    ]
    return _status(rules, sites.index)


def people_of(sites: pd.DataFrame, communes: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """People who rely on each site, and what that rests on: its reported users, or (assumed) an even
    share of the commune's residents among its sites of the same family."""
    residents = sites["commune_code"].map(communes.set_index("commune_code")["population"]).astype("float64")
    family = sites["kind"].map(kind_family)
    sharing = sites.groupby([sites["commune_code"], family])["site_id"].transform("size")
    share = (residents / sharing).round(1)
    users = sites["users"].astype("float64")
    people = users.fillna(share)
    basis = pd.Series(None, index=sites.index, dtype="str")
    basis[share.notna()] = "assumed"
    basis[users.notna()] = "reported"
    return people, basis


def roll_up(gaps: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """COMMUNE_STATUS: the status of each commune's centre (its UBND commune office) and its sites counted."""
    centres = gaps[gaps["kind"] == CENTRE_KIND].drop_duplicates("commune_code").set_index("commune_code")
    out = communes[["commune_code", "name", "unit_type", "population", "geometry"]].copy()
    out["centre_site_id"] = out["commune_code"].map(centres["site_id"]).astype("str")
    out["sites"] = out["commune_code"].map(gaps["commune_code"].value_counts()).fillna(0)
    for service in SERVICES:
        out[service] = out["commune_code"].map(centres[service]).astype("str").fillna(UNKNOWN)
        for status in STATUSES:
            counts = gaps.loc[gaps[service] == status, "commune_code"].value_counts()
            out[f"{service}_{status}"] = out["commune_code"].map(counts).fillna(0)
    return gpd.GeoDataFrame(conform(out, COMMUNE_STATUS), geometry="geometry", crs=communes.crs)


def count_statuses(gaps: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Sites by service and status."""
    return {service: count(gaps[service]) for service in SERVICES}


def count(status: pd.Series) -> dict[str, int]:
    """How many are ok, gap, unknown."""
    return {s: int((status == s).sum()) for s in STATUSES}


def communes_without_fibre(commune_status: pd.DataFrame) -> list[str]:
    """Codes of the communes whose centre has a fibre gap."""
    return sorted(commune_status.loc[commune_status["fibre"] == GAP, "commune_code"])


def headline(commune_status: pd.DataFrame, language: str | None = None) -> str:
    """The study in one sentence: "10/12 commune centres have fibre; without: La Êê, Chơ Chun".

    Of one area that stands for all communes the sites are counted.
    """
    if commune_status["commune_code"].tolist() == [ONE_AREA]:
        counts = [int(commune_status[f"fibre_{status}"].iloc[0]) for status in STATUSES]
        return _("{served}/{total} sites have fibre; unknown: {unknown}", language).format(
            served=counts[0], total=sum(counts), unknown=counts[2]
        )
    served, total = int((commune_status["fibre"] == OK).sum()), len(commune_status)
    without = commune_status.loc[commune_status["fibre"] == GAP].sort_values("commune_code")["name"]
    text = _("{served}/{total} commune centres have fibre", language).format(served=served, total=total)
    if len(without):
        text += _("; without: {names}", language).format(names=", ".join(without))
    if unknown := int((commune_status["fibre"] == UNKNOWN).sum()):
        text += _("; unknown: {count}", language).format(count=unknown)
    return text
