"""What a table of old and new units leaves out or gets wrong, told by the lists of units: the dates of its
codes, codes that stand beside the name of another unit, and codes that it lacks."""

import pandas as pd

from phusong.admin.gazetteer import Gazetteer, full_name
from phusong.domain import Finding
from phusong.language import _
from phusong.names import NameRules, match_many, spelled
from phusong.units import fold


def date_rows(
    crosswalk: pd.DataFrame, gazetteer: Gazetteer, old: str, new: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The crosswalk with the vintage of both sides in every row. Where it does not say the old one, that of
    the list before `new` which has most of its old codes under the same name, else `old`; where it does not
    say the new one, `new`. What was taken is said."""
    out, findings = crosswalk.copy(), []
    silent = out["old_vintage"].isna()
    if silent.any():
        best = _likeliest(out[silent], gazetteer, new) or old
        out.loc[silent, "old_vintage"] = best
        what = _("does not say which list its old codes belong to; they are read as those of {vintage}")
        do = _("If that is wrong, add a column old_vintage to it.")
        findings.append(Finding("warning", _file(out), None, what.format(vintage=best), do))
    out["new_vintage"] = out["new_vintage"].fillna(new)
    return out, findings


def _likeliest(rows: pd.DataFrame, gazetteer: Gazetteer, new: str) -> str | None:
    said = set(zip(rows["old_code"], rows["old_name"].map(_plain), strict=True))
    hits = {}
    for vintage in gazetteer.vintages:
        units = gazetteer.of(vintage)
        hits[vintage] = len(said & set(zip(units["code"], units["name"].map(_plain), strict=True)))
    hits = {vintage: count for vintage, count in hits.items() if vintage < new and count}
    # Of two lists that fit as well, the later one.
    return max(hits, key=lambda vintage: (hits[vintage], vintage)) if hits else None


def mend_codes(
    crosswalk: pd.DataFrame, gazetteer: Gazetteer, rules: NameRules
) -> tuple[pd.DataFrame, list[Finding]]:
    """The crosswalk with old codes put right where a row names a unit that the list of its date has under
    another code of the same district (01615 Mỹ Hưng is 01651); each is said. Only names that are the same but
    for accents count, and only where the list's own name for the code is a different one. `said_code` is what
    the row says."""
    out, findings = crosswalk.assign(said_code=crosswalk["old_code"]), []
    for vintage in sorted(set(out["old_vintage"]) & set(gazetteer.vintages)):
        units = gazetteer.of(vintage)
        rows = out[(out["old_vintage"] == vintage) & out["old_code"].isin(units["code"])]
        listed = units["name"].reindex(rows["old_code"]).map(_plain).to_numpy()
        odd = rows[(rows["old_name"].map(_plain).to_numpy() != listed) & rows["old_name"].notna().to_numpy()]
        for index, row in odd.iterrows():
            beside = units[units["district_code"] == units.loc[row["old_code"], "district_code"]]
            known = dict(
                zip(beside["code"], map(full_name, beside["unit_type"], beside["name"]), strict=True)
            )
            name = full_name(row["old_unit_type"], row["old_name"])
            [found] = match_many([name], known, rules)
            if found.certain and found.how in ("exact", "folded") and found.key != row["old_code"]:
                out.loc[index, "old_code"] = found.key
                findings.append(_mended(row, found.key, name, known[row["old_code"]]))
    return out, findings


def _mended(row: pd.Series, code: str | None, name: str, listed: str) -> Finding:
    what = _(
        "{name} stands beside code {wrong}, which is {listed} in the list of {vintage}; it is read as {code}"
    )
    return Finding(
        "warning",
        str(row["source"]),
        int(row["row"]),
        what.format(name=name, wrong=row["old_code"], listed=listed, vintage=row["old_vintage"], code=code),
        _("Mend the code in that row."),
    )


def missing_codes(crosswalk: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """The units of the lists whose code the crosswalk should have, and has not: rows of `GAZETTEER`, with the
    code under which it has the unit after all as `said_code` (`mend_codes`), else empty."""
    parts = []
    said = crosswalk["said_code"] if "said_code" in crosswalk else crosswalk["old_code"]
    for vintage in sorted(set(crosswalk["old_vintage"]) & set(gazetteer.vintages)):
        units = gazetteer.of(vintage).reset_index(drop=True)
        here = crosswalk["old_vintage"] == vintage
        lacking = units[~units["code"].isin(said[here])]
        as_code = dict(zip(crosswalk.loc[here, "old_code"], said[here], strict=True))
        parts.append(lacking.assign(said_code=lacking["code"].map(as_code).astype("str")))
    none = gazetteer.units.iloc[:0].assign(said_code=pd.Series(dtype="str"))
    return pd.concat(parts, ignore_index=True) if parts else none


def _plain(name: object) -> str:
    return fold(spelled(name)) if isinstance(name, str) else ""


def _file(crosswalk: pd.DataFrame) -> str:
    return str(crosswalk["source"].iloc[0]) if len(crosswalk) else ""
