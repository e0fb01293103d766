"""README and docs: every command works, the output that is shown is what comes, the site is whole."""

import importlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import REPOSITORY

import phusong as package
from phusong.cli import main
from phusong.installed import words_of_others
from phusong.language import use_language
from phusong.limits import use_limits
from phusong.study import Limits

README, TWIN = REPOSITORY / "README.md", REPOSITORY / "README.vi.md"
PAGES = [README, TWIN, *sorted((REPOSITORY / "docs").rglob("*.md"))]
NAMES = [page.relative_to(REPOSITORY).as_posix() for page in PAGES]
#: Blocks that are not executed (```{.sh .no-test}), by page: how many, and why.
LEFT_OUT = {
    "docs/how-to/install.md": (
        1,
        "needs a second machine; `make release` installs the wheel into an empty one",
    ),
    "docs/cluster.md": (6, "needs several machines; tests/test_cluster.py runs a cluster of this one"),
    "docs/how-to/open-data.md": (1, "asks the internet; tests/test_fetch.py answers in its place"),
}
#: Commands with a stand-in: what is installed and built here already, or is what runs this test.
STAND_INS = ("make", ". .venv/bin/activate", "pip install", "pipx install", "uvx ")


#: Command and study → the folder that it wrote, and what it printed.
Made = dict[tuple[str, ...], tuple[Path, str]]


class Block(NamedTuple):
    """A fenced block: its info string, its text."""

    info: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^( *)```(\S[^\n]*)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [Block(info.strip(), body) for _indent, info, body in found]


# ── the commands ──


class Reader:
    """Someone who types the commands of a page, in a folder of their own. A run that another page made of the
    same study by the same command is taken from there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], made: Made):
        self.folder, self.capsys, self.made = folder, capsys, made

    def type(self, block: str) -> str:
        """What the commands of a block print, in order; AssertionError where one fails."""
        said, shell = "", ""
        for line in block.replace("\\\n", " ").splitlines(keepends=True):
            if line.startswith(("phusong ", "python cli.py ")):
                said, shell = said + self.shell(shell), ""
                said += self.phusong(self.words(line))
            elif not line.startswith(STAND_INS):
                shell += line
        return said + self.shell(shell)

    def words(self, line: str) -> list[str]:
        """The arguments of a command of ours, its * filled in."""
        words = shlex.split(line, comments=True)
        words = words[1:] if words[0] == "phusong" else words[2:]
        assert not {"|", "&&", ";", ">", "<"} & set(words), f"too much for this reader: {line}"
        return [name for word in words for name in self.filled(word)]

    def filled(self, word: str) -> list[str]:
        found = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(word or "-"))
        return found if "*" in word and found else [word]

    def phusong(self, words: list[str]) -> str:
        heavy = words[0] in ("quickstart", "run")
        study = self.folder / words[1] if words[0] == "run" else None
        key = (*words, study.read_text(encoding="utf-8") if study else "")
        written = words[words.index("--out") + 1] if "--out" in words else words[-1]
        if heavy and key in self.made:
            kept, said = self.made[key]
            shutil.copytree(kept, self.folder / written)
            return said
        said = self.called(words)
        if heavy:
            kept = self.folder.parent / f"kept-{len(self.made)}"
            self.made[key] = (shutil.copytree(self.folder / written, kept), said)
        return said

    def called(self, words: list[str]) -> str:
        use_limits(Limits())
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        out, err = self.capsys.readouterr()
        assert not ended.value.code, f"phusong {shlex.join(words)}\n{out}\n{err}"
        return out

    def shell(self, text: str) -> str:
        if not text.strip():
            return ""
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["sh", "-e"], input=text, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    """By language: what `phusong quickstart` and `run` wrote, and what they said. Most pages begin so."""
    return {"en": {}, "vi": {}}


@pytest.fixture
def own_packages(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Installs what a page has as ```python and ```toml blocks, word for word, for the time of a test."""
    place = tmp_path / "site-packages"

    def install(page: Path) -> None:
        found = {block.info: block.text for block in blocks(page)}
        if "python" not in found:
            return
        project = tomllib.loads(found["toml"])
        (module,) = project["tool"]["setuptools"]["py-modules"]
        about = place / f"{module}-{project['project']['version']}.dist-info"
        about.mkdir(parents=True)
        (place / f"{module}.py").write_text(found["python"], encoding="utf-8")
        ((group, points),) = project["project"]["entry-points"].items()
        lines = [f"[{group}]", *(f"{name} = {where}" for name, where in points.items())]
        (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['project']['name']}\nVersion: 0.1\n"
        )
        sys.path.insert(0, str(place))
        importlib.invalidate_caches()
        words_of_others.cache_clear()

    yield install
    words_of_others.cache_clear()
    if str(place) in sys.path:
        sys.path.remove(str(place))
    for name in [name for name in sys.modules if name.startswith("phusong_")]:
        del sys.modules[name]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_command_of_a_page_works_and_prints_what_is_shown(
    page: Path, tmp_path, capsys, made, own_packages, monkeypatch
) -> None:
    there = blocks(page)
    if not any(block.info == "sh" for block in there):
        pytest.skip("no commands")
    language = "vi" if page == TWIN else "en"
    monkeypatch.setenv("PHUSONG_LANG", language)
    use_language(language)
    own_packages(page)
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    reader, said = Reader(folder, capsys, made[language]), ""
    for block in there:
        if block.info == "sh":
            said = reader.type(block.text)
        elif block.info == "text":
            shown_in(block.text, said)


def shown_in(shown: str, said: str) -> None:
    """Each line that is shown was said, in this order; only where … stands alone is something left out."""
    at = 0
    printed = [line.rstrip() for line in said.splitlines()]
    for part in re.split(r"^…\n", shown, flags=re.MULTILINE):
        lines = [line.rstrip() for line in part.splitlines()]
        places = [p for p in range(at, len(printed) + 1) if printed[p : p + len(lines)] == lines]
        assert places, f"not printed:\n{part}\nprinted:\n{said}"
        at = places[0] + len(lines)


def test_what_is_not_executed_is_known_and_few() -> None:
    found = {
        name: count
        for name, page in zip(NAMES, PAGES, strict=True)
        if (count := sum("no-test" in block.info for block in blocks(page)))
    }
    assert found == {name: count for name, (count, _why) in LEFT_OUT.items()}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A block without a word behind its fence would be executed by nobody."""
    fences = re.findall(r"^ *```.*$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert all(fence.strip() != "```" for fence in fences[::2])
    assert {block.info for block in blocks(page)} <= {"sh", "text", "toml", "python", "{.sh .no-test}"}


def test_make_knows_the_targets_that_the_readme_names() -> None:
    commands = "".join(block.text for block in blocks(README) if block.info == "sh")
    named = re.findall(r"^make (\S+)", commands, re.MULTILINE)
    rules = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert named == ["run", "test"] and all(f"\n{target}:" in rules for target in named)


# ── the README and its twin ──


def test_the_twin_has_the_same_headings_commands_and_links() -> None:
    one, other = (page.read_text(encoding="utf-8") for page in (README, TWIN))
    assert unicodedata.is_normalized("NFC", other)
    assert headings(one) == headings(other)
    ours, theirs = ([without_comments(b.text) for b in blocks(p) if b.info == "sh"] for p in (README, TWIN))
    assert ours == theirs
    links = [
        {link for link in re.findall(r"(?<!!)\[[^\]]*\]\(([^)]*)\)", text) if "README" not in link}
        for text in (one, other)
    ]
    assert links[0] == links[1]


def headings(text: str) -> list[str]:
    """The levels of the headings outside of blocks."""
    return re.findall(r"^#+(?= )", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)


def without_comments(text: str) -> list[str]:
    return [line.split(" #")[0].rstrip() for line in text.splitlines()]


def test_the_readme_is_short_and_names_every_verb_format_and_technology() -> None:
    from phusong.cli import VERBS
    from phusong.exports import formats
    from phusong.options import technologies

    for page in (README, TWIN):
        text = page.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 150
        for name in (*VERBS, *formats(), *technologies()):
            assert f"`{name}`" in text, f"{page.name}: {name}"


def test_the_citation_agrees_with_the_package() -> None:
    text = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {package.__version__}\n" in text and 'name: "Phủ Sóng founders"' in text
    assert f"version {package.__version__}." in README.read_text(encoding="utf-8")
    assert f"phiên bản {package.__version__}." in TWIN.read_text(encoding="utf-8")


# ── the site ──


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as `make docs` builds them, with strict links."""
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    config = load_config(str(REPOSITORY / "mkdocs.yml"), site_dir=str(folder), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    build(config)
    config.plugins.on_shutdown()
    return folder


class Asked(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in ("script", "img", "iframe", "source") or (tag == "link" and said.get("rel") != "canonical"):
            self.addresses += [said[name] or "" for name in ("src", "href") if said.get(name)]


def test_the_site_is_built_and_its_pages_ask_the_network_for_nothing(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        asked = Asked()
        asked.feed(page.read_text(encoding="utf-8"))
        assert not [a for a in asked.addresses if re.match(r"(https?:)?//", a)], page.name


def test_the_reference_is_what_the_program_says(site: Path) -> None:
    from phusong.bundled import bundled
    from phusong.cli import VERBS
    from phusong.layers import DECLARED
    from phusong.study import Choices, Inputs

    text = {p.stem: p.read_text(encoding="utf-8") for p in (site / "reference").glob("*.html")}
    assert all(f">phusong {verb}<" in text["cli"] for verb in VERBS)
    assert all(f"<code>{key}</code>" in text["study"] for m in (Choices, Inputs) for key in m.model_fields)
    assert all(f'id="{name}' in text["tables"] for name in DECLARED)
    assert all(f'id="{sheet.stem}' in text["prices"] for sheet in bundled("prices").glob("*.toml"))
    assert "P.1812-7" in text["models"] and "Wong" in text["models"]


def test_figures_of_the_benchmarks_are_put_in_and_none_is_made_up(site: Path) -> None:
    page = (site / "explanation" / "others.html").read_text(encoding="utf-8")
    assert "{{" not in page
    rows = (REPOSITORY / "BENCHMARKS.md").read_text(encoding="utf-8")
    (saving,) = re.findall(r"^\| saving, least \| (.*?) \|", rows, re.MULTILINE)
    assert f"by {saving} at least" in page
