"""A drawn run of two operators whose networks, plans and texts are entangled; every byte of a package."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from drawn_run import drawn_run, frame
from shapely import LineString, MultiPoint, Point

from phusong.domain import RESULT_TABLES, conform
from phusong.readers import read_prices
from phusong.runs import Run
from phusong.study import Choices, Study

OWN, OTHER = "Viettel", "VNPT Net"
#: Where the other operator's mast stands: outside all that is drawn, so that nothing else is near.
MAST = (107.87654, 15.43219)


def entangled_run(
    own: str = OWN, other: str = OTHER, ids: str = "X", mast: tuple[float, float] = MAST
) -> Run:
    """Two operators: `own`, and `other`, whose identifiers begin with `ids` and whose mast stands at `mast`.

    Investments: N1 fibre (nobody's, taps fibre that nobody names), N2 Wi-Fi (nobody's), N3 microwave of `own`
    over a relay that hangs on the other's mast, N4 fibre of `other`, N5 cellular over masts of both.
    """
    hub = f"mast-{mast[0]:.4f}-{mast[1]:.4f}"
    run = drawn_run()
    tables: dict[str, pd.DataFrame] = {
        "fibre": frame(
            "fibre",
            [
                _line("fibre_id", "F1", "chưa rõ", [(107.5, 15.05), (107.58, 15.05)]),
                _line(
                    "fibre_id", "FO", own, [(107.5, 15.0), (107.52, 15.01)], f"spliced to {ids}-F9 of {other}"
                ),
                _line("fibre_id", f"{ids}-F9", other, [mast, (107.5, 15.12)], f"{other.upper()} trunk"),
            ],
        ),
        "nodes": frame(
            "nodes",
            [_point("node_id", f"{ids}-P", other, mast), _point("node_id", "PO", own, (107.51, 15.0))],
        ),
        "ducts": frame("ducts", [_line("duct_id", f"{ids}-D", other, [mast, (107.6, 15.1)])]),
        "cells": frame(
            "cells",
            [
                {**_point("cell_id", "K1", own, (107.54, 15.07)), "radio": "LTE"},
                {**_point("cell_id", f"{ids}-K", other, mast), "radio": "LTE"},
            ],
        ),
        "facilities": frame(
            "facilities",
            [
                _facility(hub, "mast", other, mast),
                _facility("mast-107.5400-15.0700", "mast", own, (107.54, 15.07)),
                {
                    **_facility("top-107.6000-15.0800", "relay", "chưa rõ", (107.6, 15.08)),
                    "depends_on": hub,
                    "link_m": 55_555.5,
                    "f_ghz": 7.0,
                },
            ],
        ),
        "links": frame(
            "links",
            [
                _link(hub, "mast", other, "top-107.6000-15.0800", "relay", None, [mast, (107.6, 15.08)]),
                _link(
                    "top-107.6000-15.0800",
                    "relay",
                    None,
                    "A3",
                    "site",
                    None,
                    [(107.6, 15.08), (107.52, 15.02)],
                ),
                _link(
                    "mast-107.5400-15.0700",
                    "mast",
                    own,
                    "A2",
                    "site",
                    None,
                    [(107.54, 15.07), (107.5502, 15.0501)],
                ),
            ],
        ),
        "segments": frame(
            "segments",
            [
                _segment("L1", "N1", "F1", [(107.58, 15.05), (107.65, 15.05)]),
                _segment("L2", "N1", f"{ids}-F9", [(107.65, 15.05), (107.66, 15.02)], upstream="L1"),
                _segment("L3", "N4", f"{ids}-F9", [(107.5, 15.12), (107.6, 15.15)]),
                {
                    **_segment("L4", "N1", "F1", [mast, (107.5, 15.12)]),
                    "kind": "leased",
                    "leased_id": f"{ids}-F9",
                },
            ],
        ),
    }
    tables["gaps"] = _gaps(run.tables["gaps"], own, other, ids)
    tables["investments"] = _investments(run.tables["investments"], own, other, hub)
    tables["options"] = _options(run.tables["options"], hub)
    signals = [
        {
            "site_id": "A1",
            "operator": who,
            "radio": "LTE",
            "cell_id": cell,
            "distance_m": 123.4,
            "terrain": "flat",
        }
        for who, cell in ((own, "K1"), (other, f"{ids}-K"))
    ]
    tables["signals"] = conform(pd.DataFrame(signals).assign(measured_count=0), RESULT_TABLES["signals"])
    return drawn_run(manifest=_manifest(own, other, ids), **tables)


def _line(
    key: str, name: str, operator: str, at: list[tuple[float, float]], note: str | None = None
) -> dict[str, Any]:
    return {key: name, "operator": operator, "note": note, "geometry": LineString(at)}


def _point(key: str, name: str, operator: str, at: tuple[float, float]) -> dict[str, Any]:
    return {key: name, "operator": operator, "note": f"{operator} {name}", "geometry": Point(at)}


def _facility(name: str, kind: str, operator: str, at: tuple[float, float]) -> dict[str, Any]:
    about = {"facility_id": name, "technology": "microwave", "kind": kind, "operator": operator}
    return {**about, "site_ids": "A2;A3", "geometry": Point(at)}


def _link(
    a: str, a_kind: str, a_op: str | None, b: str, b_kind: str, b_op: str | None, at: Any
) -> dict[str, Any]:
    return {
        "link_id": f"{a}--{b}",
        "investment_id": "N3",
        "site_ids": "A3",
        "a_id": a,
        "a_kind": a_kind,
        "a_operator": a_op,
        "b_id": b,
        "b_kind": b_kind,
        "b_operator": b_op,
        "rain_basis": "assumed",
        "terrain": "flat",
        "geometry": LineString(at),
    }


def _segment(name: str, pays: str, tap: str, at: Any, upstream: str | None = None) -> dict[str, Any]:
    return {
        "segment_id": name,
        "investment_id": pays,
        "kind": "road",
        "build": "buried",
        "tap_id": tap,
        "upstream_id": upstream,
        "length_m": 7500.0,
        "capex_vnd": 3_000_000_000,
        "geometry": LineString(at),
    }


def _gaps(gaps: pd.DataFrame, own: str, other: str, ids: str) -> pd.DataFrame:
    """A1 is near the partner's own network; all other sites are near the other's."""
    first = gaps["site_id"] == "A1"
    return gaps.assign(
        nearest_fibre_id=[("FO" if near else f"{ids}-F9") for near in first],
        nearest_cell_id=[("K1" if near else f"{ids}-K") for near in first],
        mobile_operator=[(own if near else other) for near in first],
        mobile_radio="LTE",
        mobile_level_dbm=-97.25,
        cell_distance_m=4321.0,
        mobile_evidence="signal_computed",
        fibre_evidence=["reported_yes" if near else "beyond_reach" for near in first],
    )


def _investments(two: pd.DataFrame, own: str, other: str, hub: str) -> pd.DataFrame:
    rows = [row.to_dict() for _, row in two.iterrows()]
    plain = {**rows[1], "capex_vnd": 10_000_000, "funded": True, "depends_on": None}
    at = {
        name: MultiPoint([xy])
        for name, xy in (("A2", (107.5502, 15.0501)), ("A3", (107.52, 15.02)), ("C1", (107.6, 15.15)))
    }
    rows[1] |= {"depends_on": "N1;N4"}
    rows += [
        {
            **plain,
            "investment_id": "N3",
            "rank": 3,
            "technology": "microwave",
            "closes": "connection",
            "site_ids": "A2;A3",
        }
        | {"facility_ids": f"{hub};mast-107.5400-15.0700;top-107.6000-15.0800", "operator": f"{own};{other}"}
        | {"partner": own, "geometry": MultiPoint([(107.5502, 15.0501), (107.52, 15.02)]), "sites": 2},
        {
            **plain,
            "investment_id": "N4",
            "rank": 4,
            "technology": "fibre",
            "closes": "fibre",
            "site_ids": "C1",
        }
        | {"operator": other, "partner": other, "geometry": at["C1"], "commune_codes": "00003"},
        {
            **plain,
            "investment_id": "N5",
            "rank": 5,
            "technology": "cellular",
            "closes": "connection",
            "site_ids": "C1",
        }
        | {
            "operator": other,
            "partner": None,
            "funded": False,
            "geometry": at["C1"],
            "commune_codes": "00003",
        },
    ]
    return frame("investments", rows)


def _options(options: pd.DataFrame, hub: str) -> pd.DataFrame:
    base = options.iloc[0].to_dict()
    more = [
        {
            **base,
            "site_id": site,
            "technology": technology,
            "closes": closes,
            "chosen": True,
            "depends_on": on,
        }
        for site, technology, closes, on in (
            ("A2", "microwave", "connection", "mast-107.5400-15.0700"),
            ("A3", "microwave", "connection", "top-107.6000-15.0800"),
            ("C1", "fibre", "fibre", None),
            ("B2", "microwave", "connection", hub),
        )
    ]
    both = pd.concat([options, pd.DataFrame(more)], ignore_index=True)
    return both.astype(options.dtypes.to_dict())


def _manifest(own: str, other: str, ids: str) -> dict[str, Any]:
    phases = [
        {
            "year": "",
            "partner": who,
            "investments": 1,
            "sites": 1,
            "capex_vnd": 10_000_000,
            "price_vnd": 11_000_000,
        }
        for who in (own, other, "chưa rõ")
    ]
    plan = {"capex_vnd": 5_634_000_000, "phases": phases, "proof": None, "budget_vnd": 6_000_000_000}
    sheets = read_prices(Study.model_construct(prices={}))
    prices = {sheet: {name: dict(vars(p)) for name, p in said.items()} for sheet, said in sheets.items()}
    prices["fibre"]["new_line"]["source"] = f"offer of {other}"
    return {
        "phusong": "0.1.0",
        "note": f"Ghi chú: mạng của {other} gồm {ids}-F9",
        "source": f"Báo cáo của {other.lower()} và {own}",
        "command": f"run {other}.toml",
        "inputs": {"cells": [{"file": f"{other}.csv", "bytes": 1, "sha256": "0" * 64}]},
        "calibration": [{"operator": other, "radio": "LTE", "offset_db": 3.0}],
        "sources": {
            "net": {
                "title": f"{other} open data",
                "licence": "CC BY 4.0",
                "attribution": f"© {other}",
                "files": {},
            }
        },
        "plan": Choices(exclude_operators=(other,), budget_vnd=6_000_000_000).model_dump(mode="json"),
        "prices": prices,
        "currency": {"code": "VND", "vnd": 1.0},
        "summary": {"run_id": "0123456789ab", "plan": plan},
    }


def every_byte(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every file at `path` (a folder or a file) by name, archives also by what is in them."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            yield from _inside(file.name, file.read_bytes())


def _inside(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield inner, inner.encode()
                yield from _inside(f"{name}/{inner}", archive.read(inner))
