"""The repository itself: layers, imports without coverage.py, packages, both languages, help texts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

PACKAGE = REPOSITORY / "coverage" / "phusong"


def run(*arguments: str, without_coverage: bool = False, **kwargs) -> subprocess.CompletedProcess:
    """A fresh interpreter at the repository root; `without_coverage` hides coverage.py from it."""
    code = list(arguments)
    if without_coverage:
        hide = (
            "import sys, importlib.machinery as m\n"
            "class Hide(m.PathFinder):\n"
            "    @classmethod\n"
            "    def find_spec(cls, name, path=None, target=None):\n"
            "        spec = super().find_spec(name, path, target)\n"
            "        own = name == 'coverage' and spec is not None and spec.origin is not None\n"
            "        return None if own else spec\n"
            "sys.meta_path[:] = [Hide if f is m.PathFinder else f for f in sys.meta_path]\n"
        )
        code = ["-c", hide + code[1]]
    command = [sys.executable, *code]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, **kwargs)


def test_everything_imports_from_the_root_without_coverage_py():
    files = [p.relative_to(PACKAGE.parent).with_suffix("") for p in sorted(PACKAGE.rglob("*.py"))]
    imports = "\n".join("import " + ".".join(f.parts).removesuffix(".__init__") for f in files)
    done = run("-c", f"import sys\nsys.path.insert(0, '')\n{imports}", without_coverage=True)
    assert done.returncode == 0, done.stderr


def test_the_checkout_runs_without_installation(tmp_path):
    done = run("cli.py", "--help")
    assert done.returncode == 0 and "quickstart" in done.stdout


def test_help_names_every_verb_and_does_not_load_the_libraries():
    done = run("-X", "importtime", "cli.py", "--help")
    assert done.returncode == 0
    for heavy in ("geopandas", "pandas", "rasterio", "numba", "folium"):
        assert not re.search(rf"\| +{heavy}$", done.stderr, re.MULTILINE)


#: The libraries of others are loaded once; each verb then begins in a child that has no module of ours.
EACH_VERB = """
import os, runpy, sys
sys.path.remove("")
import folium, geopandas, highspy, matplotlib.pyplot, networkx, numba, pandera.pandas, rasterio.features
import rapidfuzz, scipy.optimize, scipy.spatial
folder, *verbs = sys.argv[1:]
for verb in verbs:
    assert not [name for name in sys.modules if name.split(".")[0] == "phusong"]
    if (child := os.fork()) == 0:
        os.dup2(os.open(f"{folder}/{verb}", os.O_CREAT | os.O_WRONLY), 1)
        sys.argv = ["cli.py", "--lang", "en", verb, "--help"]
        runpy.run_path("cli.py", run_name="__main__")
        os._exit(9)  # a command ends by itself
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{verb} --help fails")
"""


def test_every_verb_has_help_with_an_example_that_names_the_verb(tmp_path):
    from phusong.cli import VERBS

    folder = PACKAGE / "cli"
    modules = {p.stem for p in folder.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert modules - {"__init__", "common", "job", "screen", "verb"} == set(VERBS)
    done = run("-c", EACH_VERB, str(tmp_path), *VERBS)
    assert done.returncode == 0, done.stderr
    for verb in VERBS:
        assert f"phusong {verb}" in (tmp_path / verb).read_text(encoding="utf-8").split("Example")[1]


def test_the_packages_of_setup_cfg_are_those_of_the_tree():
    listed = re.search(r"packages =\n((?: {4}\S+\n)+)", (REPOSITORY / "setup.cfg").read_text())[1].split()
    found = {".".join(p.parent.relative_to(PACKAGE.parent).parts) for p in PACKAGE.rglob("__init__.py")}
    assert set(listed) == found | {"phusong.data"}


def test_pytest_cov_works(tmp_path):
    test = tmp_path / "test_one.py"
    test.write_text("import phusong\n\ndef test_one():\n    assert phusong.__version__\n")
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / ".coverage")}
    done = run("-m", "pytest", "-q", "--cov=phusong", str(test), "-p", "no:cacheprovider", env=environment)
    assert done.returncode == 0 and "__init__.py" in done.stdout, done.stdout + done.stderr


def test_each_message_has_a_vietnamese_translation():
    """Every text of the source that goes through gettext is in the catalogue, its fields unchanged."""
    from babel.messages.pofile import read_po

    with (PACKAGE / "locale" / "vi" / "phusong.po").open("rb") as file:
        catalogue = read_po(file, locale="vi")
    missing = sorted(m for m in messages() if not (catalogue.get(m) and catalogue.get(m).string))
    assert not missing, f"{len(missing)} messages without Vietnamese, the first: {missing[:10]}"
    for message in catalogue:
        if message.id and message.string:
            fields = re.findall(r"{\w*}", message.id)
            assert sorted(fields) == sorted(re.findall(r"{\w*}", message.string)), message.id
            import unicodedata

            assert unicodedata.is_normalized("NFC", message.string)


def messages() -> set[str]:
    """Every text of the source that people read in their language."""
    from babel.messages.extract import extract_from_dir

    found = extract_from_dir(PACKAGE, keywords={"_": None, "_m": None})
    return ({m[2] for m in found if isinstance(m[2], str)} | set(help_texts())) - {""}


def help_texts() -> list[str]:
    from importlib import import_module

    from phusong import cli

    commands = [cli.phusong, *(import_module(f"phusong.cli.{verb}").command for verb in cli.VERBS)]
    out = list(cli.VERBS.values())
    for command in commands:
        if command is not cli.phusong:
            commands += getattr(command, "commands", {}).values()
        out += [command.help, *(getattr(p, "help", None) or "" for p in command.params)]
    return out


def test_each_table_and_column_has_a_vietnamese_meaning_and_none_is_dead():
    import unicodedata

    from babel.messages.pofile import read_po

    from phusong.layers import DECLARED

    with (PACKAGE / "locale" / "vi" / "columns.po").open("rb") as file:
        said = {m.id: m.string for m in read_po(file, locale="vi") if m.id}
    meant = {table.description for table in DECLARED.values()}
    meant |= {
        column.description
        for table in DECLARED.values()
        for name, column in table.columns.items()
        if name != "geometry"
    }
    assert sorted(meant) == sorted(said) and all(said.values())
    assert all(unicodedata.is_normalized("NFC", text) for text in said.values())


def test_no_catalogue_entry_is_dead():
    from babel.messages.pofile import read_po

    with (PACKAGE / "locale" / "vi" / "phusong.po").open("rb") as file:
        ids = {m.id for m in read_po(file, locale="vi") if m.id}
    assert not sorted(ids - messages())


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("data/**/*.toml")), ids=lambda p: p.name)
def test_each_figure_of_a_sheet_has_unit_source_and_date(path: Path):
    from phusong.readers.study import read_sheet

    if path.parent.name == "prices" or path.name in ("targets.toml", "weights.toml"):
        for name, entry in read_sheet(path).items():
            assert entry.unit and entry.source and entry.date, f"{path.name}: {name}"
