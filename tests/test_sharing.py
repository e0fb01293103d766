"""What a partner sees: its own, what nobody has, nothing of others, in no byte of its package."""

import struct
import tempfile
import unicodedata
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from drawn_partners import MAST, OTHER, OWN, entangled_run, every_byte
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.cli import phusong
from phusong.errors import PhuSongError, StudyError
from phusong.layers import DECLARED
from phusong.partners import write_package
from phusong.readers import read_study
from phusong.readers.sharing import read_sharing, sharing_profiles
from phusong.runs import Run
from phusong.sharing import Partner, find_partner, partners_of, shared_run
from phusong.sharing.scrub import scrubber
from phusong.units import fold
from phusong.wording import say_evidence


def seen(run: Run, partner: str = OWN, **profile: object) -> Run:
    return shared_run(run, find_partner(run, partner, {"default": profile}))


def ids(run: Run, table: str, column: str) -> set[str]:
    return set(run.tables[table][column])


def test_rows_of_others_are_not_there_and_own_and_nobodys_are() -> None:
    found = seen(entangled_run())
    assert ids(found, "fibre", "fibre_id") == {"F1", "FO"}
    assert ids(found, "cells", "cell_id") == {"K1"}
    assert ids(found, "nodes", "node_id") == {"PO"} and found.tables["ducts"].empty
    assert ids(found, "investments", "investment_id") == {"N1", "N2", "N3"}
    assert ids(found, "segments", "segment_id") == {"L1", "L2"}
    # The hop that begins on the other's mast would tell where it stands.
    assert ids(found, "links", "b_id") == {"A2", "A3"}
    assert ids(found, "facilities", "facility_id") == {"mast-107.5400-15.0700", "top-107.6000-15.0800"}
    assert ids(found, "options", "technology") == {"fibre", "wifi", "microwave"}


def test_cells_that_would_tell_of_others_are_empty() -> None:
    found = seen(entangled_run()).tables
    gaps = found["gaps"].set_index("site_id")
    told = ["nearest_fibre_id", "fibre_distance_m", "nearest_cell_id", "cell_distance_m", "mobile_operator"]
    told += ["mobile_level_dbm", "mobile_low_dbm", "mobile_measured_dbm", "mobile_radio"]
    assert gaps.loc["B1", told].isna().all()
    assert gaps.loc["A1", told].notna().sum() == len(told) - 2  # it has neither a low nor a measured level
    assert gaps.loc["B1", "fibre"] == "gap"
    investments = found["investments"].set_index("investment_id")
    assert investments.loc["N2", "depends_on"] == "N1" and investments.loc["N3", "operator"] == OWN
    assert "mast-107.87" not in investments.loc["N3", "facility_ids"]
    assert investments["cumulative_capex_vnd"].tolist() == investments["capex_vnd"].cumsum().tolist()
    assert found["segments"].set_index("segment_id")["tap_id"].to_dict() == {"L1": "F1", "L2": "withheld"}
    relay = found["facilities"].set_index("facility_id").loc["top-107.6000-15.0800"]
    assert pd.isna(relay["depends_on"]) and pd.isna(relay["link_m"])
    assert found["fibre"].set_index("fibre_id").loc["FO", "note"] == "spliced to … of …"


def test_sentences_say_no_distance_that_is_not_there() -> None:
    row = seen(entangled_run()).tables["gaps"].set_index("site_id").loc["B1"]
    assert say_evidence(row, "fibre", "en") == "no report; the nearest fibre is beyond reach"
    assert say_evidence(row, "mobile", "vi") == "tính theo địa hình"
    whole = entangled_run().tables["gaps"].set_index("site_id").loc["B1"]
    assert "7.1 km" in say_evidence(whole, "fibre", "en") and OTHER in say_evidence(whole, "mobile", "en")


def test_every_table_keeps_its_declaration_and_the_argument_is_left_alone() -> None:
    run = entangled_run()
    before = {name: table.copy() for name, table in run.tables.items()}
    for partner in (OWN, OTHER):
        for name, table in seen(run, partner).tables.items():
            DECLARED[name].validate(table)
            assert list(table.columns) == list(run.tables[name].columns)
    for name, table in before.items():
        pd.testing.assert_frame_equal(table, run.tables[name])


def test_the_other_partner_sees_the_other_side() -> None:
    found = seen(entangled_run(), OTHER)
    assert ids(found, "investments", "investment_id") == {"N1", "N2", "N4", "N5"}
    assert ids(found, "fibre", "fibre_id") == {"F1", "X-F9"}
    assert not (found.tables["gaps"]["mobile_operator"] == OWN).any()


def test_who_may_see_all_sees_all_rows() -> None:
    run = entangled_run()
    every = ["own", "nobody", "others"]
    found = seen(run, networks=every, investments=every)
    for name in ("investments", "segments", "links", "facilities", "fibre", "cells"):
        rows = run.tables[name]
        if name == "facilities":  # those that the plan uses: all of them
            rows = rows[rows["facility_id"] != ""]
        assert len(found.tables[name]) == len(rows), name
    assert found.tables["fibre"]["note"].tolist() == run.tables["fibre"]["note"].tolist()


def test_sums_are_those_of_what_is_seen() -> None:
    found = seen(entangled_run())
    plan, rows = found.manifest["summary"]["plan"], found.tables["investments"]
    assert plan["capex_vnd"] == rows.loc[rows["funded"], "capex_vnd"].sum()
    assert [row["partner"] for row in plan["phases"]] == [OWN]
    assert plan["phases"][0]["price_vnd"] == 11_000_000 and plan["budget_vnd"] is None
    assert {"inputs", "calibration", "command"}.isdisjoint(found.manifest)


def test_only_some_communes_and_planned_sites_and_tables() -> None:
    found = seen(entangled_run(), communes=["00002"], sites="planned", tables=["gaps", "investments"])
    assert ids(found, "gaps", "site_id") == {"B1", "B2"} and found.tables["fibre"].empty
    hidden = seen(entangled_run(), hide_columns=["gaps.people"]).tables["gaps"]
    assert hidden["people"].isna().all()


@given(decimals=st.integers(1, 6), shift=st.floats(0, 0.01))
@settings(max_examples=8)
def test_rounding_moves_points_and_lines_to_the_grid_of_the_profile(decimals: int, shift: float) -> None:
    run = entangled_run()
    moved = run.tables["gaps"].set_geometry(run.tables["gaps"].translate(shift, shift / 3))
    run = replace(run, tables={**run.tables, "gaps": moved})
    found = seen(run, decimals=decimals)
    for name, table in found.tables.items():
        if "geometry" not in table or table.empty:
            continue
        flat = table[shapely.get_dimensions(table.geometry.to_numpy()) < 2]
        at = shapely.get_coordinates(flat.geometry.to_numpy())
        assert np.allclose(at, at.round(decimals), atol=1e-12), name
    off = shapely.distance(found.tables["gaps"].geometry.to_numpy(), moved.geometry.to_numpy()).max()
    assert off <= 0.5 * 10.0**-decimals * 2**0.5 + 1e-9


def test_identifiers_made_of_places_are_as_coarse_as_the_places() -> None:
    found = seen(entangled_run(), decimals=2)
    names = {"mast-107.54-15.07", "top-107.60-15.08"}
    assert ids(found, "facilities", "facility_id") == names
    assert ids(found, "links", "a_id") == names
    assert found.tables["investments"].set_index("investment_id").loc["N3", "facility_ids"].split(
        ";"
    ) == sorted(names)
    assert ids(found, "links", "link_id") == {"mast-107.54-15.07--A2", "top-107.60-15.08--A3"}


letters = st.text("aeghkmnoqtuvxyăâđêôơưáạếợửÁĐƠ", min_size=3, max_size=9)
#: Names that nothing else in a package says by chance.
operator_names = st.builds(
    lambda a, b: f"Zq{a}{b}", letters, st.sampled_from(["", " Net", "/Z", "'s", "-9"])
).map(lambda name: unicodedata.normalize("NFC", name))


@given(
    names=st.lists(operator_names, min_size=2, max_size=2, unique_by=fold).filter(
        lambda two: fold(two[0]) not in fold(two[1]) and fold(two[1]) not in fold(two[0])
    ),
    mast=st.tuples(st.floats(107.81, 107.99), st.floats(15.41, 15.49)),
    # Long enough to stand in no packed bytes by chance: of three letters, some do.
    which=st.sampled_from(["Qx7-vbkw", "Wj_3vbkw", "Kz.5vbkw"]),
)
@settings(max_examples=5)
def test_no_name_identifier_or_mast_of_others_is_in_any_byte(
    names: list[str], mast: tuple[float, float], which: str
) -> None:
    own, other = names
    run = entangled_run(own, other, which, mast)
    with tempfile.TemporaryDirectory() as place:
        package = write_package(run, find_partner(run, own), Path(place), "vi")
        texts = [other, fold(other), which, *(f"{mast[i]:.4f}"[:-1] for i in (0, 1))]
        numbers = [struct.pack("<d", round(xy, n)) for xy in mast for n in (4, 5, 6, 7, 15)]
        files = list(every_byte(package.folder)) + list(every_byte(package.zip))
        for name, content in files:
            said = content.decode("utf-8", errors="ignore").casefold()
            assert not [text for text in texts if text.casefold() in said], name
            assert not any(number in content for number in numbers), name
        assert any(own in content.decode("utf-8", errors="ignore") for _name, content in files)
        for path in package.folder.rglob("*"):
            if path.suffix in (".geojson", ".gpkg", ".kmz"):
                for layer, kind in pyogrio.list_layers(path):
                    if kind is not None:
                        shapes = gpd.read_file(path, layer=layer).geometry.dropna().to_numpy()
                        assert (shapely.distance(shapes, shapely.Point(mast)) > 0.1).all(), (path, layer)


def test_names_go_however_they_are_written_and_own_ones_stay() -> None:
    clean = scrubber(["VNPT", "Chợ Mạng", "A"], "VNPT Net", ["F-7", "12"])
    assert clean("vnptcells.csv of CHỢ MẠNG, Cho Mang, chomang") == "…cells.csv of …, …, …"
    assert clean("VNPT Net and VNPT") == "VNPT Net and …"
    assert clean("A in UBND xã A1, F-7 at km 12") == "… in UBND xã A1, … at km 12"


def test_an_unknown_partner_is_told_who_is_known() -> None:
    run = entangled_run()
    assert partners_of(run) == [OTHER, OWN]
    assert find_partner(run, "viet tel").name == OWN
    with pytest.raises(PhuSongError, match=f"'Vietel'. Did you mean {OWN}. Known: {OTHER}, {OWN}"):
        find_partner(run, "Vietel")
    with pytest.raises(PhuSongError, match="Known"):
        find_partner(run, "chưa rõ")


def test_a_study_says_what_partners_see_and_the_run_knows(drawn_study, tmp_path: Path) -> None:
    path = drawn_study(toml="[sharing.default]\ndecimals = 3\n[sharing.Viettel]\nsites = 'planned'\n")
    study = read_study(path)
    assert study.sharing["Viettel"].decimals == 3 and study.sharing["Viettel"].sites == "planned"
    done = CliRunner().invoke(phusong, ["run", str(path), "--out", str(tmp_path / "run"), "-q"])
    assert done.exit_code == 0, done.output
    from phusong.runs import read_run

    run = read_run(tmp_path / "run")
    assert find_partner(run, "Viettel").profile.sites == "planned"
    assert find_partner(run, "VNPT").profile.decimals == 3
    # What partners see is no part of the question: the run's identifier is that of a study without it.
    plain = CliRunner().invoke(phusong, ["run", str(drawn_study()), "--out", str(tmp_path / "plain"), "-q"])
    assert plain.exit_code == 0 and read_run(tmp_path / "plain").manifest["run_id"] == run.manifest["run_id"]


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("decimal = 3", r"unknown key \[sharing.Viettel\] decimal. Did you mean decimals"),
        ("decimals = 9", "decimals cannot be used"),
        ('tables = ["gap"]', "there is no table gap. Known: .*gaps"),
        ('hide_columns = ["gaps.name"]', "gaps.name cannot be hidden"),
        ('hide_columns = ["gaps.nme"]', "there is no column gaps.nme"),
        ('networks = ["all"]', "networks.0 cannot be used"),
    ],
)
def test_a_profile_that_cannot_be_used_is_told_in_one_line(drawn_study, said: str, what: str) -> None:
    with pytest.raises(StudyError, match=what):
        read_study(drawn_study(toml=f"[sharing.Viettel]\n{said}\n"))


def test_a_file_for_once_goes_before_the_study(tmp_path: Path) -> None:
    run = entangled_run()
    run = replace(
        run, manifest={**run.manifest, "sharing": sharing_profiles({OWN: {"decimals": 4}}, "study.toml")}
    )
    assert find_partner(run, OWN).profile.decimals == 4
    (tmp_path / "once.toml").write_text("[sharing.default]\ndecimals = 2\n", encoding="utf-8")
    assert find_partner(run, OWN, read_sharing(tmp_path / "once.toml")).profile.decimals == 2
    (tmp_path / "other.toml").write_text("[plan]\nyears = 2\n", encoding="utf-8")
    with pytest.raises(StudyError, match="other things"):
        read_sharing(tmp_path / "other.toml")


def test_own_is_own_also_beside_others() -> None:
    partner = Partner(OWN, find_partner(entangled_run(), OWN).profile, (OTHER,))
    assert [partner.whose(c) for c in (f"{OTHER};{OWN}", OTHER, "chưa rõ", None)] == [
        "own",
        "others",
        "nobody",
        "nobody",
    ]
    assert partner.shown_names(f"{OTHER};{OWN}") == OWN
    assert MAST[0] > 107.8
