"""The run folder: whole or not there, never overwriting what is another's."""

import json

import pandas as pd
import pytest

from phusong.domain import Finding
from phusong.errors import RunError
from phusong.runs import FORMAT, MANIFEST, new_run_folder, read_run, write_findings


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


def test_text_that_a_spreadsheet_would_run_is_quoted(tmp_path):
    findings = [Finding("error", "f.csv", 2, '=HYPERLINK("http://x")', "do")]
    write_findings(tmp_path, findings, pd.DataFrame())
    assert pd.read_csv(tmp_path / "findings.csv")["what"].tolist() == ['\'=HYPERLINK("http://x")']
