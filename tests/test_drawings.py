"""DXF drawings of fibre routes, drawn by the tests themselves."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import shapely

from phusong.errors import InputError
from phusong.readers.layers import read_layer
from phusong.study import Source

VN_2000 = "EPSG:5899"
#: Where the drawings lie: metres in VN-2000 107°45', near Nam Giang.
X, Y = 480_000.0, 1_720_000.0
REPOSITORY = Path(__file__).parents[1]


def dxf(*entities: str, blocks: str = "") -> str:
    """A drawing of these entities; codes and values stand a line each, as the format has them."""
    parts = ["0 SECTION 2 HEADER 9 $ACADVER 1 AC1021 0 ENDSEC"]
    parts += [f"0 SECTION 2 BLOCKS {blocks} 0 ENDSEC", "0 SECTION 2 ENTITIES", *entities, "0 ENDSEC 0 EOF"]
    return "\n".join(word.replace("_", " ") for part in parts for word in part.split()) + "\n"


def at(x: float, y: float, code: int = 0) -> str:
    return f"{10 + code} {X + x} {20 + code} {Y + y}"


def polyline(handle: str, layer: str, *points: tuple[float, float], closed: bool = False) -> str:
    said = " ".join(at(*p) for p in points)
    return f"0 LWPOLYLINE 5 {handle} 8 {layer} 90 {len(points)} 70 {int(closed)} {said}"


def text(handle: str, layer: str, x: float, y: float, said: str) -> str:
    return f"0 TEXT 5 {handle} 8 {layer} {at(x, y)} 40 2.5 1 {said}"


def insert(handle: str, layer: str, x: float, y: float, name: str = "") -> str:
    if not name:
        return f"0 INSERT 5 {handle} 8 {layer} 2 TU {at(x, y)}"
    tag = f"0 ATTRIB 5 {handle}A 8 {layer} {at(x, y)} 40 2 1 {name} 2 TEN"
    return f"0 INSERT 5 {handle} 8 {layer} 66 1 2 TU {at(x, y)} {tag} 0 SEQEND 5 {handle}E 8 {layer}"


BLOCK = "0 BLOCK 5 B1 8 0 2 TU 70 0 10 0 20 0 0 LINE 5 B2 8 0 10 0 20 0 11 5 21 5 0 ENDBLK 5 B3 8 0"
HATCH = (
    f"0 HATCH 5 H1 8 NEN {at(0, 0)} 30 0 2 SOLID 70 1 71 0 91 1 92 2 72 0 73 1 93 3 "
    f"{at(0, 0)} {at(50, 0)} {at(50, 50)} 97 0 75 0 76 1 98 0"
)
DRAWING = dxf(
    polyline("A1", "CAP_QUANG", (0, 0), (1000, 0), (1000, 500)),
    f"0 LINE 5 A2 8 CAP_QUANG {at(1000, 500)} {at(1500, 900, 1)}",
    f"0 ARC 5 A3 8 Cáp_quang_treo {at(0, 0)} 40 100 50 0 51 90",
    polyline("A4", "DUONG", (0, 40), (1000, 40)),
    text("T1", "CHU", 500, 3, "24FO"),
    text("T2", "CHU", 990, 250, "Tà_Bhing\\U+00E0"),
    text("T3", "CHU", 5000, 5000, "KHUNG_TÊN"),
    insert("I1", "TU", 1000, 500, "TU-01"),
    insert("I2", "TU", 0, 0),
    HATCH,
    f"0 CIRCLE 5 P1 8 CAP_QUANG 67 1 {at(0, 0)} 40 9",
    blocks=BLOCK,
)


@pytest.fixture
def drawing(tmp_path):
    path = tmp_path / "tuyen.dxf"
    path.write_text(DRAWING, encoding="utf-8")
    return path


def read(name: str, path: Path, **source):
    return read_layer(name, Source(path=path.name, **{"crs": VN_2000} | source), path, crs=VN_2000)


def test_lines_of_a_layer_are_fibre_with_the_texts_by_them(drawing):
    fibre, findings = read("fibre", drawing, layer="CAP QUANG")
    assert fibre["fibre_id"].tolist() == ["A1", "A2"]
    assert fibre.length.tolist() == pytest.approx([1500, math.hypot(500, 400)])
    assert fibre["note"].tolist() == ["CAP QUANG; 24FO; Tà Bhingà", "CAP QUANG"]
    assert any("1 texts lie farther than 25 m" in f.what for f in findings)


def test_a_star_and_missing_accents_choose_layers_and_arcs_become_lines(drawing):
    fibre, _ = read("fibre", drawing, layer="cap quang*")
    arc = fibre.set_index("fibre_id").geometry["A3"]
    assert arc.length == pytest.approx(math.pi / 2 * 100, rel=1e-3)
    centre = shapely.Point(X, Y)
    assert all(abs(shapely.Point(p).distance(centre) - 100) < 1e-6 for p in arc.coords)


def test_what_is_not_taken_is_counted(drawing):
    fibre, findings = read("fibre", drawing)
    said = " | ".join(f.what for f in findings)
    assert len(fibre) == 4 and "1 hatches and filled areas" in said and "2 blocks and points" in said
    assert "lines of all layers are taken: CAP QUANG (2), Cáp quang treo (1), DUONG (1)" in said


def test_blocks_are_nodes_with_their_attributes(drawing):
    nodes, findings = read("nodes", drawing, layer="TU", columns={"operator": "block"})
    assert nodes["node_id"].tolist() == ["I1", "I2"] and nodes["name"].iloc[0] == "TU-01"
    assert nodes.geometry[0].coords[0] == pytest.approx((X + 1000, Y + 500))
    assert nodes["operator"].tolist() == ["TU", "TU"]
    assert not [f for f in findings if f.level == "error"]


def test_splines_and_old_polylines_are_flattened(tmp_path):
    knots = " ".join(f"40 {k}" for k in (0, 0, 0, 0, 1, 1, 1, 1))
    control = " ".join(at(x, y) + " 30 0" for x, y in ((0, 0), (100, 200), (200, -200), (300, 0)))
    spline = f"0 SPLINE 5 S1 8 CAP 70 8 71 3 72 8 73 4 74 0 {knots} {control}"
    vertices = " ".join(f"0 VERTEX 8 CAP {at(*p)}" for p in ((0, 0), (30, 40)))
    old = f"0 POLYLINE 5 S2 8 CAP 66 1 70 0 {vertices} 0 SEQEND 8 CAP"
    path = tmp_path / "a.dxf"
    path.write_text(dxf(spline, old), encoding="utf-8")
    fibre, _ = read("fibre", path)
    lengths = dict(zip(fibre["fibre_id"], fibre.length, strict=True))
    assert lengths["S2"] == pytest.approx(50) and 330 < lengths["S1"] < 420
    ends = fibre.set_index("fibre_id").geometry["S1"]
    assert ends.coords[0] == pytest.approx((X, Y), abs=1e-6)
    assert ends.coords[-1] == pytest.approx((X + 300, Y), abs=1e-6)


def test_a_drawing_lies_where_its_system_says(drawing):
    """A drawing in another zone is moved; one without a system is not guessed."""
    fibre, _ = read_layer("fibre", Source(path="tuyen.dxf", layer="CAP_QUANG*", crs=VN_2000), drawing)
    west, south, *_ = fibre.total_bounds
    assert 107.5 < west < 107.6 and 15.5 < south < 15.6


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("fibre", {"layer": "DIEN"}, r"nothing on layer 'DIEN'.*CAP QUANG, Cáp quang treo, DUONG, NEN, TU"),
        ("fibre", {"layer": "TU"}, "has no lines there"),
        ("nodes", {"layer": "DUONG"}, "has no blocks or points there"),
        ("communes", {}, "lines and points but no areas"),
    ],
)
def test_what_is_not_there_is_said(drawing, name, source, says):
    with pytest.raises(InputError, match=says):
        read(name, drawing, **source)


@pytest.mark.parametrize(
    "content", [b"", b"AutoCAD Binary DXF\r\n\x1a\x00", b"<OGRVRTDataSource/>", b"0\nSECT"]
)
def test_what_is_no_drawing_inside_is_refused(tmp_path, content):
    path = tmp_path / "a.dxf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"a\.dxf"):
        read("fibre", path)


def test_a_study_reads_its_fibre_from_a_drawing(drawing, drawn_study, opened):
    study = drawn_study()
    (study.parent / "tuyen.dxf").write_bytes(drawing.read_bytes())
    text = study.read_text(encoding="utf-8")
    said = '{ path = "tuyen.dxf", layer = "CAP*", crs = "EPSG:5899" }'
    study.write_text(text.replace('"fibre.geojson"', said), encoding="utf-8")
    _study, region, findings = opened(study)
    assert len(region.fibre) + len(region.set_aside) == 3
    assert any("name nothing" in f.what for f in findings if f.file == "tuyen.dxf")


@pytest.mark.parametrize(
    ("version", "page", "encoding"), [("AC1015", "ANSI_1258", "cp1258"), ("AC1032", "ANSI_1252", "utf-8")]
)
def test_vietnamese_texts_of_old_and_new_drawings(tmp_path, version, page, encoding):
    said = dxf(polyline("A1", "CAP", (0, 0), (100, 0)), text("T1", "CHU", 50, 2, "@"))
    said = said.replace("AC1021\n", f"{version}\n9\n$DWGCODEPAGE\n3\n{page}\n").replace(
        "\n@\n", "\nTuyến Tà Bhing\n"
    )
    decomposed = said.replace("ế", "ê\u0301").replace("à", "a\u0300") if encoding == "cp1258" else said
    path = tmp_path / "a.dxf"
    path.write_bytes(decomposed.encode(encoding))
    fibre, _ = read("fibre", path)
    assert fibre["note"].tolist() == ["CAP; Tuyến Tà Bhing"]


def test_a_block_repeated_a_billion_times_is_refused(tmp_path):
    path = tmp_path / "a.dxf"
    bomb = f"0 INSERT 5 I1 8 TU 2 TU {at(0, 0)} 70 30000 71 30000 44 1 45 1"
    path.write_text(dxf(bomb, blocks=BLOCK), encoding="utf-8")
    with pytest.raises(InputError, match="has more than 500000 things drawn"):
        read("nodes", path)


# Each of these, a fuzzer's find made small, once kept GDAL at work for ever: what, and the line it is in.
ENDLESS = {
    "zeros after half a line end": (b"0\nSECTION\n2\nHEADER\n9DWGCODEPAGE\n3\n0\r\0\0\0\0\0\0\n0\nEOF\n", 7),
    "half a line end, last": (b"0\r\nSECTION\r\n2\r\nHEADER\r\n0\r\nEOF\r", 6),
    "lines of old Macs": (b"0\rSECTION\r2\rHEADER\r0\rEOF\r", 6),
    "hardly anything": (b"0\n0\r", 2),
}


@pytest.mark.parametrize("verb", ["info", "check"])
@pytest.mark.parametrize("what", ENDLESS)
def test_a_drawing_that_would_be_read_for_ever_is_refused(drawn_study, tmp_path, what, verb):
    content, line = ENDLESS[what]
    study = drawn_study()
    path = study.parent / "tuyen.dxf"
    path.write_bytes(content)
    said = study.read_text(encoding="utf-8")
    study.write_text(said.replace("fibre.geojson", "tuyen.dxf"), encoding="utf-8")
    command = [sys.executable, str(REPOSITORY / "cli.py"), verb, str(path if verb == "info" else study)]
    # Not a time to keep to: no time would do.
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert f"tuyen.dxf:{line}: this line ends in CR without LF. Save it again" in done.stderr
