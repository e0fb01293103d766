"""The network that the OFDS export writes: spans that meet at nodes, phases, who takes part, the way back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from drawn_links import write_study
from drawn_plan_run import random_world, run_of, thinned
from drawn_run import drawn_run, frame
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point
from test_ofds import exported, problems, read

from phusong.cli import phusong
from phusong.openfibre import network
from phusong.openfibre.cutting import cut
from phusong.openfibre.words import metres_between
from phusong.runs import Run, read_run

#: The plan leaves F1 in its middle, between two vertices.
FIBRE = [
    {
        "fibre_id": "F1",
        "operator": "VNPT",
        "note": "A – B",
        "geometry": LineString([(107.5, 15.05), (107.55, 15.06), (107.6, 15.05)]),
    },
    {"fibre_id": "F2", "operator": "Viettel", "geometry": LineString([(107.6, 15.05), (107.6, 15.09)])},
]
TAP = (107.525, 15.055)


def segment(own: str, *places: tuple[float, float], **said: object) -> dict:
    return {
        "segment_id": own, "investment_id": "N1", "kind": "road", "build": "buried", "tap_id": "F1",
        "length_m": 2000.0, "capex_vnd": 1, "sites_downstream": 1, "geometry": LineString(places), **said,
    }  # fmt: skip


@pytest.fixture
def tapped() -> Run:
    segments = [
        segment("N1.001", TAP, (107.525, 15.08)),
        segment("N1.002", (107.525, 15.08), (107.55, 15.05), upstream_id="N1.001", end_site_ids="A1",
                build="evn_poles"),
    ]  # fmt: skip
    prices = {"fibre": {"length_factor": {"value": 1.1}}}
    about = {"vintage": "2021-07", "prices": prices}
    return drawn_run(manifest=about, fibre=frame("fibre", FIBRE), segments=frame("segments", segments))


def spans_of(package: dict) -> dict[str, dict]:
    return {span["id"]: span for span in package["networks"][0]["spans"]}


def nodes_of(package: dict) -> dict[str, dict]:
    return {node["id"]: node for node in package["networks"][0]["nodes"]}


def faults(package: dict) -> list[str]:
    """What is wrong with a network: by the standard's checker, or where spans and nodes do not meet."""
    nodes = nodes_of(package) if "nodes" in package["networks"][0] else {}
    found = problems(package)
    for span in package["networks"][0].get("spans", []):
        route = span["route"]["coordinates"]
        for end, at in (("start", route[0]), ("end", route[-1])):
            if metres_between(nodes[span[end]]["location"]["coordinates"], at) > 25:
                found.append(f"{span['id']} does not reach its {end}")
        if span["start"] == span["end"] and route[0] != route[-1]:
            found.append(f"{span['id']} ends where it begins")
    return found


def test_a_line_that_is_tapped_on_the_way_is_cut_there(tapped: Run, tmp_path: Path) -> None:
    package = exported(tapped, tmp_path)
    spans, nodes = spans_of(package), nodes_of(package)
    assert faults(package) == []
    first, second = sorted(own for own in spans if own.startswith("F1"))
    assert {first, second} == {"F1~0", "F1~+2741"}
    meets = spans["N1.001"]["start"]
    assert spans["F1~0"]["end"] == spans["F1~+2741"]["start"] == meets
    # The splice is of the plan; where lines end by themselves is what there is.
    assert nodes[meets]["status"] == "proposed" and "type" not in nodes[meets]
    assert nodes[spans["F1~0"]["start"]]["status"] == "operational"
    assert spans["F1~+2741"]["end"] == spans["F2"]["start"]


def test_the_reader_makes_the_line_whole_again(tapped: Run, tmp_path: Path) -> None:
    exported(tapped, tmp_path)
    for name in ("ofds.json", "ofds_spans.geojson"):
        fibre, _ = read("fibre", tmp_path / name)
        lines = fibre.set_index("fibre_id")
        assert {"F1", "F2"} <= set(lines.index) and not [own for own in lines.index if "~" in own]
        assert list(lines.geometry["F1"].coords) == list(FIBRE[0]["geometry"].coords)
        assert lines.loc["F1", ["operator", "note"]].tolist() == ["VNPT", "A – B"]


def test_pieces_that_do_not_fit_stay_what_they_are(tapped: Run, tmp_path: Path) -> None:
    package = exported(tapped, tmp_path)
    for change in ({"name": "other"}, {"route": {"type": "LineString", "coordinates": [[1, 1], [2, 2]]}}):
        changed = json.loads(json.dumps(package))
        spans_of(changed)["F1~0"].update(change)
        (tmp_path / "changed.json").write_text(json.dumps(changed), encoding="utf-8")
        assert {"F1~0", "F1~+2741"} <= set(read("fibre", tmp_path / "changed.json")[0]["fibre_id"])


@given(
    places=st.lists(
        st.tuples(st.integers(0, 2000), st.integers(0, 2000)), min_size=2, max_size=6, unique=True
    ),
    parts=st.lists(st.floats(0, 1), max_size=5),
)
def test_whatever_is_cut_is_whole_again(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[int, int]], parts: list[float]
) -> None:
    line = LineString([(107 + x / 1e4, 15 + y / 1e4) for x, y in places])
    at = [line.interpolate(part, normalized=True) for part in parts]
    pieces, _ = cut("L", line, [(point.x, point.y) for point in at])
    spans = [
        {"id": piece.own, "route": {"type": "LineString", "coordinates": [list(p) for p in piece.places]}}
        for piece in pieces
    ]
    path = tmp_path_factory.mktemp("cut") / "a.json"
    path.write_text(json.dumps({"networks": [{"spans": spans[::-1]}]}), encoding="utf-8")
    fibre, _ = read("fibre", path)
    assert fibre["fibre_id"].tolist() == ["L"]
    assert fibre.geometry.iloc[0].equals_exact(line, 2e-7)


def test_spans_say_what_is_known_of_them_and_no_more(tapped: Run, tmp_path: Path) -> None:
    spans = spans_of(exported(tapped, tmp_path))
    new, pole = spans["N1.001"], spans["N1.002"]
    assert (new["deployment"], new["codeployment"], new["fibreLength"]) == (["belowGround"], "road", 2.2)
    assert pole["deployment"] == ["aboveGround"] and pole["supportingInfrastructure"] == {"type": "pole"}
    assert new["countries"] == spans["F2"]["countries"] == ["VN"]
    for span in spans.values():
        assert not {"fibreCount", "fibreType", "capacity", "readyForServiceDate"} & set(span)
    assert "fibreLength" not in spans["F2"] and "phase" not in spans["F2"]


def test_sites_are_nodes_where_their_line_ends(tapped: Run, tmp_path: Path) -> None:
    package = exported(tapped, tmp_path)
    site = nodes_of(package)[spans_of(package)["N1.002"]["end"]]
    assert site["id"] == "site-A1" and site["name"] == "UBND xã A" and site["status"] == "proposed"
    assert site["type"] == ["endUserPremises"] and site["address"] == {"locality": "A"}


def test_phases_are_years_and_partners(tapped: Run, tmp_path: Path) -> None:
    years = tapped.tables["investments"].assign(year=2027, finished_year=2028, partner=["VNPT", "Viettel"])
    package = exported(replace(tapped, tables=tapped.tables | {"investments": years}), tmp_path)
    assert faults(package) == []
    (phase,) = package["networks"][0]["phases"]
    assert phase["name"] == "2027: VNPT" and "5,60 tỷ ₫" in phase["description"]
    assert "2028" in phase["description"]
    assert spans_of(package)["N1.001"]["phase"] == {"id": phase["id"], "name": phase["name"]}
    assert spans_of(package)["N1.001"]["supplier"]["name"] == "VNPT"
    roles = {one["name"]: one["roles"] for one in package["networks"][0]["organisations"]}
    assert roles == {"VNPT": ["supplier", "transmissionMediumOwner"], "Viettel": ["transmissionMediumOwner"]}


def test_hops_are_spans_from_a_pole_at_the_fibre(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study")
    said = CliRunner().invoke(phusong, ["run", str(study), "--out", str(tmp_path / "run"), "-q"])
    assert said.exit_code == 0, said.output
    run = read_run(tmp_path / "run")
    package = exported(run, tmp_path / "out")
    assert faults(package) == []
    hops = [span for span in spans_of(package).values() if span["transmissionMedium"] == ["microwave"]]
    assert {span["id"] for span in hops} == set(run.tables["links"]["link_id"]) and len(hops) >= 3
    assert all(span["capacity"] == 0.2 and span["deployment"] == ["aboveGround"] for span in hops)
    kinds = {n["id"]: n.get("supportingInfrastructure", {}).get("type") for n in nodes_of(package).values()}
    assert {kinds[span["end"]] for span in hops} == {"tower", "building"}
    # The pole beside the cable cuts it there.
    pole = next(own for own, kind in kinds.items() if kind == "pole")
    fibre = [span for span in spans_of(package).values() if span["id"].startswith("F1")]
    assert pole in {span[end] for span in fibre for end in ("start", "end")}
    back, _ = read("fibre", tmp_path / "out" / "ofds.json")
    assert back["fibre_id"].tolist()[0] == "F1"


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_drawn_plans_keep_the_standard_also_with_parts_taken_out(seed: int) -> None:
    run = run_of(random_world(seed), technologies=("fibre", "satellite"))
    for one in (run, thinned(run, seed)):
        made = network(one, "vi")
        assert faults({"networks": [made]}) == []


def test_node_of_the_study_at_a_pole_is_that_pole(tmp_path: Path) -> None:
    nodes = [{"node_id": "P1", "operator": "VNPT", "name": "Bưu điện", "geometry": Point(107.5, 15.05)}]
    link = {
        "link_id": "fibre-1--B1", "investment_id": "N1", "funded": True, "site_ids": "B1", "a_id": "fibre-1",
        "a_kind": "fibre_end", "b_id": "B1", "b_kind": "site", "rain_basis": "assumed", "terrain": "flat",
        "rate_mbps": 200.0, "f_ghz": 18.0, "availability_percent": 99.99,
        "geometry": LineString([(107.5, 15.05), (107.65, 15.05)]),
    }  # fmt: skip
    run = drawn_run(fibre=frame("fibre", FIBRE), nodes=frame("nodes", nodes), links=frame("links", [link]))
    package = exported(run, tmp_path)
    assert faults(package) == []
    assert spans_of(package)["fibre-1--B1"]["start"] == "P1" == spans_of(package)["F1"]["start"]


@pytest.mark.reference
@pytest.mark.parametrize("country", ["burundi", "rwanda"])
def test_a_study_of_a_published_network_gives_it_back(shared: Path, tmp_path: Path, country: str) -> None:
    """read → run → export → read → run: the same lines and nodes, though the plan taps them on the way."""
    file = next((shared / "ofds" / country).glob("*_ofds-json_*"))
    fibre = read("fibre", file)[0]
    lines = fibre.geometry.iloc[[3, 10, 20]]
    places = [line.interpolate(0.37, normalized=True) for line in lines]
    rows = [
        f"S{i},Trường {i},Trường học,{p.x + 0.004:.6f},{p.y + 0.003:.6f},Không" for i, p in enumerate(places)
    ]
    header = "Mã đơn vị,Tên đơn vị,Loại,Kinh độ,Vĩ độ,Cáp quang"
    first = plan_on(tmp_path / "first", file, [header, *rows])
    package = exported(first, tmp_path / "out")
    assert [p for p in faults(package) if "node_not_used" not in p] == []
    assert any("~" in span["id"] for span in package["networks"][0]["spans"])
    again = plan_on(tmp_path / "again", tmp_path / "out" / "ofds.json", [header, *rows])
    for name, key in (("fibre", "fibre_id"), ("nodes", "node_id")):
        there, here = (run.tables[name].set_index(key).sort_index() for run in (first, again))
        assert there.index.tolist() == here.index.tolist()
        columns = [c for c in there.columns if c not in ("geometry", "source", "row")]
        assert there[columns].fillna("").equals(here[columns].fillna(""))
        assert all(a.equals_exact(b, 2e-7) for a, b in zip(there.geometry, here.geometry, strict=True))
    assert first.tables["investments"]["capex_vnd"].sum() == pytest.approx(
        again.tables["investments"]["capex_vnd"].sum(), rel=1e-3
    )


def plan_on(folder: Path, file: Path, sites: list[str]) -> Run:
    folder.mkdir()
    (folder / "sites.csv").write_text("\n".join(sites) + "\n", encoding="utf-8-sig")
    (folder / "network.json").write_bytes(file.read_bytes())
    (folder / "study.toml").write_text(
        'title = "Network"\nlanguage = "en"\nreport_date = "2026-05"\n[inputs]\nsites = "sites.csv"\n'
        'fibre = "network.json"\nnodes = "network.json"\n[plan]\ntechnologies = ["fibre"]\n',
        encoding="utf-8",
    )
    command = ["run", str(folder / "study.toml"), "--out", str(folder / "run"), "-q"]
    said = CliRunner().invoke(phusong, command)
    assert said.exit_code == 0, said.output
    return read_run(folder / "run")
