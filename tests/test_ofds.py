"""OFDS networks (Open Fibre Data Standard 0.4) as inputs, and what the export writes."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_run import drawn_run, frame, hostile_run
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from phusong.errors import InputError
from phusong.exports import export
from phusong.readers.layers import read_layer
from phusong.study import Source

VNPT = {"id": "o1", "name": "VNPT"}
EVN = {"id": "o2", "name": "EVN"}


def span(own: str, *points: tuple[float, float], **said) -> dict:
    return {"id": own, "route": {"type": "LineString", "coordinates": [list(p) for p in points]}, **said}


def node(own: str, x: float, y: float, **said) -> dict:
    return {"id": own, "location": {"type": "Point", "coordinates": [x, y]}, **said}


NETWORK = {
    "id": "a0d74439-9420-4917-bddf-1acd883926c6",
    "name": "Drawn",
    "links": [{"rel": "describedby", "href": "https://standard.ofds.info/en/0__4__0/network-schema.json"}],
    "nodes": [
        node("n1", 107.52, 15.05, name="Bưu điện A", type=["pop"], status="operational",
             networkProviders=[VNPT]),
        node("n2", 107.6, 15.05, status="operational"),
        node("n3", 107.65, 15.05, name="B", type=["pop"], status="planned"),
    ],
    "spans": [
        span("s1", (107.52, 15.05), (107.6, 15.05), status="operational", name="A – B", start="n1", end="n2",
             transmissionMediumOwner=EVN, networkProviders=[VNPT], darkFibre=True),
        span("s2", (107.6, 15.05), (107.65, 15.05), status="planned", networkProviders=[VNPT]),
        span("s3", (107.6, 15.05), (107.6, 15.09), status="operational", transmissionMedium=["microwave"]),
        span("s4", (107.6, 15.05), (107.6, 15.01), transmissionMedium=["copper", "fibre"]),
        {"id": "s5", "status": "operational"},
    ],
}  # fmt: skip


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "network.json"
    path.write_text(json.dumps({"networks": [NETWORK]}), encoding="utf-8")
    return path


def read(name: str, path: Path):
    return read_layer(name, Source(path=path.name), path)


def test_only_operational_spans_of_fibre_are_existing_fibre(package, drawn_study, opened):
    study = drawn_study()
    (study.parent / "network.json").write_bytes(package.read_bytes())
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace('fibre = "fibre.geojson"', 'fibre = "network.json"\nnodes = "network.json"'),
        encoding="utf-8",
    )
    _study, region, findings = opened(study)
    assert sorted(region.fibre["fibre_id"]) == ["s1", "s4"] and region.nodes["node_id"].tolist() == ["n1"]
    assert sorted(region.set_aside["row"]) == [2, 3, 3, 5]
    said = " | ".join(f.what for f in findings if f.file == "network.json")
    assert "status is 'planned': not used" in said and "transmissionMedium is 'microwave': not used" in said
    assert "1 of 5 spans say no status: taken as operational" in said
    assert "1 nodes have no type: junctions of lines" in said
    assert "1 spans offer dark fibre: taken as fibre for lease" in said


def test_owner_provider_and_names_are_kept(package):
    fibre, _ = read("fibre", package)
    first = fibre.set_index("fibre_id").loc["s1"]
    assert (first["operator"], first["lease"], first["note"]) == ("EVN", "yes", "A – B; network of VNPT")
    nodes, _ = read("nodes", package)
    assert nodes[["operator", "name"]].iloc[0].tolist() == ["VNPT", "Bưu điện A"]


def test_geojson_of_the_standard_reads_as_the_package_does(package, tmp_path):
    """Written by the standard's own converter."""
    convert = pytest.importorskip("libcoveofds.geojson").JSONToGeoJSONConverter()
    convert.process_package(json.loads(package.read_text(encoding="utf-8")))
    for name, part, made in (
        ("fibre", "spans", convert.get_spans_geojson()),
        ("nodes", "nodes", convert.get_nodes_geojson()),
    ):
        path = tmp_path / f"{part}.geojson"
        path.write_text(json.dumps(made), encoding="utf-8")
        there, here = (read(name, p)[0].drop(columns="source") for p in (path, package))
        assert_geodataframe_equal(there, here)


def test_one_network_without_its_package_reads_too(package, tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps(NETWORK), encoding="utf-8")
    there, here = (read("fibre", p)[0].drop(columns="source") for p in (path, package))
    assert_geodataframe_equal(there, here)


def test_a_plain_geojson_is_no_network(tmp_path):
    path = tmp_path / "fibre.geojson"
    line = {"type": "LineString", "coordinates": [[107, 15], [108, 15]]}
    features = [
        {
            "type": "Feature",
            "geometry": line,
            "properties": {"status": "planned", "id": "x", "featureType": "road", "network": "networks"},
        }
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    frame_, findings = read("fibre", path)
    assert frame_["fibre_id"].tolist() == ["x"] and not findings


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("roads", {"networks": [NETWORK]}, "an OFDS network, which has no roads"),
        ("fibre", {"networks": [{"nodes": []}]}, "has no spans"),
        ("fibre", {"networks": [None, 3, {"spans": {"a": 1}}]}, "has no spans"),
        ("nodes", {"networks": ["x"]}, "has no nodes"),
    ],
)
def test_what_is_no_use_is_said(tmp_path, name, content, says):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read(name, path)


@pytest.mark.parametrize(
    "content", ['{"networks": [', '{"networks": ' + "[" * 100_000, '{"networks": ["\udcff"]}']
)
def test_a_broken_file_is_one_clear_line(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="is not JSON"):
        read("fibre", path)


junk = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "name", "status", "route", "type", "coordinates", "networkProviders", "darkFibre",
         "transmissionMediumOwner", "transmissionMedium"]), inner, max_size=6),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(junk, max_size=4))
def test_whatever_a_span_holds_it_is_read_or_refused_in_words(tmp_path_factory, spans):
    path = tmp_path_factory.mktemp("junk") / "a.json"
    path.write_text(json.dumps({"networks": [{"spans": spans}]}), encoding="utf-8")
    try:
        fibre, _ = read("fibre", path)
    except InputError:
        return
    assert len(fibre) == sum(isinstance(s, dict) for s in spans)


def problems(package: dict) -> list[str]:
    """What the standard's own checker finds wrong."""
    checker = pytest.importorskip("libcoveofds.jsonschemavalidate")
    from libcoveofds.additionalfields import AdditionalFields
    from libcoveofds.python_validate import PythonValidate
    from libcoveofds.schema import OFDSSchema

    schema = OFDSSchema()
    found = [e._message for e in checker.JSONSchemaValidator(schema).validate(package)]
    found += [str(p) for p in PythonValidate(schema).validate(package)]
    return found + sorted(AdditionalFields(schema).process(package))


def exported(run, folder: Path) -> dict:
    export(run, "ofds", folder, "vi")
    return json.loads((folder / "ofds.json").read_text(encoding="utf-8"))


@pytest.fixture
def run():
    fibre = [
        {
            "fibre_id": "F1",
            "operator": "VNPT",
            "lease": "yes",
            "geometry": LineString([(107.5, 15.05), (107.58, 15.05)]),
        },
        {
            "fibre_id": "F2",
            "operator": "chưa rõ",
            "geometry": LineString([(107.58, 15.05), (107.58, 15.09)]),
        },
    ]
    nodes = [{"node_id": "P1", "operator": "VNPT", "name": "Bưu điện", "geometry": Point(107.5, 15.05)}]
    return drawn_run(fibre=frame("fibre", fibre), nodes=frame("nodes", nodes))


def test_the_export_keeps_the_standard(run, tmp_path):
    package = exported(run, tmp_path)
    assert problems(package) == []
    broken = json.loads(json.dumps(package))
    broken["networks"][0]["spans"][0]["status"] = "there"
    assert problems(broken)


def test_hostile_names_keep_the_standard(tmp_path):
    assert problems(exported(hostile_run(), tmp_path)) == []


def test_existing_fibre_is_operational_and_the_plan_proposed(run, tmp_path):
    spans = {s["id"]: s for s in exported(run, tmp_path)["networks"][0]["spans"]}
    assert {own: s["status"] for own, s in spans.items()} == {
        "F1": "operational", "F2": "operational", "N1-0": "proposed", "N1-1": "proposed"
    }  # fmt: skip
    assert spans["F1"]["darkFibre"] is True and "darkFibre" not in spans["F2"]
    assert (
        spans["F1"]["transmissionMediumOwner"]["name"] == "VNPT"
        and "transmissionMediumOwner" not in spans["F2"]
    )
    assert spans["N1-0"]["deployment"] == ["belowGround"] and "deployment" not in spans["N1-1"]


def test_lines_that_meet_share_a_node_and_a_node_of_the_study_is_an_end(run, tmp_path):
    network = exported(run, tmp_path)["networks"][0]
    spans = {s["id"]: s for s in network["spans"]}
    assert spans["F1"]["start"] == "P1"
    assert spans["F1"]["end"] == spans["F2"]["start"] == spans["N1-0"]["start"]
    assert spans["N1-0"]["end"] == spans["N1-1"]["start"]
    ids = [n["id"] for n in network["nodes"]]
    typed = {n["id"]: n["type"] for n in network["nodes"] if "type" in n}
    assert len(ids) == len(set(ids)) == 5
    assert typed == {"P1": ["pop"], "site-B1": ["endUserPremises"], "site-B2": ["endUserPremises"]}


@pytest.mark.parametrize(("metres", "is_end"), [(11, True), (24, True), (26, False)])
def test_a_node_a_few_metres_off_a_lines_end_is_that_end(run, tmp_path, metres, is_end):
    """Published networks miss their nodes by some metres; the line stays where it is."""
    east = metres / (111_195 * math.cos(math.radians(15.05)))
    nodes = run.tables["nodes"].assign(geometry=[Point(107.5 - east, 15.05)])
    network = exported(replace(run, tables=run.tables | {"nodes": nodes}), tmp_path)["networks"][0]
    first = next(s for s in network["spans"] if s["id"] == "F1")
    assert (first["start"] == "P1") == is_end and first["route"]["coordinates"][0] == [107.5, 15.05]


def test_leased_fibre_is_no_new_span(run, tmp_path):
    leased = run.tables["segments"].assign(kind=["leased", "road"])
    network = exported(replace(run, tables=run.tables | {"segments": leased}), tmp_path)["networks"][0]
    assert [s["id"] for s in network["spans"] if s["status"] == "proposed"] == ["N1-1"]


def test_the_same_network_whatever_the_order_of_rows(run, tmp_path):
    turned = {n: t.iloc[::-1].reset_index(drop=True) for n, t in run.tables.items()}
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = exported(run, tmp_path / "a")
    assert first == exported(replace(run, tables=turned), tmp_path / "b")
    for name in ("ofds.json", "ofds_nodes.geojson", "ofds_spans.geojson"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_geojson_is_that_of_the_standards_converter(run, tmp_path):
    converter = pytest.importorskip("libcoveofds.geojson").GeoJSONToJSONConverter()
    package = exported(run, tmp_path)
    nodes, spans = (
        json.loads((tmp_path / f"ofds_{p}.geojson").read_text("utf-8")) for p in ("nodes", "spans")
    )
    converter.process_data(nodes)
    converter.process_data(spans)
    there, here = converter.get_json()["networks"][0], package["networks"][0]
    for part in ("nodes", "spans"):
        said = {n["id"]: (n["location" if part == "nodes" else "route"], n["status"]) for n in there[part]}
        assert said == {
            n["id"]: (n["location" if part == "nodes" else "route"], n["status"]) for n in here[part]
        }
    assert {s["id"]: (s["start"], s["end"]) for s in there["spans"]} == {
        s["id"]: (s["start"], s["end"]) for s in here["spans"]
    }


@pytest.mark.reference
@pytest.mark.parametrize(("country", "spans", "nodes"), [("burundi", 38, 35), ("rwanda", 68, 52)])
def test_networks_of_two_countries_read(shared, country, spans, nodes):
    """As published: Burundi's says status and owner of all, Rwanda's neither."""
    files = {p.name.split("ofds-")[1].split("_")[0]: p for p in (shared / "ofds" / country).iterdir()}
    fibre, found = read("fibre", files["json"])
    again, _ = read("fibre", files["spans"])
    assert len(fibre) == len(again) == spans and not [f for f in found if f.level == "error"]
    assert fibre.geometry.is_valid.all() and (fibre.geom_type == "LineString").all()
    assert_geodataframe_equal(fibre.drop(columns="source"), again.drop(columns="source"))
    points, found = read("nodes", files["json"])
    told = sum(int(f.what.split()[0]) for f in found if "neither type nor name" in f.what)
    assert len(points) + told == nodes
    assert points["node_id"].tolist() == read("nodes", files["nodes"])[0]["node_id"].tolist()
    assert set(fibre["operator"]) == ({"Burundi Backbone System"} if country == "burundi" else {"chưa rõ"})


@pytest.mark.reference
@pytest.mark.parametrize("country", ["burundi", "rwanda"])
def test_networks_of_two_countries_written_again_keep_the_standard(shared, tmp_path, country):
    file = next((shared / "ofds" / country).glob("*_ofds-json_*"))
    tables = {name: read(name, file)[0] for name in ("fibre", "nodes")}
    run = drawn_run(**tables, segments=drawn_run().tables["segments"].iloc[:0])
    package = exported(run, tmp_path)
    source = json.loads(file.read_text(encoding="utf-8"))["networks"][0]
    ends = {s["id"]: (s["start"], s["end"]) for s in source["spans"]}
    named = {n["id"] for n in package["networks"][0]["nodes"] if "type" in n}
    made = {s["id"]: (s["start"], s["end"]) for s in package["networks"][0]["spans"]}
    assert made.keys() == ends.keys()
    right = [m == e for own in ends for m, e in zip(made[own], ends[own], strict=True) if e in named]
    assert sum(right) >= 0.95 * len(right) > 0
    assert not [p for p in problems(package) if "not_used" not in p]
