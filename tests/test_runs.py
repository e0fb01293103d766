"""The run folder: whole or not there, never overwriting what is another's."""

import json
from pathlib import Path

import pandas as pd
import pytest

from phusong.cli import main
from phusong.domain import Finding
from phusong.errors import RunError
from phusong.runs import FORMAT, MANIFEST, new_run_folder, read_run, write_findings

REPOSITORY = Path(__file__).parents[1]


def fill(stage, run_id="a"):
    (stage / "tables").mkdir()
    (stage / "tables" / "x.parquet").write_text("x")
    (stage / MANIFEST).write_text(json.dumps({"format": FORMAT, "run_id": run_id}))


def test_a_failure_in_the_middle_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), new_run_folder(tmp_path / "run", "a") as stage:
        fill(stage)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_run_that_was_there(tmp_path):
    with new_run_folder(tmp_path / "run", "a") as stage:
        fill(stage)
    with pytest.raises(ZeroDivisionError), new_run_folder(tmp_path / "run", "a") as stage:
        raise ZeroDivisionError
    assert json.loads((tmp_path / "run" / MANIFEST).read_text())["run_id"] == "a"


def test_another_run_or_anything_else_is_not_overwritten(tmp_path):
    with new_run_folder(tmp_path / "run", "a") as stage:
        fill(stage)
    with pytest.raises(RunError, match="holds another run"), new_run_folder(tmp_path / "run", "b"):
        pass
    with new_run_folder(tmp_path / "run", "b", replace=True) as stage:
        fill(stage, "b")
    assert json.loads((tmp_path / "run" / MANIFEST).read_text())["run_id"] == "b"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="no run folder"), new_run_folder(tmp_path / "mine", "a", replace=True):
        pass


def test_what_is_no_run_is_said_in_one_line(tmp_path):
    with pytest.raises(RunError, match="no run folder"):
        read_run(tmp_path)
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(RunError, match="damaged"):
        read_run(tmp_path)
    (tmp_path / MANIFEST).write_text('{"format": 1}')
    with pytest.raises(RunError, match="another version"):
        read_run(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"format": FORMAT}))
    with pytest.raises(RunError, match="lacks"):
        read_run(tmp_path)


@pytest.mark.parametrize("content", ["[]", "1", '{"files": 1}', "{", "\xff", "[" * 100_000])
@pytest.mark.parametrize("verb", ["map", "explain"])
def test_a_manifest_that_is_none_is_said_in_one_line(phusong, tmp_path, content, verb):
    (tmp_path / MANIFEST).write_bytes(content.encode("latin-1"))
    code, _out, err = phusong(verb, tmp_path, *(["S1"] if verb == "explain" else []))
    assert (code, err.count("\n")) == (1, 1) and "manifest.json is damaged. Run the study again" in err


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """A run of the bundled study, written once."""
    folder = tmp_path_factory.mktemp("runs")
    study = REPOSITORY / "data" / "nam-giang" / "study.toml"
    with pytest.raises(SystemExit) as ended:
        main(["run", str(study), "-q", "--out", str(folder / "run")])
    assert not ended.value.code
    return folder / "run"


SPOILT = {
    "cut": lambda raw: raw[:-9],
    "changed": lambda raw: raw[:300] + bytes([raw[300] ^ 1]) + raw[301:],
    "empty": lambda raw: b"",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize("arguments", [("map",), ("explain", "00001"), ("export",), ("report",)])
def test_a_table_that_was_changed_or_cut_is_said_in_one_line(phusong, whole_run, arguments, spoil):
    table = whole_run / "tables" / "gaps.parquet"
    raw = table.read_bytes()
    table.write_bytes(spoil(raw))
    try:
        verb, *rest = arguments
        code, _out, err = phusong(verb, whole_run, *rest)
    finally:
        table.write_bytes(raw)
    assert (code, err.count("\n")) == (1, 1), err
    assert "gaps.parquet: is not the file that manifest.json describes" in err


def test_text_that_a_spreadsheet_would_run_is_quoted(tmp_path):
    findings = [Finding("error", "f.csv", 2, '=HYPERLINK("http://x")', "do")]
    write_findings(tmp_path, findings, pd.DataFrame())
    assert pd.read_csv(tmp_path / "findings.csv")["what"].tolist() == ['\'=HYPERLINK("http://x")']
