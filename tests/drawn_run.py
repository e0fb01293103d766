"""A drawn run: three communes, six sites, one fibre line, two investments; for the outputs' tests."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import LineString, MultiPoint, Point, box

from phusong.domain import INPUT_TABLES, RESULT_TABLES, SERVICES, STATUSES, conform, empty
from phusong.geo import WGS84
from phusong.runs import Run

#: Three communes in a row, fibre in the west, a new line to the east; the north is not known.
#:
#:   15.2 +---------+---------+
#:        |   C: unknown, C1  |
#:   15.1 +---------+---------+
#:        |    A    |    B    |
#:        | A1==F===+- - -B1  |   15.05
#:        | A2 A3   |     B2  |
#:   15.0 +---------+---------+
#:      107.5     107.6     107.7
_COMMUNES = {
    "00001": ("A", box(107.5, 15.0, 107.6, 15.1)),
    "00002": ("Êê B", box(107.6, 15.0, 107.7, 15.1)),
    "00003": ("Đắc C", box(107.5, 15.1, 107.7, 15.2)),
}
#: name, kind, commune, place, then fibre, wifi, mobile, video
_SITES = {
    "A1": ("UBND xã A", "office_commune", "00001", (107.55, 15.05), ("ok", "gap", "ok", "unknown")),
    "A2": (
        "Trạm Y tế A",
        "health_station",
        "00001",
        (107.5502, 15.0501),
        ("unknown", "unknown", "ok", "unknown"),
    ),
    "A3": (
        "Trường Tiểu học A",
        "school_primary",
        "00001",
        (107.52, 15.02),
        ("unknown", "unknown", "unknown", "unknown"),
    ),
    "B1": ("UBND xã Êê B", "office_commune", "00002", (107.65, 15.05), ("gap", "gap", "gap", "gap")),
    "B2": (
        "Nhà văn hóa thôn B",
        "village_hall",
        "00002",
        (107.66, 15.02),
        ("gap", "unknown", "gap", "unknown"),
    ),
    "C1": (
        "UBND xã Đắc C",
        "office_commune",
        "00003",
        (107.6, 15.15),
        ("unknown", "unknown", "ok", "unknown"),
    ),
}
_EVIDENCE = {"ok": "reported_yes", "gap": "reported_no", "unknown": "no_report"}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "`${alert(1)}`",
    "</script><script>alert(1)</script>",
    "\\x3cscript>alert(1)\\x3c/script>",
    "\u2028<!--<script>'\"&amp;",
    "javascript:alert(1)",
)


def drawn_run(*, manifest: dict[str, Any] | None = None, **changes: gpd.GeoDataFrame) -> Run:
    """The drawn run, with some of its tables replaced by `changes` and its manifest by `manifest`."""
    tables = {name: empty(table, WGS84) for name, table in {**INPUT_TABLES, **RESULT_TABLES}.items()}
    tables |= {
        "communes": _communes(),
        "gaps": _gaps(),
        "commune_status": _commune_status(),
        "fibre": frame(
            "fibre",
            [
                {
                    "fibre_id": "F1",
                    "operator": "chưa rõ",
                    "geometry": LineString([(107.5, 15.05), (107.58, 15.05)]),
                }
            ],
        ),
        "roads": frame(
            "roads",
            [{"road_id": "R1", "name": "QL14D", "geometry": LineString([(107.5, 15.05), (107.7, 15.05)])}],
        ),
        "rivers": frame(
            "rivers",
            [{"river_id": "W1", "name": "Sông A", "geometry": LineString([(107.5, 15.17), (107.7, 15.13)])}],
        ),
        "settlements": frame(
            "settlements", [{"settlement_id": "P1", "name": "Thôn 1", "geometry": Point(107.66, 15.08)}]
        ),
        "cells": frame(
            "cells",
            [
                {"cell_id": f"K{i}", "operator": "Viettel", "radio": radio, "geometry": Point(107.54, 15.07)}
                for i, radio in enumerate(("LTE", "UMTS"))
            ],
        ),
        "options": _options(),
        "investments": _investments(),
        "segments": frame(
            "segments",
            [
                {
                    "segment_id": "N1-0",
                    "investment_id": "N1",
                    "kind": "road",
                    "build": "buried",
                    "tap_id": "F1",
                    "length_m": 7500.0,
                    "capex_vnd": 3_000_000_000,
                    "sites_downstream": 2,
                    "geometry": LineString([(107.58, 15.05), (107.65, 15.05)]),
                },
                {
                    "segment_id": "N1-1",
                    "investment_id": "N1",
                    "kind": "offroad",
                    "build": "offroad",
                    "tap_id": "F1",
                    "length_m": 3500.0,
                    "capex_vnd": 2_600_000_000,
                    "sites_downstream": 1,
                    "geometry": LineString([(107.65, 15.05), (107.66, 15.02)]),
                },
            ],
        ),
    }
    plan = {
        "capex_vnd": 5_600_000_000,
        "capex_low_vnd": 1_400_000_000,
        "capex_high_vnd": 7_000_000_000,
        "opex_vnd_per_year": 280_000_000,
        "sites_connected": 2,
        "investments": 1,
        "budget_vnd": 6_000_000_000,
    }
    about = {
        "run_id": "0123456789ab",
        "created": "2026-02-01T01:30:00+00:00",
        "title": "Thử 2021",
        "note": "Sơ đồ (schematic)",
        "source": "Báo cáo 2021",
        "report_date": "2021-08",
        "language": "vi",
        "summary": {"run_id": "0123456789ab", "plan": plan},
    }
    return Run(Path("run"), about | (manifest or {}), tables | changes)


def hostile_run() -> Run:
    """The drawn run with hostile text in every column of text that is not a code."""
    run = drawn_run()
    codes = {
        "commune_code",
        "site_id",
        "site_ids",
        "commune_codes",
        "investment_id",
        "centre_site_id",
        "depends_on",
        "kind",
        "technology",
        "closes",
        "reason",
        "radio",
        "people_basis",
    }
    codes |= {column for s in SERVICES for column in (s, f"{s}_basis", f"{s}_evidence", f"{s}_date")}
    tables = {}
    for name, table in run.tables.items():
        said = [
            c
            for c in table.columns
            if c not in codes and c != "geometry" and pd.api.types.is_string_dtype(table[c])
        ]
        tables[name] = table.assign(
            **{c: [HOSTILE[(i + j) % len(HOSTILE)] for i in range(len(table))] for j, c in enumerate(said)}
        )
    said = {"title": HOSTILE[3], "note": HOSTILE[0], "source": HOSTILE[5], "run_id": HOSTILE[1]}
    return drawn_run(manifest=said, **tables)


def many_sites(count: int) -> gpd.GeoDataFrame:
    """GAPS with `count` sites in a grid over the drawn communes A and B."""
    side = int(count**0.5) + 1
    rows = []
    for i in range(count):
        east, north = i % side / side, i // side / side
        rows.append(
            _site(
                f"S{i:06}",
                f"Điểm {i}",
                "school",
                "00001" if east < 0.5 else "00002",
                (107.5 + 0.2 * east, 15.0 + 0.1 * north),
                (STATUSES[i % 3],) * 4,
            )
        )
    return frame("gaps", rows)


def frame(name: str, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    table = INPUT_TABLES.get(name) or RESULT_TABLES[name]
    rows = [{"source": "drawn", "row": i + 2, **row} for i, row in enumerate(rows)]
    frame = gpd.GeoDataFrame(rows, crs=WGS84)
    for column, said in table.columns.items():
        if column not in frame and str(said.dtype).startswith("str"):
            frame[column] = pd.Series(None, index=frame.index, dtype="str")
        elif column not in frame and not said.nullable:
            frame[column] = 0
    return gpd.GeoDataFrame(conform(frame, table), geometry="geometry", crs=WGS84)


def _communes() -> gpd.GeoDataFrame:
    return frame(
        "communes",
        [
            {
                "commune_code": code,
                "name": name,
                "unit_type": "xã",
                "district": "Huyện D",
                "population": 1000,
                "geometry": shape,
            }
            for code, (name, shape) in _COMMUNES.items()
        ],
    )


def _site(
    site_id: str, name: str, kind: str, commune: str, place: tuple[float, float], statuses: tuple[str, ...]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "site_id": site_id,
        "name": name,
        "kind": kind,
        "commune_code": commune,
        "geometry": Point(place),
        "fibre_distance_m": 7104.0,
        "people": 1000.0,
        "people_basis": "assumed",
    }
    for service, status in zip(SERVICES, statuses, strict=True):
        row[service], row[f"{service}_evidence"] = status, _EVIDENCE[status]
        if status != "unknown":
            row |= {f"{service}_basis": "reported", f"{service}_date": "2021-08"}
    return row


def _gaps() -> gpd.GeoDataFrame:
    rows = [_site(site_id, *said) for site_id, said in _SITES.items()]
    rows[4] |= {"fibre_basis": "computed", "fibre_evidence": "beyond_reach"}
    return frame("gaps", rows)


def _commune_status() -> gpd.GeoDataFrame:
    rows = []
    for code, (name, shape) in _COMMUNES.items():
        here = {site_id: said for site_id, said in _SITES.items() if said[2] == code}
        centre = next(site_id for site_id, said in here.items() if said[1] == "office_commune")
        row = {
            "commune_code": code,
            "name": name,
            "unit_type": "xã",
            "population": 1000,
            "centre_site_id": centre,
            "sites": len(here),
            "geometry": shape,
        }
        for i, service in enumerate(SERVICES):
            row[service] = _SITES[centre][4][i]
            row |= {f"{service}_{s}": sum(said[4][i] == s for said in here.values()) for s in STATUSES}
        rows.append(row)
    return frame("commune_status", rows)


def _money(capex: int) -> dict[str, int]:
    return {
        "capex_vnd": capex,
        "capex_low_vnd": capex // 4,
        "capex_high_vnd": capex * 5 // 4,
        "opex_vnd_per_year": capex // 20,
        "present_cost_vnd": capex * 14 // 10,
    }


def _options() -> pd.DataFrame:
    def row(
        site: str, technology: str, closes: str, feasible: bool, reason: str, capex: int, chosen: bool
    ) -> dict[str, Any]:
        return {
            "site_id": site,
            "technology": technology,
            "closes": closes,
            "feasible": feasible,
            "reason": reason,
            **_money(capex),
            "new_line_m": 7500.0 if technology == "fibre" else 0.0,
            "chosen": chosen,
        }

    rows = [
        row("B1", "fibre", "fibre", True, "", 3_100_000_000, True),
        row("B1", "satellite", "fibre", False, "fibre_only", 19_000_000, False),
        row("B1", "wifi", "wifi", True, "needs_connection", 24_000_000, True),
        row("B2", "fibre", "fibre", True, "no_road", 5_700_000_000, True),
        row("B2", "satellite", "fibre", True, "dearer", 19_000_000, False),
    ]
    return conform(pd.DataFrame(rows), RESULT_TABLES["options"])


def _investments() -> gpd.GeoDataFrame:
    def row(
        key: str, rank: int, technology: str, sites: str, capex: int, funded: bool, after: str
    ) -> dict[str, Any]:
        ids = sites.split(";")
        return {
            "investment_id": key,
            "rank": rank,
            "technology": technology,
            "closes": technology,
            "site_ids": sites,
            "commune_codes": "00002",
            "sites": len(ids),
            "people": 1000 * len(ids),
            **_money(capex),
            "capex_vnd_per_site": capex // len(ids),
            "capex_vnd_per_person": capex // 1000 // len(ids),
            "value": 3.0,
            "value_per_billion_vnd": 0.2,
            "cumulative_capex_vnd": 5_600_000_000 if rank == 1 else 5_624_000_000,
            "funded": funded,
            "depends_on": after,
            "new_line_m": 11_000.0 if technology == "fibre" else 0.0,
            "offroad_m": 3500.0 if technology == "fibre" else 0.0,
            "operator": "chưa rõ" if technology == "fibre" else "",
            "geometry": MultiPoint([_SITES[i][3] for i in ids]),
        }

    return frame(
        "investments",
        [
            row("N1", 1, "fibre", "B1;B2", 5_600_000_000, True, ""),
            row("N2", 2, "wifi", "B1", 24_000_000, False, "N1"),
        ],
    )
