"""A drawn world that the tests share, and where the real files are."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings

from phusong.cli import main
from phusong.cli import phusong as phusong_command
from phusong.limits import use_limits
from phusong.study import Limits

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared" / "data"

# A power cut is not tested, and waiting for the disk took a second of each run: ten to twenty layers.
os.environ.setdefault("OGR_SQLITE_SYNCHRONOUS", "OFF")

settings.register_profile(
    "phusong", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
# Of `make fuzz`; tests that set a number of their own keep it.
settings.register_profile(
    "soak", settings.get_profile("phusong"), max_examples=int(os.environ.get("FUZZ_EXAMPLES", 5_000))
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "phusong"))

#: Wants atheris, which is no part of the tests.
collect_ignore = ["fuzz/guided.py"]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages in English, whatever the machine's language and the test before."""
    from phusong.language import use_language

    monkeypatch.setenv("PHUSONG_LANG", "en")
    use_language("en")


@pytest.fixture
def shared() -> Path:
    """The real files; for tests marked `reference`."""
    if not SHARED.exists():
        pytest.skip(f"the real files are not here ({SHARED})")
    return SHARED


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def square(west: float, south: float, size: float = 0.1) -> dict[str, Any]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def line(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(p) for p in points]}


def write_geojson(path: Path, features: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


HEADER = "Mã đơn vị,Tên đơn vị,Loại,Mã xã,Kinh độ,Vĩ độ,Cáp quang,Wifi,Họp trực tuyến,Sóng di động"
#: Two communes side by side, A (west, 00001, with fibre along its road) and B (east, 00002, without).
#:
#:   15.1 +---------+---------+
#:        |    A    |    B    |
#:        | o==F====o---road--o   15.05
#:        |         |         |
#:   15.0 +---------+---------+
#:      107.5     107.6     107.7
SITES = (
    "S1,UBND xã A,UBND,00001,107.55,15.05,Có,Có,Có,tốt",
    "S2,Trạm Y tế A,Y tế,00001,107.552,15.051,,,,",
    "S3,UBND xã B,UBND,00002,107.65,15.05,Không,Không,,yếu",
    "S4,Trường Tiểu học B,Trường học,00002,107.66,15.052,,,,",
)

Study = Callable[..., Path]


@pytest.fixture
def phusong(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `phusong ARGUMENTS`; exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return call


@pytest.fixture(autouse=True)
def _default_limits() -> None:
    """The limits of the study that another test read last do not hold here."""
    use_limits(Limits())


@pytest.fixture
def drawn_study(tmp_path: Path) -> Study:
    """Writes the drawn world as a study; `sites` (CSV lines), `files` and `toml` change it."""

    def write(
        sites: tuple[str, ...] = SITES,
        header: str = HEADER,
        toml: str = "",
        files: dict[str, Any] | None = None,
    ) -> Path:
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        (folder / "sites.csv").write_text("\n".join([header, *sites]) + "\n", encoding="utf-8-sig")
        layers: dict[str, Any] = {
            "communes.geojson": [
                feature(square(107.5, 15.0), code="00001", name="Xã A", population=3000),
                feature(square(107.6, 15.0), code="00002", name="Xã B", population=1000),
            ],
            "fibre.geojson": [feature(line((107.52, 15.05), (107.6, 15.05)), fibre_id="F1", operator="VNPT")],
            "roads.geojson": [feature(line((107.52, 15.05), (107.6, 15.05), (107.69, 15.05)), road_id="R1")],
            **(files or {}),
        }
        for name, features in layers.items():
            write_geojson(folder / name, features)
        (folder / "cells.csv").write_text(
            "cell_id,operator,radio,frequency_mhz,lon,lat,antenna_height_m,eirp_dbm\n"
            "C1,Viettel,4G,1800,107.551,15.051,30,58\nC2,Viettel,3G,2100,107.651,15.05,30,58\n",
            encoding="utf-8",
        )
        study = folder / "study.toml"
        study.write_text(
            f"""
title = "Drawn"
language = "en"
report_date = "2021-06"
{toml if not toml.lstrip().startswith("[") else ""}
[inputs]
communes = "communes.geojson"
sites = "sites.csv"
fibre = "fibre.geojson"
roads = "roads.geojson"
cells = "cells.csv"
{toml if toml.lstrip().startswith("[") else ""}
""",
            encoding="utf-8",
        )
        return study

    return write


@pytest.fixture
def opened() -> Callable[[Path], tuple[Any, Any, Any]]:
    """Study, checked region and findings of a study file."""

    def open_(path: Path) -> tuple[Any, Any, Any]:
        from phusong.checks import check_region
        from phusong.readers import read_region, read_study

        study = read_study(path)
        return study, *check_region(read_region(study))

    return open_


@pytest.fixture
def nam_giang(shared: Path, tmp_path: Path) -> Path:
    """A study of the real files of Nam Giang (tests/nam-giang.toml), its results outside ../shared."""
    text = (REPOSITORY / "tests" / "nam-giang.toml").read_text(encoding="utf-8")
    path = tmp_path / "nam-giang.toml"
    path.write_text(text.replace("../../shared/data", shared.as_posix()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def nam_giang_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the bundled study, made once for all: who changes it changes a copy."""
    study = REPOSITORY / "data" / "nam-giang" / "study.toml"
    folder = tmp_path_factory.mktemp("nam-giang") / "run"
    arguments = ["--lang", "en", "run", str(study), "--out", str(folder), "-q"]
    done = CliRunner().invoke(phusong_command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="session")
def postgis_server():
    """libpq's words for a real PostgreSQL with PostGIS that the tests start; skips where there is none."""
    from postgis_cluster import NotHereError, cluster

    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(cluster())
        except NotHereError as why:
            pytest.skip(str(why))
        yield address


@pytest.fixture
def postgis(postgis_server: str, monkeypatch: pytest.MonkeyPatch):
    """The environment names that database, and a connection to prepare tables with; they go afterwards."""
    import psycopg

    for name in [n for n in os.environ if n.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PHUSONG_POSTGIS", postgis_server)
    with psycopg.connect(postgis_server, autocommit=True) as connection:
        yield connection
        made = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' "
            "AND nspname NOT IN ('information_schema', 'public', 'extensions')"
        ).fetchall()
        for (schema,) in made:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')
