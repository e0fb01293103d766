"""Read a study file: TOML, with `base` scenarios, defaults from the sheets, and plain errors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from phusong.bundled import bundled
from phusong.errors import PhuSongError, StudyError
from phusong.handover import Indicator, Report, Weekly
from phusong.language import _
from phusong.readers.broken import is_there
from phusong.readers.sharing import sharing_profiles
from phusong.readers.toml import laid_over, read_toml, refuse_unknown
from phusong.study import (
    Choices,
    Demand,
    Entry,
    Inputs,
    Mobile,
    Sensitivity,
    Source,
    Study,
    Targets,
    unknown_kinds,
)
from phusong.units import enough

_SECTIONS: dict[str, type[BaseModel]] = {
    "inputs": Inputs,
    "targets": Targets,
    "mobile": Mobile,
    "demand": Demand,
    "sensitivity": Sensitivity,
    "plan": Choices,
    "report": Report,
    "weekly": Weekly,
}
_MODELS: dict[str, type[BaseModel]] = {"": Study, **_SECTIONS}


def read_study(path: Path) -> Study:
    """The study at `path`. Raises StudyError, in one line, for whatever its author can mend."""
    said = _read_with_base(path, ())
    _refuse_unknown_keys(said, path)
    plan = said.get("plan", {})
    said["sharing"] = sharing_profiles(said.get("sharing", {}), path)
    said["targets"] = figures("targets.toml") | said.get("targets", {})
    said["mobile"] = figures("mobile.toml") | said.get("mobile", {})
    said["sensitivity"] = figures("sensitivity.toml") | said.get("sensitivity", {})
    said["demand"] = figures("demand.toml") | said.get("demand", {})
    said["indicators"] = laid_over(read_toml(bundled("indicators.toml")), said.get("indicators", {}))
    said["plan"] = laid_over({"weights": figures("weights.toml")}, plan)
    try:
        study = Study.model_validate({**said, "folder": path.parent, "file": path.name})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise StudyError(
            _("{key} cannot be used: {reason}").format(key=key, reason=first["msg"]),
            where=str(path),
            do=_("See the comments that 'phusong init' writes for what it may be."),
        ) from None
    except PhuSongError as error:  # of a sum of money
        raise StudyError(error.what, where=error.where or str(path), do=error.do) from None
    _refuse_unknown_kinds(study, path)
    _refuse_small_budgets(study, path)
    return study


def figures(sheet: str) -> dict[str, float]:
    """The values of a sheet of data/ by name."""
    return {name: entry.value for name, entry in read_sheet(bundled(sheet)).items()}


def read_sheet(path: Path) -> dict[str, Entry]:
    """A sheet of figures, each with value, unit, source and date."""
    try:
        return {name: Entry.model_validate(entry) for name, entry in read_toml(path).items()}
    except ValidationError as error:
        first = error.errors()[0]
        raise StudyError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", where=str(path)) from None


def _read_with_base(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    """The keys of a study laid over those of its `base`; paths stay true to the file that says them."""
    said = read_toml(path)
    _need_sections(said, path)
    if "base" not in said:
        return said
    base = path.parent / str(said.pop("base"))
    if is_there(base) and base.resolve() in seen:
        raise StudyError(_("base leads back to itself"), where=str(path), do=_("Take one base out."))
    under = _read_with_base(base, (*seen, path.resolve()))
    if base.parent.resolve() != path.parent.resolve():
        under["inputs"] = {key: _moved(value, base.parent) for key, value in under.get("inputs", {}).items()}
        if isinstance(said_report := under.get("report"), dict) and said_report.get("template"):
            said_report["template"] = _moved(said_report["template"], base.parent)
        if under.get("corrections"):
            under["corrections"] = _moved(under["corrections"], base.parent)
    return laid_over(under, said)


def _moved(source: Any, folder: Path) -> Any:
    if isinstance(source, str):
        # A table of PostGIS is seen from nowhere in particular.
        return source if source.startswith("postgis:") else str(folder.resolve() / source)
    if isinstance(source, dict) and "path" in source:
        return {**source, "path": _moved(str(source["path"]), folder)}
    if isinstance(source, list):
        return [_moved(one, folder) for one in source]
    return source


def _need_sections(said: Mapping[str, Any], path: Path) -> None:
    sections = {section: said.get(section, {}) for section in (*_SECTIONS, "prices", "sharing", "indicators")}
    own = sections["indicators"]
    sections |= {f"indicators.{name}": one for name, one in own.items()} if isinstance(own, dict) else {}
    for section, content in sections.items():
        if not isinstance(content, dict):
            raise StudyError(
                _("{section} is no section").format(section=section),
                where=str(path),
                do=_("Write [{section}] on a line, and its keys below.").format(section=section),
            )


def _refuse_unknown_keys(said: Mapping[str, Any], path: Path) -> None:
    for section, model in _MODELS.items():
        refuse_unknown(said if section == "" else said.get(section, {}), model, section, path, _SECTIONS)
    for name, source in said.get("inputs", {}).items():
        if isinstance(source, dict):
            refuse_unknown(source, Source, f"inputs.{name}", path)
    for name, indicator in said.get("indicators", {}).items():
        refuse_unknown(indicator, Indicator, f"indicators.{name}", path)


def _refuse_small_budgets(study: Study, path: Path) -> None:
    plan = study.plan
    try:
        for vnd in (plan.budget_vnd or 0, *plan.budget_by_year.values()):
            enough(vnd)
    except PhuSongError as error:
        raise StudyError(error.what, where=f"{path}: [plan]", do=error.do) from None


def _refuse_unknown_kinds(study: Study, path: Path) -> None:
    named = [*study.plan.fibre_only, *study.plan.weights]
    for kind in unknown_kinds(named):
        raise StudyError(
            _("{kind} is no kind of site").format(kind=kind),
            where=f"{path}: [plan]",
            do=_("Kinds are those of the data dictionary, such as office_commune, health_station, school."),
        )
