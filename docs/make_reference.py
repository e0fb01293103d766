"""The pages of the documentation that the program knows itself: made when the site is built, never typed.

mkdocs calls `on_files` and `on_page_markdown` (see `hooks` in mkdocs.yml). Run by itself it lists the pages.
"""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from mkdocs.structure.files import File, Files
from study_page import block, study_page, table

from phusong import study
from phusong.bundled import bundled
from phusong.cli import VERBS
from phusong.cli import phusong as command_line
from phusong.cli.verb import translated
from phusong.domain import ASKED_TABLES, INPUT_TABLES, RESULT_TABLES
from phusong.domain.tables import describe
from phusong.language import use_language
from phusong.readers.study import read_sheet

ROOT = Path(__file__).resolve().parent.parent
#: Files of the repository that are pages too, and what their links are on the site.
TEXTS = {
    "index.md": "README.md",
    "vi.md": "README.vi.md",
    "benchmarks.md": "BENCHMARKS.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
}
#: Types of columns in words.
_TYPES = {"int64": "whole number", "Int64": "whole number", "float64": "number", "bool": "true or false"}


def on_files(files: Files, config: Any) -> Files:
    """mkdocs: the made pages stand beside those of docs/."""
    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_kwargs: Any) -> str:
    """mkdocs: figures of BENCHMARKS.md in the place of their names, {{part: figure}}."""
    return re.sub(r"\{\{([^{}]+: [^{}]+)\}\}", lambda name: measured(" ".join(name[1].split())), markdown)


def measured(name: str) -> str:
    """What `make bench` measured; `name` is "part: figure", where the part's heading may be cut at a comma.

    Raises KeyError for a figure that BENCHMARKS.md does not have.
    """
    for part in (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8").split("\n## ")[1:]:
        heading, rows = part.split("\n", 1)
        for row in rows.splitlines():
            cells = [cell.strip() for cell in row.strip("| ").split(" | ")]
            if name in (f"{heading}: {cells[0]}", f"{heading.split(',')[0]}: {cells[0]}"):
                return cells[1]
    raise KeyError(name)


def pages() -> dict[str, str]:
    """Every made page by its place in docs/, in Markdown."""
    use_language("en")
    made = {
        "reference/cli.md": cli_page(),
        "reference/study.md": study_page(),
        "reference/tables.md": tables_page(),
        "reference/prices.md": prices_page(),
        "reference/models.md": models_page(),
    }
    return made | {name: as_page((ROOT / file).read_text(encoding="utf-8")) for name, file in TEXTS.items()}


def as_page(text: str) -> str:
    """A text of the repository's root with its links as they are on the site."""
    for name, file in TEXTS.items():
        text = text.replace(f"]({file})", f"]({name})")
    text = text.replace("](data/prices/fibre.toml)", "](reference/prices.md)").replace("](docs/", "](")
    return re.sub(r"\[([^\]]*)\]\((LICENSE|CITATION\.cff)\)", r"\1", text)


# ── command line ──


def cli_page() -> str:
    top = click.Context(command_line, info_name="phusong", terminal_width=100)
    about = "What `phusong VERB --help` says. `phusong --lang vi …` says it in Vietnamese."
    parts = ["# Command line", about]
    parts += ["## phusong", block(command_line.get_help(top))]
    for verb in VERBS:
        command = command_line.get_command(top, verb)
        assert command is not None
        parts += _helps(command, verb, top)
    return "\n\n".join(parts) + "\n"


def _helps(command: click.Command, name: str, parent: click.Context) -> list[str]:
    here = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    parts = [f"## {here.command_path}", block(command.get_help(here))]
    for sub, below in getattr(command, "commands", {}).items():
        parts += _helps(translated(below), sub, here)
    return parts


# ── tables and prices ──


def tables_page() -> str:
    parts = [
        "# Tables",
        "The data dictionary: what readers make of the inputs, and what a run holds. The Vietnamese of each "
        "meaning is in `dictionary.csv` of a partner's package. Money is whole đồng, codes are text, a unit "
        "is in the column's name. Row and source say where a row of the inputs came from.",
    ]
    kinds = (
        ("Inputs", INPUT_TABLES),
        ("Results of every run", RESULT_TABLES),
        ("Results that are asked for", ASKED_TABLES),
    )
    for heading, tables in kinds:
        parts.append(f"## {heading}")
        for name, declared in tables.items():
            rows = [
                (f"`{c.column}`", _type(c.type), c.unit, "yes" if c.may_be_empty else "no", c.meaning)
                for c in describe(declared).itertuples(index=False)
            ]
            about = f"{declared.description}. Key: `{(declared.metadata or {}).get('key', '')}`."
            head = ("column", "type", "unit", "may be empty", "meaning")
            parts += [f"### {name}", about, table(head, rows)]
    return "\n\n".join(parts) + "\n"


def _type(dtype: str) -> str:
    return _TYPES.get(dtype, dtype)


def prices_page() -> str:
    parts = [
        "# Prices",
        "The sheets of `data/prices/`. They are published figures or assumptions until a province puts its "
        "own into the study (`[prices.SHEET]`); a plan says what share of its cost rests on them, and its "
        "range from their low and high ends. Dollars become đồng at the rate of the sheet `exchange`.",
    ]
    for path in sorted(bundled("prices").glob("*.toml")):
        head = path.read_text(encoding="utf-8").split("\n[", 1)[0]
        about = " ".join(line.removeprefix("#").strip() for line in head.splitlines() if line.startswith("#"))
        rows = [
            (f"`{name}`", f"{e.value:,g}", _range(e), e.unit, f"{e.source} ({e.date})")
            for name, e in read_sheet(path).items()
        ]
        parts += [f"## {path.stem}", about]
        parts.append(table(("figure", "value", "low – high", "unit", "source (date)"), rows))
    return "\n\n".join(parts) + "\n"


def _range(entry: study.Entry) -> str:
    if entry.low is None and entry.high is None:
        return ""
    low, high = (entry.value if bound is None else bound for bound in (entry.low, entry.high))
    return f"{low:,g} – {high:,g}"


def models_page() -> str:
    """What the modules of the models say of themselves, with their sources."""
    parts = [
        "# Models and their sources",
        "What the modules say of themselves. `tests/test_radio_published.py` and its neighbours hold the "
        "published values that each is checked with.",
    ]
    families = ["radio", "steiner", "choice", "phasing"]
    single = ["costs", "shares", "surface", "signals", "mobile", "terrain", "footprints"]
    for family in families:
        package = import_module(f"phusong.{family}")
        inside = [found.name for found in pkgutil.iter_modules(package.__path__)]
        parts += [f"## {family}", inspect.getdoc(package) or ""]
        for name in inside:
            parts += _module(f"phusong.{family}.{name}")
    parts.append("## Signals, terrain, costs")
    for name in single:
        parts += _module(f"phusong.{name}")
    return "\n\n".join(parts) + "\n"


def _module(name: str) -> list[str]:
    said = inspect.getdoc(import_module(name)) or ""
    # Between backticks nothing is Markdown.
    parts = re.split(r"(`[^`]*`)", said)
    plain = [p if p.startswith("`") else re.sub(r"([<*_])", r"\\\1", p) for p in parts]
    return [f"### {name.removeprefix('phusong.')}", "".join(plain)]


if __name__ == "__main__":
    for name, text in pages().items():
        click.echo(f"{name}: {len(text)} characters")
