"""Read the price sheets of data/prices/ and lay the study's own prices over them, all in đồng."""

from difflib import get_close_matches
from pathlib import Path

from phusong.bundled import bundled
from phusong.costs import Price, Prices
from phusong.errors import StudyError
from phusong.language import _
from phusong.readers.study import read_sheet
from phusong.study import Entry, Study

EXCHANGE = "exchange"


def read_prices(study: Study, folder: Path | None = None) -> Prices:
    """Technology → figure → Price. A figure in USD is turned into đồng at the rate of exchange.toml.

    The study's own prices are `province` figures; the sheets' are `assumed`. Raises StudyError for a
    price that no sheet knows.
    """
    folder = folder or bundled("prices")
    sheets = {path.stem: read_sheet(path) for path in sorted(folder.glob("*.toml"))}
    own = {technology: dict(entries) for technology, entries in study.prices.items()}
    for technology, entries in own.items():
        for name in entries:
            _refuse_unknown(technology, name, sheets, study)
    rate = _own_or_sheet(own.get(EXCHANGE, {}), sheets[EXCHANGE], "vnd_per_usd").value
    return {
        technology: {
            name: _price(technology, name, own.get(technology, {}).get(name), entry, rate, study)
            for name, entry in sheet.items()
        }
        for technology, sheet in sheets.items()
    }


def _own_or_sheet(own: dict[str, float | Entry], sheet: dict[str, Entry], name: str) -> Entry:
    said = own.get(name, sheet[name])
    return said if isinstance(said, Entry) else sheet[name].model_copy(update={"value": said})


def _price(
    technology: str, name: str, said: float | Entry | None, entry: Entry, rate: float, study: Study
) -> Price:
    """The study's figure (a bare number is in đồng, exact) or the sheet's."""
    basis = "assumed" if said is None or (isinstance(said, Entry) and said.assumed) else "province"
    if isinstance(said, int | float):
        unit = entry.unit.replace("USD", "VND")
        said = Entry(value=said, unit=unit, source=f"{study.file}: {study.title}", date=study.report_date)
    entry = said if isinstance(said, Entry) else entry
    _refuse_nonsense(technology, name, entry, study)
    factor = rate if "USD" in entry.unit.split("/")[0] else 1.0
    low, high = (entry.value if bound is None else bound for bound in (entry.low, entry.high))
    return Price(
        value=entry.value * factor,
        low=low * factor,
        high=high * factor,
        unit=entry.unit.replace("USD", "VND") if factor != 1.0 else entry.unit,
        source=entry.source,
        date=entry.date,
        basis=basis,
    )


def _refuse_nonsense(technology: str, name: str, entry: Entry, study: Study) -> None:
    low, high = (entry.value if bound is None else bound for bound in (entry.low, entry.high))
    if not 0 <= low <= entry.value <= high < float("inf"):
        raise StudyError(
            _("{name} = {value} (low {low}, high {high}) cannot be").format(
                name=name, value=entry.value, low=low, high=high
            ),
            where=f"{study.file}: [prices.{technology}]",
            do=_("A price is not negative and lies between its low and high."),
        )


def _refuse_unknown(technology: str, name: str, sheets: dict[str, dict[str, Entry]], study: Study) -> None:
    where = f"{study.file}: [prices.{technology}]"
    if technology not in sheets:
        raise StudyError(
            _("no price sheet {name}").format(name=technology),
            where=where,
            do=_("Sheets: {known}.").format(known=", ".join(sheets)),
        )
    if name not in sheets[technology]:
        near = get_close_matches(name, sheets[technology], n=1, cutoff=0.4)
        raise StudyError(
            _("unknown price {name}").format(name=name),
            where=where,
            do=_("Did you mean {near}?").format(near=near[0])
            if near
            else _("Known: {known}.").format(known=", ".join(sheets[technology])),
        )
