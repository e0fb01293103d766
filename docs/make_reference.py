"""The pages of the documentation that the program knows itself: made when the site is built, never typed.

mkdocs calls `on_files` and `on_page_markdown` (see `hooks` in mkdocs.yml). Run by itself it lists the pages.
"""

import ast
import inspect
import pkgutil
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from phusong import handover, study
from phusong.bundled import bundled
from phusong.cli import VERBS, translated
from phusong.cli import phusong as command_line
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
#: Sections of the study file: heading, model, sheet of its defaults.
SECTIONS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("The top of the file", study.Study, ""),
    ("[inputs]", study.Inputs, ""),
    ("[inputs.LAYER]", study.Source, ""),
    ("[targets]", study.Targets, "targets"),
    ("[plan]", study.Choices, ""),
    ("[partners.NAME]", study.Partner, ""),
    ("[prices.SHEET.FIGURE]", study.Entry, ""),
    ("[mobile]", study.Mobile, "mobile"),
    ("[demand]", study.Demand, "demand"),
    ("[sensitivity]", study.Sensitivity, "sensitivity"),
    ("[limits]", study.Limits, ""),
    ("[indicators.NAME]", handover.Indicator, ""),
    ("[report]", handover.Report, ""),
    ("[sharing.NAME]", handover.Sharing, ""),
    ("[weekly]", handover.Weekly, ""),
    ("[sources.NAME]", study.Origin, ""),
)
#: Of the model, but not of the file.
_NOT_SAID = ("folder", "file")
#: Types as the study file's author writes them.
_KINDS = (
    (r"Layer( \| None)?$", "path, or a section [inputs.…]"),
    (r"Rasters$", "path, or list of paths"),
    (r"Money( \| None)?$", "sum of money"),
    (r"dict\[str, Money\]", "sums of money by year"),
    (r"dict\[str, (Partner|Indicator|Sharing|Origin|dict\[)", "sections"),
    (r"(Inputs|Targets|Mobile|Demand|Sensitivity|Choices|Limits|Report|Weekly)$", "section"),
    (r"AtWeekTime", 'day and time, as "friday 10:00"'),
    (r"dict\[", "{{ name = value }}"),
    (r"Literal\[(?P<words>[^\]]*)\]( \| None)?$", "one of {words}"),
    (r".*(tuple\[date|tuple\[)", "list"),
    (r"(Day|date)$", "date"),
    (r"str", "text"),
    (r"bool", "true or false"),
    (r"int", "whole number"),
    (r"float", "number"),
)

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
    return made | {name: on_site((ROOT / file).read_text(encoding="utf-8")) for name, file in TEXTS.items()}


def on_site(text: str) -> str:
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
    parts += ["## phusong", _block(command_line.get_help(top))]
    for verb in VERBS:
        command = command_line.get_command(top, verb)
        assert command is not None
        parts += _helps(command, verb, top)
    return "\n\n".join(parts) + "\n"


def _helps(command: click.Command, name: str, parent: click.Context) -> list[str]:
    here = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    parts = [f"## {here.command_path}", _block(command.get_help(here))]
    for sub, below in getattr(command, "commands", {}).items():
        parts += _helps(translated(below), sub, here)
    return parts


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


# ── study file ──


def study_page() -> str:
    template = bundled("study_template.toml").read_text(encoding="utf-8")
    said = _said_by(template)
    parts = [
        "# Study file",
        "One TOML file is one question. `phusong init` writes the file below. Unknown keys are refused with "
        'the nearest known one. `base = "other.toml"` lays a few changed values over another study.',
        'A sum of money is a number of đồng or a text such as `"20 tỷ"`, `"500 triệu"`.',
        _block(template, "toml"),
        "Every key, its type and what holds where it is left out:",
    ]
    for heading, model, sheet in SECTIONS:
        parts += [f"## {heading}", *_sheet_named(sheet), _keys(model, sheet, said[_section(heading)])]
    return "\n\n".join(parts) + "\n"


def _sheet_named(sheet: str) -> list[str]:
    return [f"Defaults are those of `data/{sheet}.toml`, with these sources."] if sheet else []


def _keys(model: type[BaseModel], sheet: str, said: dict[str, str]) -> str:
    defaults = read_sheet(bundled(f"{sheet}.toml")) if sheet else {}
    declared = _declared(model)
    rows = []
    for name, field in model.model_fields.items():
        kind, comment = declared[name]
        if name in _NOT_SAID or _kind(kind).startswith("section"):
            continue
        meaning = (comment or said.get(name, "")).rstrip(",")
        meaning = meaning[:1].upper() + meaning[1:]
        if name in defaults:
            entry = defaults[name]
            meaning = f"{meaning} *{entry.source}*".strip()
            default = f"{entry.value:g} {entry.unit}".removesuffix(" 1")
        else:
            default = _default(field)
        rows.append((f"`{name}`", _kind(kind), default, meaning))
    return _table(("key", "type", "left out", "meaning"), rows)


def _declared(model: type[BaseModel]) -> dict[str, tuple[str, str]]:
    """Name → type and `#:` comment of each field, as the source of the model has them."""
    source = inspect.getsource(model)
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comment: list[str] = []
            at = node.lineno - 2
            while lines[at].strip().startswith("#:"):
                comment.insert(0, lines[at].strip().removeprefix("#:").strip())
                at -= 1
            found[node.target.id] = (ast.unparse(node.annotation), " ".join(comment))
    return found


def _kind(annotation: str) -> str:
    for pattern, words in _KINDS:
        if match := re.match(pattern, annotation):
            among = match.groupdict().get("words") or ""
            return words.format(words=among.replace("'", "").replace(", ", " · "))
    return annotation


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be there"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, BaseModel) or value is None or value in ("", (), {}):
        return "–"
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
    return f"`{shown}`"


def _said_by(template: str) -> dict[str, dict[str, str]]:
    """Section → key → what the template says of it."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    section = ""
    for line in template.splitlines():
        if head := re.match(r"^#? ?\[([\w.]+)\]", line):
            section = _section(head[1])
        elif key := re.match(r"^#? ?(\w+) = .*?\s#\s(.+)$", line):
            said[section].setdefault(key[1], key[2])
    return said


def _section(heading: str) -> str:
    """A section by its kind: those of one name each, such as [partners.Viettel], are one."""
    first, *rest = heading.strip("[]").split(".")
    return "" if " " in first else f"{first}.*" if rest else first


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
        for name, table in tables.items():
            rows = [
                (
                    f"`{r.column}`",
                    _TYPES.get(r.type, r.type),
                    r.unit,
                    "yes" if r.may_be_empty else "no",
                    r.meaning,
                )
                for r in describe(table).itertuples(index=False)
            ]
            about = f"{table.description}. Key: `{(table.metadata or {}).get('key', '')}`."
            head = ("column", "type", "unit", "may be empty", "meaning")
            parts += [f"### {name}", about, _table(head, rows)]
    return "\n\n".join(parts) + "\n"


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
        parts.append(_table(("figure", "value", "low – high", "unit", "source (date)"), rows))
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
    return [f"### {name.removeprefix('phusong.')}", re.sub(r"([<*_])", r"\\\1", said)]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; what would end a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


if __name__ == "__main__":
    for name, text in pages().items():
        click.echo(f"{name}: {len(text)} characters")
