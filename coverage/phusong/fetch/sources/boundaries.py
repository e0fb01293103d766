"""Outlines of communes, with codes of the list of units and residents of the census where they are given."""

from pathlib import Path

from phusong.domain import Finding
from phusong.errors import FetchError
from phusong.fetch.area import Area
from phusong.fetch.getter import Getter
from phusong.fetch.source import Fetched, write_points
from phusong.language import _, _m

NAME = "boundaries"
MEANING = _m("outlines of the communes")
PLACE = "boundaries"


def fetch(area: Area, folder: Path, getter: Getter) -> list[Fetched]:
    """communes.geojson: the communes of the area. FetchError when no outline lies there."""
    if area.communes is None or area.communes.empty:
        raise FetchError(
            _("no commune has its middle in the area"),
            where=area.name,
            do=_("Take a larger box, or leave out boundaries."),
        )
    communes = area.communes
    rows = [
        {
            "id": row["commune_code"] or "|".join(str(row[n]) for n in ("province", "district", "name")),
            **{
                n: row[n]
                for n in ("commune_code", "name", "unit_type", "district", "province")
                if isinstance(row[n], str)
            },
            **(
                {"population": int(row["population"])}
                if row["population"] == row["population"] and row["population"] is not None
                else {}
            ),
            "geometry": row["geometry"],
        }
        for row in communes.astype({"population": "object"}).where(communes.notna(), None).to_dict("records")
    ]
    path = folder / "communes.geojson"
    write_points(path, rows)
    nameless = [row["name"] for row in rows if not row.get("commune_code")]
    findings = (
        [
            Finding(
                "warning",
                path.name,
                None,
                _("{count} communes have no code: {names}").format(
                    count=len(nameless), names=", ".join(nameless[:10])
                ),
                _("Give a list of units of their time with --gazetteer; until then they are set aside."),
            )
        ]
        if nameless
        else []
    )
    return [Fetched(path, PLACE, _("{count} communes").format(count=len(rows)), "communes", tuple(findings))]
