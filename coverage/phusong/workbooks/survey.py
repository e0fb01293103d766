"""The survey form: a workbook a commune, for an officer to fill in, on paper too."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from phusong.asking import ASSUMED, COMPUTED, OLD, UNKNOWN_DOUBT
from phusong.domain import SERVICES
from phusong.errors import InputError
from phusong.language import _, current_language, speaking
from phusong.readers.forms import NOT_KNOWN, read_form
from phusong.readers.hidden import FORM_KIND, FORMAT
from phusong.readers.values import words_of
from phusong.study import Study
from phusong.wording import KIND_NAMES, SERVICE_NAMES, STATUS_NAMES, say
from phusong.workbooks.paper import choose_from, file_stem, hide_meta, lock, new_book, on_a4, sheet_name

_FIXED = ("rank", "site_id", "name", "kind")
_AFTER = ("report_date", "reported_by", "note")
_WIDTHS = {"rank": 6, "site_id": 12, "name": 34, "kind": 17, "report_date": 13, "reported_by": 20, "note": 30}
_SERVICE_WIDTH = 15


def write_forms(
    folder: Path, study: Study, asked: pd.DataFrame, communes: pd.DataFrame, order: str, language: str
) -> list[Path]:
    """A form for each commune of `asked` (`asking.what_to_ask`) in `folder`; the files in order of the codes.

    `order` says by what the sites are ordered. A form there that somebody filled in stays; the new one goes
    beside it. Raises RunError when a file cannot be written.
    """
    names = communes.set_index("commune_code")
    out = []
    with speaking(language):
        for code, rows in asked.groupby("commune_code", sort=True):
            one = names.loc[code]
            title = " ".join(str(one[n]) for n in ("unit_type", "name") if pd.notna(one[n]) and one[n])
            path = _free_name(folder / f"{file_stem(str(code), str(one['name']))}.xlsx")
            with new_book(path) as (book, formats):
                _write_form(book, formats, study, str(code), title, rows, order, language)
            out.append(path)
    return out


def _free_name(path: Path) -> Path:
    """The path, or one beside it where a form is there in which something was filled in, or another file."""
    tried, count = path, 1
    while tried.exists():
        try:
            if not read_form(tried).is_filled:
                return tried
        except InputError:
            pass
        count += 1
        tried = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return tried


def _write_form(
    book: Any,
    formats: Mapping[str, Any],
    study: Study,
    code: str,
    commune: str,
    rows: pd.DataFrame,
    order: str,
    language: str,
) -> None:
    page = book.add_worksheet(sheet_name(_("Survey"), set()))
    headers = {
        "rank": _("Order"),
        "site_id": _("Site id"),
        "name": _("Name of the site"),
        "kind": _("Kind"),
        **{service: say(SERVICE_NAMES, service) + "?" for service in SERVICES},
        "report_date": _("Date, if another"),
        "reported_by": _("Who answered, if another"),
        "note": _("Note"),
    }
    fields = [*_FIXED, *SERVICES, *_AFTER]
    for column, name in enumerate(fields):
        page.set_column(column, column, _WIDTHS.get(name, _SERVICE_WIDTH))
    last = len(fields) - 1
    line = _write_head(page, formats, study, f"{commune} ({code})", order, last)
    cells = {}
    for name, text in (
        ("by_cell", _("Who answers (name, office)")),
        ("date_cell", _("Date (day/month/year)")),
    ):
        page.merge_range(line, 0, line, 2, "", formats["locked"])
        page.write_string(line, 0, text, formats["locked"])
        page.merge_range(line, 3, line, 6, "", formats["fill"])
        cells[name] = f"D{line + 1}"
        page.set_row(line, 20)
        line += 1
    header = line + 1
    for column, name in enumerate(fields):
        page.write_string(header, column, headers[name], formats["header"])
    page.set_row(header, 34)
    for at, site in enumerate(rows.itertuples(index=False), start=header + 1):
        _write_site(page, formats, at, at - header, site._asdict(), fields)
    span = (header + 1, header + len(rows))
    for service in SERVICES:
        words = [*words_of(f"{service}_reported", language), NOT_KNOWN[language]]
        choose_from(page, span, fields.index(service), words)
    page.freeze_panes(header + 1, 3)
    on_a4(page, header)
    lock(page)
    hide_meta(
        book,
        {
            "kind": FORM_KIND,
            "format": FORMAT,
            "commune_code": code,
            "sheet": page.get_name(),
            "header_row": header + 1,
            "headers": {name: headers[name] for name in fields},
            "known": {
                str(site["site_id"]): {s: _known(site, s) for s in SERVICES if not site[f"ask_{s}"]}
                for site in rows.to_dict("records")
            },
            **cells,
        },
    )


def _write_head(
    page: Any, formats: Mapping[str, Any], study: Study, commune: str, order: str, last: int
) -> int:
    """Title and how to fill it in; the next free line."""
    page.write_string(0, 0, _("Survey of public sites: {commune}").format(commune=commune), formats["title"])
    lines = (
        study.title,
        _(
            "Yellow cells are not known yet: please choose an answer from the list. White cells may be "
            "answered too; grey ones are known."
        ),
        _(
            "Fibre: does a fibre line end in the building? Wi-Fi: for staff and visitors. Mobile: the best "
            "4G or 5G signal at the site. Video conference: is there a room with equipment that works?"
        ),
        _("If you do not know, choose “{word}”. Begin at the top: {order}.").format(
            word=NOT_KNOWN[current_language()], order=order
        ),
    )
    for line, text in enumerate(lines, start=1):
        page.merge_range(line, 0, line, last, "", formats["text"])
        page.write_string(line, 0, text, formats["text"])
        page.set_row(line, 15 if len(text) < 150 else 30)
    return len(lines) + 2


def _write_site(
    page: Any, formats: Mapping[str, Any], line: int, number: int, site: Mapping[str, Any], fields: list[str]
) -> None:
    said = {
        "rank": str(number),
        "site_id": str(site["site_id"]),
        "name": str(site["name"]),
        "kind": say(KIND_NAMES, site["kind"]),
    }
    for column, name in enumerate(fields):
        if name in said:
            page.write_string(line, column, said[name], formats["locked"])
        elif name not in SERVICES:
            page.write_blank(line, column, None, formats["free"])
        elif why := site[f"ask_{name}"]:
            page.write_blank(line, column, None, formats["free" if why == COMPUTED else "fill"])
            if why != UNKNOWN_DOUBT:
                page.write_comment(line, column, _hint(site, name, why))
        else:
            page.write_string(line, column, _known(site, name), formats["locked"])
    page.set_row(line, 15 * max(1, -(-len(said["name"]) // 36)))


def _known(site: Mapping[str, Any], service: str) -> str:
    date = site[f"{service}_date"]
    status = say(STATUS_NAMES, site[service])
    return f"{status} ({date})" if isinstance(date, str) and date else status


def _hint(site: Mapping[str, Any], service: str, why: str) -> str:
    known = _known(site, service)
    return {
        ASSUMED: _("So far assumed: {status}"),
        OLD: _("Reported long ago: {status}"),
        COMPUTED: _("So far computed: {status}"),
    }[why].format(status=known)
