"""Tables as they come: any delimiter and encoding, headers below titles and on two lines, Excel's numbers."""

import csv
import datetime
import io
import itertools
import unicodedata

import pandas as pd
import pytest
from drawn_texts import GARBLED, NAMES, in_cp1258, in_tcvn3, in_vni
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from phusong.errors import InputError
from phusong.limits import use_limits
from phusong.readers import read_region, read_study, tables
from phusong.readers.layers import read_layer
from phusong.readers.tables import ROW, read_text_table
from phusong.readers.vectors import read_vectors
from phusong.study import Limits, Source

HEADER = ["Mã đơn vị", "Tên đơn vị", "Loại", "Kinh độ", "Vĩ độ"]
ROWS = [
    ["S1", "UBND xã La Êê", "UBND", "107,55", "15,05"],
    ["S2", 'Trạm "Y tế", Đắc Tôi', "Y tế", "107.6", "15.1"],
]


@pytest.fixture
def table(tmp_path):
    """Writes a file of text (or bytes) or a workbook's rows and reads it: the frame and the findings."""

    def read(content, name="a.csv", layer=None, **said):
        path = tmp_path / name
        if isinstance(content, Workbook):
            content.save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = []
        return read_text_table(path, Source(path=name, layer=layer, **said), found), found

    return read


def as_csv(rows, delimiter=",", quoting=csv.QUOTE_MINIMAL, ending="\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=ending).writerows(rows)
    return out.getvalue()


def cells(frame) -> list[list[str]]:
    return frame.drop(columns=ROW).to_numpy().tolist()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_delimiter_quotes_and_mark(table, delimiter, quoting, codec):
    header = ["Mã; đơn vị", "Tên, đơn vị", *HEADER[2:]]
    frame, found = table(as_csv([header, *ROWS], delimiter, quoting).encode(codec))
    assert list(frame.columns) == [*header, ROW] and cells(frame) == ROWS and frame[ROW].tolist() == [2, 3]
    assert ["UTF-16" in f.what for f in found] == [True] * (codec == "utf-16")


@given(
    st.lists(
        st.lists(st.text("aàđ ,;\t|\"'0.", max_size=8).map(str.strip), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(",;\t|"),
)
def test_quoted_tables_come_back_whatever_is_in_them(tmp_path_factory, rows, delimiter):
    path = tmp_path_factory.mktemp("t") / "a.csv"
    path.write_text(as_csv([["Mã", "Tên", "Loại"], *rows], delimiter, csv.QUOTE_ALL), encoding="utf-8")
    # "aà" is a word in VNI: what letters mean is tested elsewhere.
    frame = read_text_table(path, Source(path="a.csv", encoding="as-is"))
    wanted = [row for row in rows if any(row)]
    assert cells(frame) == [[unicodedata.normalize("NFC", c) for c in row] for row in wanted]


def test_excel_says_its_delimiter(table):
    frame, _found = table("sep=|\nTên|Loại\nA,b;c|UBND\n")
    assert cells(frame) == [["A,b;c", "UBND"]] and frame[ROW].tolist() == [3]


def test_blank_lines_and_titles_above_the_header(table):
    text = (
        "UBND HUYỆN NAM GIANG,,,CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM,\n\n"
        "BIỂU TỔNG HỢP,,,,\n,,,,\n" + as_csv([HEADER]) + "(1),(2),(3),(4),(5)\n\n" + as_csv(ROWS)
    )
    frame, (finding,) = table(text)
    assert list(frame.columns) == [*HEADER, ROW] and cells(frame) == ROWS
    assert frame[ROW].tolist() == [8, 9] and finding.row == 5 and "Tên đơn vị" in finding.what


def test_rows_that_look_like_numbers_of_columns_are_data_elsewhere(table):
    frame, _found = table("a,b,c\n4,5,6\n1,2,3\n")
    assert cells(frame) == [["4", "5", "6"], ["1", "2", "3"]]


@pytest.mark.parametrize(
    ("encoding", "to_bytes", "said"),
    [("tcvn3", in_tcvn3, "TCVN3"), ("vni", in_vni, "VNI"), ("cp1258", in_cp1258, "Windows-1258")],
)
def test_legacy_bytes_with_their_headers(table, encoding, to_bytes, said):
    rows = [
        ["Mã xã", "Tên đơn vị", "Loại"],
        *([str(20698 + i), name, "UBND"] for i, name in enumerate(NAMES)),
    ]
    raw = to_bytes(as_csv(rows, ";"))
    frame, (finding,) = table(raw)
    assert list(frame.columns) == [*rows[0], ROW] and cells(frame) == rows[1:]
    assert said in finding.what
    forced, none = table(raw, encoding=encoding)
    pd.testing.assert_frame_equal(forced, frame)
    assert none == []
    assert table(raw, encoding="as-is")[0].iloc[0, 1] == GARBLED[encoding](NAMES[0])


def test_western_bytes_stay_western_and_are_told(table):
    frame, (finding,) = table("id,name\n1,Hôpital Sacré-Cœur\n2,Forêt\n".encode("cp1252"))
    assert frame["name"].tolist() == ["Hôpital Sacré-Cœur", "Forêt"] and "Windows-1252" in finding.what


def test_an_encoding_that_is_wrong_is_refused(table):
    with pytest.raises(InputError, match="is not UTF-8 text"):
        table(in_tcvn3("Mã,Tên\n1,Đắc Tôi\n"), encoding="utf-8")


def test_a_study_in_tcvn3_is_the_same_study(drawn_study):
    """A list in TCVN3 has the same sites as in UTF-8."""
    path = drawn_study()
    right = read_region(read_study(path)).sites
    sites = path.with_name("sites.csv")
    sites.write_bytes(in_tcvn3(sites.read_text(encoding="utf-8-sig")))
    region = read_region(read_study(path))
    pd.testing.assert_frame_equal(pd.DataFrame(region.sites), pd.DataFrame(right))
    assert ["TCVN3" in note.what for note in region.notes] == [True]
    path.write_text(path.read_text().replace('"sites.csv"', '{path = "sites.csv", encoding = "tcvn3"}'))
    assert not read_region(read_study(path)).notes


def test_an_unknown_encoding_is_refused_in_the_study(drawn_study):
    path = drawn_study()
    path.write_text(path.read_text().replace('"sites.csv"', '{path = "sites.csv", encoding = "abc"}'))
    with pytest.raises(Exception, match="encoding"):
        read_study(path)


def workbook(*rows, merged=()) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    return book


def test_a_header_of_two_lines_with_merged_groups(table):
    book = workbook(
        ["DANH SÁCH ĐIỂM CÔNG CỘNG", None, None, None, None, None, None],
        ["TT", "Tên đơn vị", "Loại", "Toạ độ", None, "Số máy", None],
        [None, None, None, "Kinh độ", "Vĩ độ", "Để bàn", "Xách tay"],
        [1, "UBND xã A", "UBND", 107.55, 15.05, 3, 4],
        merged=("A1:G1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:G2"),
    )
    frame, (finding,) = table(book, "a.xlsx")
    assert list(frame.columns) == [
        "TT", "Tên đơn vị", "Loại", "Kinh độ", "Vĩ độ", "Số máy Để bàn", "Số máy Xách tay", ROW
    ]  # fmt: skip
    assert frame.iloc[0].tolist() == ["1", "UBND xã A", "UBND", "107.55", "15.05", "3", "4", 4]
    assert finding.row == 2
    flat = workbook(*(list(row) for row in book.active.iter_rows(values_only=True)))
    pd.testing.assert_frame_equal(table(flat, "b.xlsx")[0], frame)


def test_a_cell_merged_over_rows_speaks_for_each(table):
    book = workbook(
        ["Xã", "Tên đơn vị", "Loại"],
        ["La Êê", "UBND xã", "UBND"],
        [None, "Trạm Y tế", "Y tế"],
        ["Chơ Chun", "UBND xã", "UBND"],
        merged=("A2:A3",),
    )
    assert table(book, "a.xlsx")[0]["Xã"].tolist() == ["La Êê", "La Êê", "Chơ Chun"]


def test_a_large_workbook_is_read_row_by_row_and_a_huge_one_refused(table, monkeypatch):
    book = workbook(
        ["TT", "Tên đơn vị", "Toạ độ", None], [None, None, "Kinh độ", "Vĩ độ"], [1, "A", 107.5, 15.5]
    )
    small, _found = table(book, "a.xlsx")
    monkeypatch.setattr(tables, "_MERGES_UP_TO", 10)
    pd.testing.assert_frame_equal(table(book, "a.xlsx")[0], small)
    assert list(small.columns) == ["TT", "Tên đơn vị", "Kinh độ", "Vĩ độ", ROW] and len(small) == 1
    use_limits(Limits(unpacked_mb=0.001))
    with pytest.raises(InputError, match="unpacks to more than"):
        table(book, "a.xlsx")


def test_the_first_row_of_data_is_no_second_header(table):
    book = workbook(["Mã", "Tên", "Loại", None], ["S1", "A", "UBND", "x"], ["S2", "B", "UBND", None])
    frame, found = table(book, "a.xlsx")
    assert len(frame) == 2 and not found
    frame, found = table(workbook(["Mã", "Tên", None], [None, "A", "x"], ["S2", "B", "y"]), "a.xlsx")
    assert len(frame) == 2 and not found


def test_a_row_of_data_with_words_of_ours_is_no_header(table):
    text = "Cột một,Cột hai,Cột ba,Cột bốn\nA,Điện lưới,x,1\nB,Ghi chú,y,2\n"
    frame, found = table(text)
    assert len(frame) == 2 and frame.columns[0] == "Cột một" and not found


def test_numbers_dates_and_errors_of_excel(table):
    book = workbook(
        ["Mã", "Tên", "Số", "Ngày", "Đúng"],
        [20698, "A", 0.1 + 0.2, datetime.datetime(2021, 6, 30), True],
        [20699.0, "B", 1e-7, datetime.date(2021, 7, 1), False],
        ["020", "#N/A", 123456789012, "30/6/2021", None],
    )
    frame, (finding,) = table(book, "a.xlsx")
    assert cells(frame) == [
        ["20698", "A", "0.3", "2021-06-30", "True"],
        ["20699", "B", "1e-07", "2021-07-01", "False"],
        ["020", "", "123456789012", "30/6/2021", ""],
    ]
    assert "(1)" in finding.what


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "cp1258"])
def test_garbled_cells_of_excel(table, encoding):
    garble = GARBLED[encoding]
    book = workbook([garble("Mã"), garble("Tên đơn vị")], *([str(i), garble(n)] for i, n in enumerate(NAMES)))
    frame, found = table(book, "a.xlsx")
    assert frame["Tên đơn vị"].tolist() == list(NAMES) and len(found) == 1


def shapefile(path, names, raw: bytes | None = None, cpg: str | None = None):
    """A shapefile whose texts are written as Latin-1, so that the bytes are those wanted."""
    import geopandas as gpd

    points = gpd.points_from_xy([107.5] * len(names), [15.5] * len(names))
    frame = gpd.GeoDataFrame({"ten": names, "loai": ["UBND"] * len(names)}, geometry=points, crs=4326)
    frame.to_file(path, encoding="ISO-8859-1", engine="pyogrio")
    path.with_suffix(".cpg").unlink()
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    return path


@pytest.mark.parametrize("to_bytes", [in_tcvn3, in_vni, in_cp1258, str.encode])
@pytest.mark.parametrize("cpg", [None, "1252", "UTF-8", "1258"])
def test_no_letter_of_a_shapefile_is_lost(tmp_path, to_bytes, cpg):
    raw = [to_bytes(name).decode("latin-1") for name in NAMES]
    path = shapefile(tmp_path / "a.shp", raw, cpg=cpg)
    found = []
    frame = read_vectors(path, Source(path="a.shp"), found)
    assert frame["ten"].tolist() == list(NAMES)
    assert len(found) == (to_bytes is not str.encode)
    rows = read_text_table(path.with_suffix(".dbf"), Source(path="a.dbf"))
    assert rows["ten"].tolist() == list(NAMES) and list(rows.columns) == ["ten", "loai", ROW]


@pytest.mark.filterwarnings("ignore:Cannot find iconv encoding")
@pytest.mark.parametrize(
    ("to_bytes", "charset"),
    [
        *itertools.product(
            [in_tcvn3, in_vni, in_cp1258], [None, "Neutral", "WindowsLatin1", "WindowsVietnamese"]
        ),
        (str.encode, None),
        (str.encode, "UTF-8"),
    ],
)
def test_no_letter_of_a_mapinfo_file_is_lost(tmp_path, to_bytes, charset):
    head = (
        'Version 300\n{}Delimiter ","\nCoordSys Earth Projection 1, 104\nColumns 1\n ten Char(40)\nData\n\n'
    )
    said = f'Charset "{charset}"\n' if charset else ""
    (tmp_path / "a.mif").write_text(head.format(said) + "Point 107.5 15.5\n" * len(NAMES))
    (tmp_path / "a.mid").write_bytes(b"".join(b'"' + to_bytes(name) + b'"\n' for name in NAMES))
    found = []
    frame = read_vectors(tmp_path / "a.mif", Source(path="a.mif"), found)
    assert frame["ten"].tolist() == list(NAMES) and len(found) == (to_bytes is not str.encode)


def test_a_code_page_of_another_language_is_believed(tmp_path):
    path = shapefile(tmp_path / "a.shp", ["Москва".encode("cp1251").decode("latin-1")], cpg="1251")
    assert read_vectors(path, Source(path="a.shp"))["ten"].tolist() == ["Москва"]


def test_geojson_in_bytes_that_are_no_utf8(tmp_path):
    point = '{"type":"Point","coordinates":[107.5,15.5]}'
    names = "".join(
        f'{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{point}}},' for name in NAMES
    )
    path = tmp_path / "a.geojson"
    path.write_bytes(in_tcvn3('{"type":"FeatureCollection","features":[' + names.rstrip(",") + "]}"))
    layer, found = read_layer("settlements", Source(path=path.name), path)
    assert layer["name"].tolist() == list(NAMES) and len(found) == 1


@pytest.mark.reference
def test_the_real_list_with_decomposed_letters(shared):
    path = shared / "dirty" / "vnpost_offices_1677_as_found_NFD.csv"
    found = []
    frame = read_text_table(path, Source(path=path.name), found)
    assert len(frame) == 1677 and frame["province"].str.contains("Quảng Nam").sum() > 10
    assert all(unicodedata.is_normalized("NFC", c) for c in frame["name"])
    # Seven names have the Icelandic Ð.
    assert (
        len(found) == 1 and "(7, such as" in found[0].what and not frame["district"].str.contains("Ð").any()
    )
    # It says of no office what kind it is.
    with pytest.raises(InputError, match="no column for kind"):
        read_layer("sites", Source(path=path.name), path)


@pytest.mark.reference
@pytest.mark.parametrize("to_bytes", [in_tcvn3, in_vni, in_cp1258])
def test_the_real_list_in_an_old_encoding_is_the_same_table(shared, tmp_path, to_bytes):
    path = shared / "nam-giang-2021" / "diem_cong_cong.csv"
    right, _none = read_layer("sites", Source(path=path.name), path)
    old = tmp_path / path.name
    old.write_bytes(to_bytes(path.read_text(encoding="utf-8-sig")))
    sites, (finding,) = read_layer("sites", Source(path=path.name), old)
    pd.testing.assert_frame_equal(pd.DataFrame(sites), pd.DataFrame(right))
    assert "are converted" in finding.what
