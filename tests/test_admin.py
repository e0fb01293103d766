"""Units of one date and another: which became which, in what parts, and that nothing is lost on the way."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import shapely
from drawn_units import crosswalk
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.admin import (
    convert,
    date_rows,
    gazetteer_of,
    lend_figures,
    link_units,
    mend_codes,
    merge_parts,
    missing_codes,
    old_shares,
    roll_up_units,
    units_in,
)
from phusong.domain import GAZETTEER
from phusong.errors import InputError
from phusong.readers.names import name_rules
from phusong.units import exact_parts

OLD, NEW = "2021-07", "2025-07"
#: Old A goes whole into X; B in part into X and Y; C whole into Y, D whole into Z.
PAIRS = [
    ("00001", "A", "00002", "X"),
    ("00002", "B", "00002", "X"),
    ("00002", "B", "00003", "Y"),
    ("00003", "C", "00003", "Y"),
    ("00004", "D", "00004", "Z"),
]


def units(vintage, **columns):
    """A list of units: code → (name, more)."""
    rows = pd.DataFrame(columns)
    rows = rows.assign(vintage=vintage, unit_type="xã", source="drawn", row=range(2, len(rows) + 2))
    for name in ("district", "district_code", "province", "province_code"):
        if name not in rows:
            rows[name] = "01"
    return rows.reindex(columns=list(GAZETTEER.columns))


def sides(table, *more, outlines=None):
    return gazetteer_of([*more, *(units_in(table, side) for side in ("old", "new"))], outlines)


def shares(links):
    rows = links.table.itertuples()
    return {(r.from_code, r.to_code): (round(r.share, 6), r.share_basis) for r in rows}


def test_whole_units_are_reported_and_split_ones_an_estimate():
    table = crosswalk(PAIRS)
    links = link_units(table, sides(table), OLD, NEW)
    assert shares(links) == {
        ("00001", "00002"): (1.0, "reported"),
        ("00002", "00002"): (0.5, "assumed"),
        ("00002", "00003"): (0.5, "assumed"),
        ("00003", "00003"): (1.0, "reported"),
        ("00004", "00004"): (1.0, "reported"),
    }
    assert not links.lost and links.path == (OLD, NEW)


def test_a_code_that_survives_is_not_the_same_unit():
    table = crosswalk(PAIRS)
    links = link_units(table, sides(table), OLD, NEW)
    gazetteer = sides(table)
    assert gazetteer.named["00002", OLD] == "Xã B" and gazetteer.named["00002", NEW] == "Xã X"
    # From A's code one comes to 00002, and from 00002 to two: the code before and after is not mixed.
    row = links.table[links.table["from_code"] == "00001"].iloc[0]
    assert (row["from_vintage"], row["to_code"], row["to_vintage"]) == (OLD, "00002", NEW)


def test_what_a_row_says_of_its_share_counts_before_all_else():
    said = crosswalk(PAIRS, share=[1.0, 0.3, 0.7, 1.0, 1.0])
    assert shares(link_units(said, sides(said), OLD, NEW))["00002", "00003"] == (0.7, "reported")
    # The official table of 2025 says of some parts that all residents are in them.
    note = ["", "Nhập một phần diện tích", "Nhập một phần diện tích, toàn bộ dân số", "", ""]
    said = crosswalk(PAIRS, note=note)
    found = shares(link_units(said, sides(said), OLD, NEW))
    assert found["00002", "00002"] == (0.0, "reported") and found["00002", "00003"] == (1.0, "reported")


def test_one_share_that_is_said_leaves_the_rest_to_the_others():
    pairs = [*PAIRS[:3], ("00002", "B", "00004", "Z"), *PAIRS[3:]]
    said = crosswalk(pairs, share=[np.nan, 0.6, np.nan, np.nan, np.nan, np.nan])
    found = shares(link_units(said, sides(said), OLD, NEW))
    assert found["00002", "00002"] == (0.6, "reported")
    assert found["00002", "00003"] == found["00002", "00004"] == (0.2, "assumed")


def test_outlines_give_the_shares_of_land():
    table = crosswalk(PAIRS)
    outlines = {
        ("00002", OLD): shapely.box(107.5, 15, 107.6, 15.1),
        ("00002", NEW): shapely.box(107.4, 15, 107.525, 15.1),
        ("00003", NEW): shapely.box(107.525, 15, 107.9, 15.1),
    }
    found = shares(link_units(table, sides(table, outlines=outlines), OLD, NEW))
    assert found["00002", "00002"] == (0.25, "computed") and found["00002", "00003"] == (0.75, "computed")


def test_residents_of_both_dates_that_must_add_up_give_the_shares():
    table = crosswalk(PAIRS)
    old = units(
        OLD, code=["00001", "00002", "00003", "00004"], name=list("ABCD"), population=[100, 200, 50, 9]
    )
    # X has 100 of A and 150 of B, Y 50 of B and 50 of C; all grew by a tenth meanwhile.
    new = units(NEW, code=["00002", "00003", "00004"], name=list("XYZ"), population=[275, 110, 9])
    found = shares(link_units(table, sides(table, old, new), OLD, NEW))
    assert found["00002", "00002"] == (0.75, "computed") and found["00002", "00003"] == (0.25, "computed")
    # One figure that is missing, and the parts are equal.
    less = old.assign(population=[100, 200, None, 9])
    assert shares(link_units(table, sides(table, less, new), OLD, NEW))["00002", "00002"] == (0.5, "assumed")


def test_back_is_one_to_many_with_the_residents_where_they_are_known():
    table = crosswalk(PAIRS)
    found = shares(link_units(table, sides(table), NEW, OLD))
    assert found["00004", "00004"] == (1.0, "reported")
    # Half of B is in X by estimate, beside all of A.
    assert found["00002", "00001"] == (round(2 / 3, 6), "assumed")
    old = units(
        OLD, code=["00001", "00002", "00003", "00004"], name=list("ABCD"), population=[100, 100, 75, 9]
    )
    found = shares(link_units(table, sides(table, old), NEW, OLD))
    assert found["00003", "00002"] == (0.4, "assumed") and found["00003", "00003"] == (0.6, "computed")


def test_a_list_between_reorganisations_leads_on_where_codes_stay():
    table = crosswalk(PAIRS).assign(old_vintage="2025-03")
    early = units(OLD, code=["00001", "00002", "00007"], name=["A", "Xưa", "Mất"])
    late = units("2025-03", code=["00001", "00002", "00003", "00004"], name=["A", "B", "C", "D"])
    links = link_units(table, sides(table, early, late), OLD, NEW)
    assert links.path == (OLD, "2025-03", NEW)
    assert list(links.lost) == ["00007"] and "not in the list of 2025-03" in links.lost["00007"]
    found = shares(links)
    assert found["00001", "00002"] == (1.0, "reported")
    # Another name under the same code: the same unit by assumption, said in a finding.
    assert found["00002", "00003"] == (0.5, "assumed")
    assert "1 codes of 2021-07 have another name in 2025-03" in links.findings[0].what
    # Back to that list, what 2025-03 has and 2021-07 has not is told, and keeps its share.
    back = link_units(table, sides(table, early, late), NEW, OLD).table
    y = back[back["from_code"] == "00003"]
    assert y["share"].sum() == pytest.approx(1)
    [told] = y[y["to_code"].isna()].to_dict("records")
    assert told["note"].startswith("00003 (2025-03): it is not in the list of 2021-07")


def test_what_no_table_names_is_linked_by_its_outline():
    table = crosswalk(PAIRS).assign(old_vintage="2025-03")
    early = units(OLD, code=["00001", "00007"], name=["A", "Mất"])
    late = units("2025-03", code=["00001"], name=["A"])
    outlines = {
        ("00007", OLD): shapely.box(107.5, 15, 107.6, 15.1),
        ("00002", NEW): shapely.box(107.0, 15, 107.58, 15.1),
        ("00003", NEW): shapely.box(107.58, 15, 107.598, 15.1),
        ("00004", NEW): shapely.box(107.598, 15, 107.9, 15.1),
    }
    links = link_units(table, sides(table, early, late, outlines=outlines), OLD, NEW, sliver=0.05)
    found = {to: share for (code, to), share in shares(links).items() if code == "00007"}
    # 80 and 18 of 100 parts; 2 are a difference of drawing.
    assert found == {"00002": (round(80 / 98, 6), "computed"), "00003": (round(18 / 98, 6), "computed")}
    assert not links.lost


def test_no_way_is_an_error_that_says_what_to_give():
    table = crosswalk(PAIRS)
    with pytest.raises(InputError, match=r"from the units of 2019-10 .* --crosswalk"):
        link_units(table, sides(table), "2019-10", NEW)
    # Two lists alone on both sides of the reorganisation are none either: codes have new meanings.
    lists = gazetteer_of([units(v, code=["00001"], name=["A"]) for v in ("2019-10", "2025-08")])
    both = gazetteer_of([lists.units, sides(table).units])
    assert link_units(table, both, "2019-10", NEW).path == ("2019-10", OLD, NEW)
    assert link_units(table, both, "2019-10", "2025-08").path == ("2019-10", OLD, NEW, "2025-08")


def test_codes_beside_a_wrong_name_are_put_right_and_said():
    # 01615 stands twice in the official table, once for Mỹ Hưng, which is 01651 in the list of March 2025.
    pairs = [("01615", "Hồng Quang", "01636", "Bế Văn Đàn"), ("01615", "Mỹ Hưng", "01648", "Phục Hòa")]
    table = crosswalk(pairs).assign(old_vintage="2025-03")
    listed = units("2025-03", code=["01615", "01651", "01999"], name=["Hồng Quang", "Mỹ Hưng", "Đại Sơn"])
    gazetteer = gazetteer_of([listed])
    assert list(missing_codes(table, gazetteer)["code"]) == ["01651", "01999"]
    mended, findings = mend_codes(table, gazetteer, name_rules())
    assert list(mended["old_code"]) == ["01615", "01651"]
    assert [(f.row, "01615" in f.what, "01651" in f.what) for f in findings] == [(3, True, True)]
    after = missing_codes(mended, gazetteer)
    assert list(zip(after["code"], after["said_code"].fillna(""), strict=True)) == [
        ("01651", "01615"),
        ("01999", ""),
    ]
    # A unit that was only spelled otherwise keeps its code.
    other = crosswalk([("01615", "Hồng Quâng", "01636", "Bế Văn Đàn")]).assign(old_vintage="2025-03")
    assert not mend_codes(other, gazetteer, name_rules())[1]


def test_a_table_without_dates_is_dated_by_the_list_that_fits_best():
    table = crosswalk(PAIRS).assign(old_vintage=None, new_vintage=None)
    early = units(OLD, code=["00001", "00002"], name=["A", "Khác"])
    late = units("2025-03", code=["00001", "00002", "00003"], name=["A", "B", "C"])
    dated, findings = date_rows(table, gazetteer_of([early, late]), OLD, NEW)
    assert set(dated["old_vintage"]) == {"2025-03"} and set(dated["new_vintage"]) == {NEW}
    assert "read as those of 2025-03" in findings[0].what
    assert set(date_rows(table, gazetteer_of([]), OLD, NEW)[0]["old_vintage"]) == {OLD}
    # What it says itself stays.
    assert not date_rows(crosswalk(PAIRS), gazetteer_of([late]), "2025-03", NEW)[1]


def test_figures_are_lent_between_lists_where_the_unit_is_the_same():
    table = crosswalk(PAIRS).assign(old_vintage="2025-03")
    early = units(OLD, code=["00001", "00002"], name=["A", "Khác"], population=[10, 20])
    late = units("2025-03", code=["00001", "00002"], name=["A", "B"])
    square = shapely.box(0, 0, 1, 1)
    lent = lend_figures(sides(table, early, late, outlines={("00001", OLD): square}), table)
    figures = lent.units.set_index(["code", "vintage"])["population"]
    assert figures["00001", "2025-03"] == 10
    # Another name, and the same code after the reorganisation: not the same unit.
    assert np.isnan(figures["00002", "2025-03"]) and np.isnan(figures["00002", NEW])
    assert ("00001", "2025-03") in lent.outlines and ("00001", NEW) not in lent.outlines


def test_a_name_is_found_within_its_province_and_district():
    listed = pd.concat(
        [
            units(
                OLD,
                code=["00001", "00002"],
                name=["Hòa Bình", "Tân Lập"],
                province="Tỉnh A",
                district="Huyện P",
            ),
            units(OLD, code=["00003"], name=["Hòa Bình"], province="Tỉnh A", district="Huyện Q"),
            units(OLD, code=["00004"], name=["Hòa Bình"], province="Tỉnh B", district="Huyện R"),
        ]
    )
    gazetteer, rules = gazetteer_of([listed]), name_rules()
    names, provinces = ["Hoà Bình"] * 4, ["tỉnh A", "A", "B", "Không có"]
    found = gazetteer.find(names, OLD, rules, provinces, ["Q", None, None, None])
    assert [(f.key, f.certain) for f in found[::2]] == [("00003", True), ("00004", True)]
    assert not found[1].certain and found[3].key is None


def test_two_districts_of_one_name_are_told_by_their_type_or_both_looked_through():
    listed = pd.concat(
        [
            units(OLD, code=["00001", "00002"], name=["Kỳ Hà", "Kỳ Ninh"], district="Thị xã Kỳ Anh"),
            units(OLD, code=["00003", "00004"], name=["Kỳ Hải", "Kỳ Ninh"], district="Huyện Kỳ Anh"),
        ]
    )
    names, districts = (
        ["KỳHà", "Kỳ Ninh", "Kỳ Ninh", "Kỳ Hải"],
        ["KỳAnh", "Kỳ Anh", "huyện Kỳ Anh", "TX Kỳ Anh"],
    )
    found = gazetteer_of([listed]).find(names, OLD, name_rules(), ["01"] * 4, districts)
    assert [f.key if f.certain else None for f in found] == ["00001", None, "00004", None]


def table_of(codes, people):
    return pd.DataFrame({"tên": [f"row {i}" for i in range(len(codes))], "people": people}, dtype="object")


def names_of(gazetteer, vintage):
    listed = gazetteer.of(vintage)
    return listed[["district", "province", "name"]]


def test_a_table_keeps_its_rows_and_totals():
    table = crosswalk(PAIRS)
    gazetteer = sides(table)
    links = link_units(table, gazetteer, OLD, NEW)
    codes = pd.Series(["00002", "00001", "99999", None], dtype="str")
    people = [Decimal(7), Decimal("2.5"), Decimal(3), Decimal(4)]
    done = convert(table_of(codes, people), codes, links, names_of(gazetteer, NEW), ["people"])
    told = done[["tên", "people", "from_code", "to_code", "to_name"]].astype(object).where(done.notna(), None)
    assert told.to_numpy().tolist() == [
        ["row 0", Decimal(4), "00002", "00002", "X"],
        ["row 0", Decimal(3), "00002", "00003", "Y"],
        ["row 1", Decimal("2.5"), "00001", "00002", "X"],
        ["row 2", Decimal(3), "99999", None, None],
        ["row 3", Decimal(4), None, None, None],
    ]
    assert set(done["from_vintage"]) == {OLD} and set(done["to_vintage"]) == {NEW}
    merged = merge_parts(done, ["people"])
    assert list(merged["people"]) == [Decimal(7), Decimal("6.5"), Decimal(3)]
    assert merged["share_basis"].iloc[1] == "assumed" and merged["rows"].tolist() == [2, 2, 1]


@st.composite
def drawn_tables(draw):
    """A crosswalk in which each old unit has 1 to 3 new ones, and a table of whole numbers by old unit."""
    old = draw(st.integers(1, 7))
    pairs = []
    for one in range(old):
        for new in sorted(draw(st.sets(st.integers(0, 4), min_size=1, max_size=3))):
            pairs.append((f"{one:05d}", f"O{one}", f"{new:05d}", f"N{new}"))
    share = draw(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=len(pairs), max_size=len(pairs)))
    codes = draw(st.lists(st.integers(0, old - 1), min_size=1, max_size=8))
    numbers = draw(
        st.lists(
            st.decimals(-1_000_000, 1_000_000, places=draw(st.integers(0, 2))),
            min_size=len(codes),
            max_size=len(codes),
        )
    )
    return pairs, share, [f"{code:05d}" for code in codes], numbers


@settings(max_examples=12)
@given(drawn_tables(), st.integers(0, 999))
def test_totals_are_kept_and_shares_sum_to_one_whatever_the_order(drawn, chance):
    pairs, share, codes, numbers = drawn
    table = crosswalk(pairs).assign(share=pd.Series(share, dtype="float64"))
    gazetteer = sides(table)
    for start, end in ((OLD, NEW), (NEW, OLD)):
        links = link_units(table, gazetteer, start, end)
        sums = links.table.groupby("from_code")["share"].sum()
        assert np.allclose(sums, 1) and not links.lost
        mixed = table.sample(frac=1, random_state=chance).reset_index(drop=True)
        pd.testing.assert_frame_equal(links.table, link_units(mixed, sides(mixed), start, end).table)
    links = link_units(table, gazetteer, OLD, NEW)
    rows = table_of(codes, numbers)
    done = convert(rows, pd.Series(codes, dtype="str"), links, names_of(gazetteer, NEW), ["people"])
    assert sum(done["people"]) == sum(numbers)
    assert sum(merge_parts(done, ["people"])["people"]) == sum(numbers)
    for name, whole in zip(rows["tên"], numbers, strict=True):
        assert done.loc[done["tên"] == name, "people"].sum() == whole
    # Whole units that nothing was merged with come back as they were.
    back = link_units(table, gazetteer, NEW, OLD).table
    for code, group in links.table.groupby("from_code"):
        alone = back[back["from_code"] == group["to_code"].iloc[0]]
        if len(group) == 1 and len(alone) == 1:
            assert alone["to_code"].tolist() == [code] and alone["share"].tolist() == [1.0]


@given(st.decimals(-(10**9), 10**9, places=3), st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(any))
def test_parts_of_a_number_add_up_to_it(whole, weights):
    total = sum(weights)
    parts = exact_parts(whole, [weight / total for weight in weights])
    assert sum(parts) == whole
    step = Decimal(1).scaleb(-6)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - whole * Decimal(weight / total)) <= 2 * step


def test_shares_of_a_table_with_wrong_sums_are_scaled_and_say_so():
    table = crosswalk(PAIRS, share=[1.0, 0.5, 1.5, 1.0, 1.0]).assign(share=[1.0, 0.2, 0.6, 1.0, 1.0])
    found = old_shares(table, gazetteer_of([])).set_index(["old_code", "new_code"])
    assert found.loc[("00002", "00003"), "share"] == pytest.approx(0.75)
    assert "scaled" in found.loc[("00002", "00003"), "how"]


def status(**services):
    """COMMUNE_STATUS of A, B and C: ten sites each, of which as many lack fibre as the place."""
    rows = pd.DataFrame(
        {"commune_code": ["00001", "00002", "00003"], "population": [100, 200, 300], "sites": 10}
    )
    for service in ("fibre", "wifi", "mobile", "video"):
        rows[service] = services.get(service, ["unknown"] * 3)
        for one, count in (("ok", 0), ("gap", 4), ("unknown", 6)):
            rows[f"{service}_{one}"] = count
    return rows


def communes():
    return pd.DataFrame(
        {
            "commune_code": ["00001", "00002", "00003"],
            "name": list("ABC"),
            "vintage": OLD,
            "population": pd.array([100, 200, 300], dtype="Int64"),
        }
    )


def test_results_roll_up_to_the_other_date_with_shares():
    said = status(fibre=["ok", "ok", "gap"], wifi=["gap", "ok", "ok"])
    rolled = roll_up_units(said, crosswalk(PAIRS), communes(), OLD).set_index("unit_code")
    assert list(rolled.index) == ["00002", "00003"] and set(rolled["vintage"]) == {NEW}
    x, y = rolled.loc["00002"], rolled.loc["00003"]
    assert (x["name"], x["parts"], x["shares"], x["share_basis"]) == ("X", "00001;00002", "1;0.5", "assumed")
    assert (x["population"], x["sites"], x["fibre_gap"]) == (200, 15, 6)
    # A and B both have fibre, so X's centre has, whichever it is; of C and B one only has.
    assert x["fibre"] == "ok" and x["wifi"] == "unknown" and y["fibre"] == "unknown"
    assert rolled["sites"].sum() == said["sites"].sum() and rolled["population"].sum() == 600


def test_a_unit_that_is_partly_beyond_the_study_has_no_known_centre():
    said = status(fibre=["ok", "ok", "gap"]).iloc[1:]
    rolled = roll_up_units(said, crosswalk(PAIRS), communes().iloc[1:], OLD).set_index("unit_code")
    assert rolled.loc["00002", "outside"] == "A" and rolled.loc["00002", "fibre"] == "unknown"
    assert pd.isna(rolled.loc["00003", "outside"])


def test_without_a_crosswalk_there_is_nothing_to_roll_up():
    assert roll_up_units(status(), crosswalk(PAIRS).iloc[:0], communes(), OLD).empty


@pytest.fixture(scope="module")
def official():
    """The official table of 2025 and the lists of units, as they are: (gazetteer, table, findings)."""
    from conftest import SHARED

    from phusong.readers.gazetteer import read_units

    folder = SHARED / "vietnam"
    if not folder.exists():
        pytest.skip(f"the real files are not here ({SHARED})")
    lists = [str(folder / f"gso_units_{vintage}.csv") for vintage in ("2019-10", "2021-07", "2025-03")]
    return read_units(lists, [folder / "crosswalk_2025.csv"], OLD, NEW)


@pytest.mark.reference
def test_all_old_codes_of_the_official_table_convert(shared):
    from phusong.readers.gazetteer import read_units

    # Without any list nothing is mended: the table's own 10,033 codes.
    gazetteer, table, findings = read_units([], [shared / "vietnam" / "crosswalk_2025.csv"], OLD, NEW)
    assert "read as those of 2021-07" in findings[0].what and len(findings) == 1
    links = link_units(table, gazetteer, OLD, NEW)
    assert links.table["from_code"].nunique() == 10_033 and not links.lost
    assert links.table["to_code"].notna().all()
    sums = links.table.groupby("from_code")["share"].sum()
    assert np.allclose(sums, 1, atol=1e-12)
    sizes = links.table["from_code"].value_counts()
    assert (sizes > 1).sum() == 441
    # Of 56 the table says where all residents went; the other shares are estimates and say so.
    split = links.table[links.table["from_code"].isin(sizes[sizes > 1].index)]
    assert split.loc[split["share_basis"] == "reported", "from_code"].nunique() >= 55
    assert set(split["share_basis"]) == {"reported", "assumed"}
    became = links.table.set_index("from_code")["to_code"]
    assert became["20698"] == became["20699"] == "20698"
    assert became["20701"] == became["20707"] == "20707" and gazetteer.named["20707", OLD] == "Xã Chà Vàl"
    assert gazetteer.named["20707", NEW] == "Xã Nam Giang"
    # Tân Trạch and Thượng Trạch of Quảng Bình.
    trach = [gazetteer.find([n], OLD, name_rules(), ["Quảng Bình"])[0] for n in ("Tân Trạch", "Thượng Trạch")]
    assert all(found.certain for found in trach)
    assert {became[found.key] for found in trach} == {"19147"}


@pytest.mark.reference
def test_the_fourteen_codes_that_the_table_lacks_are_named(shared, official):
    from phusong.readers.gazetteer import read_units

    gazetteer, mended, findings = official
    raw = read_units([], [shared / "vietnam" / "crosswalk_2025.csv"], "2025-03", NEW)[1]
    lacking = missing_codes(raw, gazetteer)
    # All in the list of March 2025, none in the table.
    assert dict(zip(lacking["code"], lacking["name"], strict=True)) == {
        "01651": "Mỹ Hưng",
        "02482": "Phú Thịnh",
        "07693": "Tân An",
        "07732": "Nham Sơn",
        "07744": "Thắng Cương",
        "16387": "Đông Khê",
        "16411": "Đông Xuân",
        "18448": "Bình Lộc",
        "20176": "Hương Hòa",
        "20674": "Quế Phước",
        "25102": "Đạ M'ri",
        "25174": "Mỹ Lâm",
        "25177": "Tư Nghĩa",
        "25186": "Phù Mỹ",
    }
    # Two of them stand in it under another unit's code, and so does a part of Đặng Xá.
    said = [f for f in findings if f.row is not None]
    assert [(f.row, f.what[-5:]) for f in said] == [(424, "00556"), (909, "01651"), (1256, "02482")]
    after = missing_codes(mended, gazetteer).set_index("code")["said_code"]
    assert set(after.index) == set(lacking["code"])
    assert after.dropna().to_dict() == {"01651": "01615", "02482": "02485"}
    links = link_units(mended, gazetteer, "2025-03", NEW)
    assert links.table["from_code"].nunique() == 10_035 and len(links.lost) == 12


@pytest.mark.reference
def test_units_dissolved_before_2025_are_listed_or_found_by_their_outline(shared, official):
    from phusong.readers.gazetteer import read_units

    gazetteer, table, _findings = official
    links = link_units(table, gazetteer, OLD, NEW)
    assert links.path == (OLD, "2025-03", NEW)
    assert len(links.lost) == 572 and links.table["from_code"].nunique() == 10_603 - 572
    folder, quang_nam = shared / "vietnam", shared / "quang-nam"
    lists = [str(folder / f"gso_units_{vintage}.csv") for vintage in (OLD, "2025-03")]
    drawn = [
        f"{v}={quang_nam / name}"
        for v, name in ((OLD, "communes_2021.geojson"), (NEW, "communes_2025.geojson"))
    ]
    gazetteer, table, _findings = read_units([*lists, *drawn], [folder / "crosswalk_2025.csv"], OLD, NEW)
    found = link_units(table, gazetteer, OLD, NEW, sliver=0.05)
    here = set(gazetteer.of(OLD).query("province_code == '49'")["code"])
    assert len(here) == 241 and here <= set(found.table["from_code"])
    recovered = found.table[found.table["from_code"].isin(here & set(links.lost))]
    assert recovered["from_code"].nunique() == 8 and set(recovered["share_basis"]) == {"computed"}
    # 99 % of Hiệp Thuận lies in Hiệp Đức.
    assert recovered.set_index("from_code").loc["20761", "to_code"] == "20779"


@pytest.mark.reference
def test_areas_of_outlines_agree_with_what_the_table_says_of_whole_units(shared, official):
    """By outlines alone, the 230 communes of Quảng Nam that went whole into one would go to that one."""
    from phusong.admin.shares import by_outlines
    from phusong.readers.gazetteer import read_units

    _gazetteer, table, _findings = official
    quang_nam = shared / "quang-nam"
    drawn = [
        f"{v}={quang_nam / name}"
        for v, name in ((OLD, "communes_2021.geojson"), (NEW, "communes_2025.geojson"))
    ]
    gazetteer = read_units(drawn, [], OLD, NEW)[0]
    whole = table[~table.duplicated("old_code", keep=False)].set_index("old_code")["new_code"]
    codes = [code for code in gazetteer.of(OLD)["code"] if code in whole.index]
    found = by_outlines(codes, OLD, NEW, gazetteer.outlines, 0.05)
    best = (
        found.sort_values("share").drop_duplicates("from_code", keep="last").set_index("from_code")["to_code"]
    )
    assert len(best) >= 230 and (best == whole[best.index]).all()


@pytest.mark.reference
def test_names_of_the_census_find_their_commune(shared, official):
    """The census of 2019 has glued names and no codes: nearly all find one unit of the list of that year, and
    no two of them the same."""
    census = pd.read_csv(shared / "vietnam" / "population_census_2019.csv", dtype=str, keep_default_na=False)
    title = census["ward_title"].replace({"ThịTrấn": "Thị trấn", "Huyện": ""})
    named = (title + " " + census["ward"]).str.strip()
    district = (
        census["dist_title"].str.replace("(?<=.)(?=[A-ZĐ])", " ", regex=True) + " " + census["district"]
    )
    found = official[0].find(named, "2019-10", name_rules(), census["city"], district)
    certain = [one.key for one in found if one.certain]
    assert len(certain) >= 0.99 * len(census)
    assert len(certain) - len(set(certain)) <= 5
