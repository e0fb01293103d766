"""Large drawn runs for the map: a province of very many sites with a plan, and the nation's communes."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from drawn_run import drawn_run, frame

from phusong.domain import RESULT_TABLES, SERVICES, STATUSES, conform
from phusong.geo import WGS84
from phusong.runs import Run

_WEST, _SOUTH, _SIDE = 107.0, 15.0, 0.1
_NAMES = {
    "village_hall": "Nhà sinh hoạt cộng đồng thôn {n} xã {commune}",
    "school_primary": "Trường Phổ thông dân tộc bán trú Tiểu học {commune}, điểm trường số {n}",
    "school_preschool": "Trường Mẫu giáo {commune}, điểm thôn {n}",
    "health_station": "Trạm Y tế xã {commune}",
    "office_commune": "UBND xã {commune}",
}
_SYLLABLES = (
    "La", "Êê", "Chơ", "Chun", "Zuôih", "Chà", "Vàl", "Đắc", "Pring", "Tà", "Bhing", "Cà", "Dy", "Thạnh",
    "Mỹ", "Bến", "Giằng", "Trà", "Leng", "Phước", "Hiệp",
)  # fmt: skip
_CHANCES = {"ok": 0.3, "gap": 0.28, "unknown": 0.42}  # about those of Nam Giang's list


def crowded_run(sites: int, communes: int, seed: int = 1) -> Run:
    """A run with so many sites in square communes: reports, signals, options of each gap, investments."""
    draw = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(communes)))
    codes = [f"{20000 + i}" for i in range(communes)]
    names = [" ".join(draw.choice(_SYLLABLES, 2)) for _code in codes]
    own = np.sort(draw.integers(0, communes, sites))
    corner = np.column_stack([own % columns, own // columns])
    places = np.array([_WEST, _SOUTH]) + _SIDE * (corner + draw.random((sites, 2)))
    gaps = _gaps(draw, own, codes, names, places)
    boxes = [
        shapely.box(x, y, x + _SIDE, y + _SIDE)
        for x, y in (
            (_WEST + _SIDE * (i % columns), _SOUTH + _SIDE * (i // columns)) for i in range(communes)
        )
    ]
    status = frame("commune_status", _commune_rows(draw, codes, names, boxes))
    lacking = gaps[gaps["fibre"] == "gap"]
    return drawn_run(
        communes=frame("communes", _units(codes, names, boxes)),
        commune_status=status,
        gaps=gaps,
        options=_options(lacking, draw),
        investments=_investments(lacking),
    )


def communes_run(file: Path, seed: int = 1) -> Run:
    """A run of all communes in `file` (the nation's of 2025), each with a drawn status, and few sites."""
    draw = np.random.default_rng(seed)
    units = gpd.read_parquet(file).to_crs(WGS84)
    rows = _commune_rows(draw, list(units["code"]), list(units["name"]), list(units.geometry))
    provinces = units["province_code"].astype(str)
    communes = frame(
        "communes",
        [
            row | {"province": province}
            for row, province in zip(
                _units(units["code"], units["name"], units.geometry), provinces, strict=True
            )
        ],
    )
    return drawn_run(commune_status=frame("commune_status", rows), communes=communes)


def _units(codes: list[str], names: list[str], shapes: list[shapely.Geometry]) -> list[dict[str, object]]:
    return [
        {"commune_code": code, "name": name, "unit_type": "xã", "population": 2000, "geometry": shape}
        for code, name, shape in zip(codes, names, shapes, strict=True)
    ]


def _statuses(draw: np.random.Generator, count: int) -> np.ndarray:
    return draw.choice(list(_CHANCES), count, p=list(_CHANCES.values()))


def _commune_rows(
    draw: np.random.Generator, codes: list[str], names: list[str], shapes: list[shapely.Geometry]
) -> list[dict[str, object]]:
    centre = {service: _statuses(draw, len(codes)) for service in SERVICES}
    counts = {f"{service}_{status}": 1 for service in SERVICES for status in STATUSES}
    return [
        row
        | counts
        | {service: centre[service][i] for service in SERVICES}
        | {"sites": 12, "centre_site_id": ""}
        for i, row in enumerate(_units(codes, names, shapes))
    ]


def _gaps(
    draw: np.random.Generator, own: np.ndarray, codes: list[str], names: list[str], places: np.ndarray
) -> gpd.GeoDataFrame:
    count = len(own)
    kinds = draw.choice(list(_NAMES), count, p=[0.5, 0.25, 0.2, 0.03, 0.02])
    columns: dict[str, object] = {
        "site_id": [f"QN-{i:06}" for i in range(count)],
        "name": [
            _NAMES[k].format(n=n, commune=names[c])
            for k, n, c in zip(kinds, draw.integers(1, 30, count), own, strict=True)
        ],
        "kind": kinds,
        "commune_code": [codes[c] for c in own],
        "fibre_distance_m": draw.lognormal(8, 1, count),
        "cell_distance_m": draw.lognormal(7.5, 0.8, count),
        "mobile_operator": draw.choice(["Viettel", "VNPT", "MobiFone"], count),
        "mobile_radio": "LTE",
        "mobile_level_dbm": (level := draw.normal(-105, 12, count)),
        "mobile_low_dbm": level - draw.uniform(4, 12, count),
        "mobile_high_dbm": level + draw.uniform(2, 8, count),
        "people": draw.integers(50, 4000, count).astype(float),
        "people_basis": "assumed",
    }
    evidence = {"ok": "reported_yes", "gap": "beyond_reach", "unknown": "within_reach"}
    for service in SERVICES:
        status = _statuses(draw, count)
        columns |= {
            service: status,
            f"{service}_evidence": [
                "signal_computed" if service == "mobile" else evidence[s] for s in status
            ],
            f"{service}_basis": [None if s == "unknown" else "reported" for s in status],
            f"{service}_date": [
                None if s == "unknown" else f"2026-{m:02}"
                for s, m in zip(status, draw.integers(1, 12, count), strict=True)
            ],
        }
    return gpd.GeoDataFrame(
        conform(gpd.GeoDataFrame(columns, geometry=shapely.points(places), crs=WGS84), RESULT_TABLES["gaps"]),
        geometry="geometry",
        crs=WGS84,
    )


def _options(lacking: gpd.GeoDataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Four options of each gap: satellite chosen, the others dearer or not feasible."""
    rows = []
    for technology, closes, reason, chosen in (
        ("fibre", "fibre", "dearer", False),
        ("microwave", "connection", "no_sight", False),
        ("cellular", "connection", "too_slow", False),
        ("satellite", "connection", "", True),
    ):
        capex = draw.integers(10**7, 5 * 10**9, len(lacking))
        rows.append(
            pd.DataFrame(
                {
                    "site_id": lacking["site_id"].to_numpy(),
                    "technology": technology,
                    "closes": closes,
                    "feasible": reason in ("", "dearer"),
                    "reason": reason,
                    "capex_vnd": capex,
                    "capex_low_vnd": capex // 4,
                    "capex_high_vnd": capex * 2,
                    "opex_vnd_per_year": capex // 20,
                    "present_cost_vnd": capex * 14 // 10,
                    "new_line_m": draw.lognormal(8, 1, len(lacking)) if technology == "fibre" else 0.0,
                    "chosen": chosen,
                }
            )
        )
    return conform(pd.concat(rows, ignore_index=True), RESULT_TABLES["options"])


def _investments(lacking: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = []
    for rank, (code, sites) in enumerate(lacking.groupby("commune_code"), 1):
        capex = 19_000_000 * len(sites)
        rows.append(
            {
                "investment_id": f"satellite-{code}",
                "rank": rank,
                "technology": "satellite",
                "closes": "connection",
                "site_ids": ";".join(sites["site_id"]),
                "commune_codes": code,
                "sites": len(sites),
                "people": int(sites["people"].sum()),
                "capex_vnd": capex,
                "capex_low_vnd": capex,
                "capex_high_vnd": capex,
                "opex_vnd_per_year": capex // 4,
                "present_cost_vnd": 3 * capex,
                "capex_vnd_per_site": 19_000_000,
                "cumulative_capex_vnd": capex * rank,
                "funded": True,
                "geometry": shapely.MultiPoint(shapely.get_coordinates(sites.geometry.to_numpy())),
            }
        )
    return frame("investments", rows)
