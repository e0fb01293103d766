"""GeoJSON (RFC 7946): WGS 84, counter-clockwise, bbox, string ids, 6 decimals, no crs member."""

from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pyogrio

from phusong.beside import whole_file
from phusong.domain import SERVICES
from phusong.language import _m
from phusong.runs import Run
from phusong.wording import say_evidence, say_proof, say_what_is_proven

NAME = "geojson"
MEANING = _m(
    "GeoJSON (RFC 7946) of sites with their gaps, communes, investments, new lines and microwave links"
)
IN_PACKAGE = True

#: File → table and the column that becomes the feature's id.
FILES = {
    "sites.geojson": ("gaps", "site_id"),
    "communes.geojson": ("commune_status", "commune_code"),
    "investments.geojson": ("investments", "investment_id"),
    "new_lines.geojson": ("segments", "segment_id"),
    "links.geojson": ("links", "link_id"),
}
#: What of the network is there, and the masts that the plan uses: in a package, where they have rows.
NETWORK_FILES = {
    "fibre.geojson": ("fibre", "fibre_id"),
    "nodes.geojson": ("nodes", "node_id"),
    "ducts.geojson": ("ducts", "duct_id"),
    "cells.geojson": ("cells", "cell_id"),
    "facilities.geojson": ("facilities", "facility_id"),
}


def write(run: Run, folder: Path, language: str = "vi") -> list[Path]:
    """One file a table of FILES; the sites carry their evidence as sentences in `language`, investments and
    lines (as the member "description" of the collection) how near the plan is to the cheapest network."""
    written, proof = [], _proof(run, language)
    for name, (table, key) in FILES.items():
        frame = run.tables[table]
        if table == "gaps":
            frame = _with_sentences(frame, language)
        said = proof if table in ("investments", "segments") else ""
        written.append(write_geojson(frame, folder / name, key, said))
    return written


def _proof(run: Run, language: str) -> str:
    """How near the plan is to the cheapest network, and what is proven of it."""
    proof = run.manifest.get("summary", {}).get("plan", {}).get("proof")
    said = say_proof(proof, language)
    return f"{said}. {say_what_is_proven(proof, language)}" if said else ""


def _with_sentences(gaps: gpd.GeoDataFrame, language: str) -> gpd.GeoDataFrame:
    out = gaps.copy()
    rows = gaps.drop(columns="geometry").to_dict("records")
    for service in SERVICES:
        out[f"{service}_evidence_text"] = [say_evidence(row, service, language) for row in rows]
    return out


def write_geojson(frame: gpd.GeoDataFrame, path: Path, key: str, description: str = "") -> Path:
    """`frame` as RFC 7946 GeoJSON with `key` as the features' id and, if given, a foreign member
    "description"; an older file is replaced whole."""
    # Into memory first: GDAL cuts a file off without a word where the disk is full.
    memory = BytesIO()
    with whole_file(path) as part:
        pyogrio.write_dataframe(
            frame,
            memory,
            layer=path.name,
            driver="GeoJSON",
            RFC7946="YES",
            WRITE_BBOX="YES",
            COORDINATE_PRECISION=6,
            ID_FIELD=key,
            ID_TYPE="String",
            **({"DESCRIPTION": description} if description else {}),
        )
        part.write_bytes(memory.getvalue())
    return path
