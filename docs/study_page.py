"""The page of the study file: its template, and every key as the models declare it; blocks and tables."""

import ast
import calendar
import inspect
import re
from collections import defaultdict

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from phusong import handover, study
from phusong.bundled import bundled
from phusong.readers.study import read_sheet

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


def study_page() -> str:
    template = bundled("study_template.toml").read_text(encoding="utf-8")
    said = _said_by(template)
    parts = [
        "# Study file",
        "One TOML file is one question. `phusong init` writes the file below. Unknown keys are refused with "
        'the nearest known one. `base = "other.toml"` lays a few changed values over another study.',
        'A sum of money is a number of đồng or a text such as `"20 tỷ"`, `"500 triệu"`.',
        block(template, "toml"),
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
    filled = "as in data/sharing.toml" if model is handover.Sharing else ""
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
            default = _default(field, filled)
        rows.append((f"`{name}`", _kind(kind), default, meaning))
    return table(("key", "type", "left out", "meaning"), rows)


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


def _default(field: FieldInfo, filled: str) -> str:
    """What holds where a key is left out; `filled` says who fills it where the model does not."""
    if field.is_required():
        return filled or "must be there"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, handover.WeekTime):
        return f"`{calendar.day_name[value.weekday].lower()} {value.at:%H:%M}`"
    if isinstance(value, float) and value == int(value):
        value = int(value)
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


def block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; what would end a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
