"""The study file: what is wrong with one is said in one line, with the next step."""

from pathlib import Path

import pytest

from phusong.errors import StudyError
from phusong.readers import read_prices, read_study


def refused(path: Path) -> str:
    with pytest.raises(StudyError) as caught:
        read_study(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_targets_come_from_the_sheet_and_the_study_overrides_one(drawn_study):
    study = read_study(drawn_study(toml="[targets]\nfibre_reach_m = 500"))
    assert study.targets.fibre_reach_m == 500
    assert study.targets.video_latency_ms == 150  # ITU-T G.114


def test_unknown_key_names_the_nearest_known_one(drawn_study):
    said = refused(drawn_study(toml="[plan]\nbudjet_vnd = 5"))
    assert "[plan] budjet_vnd" in said and "Did you mean budget_vnd?" in said


def test_unknown_key_of_an_input_is_refused(drawn_study):
    path = drawn_study()
    path.write_text(
        path.read_text().replace('sites = "sites.csv"', 'sites = {path = "sites.csv", sheet = "x"}')
    )
    assert "[inputs.sites] sheet" in refused(path)


def test_missing_file_and_bad_toml(tmp_path):
    assert "no such study file" in refused(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text('title = "x\n')
    assert "not a TOML file" in refused(tmp_path / "bad.toml")


def test_wrong_value_names_its_key(drawn_study):
    assert "plan.years" in refused(drawn_study(toml="[plan]\nyears = 0"))
    assert "no kind of site" in refused(drawn_study(toml='[plan]\nfibre_only = ["ubnd"]'))


def test_a_section_that_is_none_is_said(drawn_study):
    assert "plan is no section" in refused(drawn_study(toml="plan = 5"))


def test_weights_come_from_the_sheet_and_the_study_overrides_one(drawn_study):
    weights = read_study(drawn_study(toml="[plan.weights]\nschool = 9")).plan.weights
    assert weights["school"] == 9 and weights["office_commune"] > weights["village_hall"]


def test_budget_reads_as_people_write_it(drawn_study):
    assert read_study(drawn_study(toml='[plan]\nbudget_vnd = "1,5 tỷ"')).plan.budget_vnd == 1_500_000_000


def test_base_makes_a_scenario_and_its_paths_stay_true(drawn_study):
    base = drawn_study(toml="[plan]\nyears = 7\ndiscount_rate = 0.02")
    (base.parent / "what-if").mkdir()
    scenario = base.parent / "what-if" / "scenario.toml"
    scenario.write_text('base = "../study.toml"\n[plan]\nyears = 3\n')
    study = read_study(scenario)
    assert (study.plan.years, study.plan.discount_rate) == (3, 0.02)
    assert study.path(study.inputs.sites.path).exists()


def test_base_that_leads_back_to_itself_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text('base = "b.toml"')
    (tmp_path / "b.toml").write_text('base = "a.toml"')
    assert "leads back" in refused(tmp_path / "a.toml")


def test_prices_are_in_dong_with_source_and_the_study_overrides(drawn_study):
    sheets = read_prices(read_study(drawn_study()))
    rate = sheets["exchange"]["vnd_per_usd"].value
    line = sheets["fibre"]["new_line"]
    assert line.value == 20 * rate and line.unit == "VND/m" and line.basis == "assumed" and line.source
    own = read_prices(read_study(drawn_study(toml="[prices.fibre]\nnew_line = 150_000")))["fibre"]["new_line"]
    assert (own.value, own.low, own.high, own.basis) == (150_000, 150_000, 150_000, "province")


@pytest.mark.parametrize(
    "price", ["new_line = -5", "new_line = inf", 'new_line = {value = 5, low = 9, source = "our tender"}']
)
def test_a_price_that_cannot_be_is_refused(drawn_study, price):
    with pytest.raises(StudyError, match=r"prices\.fibre"):
        read_prices(read_study(drawn_study(toml=f"[prices.fibre]\n{price}")))


def test_unknown_price_names_the_nearest(drawn_study):
    with pytest.raises(StudyError, match="new_line"):
        read_prices(read_study(drawn_study(toml="[prices.fibre]\nnewline = 1")))
