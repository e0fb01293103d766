"""What is installed from the wheel alone, and the release checklist. `make release` does more: an empty
environment, the quickstart, the report."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import release

HERE = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (HERE / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no git checkout: what belongs into the archives is not known")
    return release.build_into(tmp_path_factory.mktemp("dist"))[0]


def test_the_wheel_works_from_any_folder_without_a_network(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    empty = tmp_path / "empty"
    empty.mkdir()

    def phusong(*words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PHUSONG_LANG": "en"}
        command = [sys.executable, "-c", release.OFFLINE, *words]
        return subprocess.run(command, cwd=empty, env=env, capture_output=True, text=True, check=False)

    where = json.loads(phusong("doctor", "--json").stdout)["parts"][0]["found"]
    assert str(tmp_path / "site") in where
    assert phusong("init", "mine").returncode == 0
    shutil.copytree(tmp_path / "site" / "phusong" / "data" / "nam-giang", empty / "bundled")
    done = phusong("check", "bundled/study.toml", "--json", "-q")
    assert done.returncode == 0 and json.loads(done.stdout)["files"], done.stderr
    refused = phusong("fetch", "Nam Giang, Quảng Nam", "-q")
    assert refused.returncode == 1 and "Traceback" not in refused.stderr


def test_the_checklist_stops_at_what_fails_and_says_what_to_do(monkeypatch, tmp_path):
    for name, text in (
        ("coverage/phusong/__init__.py", '__version__ = "0.2.0"\n'),
        ("CHANGELOG.md", "# Changelog\n\n## 0.2.0 (unreleased)\n"),
        ("CITATION.cff", "version: 0.1.0\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    with pytest.raises(release.FailedError, match=r"Write the day of the release: ## 0\.2\.0"):
        release.version()
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.2.0 (2026-12-01)\n")
    with pytest.raises(release.FailedError, match=r"CITATION\.cff says 0\.1\.0, phusong is 0\.2\.0"):
        release.version()


def test_each_point_of_the_checklist_can_be_asked_alone():
    done = subprocess.run(
        [sys.executable, str(HERE / "tests" / "release.py"), "pack"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "tree, version, tests, build, install, quickstart" in done.stderr
