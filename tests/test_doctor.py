"""phusong doctor: what the installation has, said so that somebody far away can help."""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from phusong import doctor
from phusong.cli import main
from phusong.doctor import LOOK, MISSING, OK, examine


def state(name: str) -> tuple[str, str, str]:
    (look,) = [look for look in examine() if look.name == name]
    return look.state, look.found, look.do


def test_an_installation_that_works(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--lang", "en", "doctor", "--json"])
    looks = json.loads(capsys.readouterr().out)["parts"]
    assert stop.value.code == 0
    assert {look["state"] for look in looks} <= {OK, LOOK}
    found = {look["name"]: look["found"] for look in looks}
    assert found["drivers"].startswith("GeoJSON, GPKG") and found["drivers that are not needed"].startswith(
        "shut"
    )


def test_a_library_that_is_not_there_ends_with_an_error_and_what_to_do(capsys, monkeypatch):
    real = metadata.version

    def without(name: str) -> str:
        if name == "scipy":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(doctor, "version", without)
    with pytest.raises(SystemExit) as stop:
        main(["--lang", "en", "doctor"])
    out, err = capsys.readouterr()
    assert stop.value.code == 1 and "pip install scipy" in " ".join(out.split())
    assert err.splitlines()[-1].startswith("phusong: missing: libraries")


def test_an_extra_that_is_not_there_is_no_error(monkeypatch):
    monkeypatch.setitem(doctor.EXTRAS, "postgis", ("no-such-package", "PostGIS (optional)"))
    assert state("PostGIS (optional)") == (
        LOOK,
        "not installed",
        "Install it: pip install 'phusong[postgis]'",
    )


def test_a_cache_that_cannot_be_written_is_said(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PHUSONG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(doctor.os, "access", lambda path, _mode: Path(path) != tmp_path)
    assert state("cache of fetched files")[0] == LOOK
    monkeypatch.undo()
    monkeypatch.setenv("PHUSONG_CACHE", str(tmp_path / "cache"))
    found = state("cache of fetched files")
    assert found[0] == OK and str(tmp_path / "cache") in found[1]
    assert not (tmp_path / "cache").exists()


def test_a_gdal_that_was_started_by_somebody_else_is_said():
    code = (
        "import pyogrio; from phusong.doctor import examine;"
        "print([look.state for look in examine() if 'not needed' in look.name])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "PHUSONG_LANG": "en"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == f"['{LOOK}']"


def test_memory_is_that_of_the_container_where_that_is_less(monkeypatch, tmp_path):
    whole = doctor.memory_bytes()
    assert whole and whole > 2**20
    assert state("memory")[1].endswith("GiB")
    monkeypatch.setattr(doctor, "memory_bytes", lambda: 2**30)
    assert state("memory") == (
        LOOK,
        "1.0 GiB",
        "Footprints of a whole province may not fit; cover a district at a time.",
    )
    monkeypatch.setattr(doctor, "memory_bytes", lambda: None)
    assert not [look for look in examine() if look.name == "memory"]
    assert MISSING not in {look.state for look in examine()}
