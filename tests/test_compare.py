"""Two runs side by side."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from phusong.cli import main, phusong
from phusong.compare import compare_runs
from phusong.runs import Run, read_run, safe_cells

STUDY = Path(__file__).parent.parent / "data" / "nam-giang" / "study.toml"


def run_of(folder: Path, *more: str, study: Path = STUDY) -> Run:
    arguments = ["run", str(study), "--out", str(folder), "-q", *more]
    assert CliRunner().invoke(phusong, arguments, catch_exceptions=False).exit_code == 0
    return read_run(folder)


@pytest.fixture(scope="module")
def runs(nam_giang_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run, Run]:
    """The bundled study; with half its budget; and with access points three times as dear."""
    folder = tmp_path_factory.mktemp("runs")
    dear = STUDY.with_name("dear-points.toml").name
    text = STUDY.read_text(encoding="utf-8").replace('= "', f'= "{STUDY.parent}/')
    for key in ("title", "language", "report_date", "vintage", "note", "source"):
        text = text.replace(f'{key} = "{STUDY.parent}/', f'{key} = "')
    (folder / dear).write_text(text + "\n[prices.wifi]\naccess_point = 36_000_000\n", encoding="utf-8")
    return (
        read_run(nam_giang_run),
        run_of(folder / "half", "--budget", "6 tỷ"),
        run_of(folder / "dear", study=folder / dear),
    )


def test_a_run_and_itself_are_the_same(runs: tuple[Run, Run, Run]) -> None:
    assert compare_runs(runs[0], runs[0]).changes.empty


def test_a_smaller_budget_is_the_only_question_and_takes_investments_away(runs: tuple[Run, Run, Run]) -> None:
    found = compare_runs(runs[0], runs[1])
    assert found.asked[["what", "id", "after"]].values.tolist() == [["setting", "budget_vnd", 6_000_000_000]]
    funded = found.answered.query("field == 'funded'").set_index("id")["after"]
    table = runs[1].tables["investments"].set_index("investment_id")
    assert set(funded.index) == set(table.index[~table["funded"]])
    before, after = found.totals["capex_vnd"]
    assert after <= 6_000_000_000 < before


def test_one_dearer_price_names_exactly_the_investments_that_changed(runs: tuple[Run, Run, Run]) -> None:
    found = compare_runs(runs[0], runs[2])
    assert set(found.asked["id"]) == {"wifi.access_point"}
    one, other = (run.tables["investments"].set_index("investment_id") for run in (runs[0], runs[2]))
    dearer = one["capex_vnd"] != other["capex_vnd"].reindex(one.index)
    assert set(found.answered.query("field == 'capex_vnd'")["id"]) == set(one.index[dearer])
    assert all(name.startswith("wifi") for name in one.index[dearer])


def test_the_fewest_moves_make_one_order_of_the_other(runs: tuple[Run, Run, Run]) -> None:
    found = compare_runs(runs[0], runs[2])
    moved = set(found.answered.query("field == 'rank'")["id"])
    orders = [
        [name for name in run.tables["investments"].sort_values("rank")["investment_id"] if name not in moved]
        for run in (runs[0], runs[2])
    ]
    assert orders[0] == orders[1]


def test_looked_at_the_other_way_round_everything_is_swapped(runs: tuple[Run, Run, Run]) -> None:
    one, other = compare_runs(runs[0], runs[1]).changes, compare_runs(runs[1], runs[0]).changes
    swapped = other.rename(columns={"before": "after", "after": "before"})[one.columns]
    pd.testing.assert_frame_equal(one.query("field != 'rank'"), swapped.query("field != 'rank'"))


def test_the_command_writes_a_file_and_never_over_another(
    runs: tuple[Run, Run, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["compare", str(runs[0].folder), str(runs[1].folder), "--out", str(tmp_path / "CHANGES.csv")]
    with pytest.raises(SystemExit) as done:
        main([*asked, "--json"])
    assert not done.value.code
    said = json.loads(capsys.readouterr().out)
    assert len(pd.read_csv(tmp_path / "CHANGES.csv")) == len(said["changes"]) > 0
    with pytest.raises(SystemExit) as again:
        main(asked)
    assert again.value.code == 1
    assert "--replace" in capsys.readouterr().err


def test_whole_numbers_stay_whole_in_the_file() -> None:
    changes = pd.DataFrame({"id": ["a", "=b"], "before": [1, None], "after": [2, 3]}, dtype=object)
    assert safe_cells(changes).to_csv(index=False) == "id,before,after\na,1,2\n'=b,,3\n"
