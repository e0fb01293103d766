"""Names as people write them: which unit is meant, how that is known, and what is not guessed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.names import NameRules, match, match_many, sounded, spelled, split_type, words_of
from phusong.readers.names import name_rules
from phusong.units import fold

#: Nam Giang in the unit list of July 2021.
NAM_GIANG = {
    "20695": "Thị trấn Thạnh Mỹ",
    "20698": "Xã La Êê",
    "20699": "Xã Chơ Chun",
    "20701": "Xã Zuôih",
    "20702": "Xã Tà Pơơ",
    "20704": "Xã La Dêê",
    "20705": "Xã Đắc Tôi",
    "20707": "Xã Chà Vàl",
    "20710": "Xã Tà Bhing",
    "20713": "Xã Cà Dy",
    "20716": "Xã Đắc Pre",
    "20719": "Xã Đắc Pring",
}


@pytest.mark.parametrize(
    ("written", "code", "how"),
    [
        ("La Êê", "20698", "exact"),
        ("xã La Êê", "20698", "exact"),
        ("Laêê", "20698", "folded"),
        ("La Ê Ê", "20698", "folded"),
        ("LA ÊÊ", "20698", "exact"),
        ("la ee", "20698", "folded"),
        ("ChơChun", "20699", "folded"),
        ("XãChơChun", "20699", "folded"),
        ("Zuôich", "20701", "variant"),
        ("Tà Bhinh", "20710", "variant"),
        ("Tà BHing", "20710", "exact"),
        ("Đắk Pring", "20719", "variant"),
        ("Dak Pre", "20716", "variant"),
        ("Chà Val", "20707", "folded"),
        ("Tà Pơ", "20702", "variant"),
        ("Ca Di", "20713", "variant"),
        ("TT. Thạnh Mỹ", "20695", "exact"),
        ("thi tran Thanh My", "20695", "folded"),
        ("Thạnh M?", "20695", "fuzzy"),
        ("Ch Chun", "20699", "fuzzy"),
        ("Zuih", "20701", "fuzzy"),
    ],
)
def test_spellings_that_are_met_find_their_commune(written, code, how):
    found = match(written, NAM_GIANG, name_rules())
    assert (found.key, found.how, found.certain) == (code, how, True)
    assert found.name == NAM_GIANG[code]


@pytest.mark.parametrize("written", ["Hội An", "La D??", "", "xã", "Xã 5", "Prao"])
def test_what_is_not_there_is_not_guessed(written):
    assert not match(written, NAM_GIANG, name_rules()).certain


def test_two_that_may_be_meant_are_both_said():
    units = {"1": "Xã Thanh Bình", "2": "Xã Thạnh Bình", "3": "Xã Bình Trị"}
    found = match("thanh binh", units, name_rules())
    assert not found.certain and {found.key, found.alternatives[0][0]} == {"1", "2"}
    assert match("Thạnh Bình", units, name_rules()).certain


def test_glued_with_its_accents_is_not_in_doubt():
    units = {"1": "Xã Hoằng Đồng", "2": "Xã Hoằng Đông"}
    found = match("HoằngĐồng", units, name_rules())
    assert (found.key, found.certain) == ("1", True) and found.alternatives[0][0] == "2"
    assert not match("hoang dong", units, name_rules()).certain


def test_the_type_that_is_said_counts():
    units = {"1": "Phường Ba Đồn", "2": "Xã Ba Đồn"}
    assert match("P. Ba Đồn", units, name_rules()).key == "1"
    assert match("xã Ba Đồn", units, name_rules()).key == "2"
    assert not match("Ba Đồn", units, name_rules()).certain
    # The only one of that name has another type: it is shown, not taken.
    other = match("Xã Thạnh Mỹ", NAM_GIANG, name_rules())
    assert other.key == "20695" and not other.certain


def test_a_likely_name_of_its_own_is_no_slip():
    units = {"1": "Tân Hương", "2": "Vĩnh Hưng", "3": "Tân Lập"}
    # Hưng is a word of other names: Tân Hưng may well be a commune that the list lacks.
    assert not match("Tân Hưng", units, name_rules()).certain
    assert match("Tân Hươmg", units, name_rules()).key == "1"
    assert match("Tân Hươmg", units, name_rules()).certain
    # So may one whose word is known from elsewhere.
    elsewhere = words_of(["Xã Kỳ Hải"])
    assert match("Kỳ Hải", ["Kỳ Hà"], name_rules()).certain
    assert not match_many(["Kỳ Hải"], ["Kỳ Hà"], name_rules(), elsewhere)[0].certain


def test_a_name_that_begins_with_a_type_word_keeps_it():
    units = {"03193": "Xã Xa Dung", "2": "Xã Dũng"}
    assert match("Xa Dung", units, name_rules()).key == "03193"
    assert match("xa Dung", {"2": "Xã Dũng"}, name_rules()).key == "2"
    assert split_type("Xá Nhè") == ("", "Xá Nhè")
    assert split_type("T.P. Tam Kỳ") == ("thành phố", "Tam Kỳ")
    assert split_type("Phường 05")[0] == "phường"


def test_numbers_are_numbers():
    wards = {"1": "Phường 1", "5": "Phường 05", "15": "Phường 15"}
    assert match("P.5", wards, name_rules()).key == "5"
    assert match("phường 01", wards, name_rules()).key == "1"
    assert not match("Phường 2", wards, name_rules()).certain


def test_tone_marks_are_where_they_are():
    assert spelled("Hòa Thủy") == spelled("Hoà Thuỷ") != spelled("Hoa Thủy")
    assert match("Hoà Bình", ["Hòa Bình", "Hóa Bình"], name_rules()).how == "exact"


def test_nothing_among_nothing():
    assert match("La Êê", {}, name_rules()).how == "none"
    assert match_many([], NAM_GIANG, name_rules()) == []


@given(
    st.sampled_from(sorted(NAM_GIANG)),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from([str, str.upper, str.lower, lambda t: t.replace(" ", ""), fold]),
)
def test_form_case_spaces_and_accents_do_not_matter(code, form, change):
    bare = split_type(NAM_GIANG[code])[1]
    found = match(unicodedata.normalize(form, change(bare)), NAM_GIANG, name_rules())
    assert found.key == code and found.certain and found.score > 90


@given(st.lists(st.text(max_size=12), max_size=6), st.lists(st.text(max_size=12), max_size=6))
def test_many_are_each_for_itself_whatever_the_order(names, candidates):
    rules = NameRules(80, 8, 60)
    many = match_many(names, candidates, rules)
    assert many == [match(name, candidates[::-1], rules) for name in names]
    for name, found in zip(names, many, strict=True):
        assert 0 <= found.score <= 100
        assert spelled(name) == spelled(unicodedata.normalize("NFD", name))
        assert sounded(name) == sounded(name.upper()) or not name.isascii()
        if found.certain:
            assert found.key in candidates


@pytest.mark.reference
def test_spellings_of_two_official_lists_agree(shared):
    """Old names of the table of 2025 among the unit list of March 2025, in their district: where the codes
    agree, the names find each other, or are set aside; almost none finds another unit."""
    import pandas as pd

    folder = shared / "vietnam"
    table = pd.read_csv(folder / "crosswalk_2025.csv", dtype=str).dropna(subset=["old_code", "old_name"])
    units = pd.read_csv(folder / "gso_units_2025-03.csv", dtype=str)
    right = wrong = unsure = 0
    for district, rows in table.groupby("old_district_code"):
        known = units[units["district_code"] == district]
        found = match_many(
            rows["old_name"].tolist(), dict(zip(known["code"], known["name"], strict=True)), name_rules()
        )
        for code, one in zip(rows["old_code"], found, strict=True):
            right += one.certain and one.key == code
            wrong += one.certain and one.key != code
            unsure += not one.certain
    assert right + wrong + unsure == 10_565
    assert right >= 10_535 and wrong <= 5
