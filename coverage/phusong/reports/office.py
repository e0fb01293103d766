"""The first page and the end of a report as Decree 30/2020/NĐ-CP asks: who writes, to whom, number, place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from phusong.language import _
from phusong.moments import VIETNAM_TIME
from phusong.reports.parts import clean


def office_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the study says of the office in [report]; what it does not say is «…», to be filled in."""
    said = manifest.get("report") or {}
    number = clean(said.get("number")) or "…/BC-…"
    date = _day(clean(said.get("date")), manifest)
    place = clean(said.get("place")) or _("«place»")
    recipients = [clean(one) for one in said.get("recipients") or ()] or [_("«recipients»"), _("File copy")]
    return {
        "upper_body": (clean(said.get("upper_body")) or _("«upper body»")).upper(),
        "body": (clean(said.get("body")) or _("«issuing body»")).upper(),
        "number": _("No.: {number}").format(number=number),
        "country": _("SOCIALIST REPUBLIC OF VIET NAM"),
        "motto": _("Independence - Freedom - Happiness"),
        "place_and_date": _("{place}, {date}").format(place=place, date=date),
        "kind": _("REPORT"),
        "recipients_title": _("Recipients:"),
        "recipients": [
            f"- {one}{'.' if at == len(recipients) else ';'}" for at, one in enumerate(recipients, 1)
        ],
        "signer_title": (clean(said.get("signer_title")) or _("«title of who signs»")).upper(),
        "signer_name": clean(said.get("signer_name")) or _("«name of who signs»"),
    }


def _day(date: str, manifest: Mapping[str, Any]) -> str:
    """The date of the report as Decree 30 writes it (a 0 before days below 10 and the months 1 and 2); day
    and month open where the study names none."""
    if date:
        year, month, day = date.split("-")
        month = month if int(month) < 3 else str(int(month))
        return _("{day}/{month}/{year}").format(day=day, month=month, year=year)
    made = manifest.get("created")
    year = str(datetime.fromisoformat(made).astimezone(VIETNAM_TIME).year) if made else "…"
    return _("…/…/{year}").format(year=year)
