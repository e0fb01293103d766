"""What is in doubt of reported indicators: values that contradict each other, and what they are out of."""

from collections.abc import Iterator, Mapping

import pandas as pd

from phusong.domain import Finding
from phusong.handover import Indicator
from phusong.indicators import LEVEL_NAMES, asked_units
from phusong.language import _, current_language


def contradictions(rows: pd.DataFrame) -> Iterator[Finding]:
    """Two values of one unit on one day: none of them counts."""
    keys = ["indicator", "unit_code", "vintage", "date"]
    twice = rows["date"].notna() & rows.duplicated(keys, keep=False)
    for _key, group in rows[twice].groupby(keys, dropna=False):
        if len(group[["value", "of"]].drop_duplicates()) < 2:
            continue
        where = ", ".join(str(row) for row in sorted(group["row"]))
        for row in group.to_dict("records"):
            yield Finding(
                "error",
                str(row["source"]),
                int(row["row"]),
                _("two values of {unit} for {indicator} on {date} (rows {rows})").format(
                    unit=row["unit_name"] or row["unit_code"],
                    indicator=row["indicator"],
                    date=row["date"],
                    rows=where,
                ),
                _("Take the wrong one out; until then none of them counts."),
                "value",
                table="indicators",
            )


def unsure_counts(
    rows: pd.DataFrame, definitions: Mapping[str, Indicator], units: pd.DataFrame, own: str
) -> Iterator[Finding]:
    """Indicators of which it is not known how many units are asked, or out of how many they are."""
    keys = [rows["indicator"], rows["level"], rows["vintage"].fillna("")]
    for (code, level, vintage), group in rows.groupby(keys, sort=True):
        definition, count = definitions[str(code)], group["unit_code"].nunique()
        file, name = str(group["source"].iloc[0]), definition.name(current_language())
        unknown = asked_units(definition, str(level), str(vintage), units, own) is None
        if definition.of is not None and count > definition.of:
            what = _("{count} units report {name}, but the study says that {of} are asked")
            do = _("Mend of in [indicators.{code}].")
        elif unknown and definition.of is None:
            what = _(
                "it is not known which {level} are asked for {name}: {count} report, and these are counted"
            )
            do = _("Say it in the study: [indicators.{code}] of = … or units = […].")
        elif definition.shown == "percent" and definition.kind == "amount" and group["of"].isna().any():
            what = _("{name} has rows without a total, so no percentage can be shown where they count")
            do = _("Write the total in the column of.")
        else:
            continue
        said = what.format(count=count, name=name, of=definition.of, level=_(LEVEL_NAMES[str(level)][1]))
        yield Finding("warning", file, None, said, do.format(code=code), table="indicators")
