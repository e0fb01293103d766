"""Studies with more sites than are designed at once: areas, their joined plan, and going on after a kill."""

import json

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from phusong import resume
from phusong.areas import areas_of
from phusong.runs import read_run
from phusong.synth import write_synthetic


@pytest.fixture(scope="session")
def nation(tmp_path_factory):
    """A made-up study of 7 communes; its folder."""
    folder = tmp_path_factory.mktemp("nation") / "s"
    write_synthetic(folder, scale=0.002, seed=5, elevation_m=0)
    return folder


@pytest.fixture
def variant(nation, tmp_path):
    """Writes the study with more lines under [plan], beside its inputs; gives its file."""

    def write(name: str, *lines: str):
        said = (nation / "study.toml").read_text(encoding="utf-8")
        path = nation / f"{name}.toml"
        path.write_text(said.replace("[plan]", "\n".join(["[plan]", *lines])), encoding="utf-8")
        return path

    return write


def run_of(phusong, study, out, *more):
    code, _out, err = phusong("run", study, "--out", out, "--quiet", *more)
    assert code == 0, err
    return read_run(out)


def drawn(counts, provinces=None):
    """Communes in a row 10 km apart with so many sites each: communes, gaps."""
    codes = [f"{i:05d}" for i in range(len(counts))]
    communes = gpd.GeoDataFrame(
        {"commune_code": codes, "province": provinces or ["P"] * len(codes)},
        geometry=[box(10_000 * i, 0, 10_000 * i + 9_000, 9_000) for i in range(len(codes))],
        crs="EPSG:32648",
    )
    sites = [code for code, n in zip(codes, counts, strict=True) for _ in range(n)]
    return communes, pd.DataFrame({"commune_code": sites})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=25), st.integers(1, 12), st.randoms())
def test_areas_hold_each_commune_with_sites_once_and_no_more_sites_than_asked(counts, at_most, random):
    communes, gaps = drawn(counts)
    areas = areas_of(communes, gaps, at_most)
    held = [code for area in areas for code in area.commune_codes]
    assert sorted(held) == sorted(set(gaps["commune_code"]))
    per = gaps["commune_code"].value_counts()
    for area in areas:
        assert len(area.commune_codes) == 1 or per[list(area.commune_codes)].sum() <= at_most
    order = random.sample(range(len(communes)), len(communes))
    assert areas_of(communes.iloc[order], gaps.sample(frac=1, random_state=1), at_most) == areas


def test_areas_follow_provinces_and_a_small_study_is_one():
    communes, gaps = drawn([3, 3, 3, 3], ["A", "B", "A", "B"])
    assert [area.commune_codes for area in areas_of(communes, gaps, 6)] == [
        ("00000", "00002"),
        ("00001", "00003"),
    ]
    assert len(areas_of(communes, gaps, 12)) == 1


def test_the_plan_by_area_is_nearly_the_one_made_at_once(phusong, variant, tmp_path):
    whole = run_of(phusong, variant("whole"), tmp_path / "whole")
    parts = run_of(phusong, variant("parts", "sites_at_once = 60"), tmp_path / "parts")
    about = parts.manifest["summary"]["plan"]
    assert "by_area" in about["rules"] and about["proof"]["areas"] > 2
    assert "by_area" not in whole.manifest["summary"]["plan"]["rules"]
    # What is known is never cut.
    for name in ("signals", "gaps", "demand"):
        pd.testing.assert_frame_equal(whole.tables[name], parts.tables[name])
    cheapest, joined = (run.manifest["summary"]["plan"]["proof"] for run in (whole, parts))
    assert joined["sites"] == cheapest["sites"]
    # No plan is cheaper than what was proven for all at once; this one is not much dearer.
    assert cheapest["bound_vnd"] <= joined["present_cost_vnd"] <= 1.05 * cheapest["present_cost_vnd"]
    # Each site has one connection, and the order and the sums are those of one plan.
    investments = parts.tables["investments"]
    assert investments["rank"].tolist() == list(range(1, len(investments) + 1))
    assert investments["cumulative_capex_vnd"].is_monotonic_increasing
    assert investments["cumulative_capex_vnd"].iloc[-1] == investments["capex_vnd"].sum()
    seen = set()
    for row in investments.itertuples():
        assert not row.depends_on or pd.isna(row.depends_on) or set(row.depends_on.split(";")) <= seen
        seen.add(row.investment_id)
    for name, key in (("segments", "segment_id"), ("facilities", "facility_id"), ("links", "link_id")):
        assert parts.tables[name][key].is_unique
    chosen = parts.tables["options"].query("chosen and closes != 'wifi'")
    assert chosen["site_id"].is_unique and len(chosen) == len(
        whole.tables["options"].query("chosen and closes != 'wifi'")
    )


def test_two_processes_and_shuffled_rows_give_the_same_plan_by_area(phusong, variant, nation, tmp_path):
    first = run_of(phusong, variant("parts", "sites_at_once = 60"), tmp_path / "one")
    second = run_of(phusong, variant("parts", "sites_at_once = 60"), tmp_path / "two", "--engine", "cores:2")
    rows = pd.read_csv(nation / "sites.csv", dtype=str, encoding="utf-8-sig").sample(frac=1, random_state=3)
    rows.to_csv(nation / "turned.csv", index=False, encoding="utf-8-sig")
    turned = variant("turned", "sites_at_once = 60")
    turned.write_text(turned.read_text("utf-8").replace("sites.csv", "turned.csv"), encoding="utf-8")
    third = run_of(phusong, turned, tmp_path / "three")
    for name in ("options", "investments", "segments", "links", "facilities"):
        pd.testing.assert_frame_equal(first.tables[name], second.tables[name])
        pd.testing.assert_frame_equal(first.tables[name], third.tables[name])


def test_a_stopped_run_goes_on_with_the_areas_that_are_done(phusong, variant, tmp_path, monkeypatch):
    study = variant("parts", "sites_at_once = 60")
    whole = run_of(phusong, study, tmp_path / "whole" / "run")
    out, keep = tmp_path / "stopped" / "run", resume.Left.keep
    done = []

    def stop_after_two(self, area, plan):
        keep(self, area, plan)
        done.append(area.name)
        if len(done) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(resume.Left, "keep", stop_after_two)
    assert phusong("run", study, "--out", out, "--quiet")[0] != 0
    (left,) = out.parent.iterdir()
    assert sorted(path.name for path in left.iterdir()) == sorted(done)
    (left / done[1] / "links.parquet").write_bytes(b"half")

    monkeypatch.setattr(
        resume.Left, "keep", lambda self, area, plan: (done.append(area.name), keep(self, area, plan))
    )
    run_of(phusong, study, out)
    # The first is not designed again, the spoilt one is.
    assert done.count(done[0]) == 1 and done.count(done[1]) == 2
    assert [path.name for path in out.parent.iterdir()] == ["run"]
    for name in ("options", "investments", "segments", "links", "facilities", "alternatives"):
        path = f"tables/{name}.parquet"
        assert (out / path).read_bytes() == (whole.folder / path).read_bytes()


def test_a_budget_is_spent_by_rank(phusong, variant, tmp_path):
    study = variant("parts", "sites_at_once = 60")
    everything = run_of(phusong, study, tmp_path / "all").manifest["summary"]["plan"]["capex_vnd"]
    run = run_of(phusong, study, tmp_path / "half", "--budget", str(everything // 2))
    investments = run.tables["investments"]
    funded = investments[investments["funded"]]
    spent = funded["capex_vnd"].sum()
    assert spent <= everything // 2 and 0 < len(funded) < len(investments)
    # What was left out no longer fitted when its turn came, or hangs on what did not.
    left = everything // 2
    out = set()
    for row in investments.itertuples():
        needs = set(row.depends_on.split(";")) if isinstance(row.depends_on, str) else set()
        if row.funded:
            assert not needs & out
            left -= row.capex_vnd
        else:
            assert row.capex_vnd > left or needs & out
            out.add(row.investment_id)
    links = run.tables["links"]
    paid = set(funded["investment_id"])
    assert (links["funded"] == links["investment_id"].isin(paid)).all()


def test_what_is_said_of_a_plan_by_area(phusong, variant, tmp_path):
    study = variant("parts", "sites_at_once = 60")
    code, out, err = phusong("--lang", "en", "run", study, "--out", tmp_path / "run")
    assert code == 0, err
    assert "each area was designed by itself" in out and "Proven for each of" in out
    code, _out, err = phusong("--lang", "en", "plan", study, "--out", tmp_path / "plan")
    assert code == 1 and "sites_at_once" in err and not (tmp_path / "plan").exists()
    code, out, _err = phusong("run", study, "--out", tmp_path / "run", "--json")
    assert json.loads(out)["plan"]["proof"]["areas"] > 2


def test_the_screen_shows_the_first_investments_of_many(phusong, variant, tmp_path, monkeypatch):
    monkeypatch.setattr("phusong.cli.run.MOST_ROWS", 2)
    code, out, err = phusong("--lang", "en", "run", variant("whole"), "--out", tmp_path / "run", "-q")
    assert code == 0, err
    count = len(read_run(tmp_path / "run").tables["investments"])
    assert f"… and {count - 2} more: " in out and "investments.geojson" in out


def test_a_conference_of_a_large_study_leaves_no_areas_behind(phusong, variant, nation):
    code, _out, err = phusong("conference", variant("parts", "sites_at_once = 60"), "--json")
    assert code == 0, err
    assert not list(nation.rglob(".areas-*"))
