"""What all verbs share: --json, --quiet, --progress, --lang before and after, suggestions, any console."""

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from conftest import REPOSITORY

from phusong.cli import VERBS
from phusong.cli.screen import without_accents
from phusong.cli.verb import Verb

STUDY = REPOSITORY / "data" / "nam-giang" / "study.toml"
ESCAPE = "\x1b"


def all_verbs() -> dict[str, click.Command]:
    """Every verb that does something, sub-verbs too."""
    found: dict[str, click.Command] = {}
    for name in VERBS:
        command = import_module(f"phusong.cli.{name}").command
        inside = getattr(command, "commands", {})
        found |= {f"{name} {sub}": verb for sub, verb in inside.items()} or {name: command}
    return found


@pytest.mark.parametrize("name", all_verbs())
def test_every_verb_has_the_shared_options(name):
    verb = all_verbs()[name]
    assert isinstance(verb, Verb)
    said = [option for parameter in verb.params for option in (*parameter.opts, *parameter.secondary_opts)]
    for option in ("--json", "--quiet", "-q", "--progress", "--no-progress", "--lang"):
        assert said.count(option) == 1, option


@pytest.fixture
def run_folder(nam_giang_run, tmp_path) -> Path:
    return Path(shutil.copytree(nam_giang_run, tmp_path / "run"))


def test_json_is_one_object_and_nothing_else(phusong, run_folder, drawn_study, tmp_path):
    study = drawn_study()
    asked = [
        ["init", tmp_path / "new"],
        ["check", study],
        ["gaps", study],
        ["conference", run_folder],
        ["map", run_folder],
        ["explain", run_folder, "NG-006"],
        ["compare", run_folder, run_folder],
        ["export", run_folder],
        ["export", "--list"],
        ["report", run_folder, "--to", "excel"],
        ["report", "--write-template", tmp_path / "ours.docx"],
        ["units", "find", "La Êê", "--crosswalk", STUDY.parent / "crosswalk.csv"],
        ["info", run_folder],
        ["completion", "bash"],
        ["doctor"],
        ["synth", tmp_path / "made", "--scale", "1/1000"],
        ["fetch", "--list"],
    ]
    for words in asked:
        code, out, err = phusong(*words, "--json", "-q")
        assert code == 0, (words, err)
        assert isinstance(json.loads(out), dict), words


def test_the_language_may_be_said_before_and_after_the_verb(phusong, tmp_path):
    none = tmp_path / "none.toml"
    for words in (["--lang", "vi", "run", none], ["run", "--lang", "vi", none], ["run", none, "--lang=vi"]):
        assert "không có tệp" in phusong(*words)[2]
    assert "no such study file" in phusong("--lang", "vi", "run", none, "--lang", "en")[2]
    assert "Việc chính" in phusong("run", "--help", "--lang", "vi")[1]
    assert "The main job" in phusong("--lang", "vi", "run", "--lang", "en", "--help")[1]
    assert "Các xã" in phusong("units", "--lang", "vi", "--help")[1]


def test_progress_is_said_when_it_is_wanted(phusong, drawn_study):
    study = drawn_study()
    usual, quiet = phusong("gaps", study), phusong("gaps", study, "-q")
    never, always = phusong("gaps", study, "--no-progress"), phusong("gaps", study, "--progress")
    assert "Reading …" in usual[2] and "Reading 4/4" in always[2]
    assert "Reading" not in quiet[2] + never[2]
    assert "Next: phusong run" in never[1] and "Next:" not in quiet[1]


def test_a_study_without_a_verb_is_asked_back(phusong):
    code, _out, err = phusong("study.toml")
    assert code == 2 and "phusong run study.toml" in err


def test_a_site_is_found_by_its_name(phusong, run_folder):
    code, _out, err = phusong("explain", run_folder, "la ee")
    assert code == 1 and "NG-007 (UBND xã La Êê)" in err


def test_a_commune_is_named_by_name_or_code(phusong, drawn_study):
    study = drawn_study()
    by_name, by_code = (phusong("survey", study, "--commune", said, "--json") for said in ("xã a", "00001"))
    assert json.loads(by_name[1])["files"] == json.loads(by_code[1])["files"]
    code, _out, err = phusong("survey", study, "--commune", "0001")
    assert code == 1 and "Did you mean 00001" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_phusong(phusong, shell):
    code, out, _err = phusong("completion", shell)
    assert code == 0 and "_PHUSONG_COMPLETE" in out and shell in out


def phusong_outside(*words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, as a console starts it."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | environment
    command = [sys.executable, str(REPOSITORY / "cli.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, env=env, check=False, timeout=120)


def test_the_shell_completes_a_verb_and_an_option():
    for typed, wanted in (("phusong rep", "report"), ("phusong run --bud", "--budget")):
        done = phusong_outside(
            _PHUSONG_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(typed.count(" "))
        )
        assert wanted in done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("encoding", ["cp1252", "cp1258", "cp437"])
def test_a_console_that_knows_no_vietnamese_gets_plain_letters(encoding):
    done = phusong_outside("--lang", "vi", "info", STUDY, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "nghien cuu" in done.stdout.decode(encoding) or "ê" in done.stdout.decode(encoding)
    assert "ngu?" not in done.stdout.decode(encoding)
    assert ESCAPE.encode() not in done.stdout + done.stderr
    failed = phusong_outside("--lang", "vi", "run", "không-có.toml", PYTHONIOENCODING=encoding)
    assert failed.returncode == 1 and b"Traceback" not in failed.stderr and b"phusong: " in failed.stderr


def test_a_system_that_was_told_no_language_gets_utf8():
    done = phusong_outside("--lang", "vi", "info", STUDY, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "nghiên cứu" in done.stdout.decode()


def test_json_loses_no_letter_on_such_a_console():
    done = phusong_outside("info", STUDY.parent / "sites.csv", "--json", PYTHONIOENCODING="cp1252")
    assert "Mã đơn vị" in json.loads(done.stdout)["parts"][0]["columns"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal there")
@pytest.mark.parametrize("no_color", [False, True])
def test_colours_are_for_a_terminal_that_wants_them(no_color):
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color"} | ({"NO_COLOR": "1"} if no_color else {})
    command = [sys.executable, str(REPOSITORY / "cli.py"), "rn"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=env) as process:
        assert process.wait(60) == 2
    said = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(theirs)
    assert "Did you mean run?" in said
    assert (f"{ESCAPE}[31m" in said) is not no_color


def test_plain_letters():
    assert without_accents("Chơ Chun – Đắc Pring: 1,25 tỷ ₫") == "Cho Chun - Dac Pring: 1,25 ty d"
