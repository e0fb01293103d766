"""What partners receive: GeoJSON that keeps RFC 7946 to the letter."""

import json
import re

import pytest
import shapely
from conftest import SITES

from phusong.cli import main
from phusong.exports import formats

HOSTILE = ("<img src=x onerror=alert(1)>", "${alert(1)}", '=HYPERLINK("http://x")', "back`tick", "</script>")


@pytest.fixture
def exported(drawn_study, tmp_path):
    """The files of a run whose sites have hostile names."""
    rows = [f"H{i},{csv(n)},Trường học,00002,107.66,15.05{i},Không,,," for i, n in enumerate(HOSTILE)]
    with pytest.raises(SystemExit):
        main(["run", str(drawn_study((*SITES, *rows))), "--out", str(tmp_path / "run"), "--quiet"])
    return sorted((tmp_path / "run" / "export").glob("*.geojson"))


def csv(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def check_rfc7946(text: str) -> dict:
    """Raises where `text` is not RFC 7946: no crs (§4), bbox (§5), string ids, right-hand rings (§3.1.6),
    WGS 84 degrees, and at most six decimals (§11.2)."""
    data = json.loads(text)
    assert data["type"] == "FeatureCollection" and "crs" not in data
    assert not re.search(r"\d\.\d{7,}", re.sub(r'"(?:[^"\\]|\\.)*"', '""', geometries_only(data)))
    for feature in data["features"]:
        assert feature["type"] == "Feature" and isinstance(feature["id"], str)
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        west, south, east, north = feature["bbox"]
        assert -180 <= west <= east <= 180 and -90 <= south <= north <= 90
        assert shapely.box(west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6).covers(shape)
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon":
                assert part.exterior.is_ccw and not any(ring.is_ccw for ring in part.interiors)
    if data["features"]:
        assert len(data["bbox"]) == 4
    return data


def geometries_only(data: dict) -> str:
    return json.dumps([[f["geometry"], f["bbox"]] for f in data["features"]])


def test_each_geojson_is_rfc_7946(exported):
    assert [p.name for p in exported] == [
        "communes.geojson",
        "investments.geojson",
        "links.geojson",
        "new_lines.geojson",
        "sites.geojson",
    ]
    for path in exported:
        features = check_rfc7946(path.read_text(encoding="utf-8"))["features"]
        # This study builds no microwave link.
        assert bool(features) == (path.name != "links.geojson"), path


def test_names_go_through_untouched(exported):
    sites = json.loads(exported[-1].read_text(encoding="utf-8"))["features"]
    assert set(HOSTILE) <= {f["properties"]["name"] for f in sites}


def test_each_site_says_status_and_evidence_in_words(exported):
    for feature in json.loads(exported[-1].read_text(encoding="utf-8"))["features"]:
        said = feature["properties"]
        for service in ("fibre", "wifi", "mobile", "video"):
            assert said[service] in ("ok", "gap", "unknown")
            assert said[f"{service}_evidence_text"] and "{" not in said[f"{service}_evidence_text"]


def test_every_format_keeps_the_contract():
    for name, module in formats().items():
        assert name == module.NAME and module.MEANING and callable(module.write)


@pytest.mark.reference
def test_the_geojson_of_nam_giang(nam_giang, tmp_path):
    with pytest.raises(SystemExit):
        main(["run", str(nam_giang), "--out", str(tmp_path / "run"), "--quiet"])
    for path in (tmp_path / "run" / "export").glob("*.geojson"):
        check_rfc7946(path.read_text(encoding="utf-8"))
