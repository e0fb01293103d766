"""The getter against a server on this machine: each fault ends in the whole file or in one clear line."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from email.utils import formatdate

import numpy as np
import pytest
from conftest import REPOSITORY
from drawn_open_data import (
    Served,
    changed_then,
    cut,
    ignoring_if_range,
    instead,
    md5,
    redirect,
    serving,
    silent,
    slow,
    status,
    tif,
    without_length,
)

from phusong.errors import FetchError
from phusong.fetch.cache import find_whole
from phusong.fetch.getter import Getter
from phusong.fetch.places import Place, read_places, without_secrets
from phusong.fetch.source import check_tif

PATH = "/data/one.tif"


def picture(seed: int = 1) -> bytes:
    """A GeoTIFF that does not pack well: about 100 kB."""
    return tif(np.random.default_rng(seed).random((160, 160)).astype(np.float32), 107, 16, 0.01)


@pytest.fixture(scope="module")
def content() -> bytes:
    return picture()


@pytest.fixture
def world(content):
    with serving() as world:
        world.files[PATH] = Served(content)
        yield world


class Patience:
    """Stands for time: remembers how long the getter would have waited."""

    def __init__(self):
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def getter_for(world, cache, **changes) -> Getter:
    said = {
        "title": "One",
        "url": world.address + PATH,
        "licence": "CC0",
        "attribution": "us",
        "source": "https://example.org/terms",
        "date": "2025-11",
        "most_mb": 5,
        "silence_s": 0.4,
    }
    place = Place.model_validate(said | changes.pop("place", {}))
    return Getter(cache, {"one": place}, sleep=changes.pop("sleep", Patience()), **changes)


def fetch(getter: Getter, **more) -> bytes | None:
    path = getter.get("one", check_tif, **more)
    return None if path is None else path.read_bytes()


def leftovers(cache) -> list[str]:
    return sorted(p.name for p in cache.rglob("*") if p.name.endswith((".part", ".part.json")))


def test_a_file_is_fetched_once_and_then_found(world, content, tmp_path):
    getter = getter_for(world, tmp_path)
    assert fetch(getter) == content and fetch(getter) == content
    assert len(world.asked) == 1
    entry = getter.used[0]
    assert (entry.url, entry.licence, entry.size) == (world.address + PATH, "CC0", len(content))
    assert entry.etag == '"one"' and len(entry.sha256) == 64 and entry.fetched.startswith("20")
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "faults",
    [
        [cut(20_000)],
        [cut(1), cut(1), cut(30_000)],
        [silent(10_000, 1.5)],
        [slow(20, 0.03)],
        [status(500)],
        [status(503), status(502), cut(5_000), status(500)],
        [status(429, Retry_After="7")],
        [redirect("/data/one.tif")],
        [instead(b"<html>Sign in to the hotel's Wi-Fi</html>")],
        [without_length()],
        [without_length(40_000)],
    ],
    ids=[
        "cut",
        "cut-often",
        "silent",
        "slow",
        "500",
        "5xx",
        "429",
        "redirect",
        "html-once",
        "no-length",
        "no-length-cut",
    ],
)
def test_a_fault_that_passes_ends_in_the_whole_file(world, content, tmp_path, faults):
    world.files[PATH].faults = list(faults)
    assert fetch(getter_for(world, tmp_path)) == content
    assert leftovers(tmp_path) == []


def test_a_cut_file_is_gone_on_with_where_it_ended(world, content, tmp_path):
    world.files[PATH].faults = [cut(20_000)]
    fetch(getter_for(world, tmp_path))
    again = world.asked[1].headers
    assert again["Range"] == "bytes=20000-" and again["If-Range"] == '"one"'


def test_a_server_without_ranges_sends_all_again(world, content, tmp_path):
    world.files[PATH].ranges = False
    world.files[PATH].faults = [cut(20_000)]
    assert fetch(getter_for(world, tmp_path)) == content


def test_without_a_mark_of_the_version_nothing_is_joined(world, content, tmp_path):
    world.files[PATH].etag = ""
    world.files[PATH].faults = [cut(20_000)]
    assert fetch(getter_for(world, tmp_path)) == content
    assert "Range" not in world.asked[1].headers


@pytest.mark.parametrize("change", [changed_then, ignoring_if_range], ids=["changed", "ignores-if-range"])
def test_a_file_that_changes_in_between_is_never_half_of_each(world, tmp_path, change):
    new = picture(2)
    world.files[PATH].faults = [cut(20_000), change(new, '"two"')]
    getter = getter_for(world, tmp_path)
    assert fetch(getter) == new and getter.used[0].etag == '"two"'


def test_a_shorter_file_after_a_cut_begins_anew(world, tmp_path):
    short = tif(np.zeros((8, 8), np.float32), 107, 16, 0.01)
    world.files[PATH].faults = [cut(50_000), ignoring_if_range(short, '"two"')]
    assert fetch(getter_for(world, tmp_path)) == short


def test_retry_after_is_waited_for_as_seconds_and_as_date(world, tmp_path):
    patience = Patience()
    then = formatdate(time.time() + 20, usegmt=True)
    world.files[PATH].faults = [status(429, Retry_After="7"), status(503, Retry_After=then)]
    fetch(getter_for(world, tmp_path, sleep=patience))
    assert patience.waits[0] == 7 and 15 < patience.waits[1] <= 20


def test_waits_double_without_retry_after(world, tmp_path):
    patience = Patience()
    world.files[PATH].faults = [status(500)] * 4
    fetch(getter_for(world, tmp_path, sleep=patience))
    assert patience.waits == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("faults", "line"),
    [
        ([status(500)] * 9, r"the server has a fault \(500\), 5 times in a row"),
        ([status(429)] * 9, r"the server is busy \(429\), 5 times in a row"),
        ([status(429, Retry_After="7200")], "asks to wait 120 minutes"),
        ([status(404)], r"no such file \(404\).*--source one="),
        ([status(403)], r"the server refuses \(403\)"),
        ([status(418)], "the server answers 418"),
        ([instead(b"<html><b>Sign in</b></html>")] * 2, r'no GeoTIFF \(text/html: "Sign in"\)'),
        ([redirect("/data/one.tif")] * 9, "round in circles"),
        ([redirect("file:///etc/passwd")], "no web address"),
        ([silent(0, 1)] * 6, "the server is silent, 5 times"),
        ([cut(0)] * 6, "the connection was cut, 5 times"),
    ],
    ids=["500", "429", "long-wait", "404", "403", "418", "html", "circles", "file", "silent", "cut"],
)
def test_a_fault_that_stays_ends_in_one_clear_line(world, tmp_path, faults, line):
    world.files[PATH].faults = list(faults)
    getter = getter_for(world, tmp_path)
    with pytest.raises(FetchError, match=line) as told:
        fetch(getter)
    assert "\n" not in str(told.value) and getter.used == []
    assert list(tmp_path.rglob("*.tif")) == []


def test_no_server_at_all_is_one_clear_line(world, tmp_path):
    getter = getter_for(world, tmp_path, place={"url": "http://127.0.0.1:9/one.tif"})
    with pytest.raises(FetchError, match=r"no connection \(ConnectError\), 5 times in a row"):
        fetch(getter)


def test_a_wrong_checksum_is_thrown_away_and_fetched_once_more(world, content, tmp_path):
    good = {"place": {"checksums": {"one.tif": md5(content)}}}
    world.files[PATH].faults = [instead(picture(3), "image/tiff")]
    assert fetch(getter_for(world, tmp_path / "a", **good)) == content
    bad = {"place": {"checksums": {"one.tif": "sha256:" + "0" * 64}}}
    world.asked.clear()
    with pytest.raises(FetchError, match="its checksum is wrong"):
        fetch(getter_for(world, tmp_path / "b", **bad))
    assert len(world.asked) == 2
    assert not [p for p in (tmp_path / "b").rglob("*") if p.suffix in (".tif", ".part")]


def test_a_cut_tile_without_a_length_is_seen_by_its_missing_cells(world, tmp_path):
    world.files[PATH].faults = [without_length(60_000)] * 2
    with pytest.raises(FetchError, match="is not what it should be"):
        fetch(getter_for(world, tmp_path))


@pytest.mark.parametrize("fault", [None, without_length()], ids=["said", "not-said"])
def test_a_file_that_is_too_large_is_refused(world, tmp_path, fault):
    world.files[PATH].faults = [fault] if fault else []
    with pytest.raises(FetchError, match="is larger than 0 MB"):
        fetch(getter_for(world, tmp_path, place={"most_mb": 0.01}))
    assert leftovers(tmp_path) == []


def test_what_may_lack_is_none(world, tmp_path):
    del world.files[PATH]
    assert fetch(getter_for(world, tmp_path), may_lack=True) is None
    assert fetch(getter_for(world, tmp_path, offline=True), may_lack=True) is None


def test_offline_takes_the_cache_only(world, content, tmp_path):
    offline = getter_for(world, tmp_path, offline=True)
    with pytest.raises(FetchError, match=r"is not in the cache\. Fetch it once without --offline"):
        fetch(offline)
    fetch(getter_for(world, tmp_path))
    world.asked.clear()
    assert fetch(offline) == content and world.asked == []


def test_a_cached_file_that_was_touched_is_fetched_again(world, content, tmp_path):
    path = getter_for(world, tmp_path).get("one", check_tif)
    path.write_bytes(content[:-100] + b"x" * 100)
    assert find_whole(path) is None
    assert fetch(getter_for(world, tmp_path)) == content


def test_refresh_asks_again(world, tmp_path):
    fetch(getter_for(world, tmp_path))
    new = picture(4)
    world.files[PATH] = Served(new, etag='"two"')
    assert fetch(getter_for(world, tmp_path)) != new
    assert fetch(getter_for(world, tmp_path, refresh=True)) == new


def test_two_runs_at_once_fetch_it_once(world, content, tmp_path):
    world.files[PATH].faults = [slow(20, 0.02)]
    found, lines = [], []

    def one() -> None:
        found.append(fetch(getter_for(world, tmp_path, say=lines.append)))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [content] * 4 and len(world.asked) == 1
    assert any("another run is at work" in line for line in lines)


SCRIPT = """
import sys, time
from pathlib import Path
sys.path[:0] = ["coverage", "tests"]
from phusong.fetch.getter import Getter
from phusong.fetch.places import Place
from phusong.fetch.source import check_tif
place = Place(title="One", url=sys.argv[1], licence="CC0", attribution="us", source="x", date="", most_mb=5)
getter = Getter(Path(sys.argv[2]), {"one": place}, progress=lambda *said: print(said[1], flush=True))
print(getter.get("one", check_tif), flush=True)
"""


def test_killed_in_the_middle_the_next_run_goes_on(world, content, tmp_path):
    """kill -9: no half file under its name, and what had arrived is not asked for again."""
    world.files[PATH].faults = [slow(40, 0.1)]
    command = [sys.executable, "-c", SCRIPT, world.address + PATH, str(tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            if int(line) > 20_000:
                break
        os.kill(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert list(tmp_path.rglob("*.tif")) == []
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    path = next(tmp_path.rglob("*.tif"))
    assert path.read_bytes() == content
    assert int(re.fullmatch(r"bytes=(\d+)-", world.asked[-1].headers["Range"])[1]) > 20_000


def test_the_key_goes_to_the_server_and_nowhere_else(world, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("KEY_OF_THE_TEST", "hush-hush-0815")
    place = {"key_variable": "KEY_OF_THE_TEST", "key_parameter": "token"}
    caplog.set_level(0)
    lines: list[str] = []
    world.files[PATH].faults = [
        status(500),
        instead(b'{"status":"error","message":"INVALID_TOKEN hush-hush-0815"}', "application/json"),
    ]
    getter = getter_for(world, tmp_path, place=place, say=lines.append)
    fetch(getter)
    assert all(asked.query["token"] == ["hush-hush-0815"] for asked in world.asked)
    world.files[PATH].faults = [instead(b"no hush-hush-0815")] * 2
    with pytest.raises(FetchError, match=r'"no …"') as told:
        fetch(getter_for(world, tmp_path, place=place, say=lines.append, refresh=True))
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    said = "\n".join([str(told.value), *lines, caplog.text, json.dumps([vars(e) for e in getter.used])])
    assert b"hush" not in kept and "hush" not in said
    assert any("INVALID_TOKEN" in line for line in lines)


def test_a_key_that_is_missing_is_asked_for(world, tmp_path, monkeypatch):
    monkeypatch.delenv("KEY_OF_THE_TEST", raising=False)
    place = {"key_variable": "KEY_OF_THE_TEST", "key_parameter": "token"}
    with pytest.raises(FetchError, match=r"wants a key.*as KEY_OF_THE_TEST"):
        fetch(getter_for(world, tmp_path, place=place))
    assert world.asked == []


def test_addresses_are_shown_without_keys():
    assert without_secrets("https://me:pw@a.org/x?api_key=1&q=2") == "https://a.org/x?api_key=…&q=2"


def test_other_addresses_are_taken_and_bad_ones_refused():
    places = read_places(["osm=http://127.0.0.1:1/api"], {"elevation": {"url": "https://a.org/{lat}"}})
    assert places["osm"].url == "http://127.0.0.1:1/api" and places["elevation"].url == "https://a.org/{lat}"
    with pytest.raises(FetchError, match="there is no source 'osmm'"):
        read_places(["osmm=http://127.0.0.1/"])
    with pytest.raises(FetchError, match="is no web address"):
        read_places(["osm=file:///etc/passwd"])
    with pytest.raises(FetchError, match="a field that is not known"):
        read_places(["cells=http://a.org/{nonsense}"])["cells"].address()


def test_each_source_of_the_sheet_says_its_terms():
    for name, place in read_places().items():
        assert place.licence and place.attribution and place.source.startswith("https://"), name
        assert place.url.startswith("https://") and place.most_mb <= 2000 and place.date, name


def test_only_fetch_knows_the_network():
    package = REPOSITORY / "coverage" / "phusong"
    users = [
        p.relative_to(package).as_posix()
        for p in package.rglob("*.py")
        if re.search(
            r"^\s*(import|from) (httpx|pooch|requests|urllib\.request|http\.client|socket)\b",
            p.read_text(),
            re.M,
        )
    ]
    assert sorted(users) == ["fetch/cache.py", "fetch/getter.py"]
    assert http.client.HTTPConnection  # the name above is a real module
