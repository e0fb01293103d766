"""Any table by commune, turned into the units of another list: a row for each unit that its unit is now, with
the share; numbers that add up (residents, sites, money) are shared out so that totals stay exact."""

from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from phusong.admin.links import Links
from phusong.units import exact_parts

#: The columns that a converted table has beside its own.
ADDED = (
    "from_code",
    "from_vintage",
    "to_code",
    "to_vintage",
    "to_name",
    "to_district",
    "to_province",
    "share",
    "share_basis",
    "how",
    "note",
)


def convert(
    table: pd.DataFrame,
    codes: pd.Series,
    links: Links,
    units: pd.DataFrame,
    sums: Iterable[str] = (),
) -> pd.DataFrame:
    """`table` with a row for each part of each row's unit, and the columns `ADDED` (but `how`) at its end.

    `codes` are the rows' codes in the list that `links` start from; rows whose code is in no link stay, with
    an empty `to_code`, and a note that says why. `units` (name, district and province in the other list, by
    code) names the new ones. Columns in `sums` hold Decimal or None and are shared out (`units.exact_parts`);
    all others are repeated.
    """
    rows = table.assign(from_code=codes.astype("str").to_numpy(), place=range(len(table)))
    out = rows.merge(links.table, on="from_code", how="left", sort=False)
    out = out.sort_values(["place", "to_code"], ignore_index=True, na_position="last", kind="stable")
    out["from_vintage"], out["to_vintage"] = links.path[0], links.path[-1]
    why = out["from_code"].map(links.lost).astype("str")
    out["note"] = out["note"].astype("str").where(out["note"].notna(), why)
    for name in ("name", "district", "province"):
        out[f"to_{name}"] = out["to_code"].map(units[name])
    for column in sums:
        out[column] = [
            part for _place, group in out.groupby("place", sort=True) for part in _parts(group, column)
        ]
    added = [name for name in ADDED if name in out]
    return out[[*(name for name in table.columns if name not in added), *added]]


def _parts(group: pd.DataFrame, column: str) -> list[Decimal | None]:
    whole = group[column].iloc[0]
    if not isinstance(whole, Decimal) or group["to_code"].isna().all():
        return list(group[column])
    return list(exact_parts(whole, group["share"].tolist()))


def merge_parts(converted: pd.DataFrame, sums: Iterable[str]) -> pd.DataFrame:
    """One row a unit of the other list, by code: the sums added up exactly, how many rows it holds, the
    smallest share of a row and the least sure basis. Rows without a unit are one row with an empty code."""
    wanted = list(sums)
    out = []
    order = {"reported": 0, "computed": 1, "assumed": 2}
    for code, group in converted.groupby(converted["to_code"].fillna(""), sort=True):
        first = group.iloc[0]
        basis = max(group["share_basis"].dropna(), key=lambda b: order[b], default=None)
        told = {name: first[name] for name in ("to_vintage", "to_name", "to_district", "to_province")}
        added = {name: sum((v for v in group[name] if isinstance(v, Decimal)), Decimal(0)) for name in wanted}
        out.append(
            {
                "to_code": code or None,
                **told,
                "rows": len(group),
                "smallest_share": group["share"].min(),
                "share_basis": basis,
                **added,
            }
        )
    columns = [
        "to_code",
        "to_vintage",
        "to_name",
        "to_district",
        "to_province",
        "rows",
        "smallest_share",
        "share_basis",
        *wanted,
    ]
    return pd.DataFrame(out, columns=columns)
