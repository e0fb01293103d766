"""datapackage.json, the data dictionary and README.txt of a package: what its files are and rest on."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

import pandas as pd

from phusong.language import _, _m, speaking
from phusong.layers import DECLARED, meaning_in
from phusong.partners.schemas import bounds_of, field_descriptors, fields_of, type_of
from phusong.partners.tables import FOLDER, has_places, key_of
from phusong.runs import Run, safe_cell
from phusong.sharing import Partner

_TABLE_FIELDS = ["table", "column", "type", "unit", "may_be_empty", "values", "vi", "en"]
_MEDIA = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
    ".kmz": "application/vnd.google-earth.kmz",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".txt": "text/plain",
}
#: What lies in each folder, for README.txt.
_PARTS = {
    "CHANGES.csv": _m("what differs from the last package: table, change, id, field, before, after"),
    "dictionary.csv": _m("data dictionary: every column of every table, its type, unit and meaning"),
    "tables/": _m("the tables as CSV (UTF-8); codes are text, money is whole đồng"),
    "geojson/": _m("GeoJSON (RFC 7946, WGS 84) of all that has a place"),
    "geopackage/": _m("GeoPackage: open it in QGIS, the layers are coloured and titled"),
    "kmz/": _m("KMZ for Google Earth, a folder a commune"),
    "ofds/": _m("the network in the Open Fibre Data Standard"),
    "boq/": _m("workbook: bill of quantities and link sheets"),
    "schemas/": _m("JSON Schemas (2020-12) of tables and GeoJSON"),
    "datapackage.json": _m("list of all files with sizes, SHA-256, fields, sources and licences"),
}


def dictionary(tables: list[str]) -> pd.DataFrame:
    """The data dictionary of `tables`: a row a column, and before them one for the table itself."""
    rows = []
    for table in tables:
        said = DECLARED[table].description or ""
        rows.append([table, "", "table", "", "", "", meaning_in(said, "vi"), said])
        for name, column in fields_of(table).items():
            unit = (column.metadata or {}).get("unit", "")
            values = "; ".join(map(str, bounds_of(column).get("enum", [])))
            empty = "yes" if column.nullable else "no"
            said = column.description or ""
            rows.append([table, name, type_of(column), unit, empty, values, meaning_in(said, "vi"), said])
    return pd.DataFrame(rows, columns=_TABLE_FIELDS).map(safe_cell)


def descriptor(run: Run, partner: Partner, folder: Path, name: str, previous: str | None) -> dict[str, Any]:
    """The Data Package descriptor of the files in `folder`."""
    manifest = run.manifest
    out: dict[str, Any] = {
        "profile": "data-package",
        "name": name,
        "title": f"{manifest['title']} – {partner.name}",
        "created": manifest["created"],
        "version": str(manifest["run_id"]),
        "run_id": manifest["run_id"],
        "previous_run_id": previous,
        "partner": partner.name,
        "sharing": partner.profile.model_dump(mode="json"),
        "phusong": manifest["phusong"],
        "languages": ["vi", "en"],
        "description": str(manifest.get("note", "")),
        "sources": _sources(manifest),
    }
    if licences := _licences(manifest):
        out["licenses"] = licences
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    out["resources"] = [_resource(path, folder) for path in files]
    return {key: value for key, value in out.items() if value is not None}


def _sources(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    """Whose data the inputs are: what the study says, and each source that it names."""
    said = [{"title": str(manifest["source"])}] if manifest.get("source") else []
    for origin in manifest.get("sources", {}).values():
        title = " – ".join(part for part in (origin["title"], origin.get("attribution", "")) if part)
        page = str(origin.get("page", ""))
        said.append({"title": title} | ({"path": page} if page.startswith(("http://", "https://")) else {}))
    return said or [{"title": str(manifest["title"])}]


def _licences(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    names = sorted({str(o.get("licence", "")) for o in manifest.get("sources", {}).values()} - {""})
    return [
        {"name": re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-") or "licence", "title": name}
        for name in names
    ]


def _resource(path: Path, folder: Path) -> dict[str, Any]:
    inside = path.relative_to(folder).as_posix()
    content = path.read_bytes()
    out: dict[str, Any] = {
        "name": re.sub(r"[^a-z0-9._-]+", "-", inside.lower().replace("/", "-")),
        "path": inside,
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "mediatype": _MEDIA.get(path.suffix, "application/octet-stream"),
        "format": path.suffix.lstrip("."),
        # Not to be guessed from the name: a JSON Schema is no Table Schema.
        "type": "file",
    }
    if path.parent.name == FOLDER and path.suffix == ".csv":
        table = path.stem
        out |= {
            "type": "table",
            "profile": "tabular-data-resource",
            "format": "csv",
            "encoding": "utf-8",
            "title": meaning_in(DECLARED[table].description or "", "vi"),
            "description": DECLARED[table].description,
            "schema": {"fields": field_descriptors(table, has_places(table)), "primaryKey": key_of(table)},
        }
    return out


def readme(run: Run, partner: Partner, parts: list[str], previous: str | None) -> str:
    """README.txt: what is what, first in Vietnamese, then in English."""
    said = []
    for language in ("vi", "en"):
        with speaking(language):
            said.append(_readme(run, partner, parts, previous))
    return ("\n" + "-" * 78 + "\n\n").join(said)


def _readme(run: Run, partner: Partner, parts: list[str], previous: str | None) -> str:
    manifest = run.manifest
    lines = [
        _("{title}: package for {partner}").format(title=manifest["title"], partner=partner.name),
        "",
        _("Run {run_id}, made on {date} with phusong {version}.").format(
            run_id=manifest["run_id"], date=str(manifest["created"])[:10], version=manifest["phusong"]
        ),
    ]
    lines += [str(manifest["note"])] if manifest.get("note") else []
    lines += [_("Sources: {source}").format(source=source["title"]) for source in _sources(manifest)]
    lines += ["", *_what_is_shown(partner), ""]
    lines += [
        _("CHANGES.csv compares with the package of run {run_id}.").format(run_id=previous)
        if previous
        else _("This is the first package: CHANGES.csv has no rows.")
    ]
    lines += ["", _("Files:")]
    lines += [f"  {part:<18}{_(_PARTS[part]) if part in _PARTS else ''}".rstrip() for part in parts]
    lines += [
        "",
        _(
            "Costs are estimates: each table gives the low and the high end. "
            "Prices marked assumed are no offers."
        ),
        _(
            "Identifiers stay from run to run: an investment is named by technology and commune "
            "(-later: the part beyond the budget), a line or link by its ends."
        ),
    ]
    return "\n".join(wrapped for line in lines for wrapped in _wrapped(line)) + "\n"


def _wrapped(line: str) -> list[str]:
    """A line as several that any editor shows whole; the list of files keeps its columns."""
    further = " " * 20 if line.startswith("  ") else ""
    return wrap(line, 100, subsequent_indent=further, break_long_words=False, break_on_hyphens=False) or [""]


def _what_is_shown(partner: Partner) -> list[str]:
    profile, lines = partner.profile, []
    if "others" not in profile.networks:
        lines.append(
            _(
                "Lines, ducts and masts of other operators are not in this package; "
                "what would tell where they are is left empty."
            )
        )
    if "others" not in profile.investments:
        lines.append(
            _(
                "Investments are your own and those that nobody has yet; "
                "their ranks are those of the whole plan."
            )
        )
    if profile.communes:
        lines.append(_("Only these communes: {codes}.").format(codes=", ".join(profile.communes)))
    lines.append(
        _("Points and lines are rounded to {decimals} decimals of a degree.").format(
            decimals=profile.decimals
        )
    )
    if profile.hide_columns:
        lines.append(_("These columns are empty: {columns}.").format(columns=", ".join(profile.hide_columns)))
    return lines
