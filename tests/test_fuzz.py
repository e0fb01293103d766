"""Whatever the bytes of a file: it is read, or refused in one line. `make fuzz` looks for longer."""

import contextlib
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from fuzz.reading import in_time, read
from fuzz.seeds import Seed, seeds
from hypothesis import given, settings
from strategies import nasty_bytes, nasty_texts, spoilt_files

from phusong.errors import PhuSongError
from phusong.readers import values
from phusong.readers.coordinates import read_cell
from phusong.readers.decoding import put_right
from phusong.readers.encodings import readings, text_of
from phusong.readers.forms import read_form
from phusong.readers.returned import read_corrections
from phusong.study import Source
from phusong.units import parse_vnd

#: How often each is drawn, by how long one takes; the profile "soak" takes its own number for all.
QUICK, WHOLE = 60, 7


def often(count: int) -> settings:
    """In the tests always the same draws: what other draws find is for `make fuzz`."""
    if settings.get_current_profile_name() == "soak":
        return settings()
    return settings(max_examples=count, derandomize=True)


def as_a_study_reads_it(seed: Seed) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return read(seed, Path(folder))


@pytest.mark.parametrize("seed", seeds()[0], ids=lambda s: f"{s.of} {s.file}")
def test_the_files_that_are_spoilt_were_right(seed):
    if seed.file != "n.dxf":  # metres, and the study does not say of which system
        assert as_a_study_reads_it(seed) == "read"


def test_the_workbooks_that_are_spoilt_are_filled_in(tmp_path):
    by_of = {seed.of: seed for seed in seeds()[0]}
    for of in ("corrections", "form"):
        (tmp_path / by_of[of].file).write_bytes(by_of[of].raw)
    corrections = read_corrections(tmp_path / by_of["corrections"].file)
    assert [item.column for item in corrections.items] == ["Tên đơn vị", "Cáp quang", "Wifi", ""]
    form = read_form(tmp_path / by_of["form"].file)
    assert len(form.answers) == 1 and not form.findings


@pytest.mark.parametrize(
    ("of", "ending"),
    [
        (("sites",), ".csv"),
        (
            ("cells", "measurements", "roads", "rivers", "nodes", "places", "settlements", "landslides"),
            ".csv",
        ),
        (("reports", "crosswalk", "indicators", "gazetteer"), ".csv"),
        (("sites", "reports"), ".xlsx"),
        (("communes", "fibre", "sites", "mobile_coverage"), ".geojson"),
        (("sites",), ".kml"),
        (("sites",), ".kmz"),
        (("fibre", "nodes"), ".json"),
        (("fibre", "nodes"), ".dxf"),
        (("sites",), ".parquet"),
        (("sites",), ".shp"),
        (("elevation", "population"), ".tif"),
        (("corrections", "form"), ".xlsx"),
    ],
)
def test_a_spoilt_file_is_read_or_refused_in_one_line(of, ending):
    @often(WHOLE)
    @given(spoilt_files(of, ending))
    def check(seed):
        as_a_study_reads_it(seed)

    check()


@often(QUICK)
@given(spoilt_files(("study",)))
def test_a_spoilt_study_is_read_or_refused_in_one_line(seed):
    as_a_study_reads_it(seed)


@often(QUICK)
@given(nasty_bytes())
def test_any_bytes_are_texts(raw):
    with in_time():
        try:
            text, _read_as = text_of(raw)
        except PhuSongError as error:
            assert "\n" not in str(error)
            return
        cells = text.split("\n")
        frame = pd.DataFrame({"name": cells, "note": cells[::-1]}, dtype="str")
        out, _told = put_right(frame, Source(path="a.csv"), Path("a.csv"), entities=True)
    assert len(out) == len(frame) and all(isinstance(cell, str) for cell in out["name"])


@often(3 * QUICK)
@given(nasty_texts())
def test_any_cell_is_understood_or_a_value_error(text):
    with in_time():
        readings(text)
        for parse in (*values.PARSERS.values(), values.number, read_cell, parse_vnd):
            with contextlib.suppress(ValueError, PhuSongError):
                parse(text)
