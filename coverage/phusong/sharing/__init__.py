"""A run as a partner may see it: `shared_run` is the one place where rows, cells, names and coordinates of
others are taken out, so that every format gets it for free."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phusong.bycommune import plan_by_commune
from phusong.domain import ASKED_TABLES, COMMUNE_PLAN
from phusong.layers import DECLARED
from phusong.runs import Run
from phusong.sharing.manifest import shown_manifest
from phusong.sharing.partner import OTHERS, Partner, find_partner, partners_of
from phusong.sharing.places import coarser_ids, rounded
from phusong.sharing.rows import Seen, hide_distances, seen_by, shown_rows
from phusong.sharing.scrub import scrub_table, scrub_tree, scrubber

__all__ = ["Partner", "find_partner", "partners_of", "shared_run"]

#: Columns that hold identifiers of facilities, which are made of places.
_OF_FACILITIES = ("facility_id", "facility_ids", "depends_on", "a_id", "b_id", "link_id")
_IDS = {"fibre": "fibre_id", "nodes": "node_id", "ducts": "duct_id", "cells": "cell_id"}


def shared_run(run: Run, partner: Partner) -> Run:
    """The run as the profile of `partner` shows it. Every table stays, with its columns and types; what is
    not seen is not there, and sums are those of what is."""
    seen = seen_by(partner, run.tables)
    tables = shown_rows(partner, run.tables, seen)
    tables = {
        name: t for name, t in tables.items() if name in partner.profile.tables or name not in ASKED_TABLES
    }
    if len(tables["gaps"]):
        tables["options"] = hide_distances(tables["options"], tables["gaps"])
    tables["commune_plan"] = _by_commune(run.tables, tables["commune_plan"], seen)
    if "unit_status" in tables and OTHERS not in partner.profile.investments:
        tables["unit_status"] = _without_plan(tables["unit_status"])
    tables = _with_hidden_columns(tables, partner.profile.hide_columns)
    tables = _coarse(rounded(tables, partner.profile.decimals), run.tables, partner.profile.decimals)
    whole = run.tables["investments"]
    manifest = shown_manifest(run.manifest, whole[whole["investment_id"].isin(seen.investments)], whole)
    return _scrubbed(Run(Path(run.folder.name), manifest, tables), run, partner, seen)


def _by_commune(tables: Mapping[str, pd.DataFrame], shown: pd.DataFrame, seen: Seen) -> pd.DataFrame:
    """COMMUNE_PLAN of the investments that are seen alone."""
    if shown.empty:
        return shown
    here = tables["investments"]["investment_id"].isin(seen.investments)
    own = tables["investments"][here]
    return plan_by_commune(own, tables["options"], tables["gaps"], shown)


def _without_plan(units: pd.DataFrame) -> pd.DataFrame:
    """UNIT_STATUS without what the plan does there: its sums speak of all partners."""
    columns = [name for name in COMMUNE_PLAN.columns if name in units and name != "commune_code"]
    return units.assign(**{name: _emptied(units[name]) for name in columns})


def _emptied(column: pd.Series) -> pd.Series:
    return column.where(np.zeros(len(column), dtype=bool))


def _with_hidden_columns(
    tables: dict[str, pd.DataFrame], columns: tuple[str, ...]
) -> dict[str, pd.DataFrame]:
    out = dict(tables)
    for said in columns:
        name, _dot, column = said.partition(".")
        if name in out and column in out[name]:
            out[name] = out[name].assign(**{column: _emptied(out[name][column])})
    return out


def _coarse(
    tables: dict[str, pd.DataFrame], whole: Mapping[str, pd.DataFrame], decimals: int
) -> dict[str, pd.DataFrame]:
    """Identifiers made of places as coarse as the places."""
    ends = [whole["links"][f"{end}_id"] for end in ("a", "b")]
    put = coarser_ids([name for ids in (whole["facilities"]["facility_id"], *ends) for name in ids], decimals)
    out = dict(tables)
    for name, frame in tables.items():
        columns = [column for column in _OF_FACILITIES if column in frame]
        out[name] = frame.assign(
            **{column: frame[column].map(put).astype(frame[column].dtype) for column in columns}
        )
    return out


def _scrubbed(shown: Run, whole: Run, partner: Partner, seen: Seen) -> Run:
    """Texts without names and identifiers that may not be seen."""
    names = scrubber(partner.hidden, partner.name)
    ids = set() if OTHERS in partner.profile.networks else _hidden_ids(whole, partner)
    free = scrubber(partner.hidden, partner.name, ids)
    tables: dict[str, Any] = {
        name: scrub_table(frame, DECLARED[name], names, free) for name, frame in shown.tables.items()
    }
    return Run(shown.folder, scrub_tree(shown.manifest, free), tables)


def _hidden_ids(run: Run, partner: Partner) -> set[str]:
    """Identifiers of lines, nodes, ducts and cells of others."""
    hidden: set[str] = set()
    for name, key in _IDS.items():
        frame = run.tables[name]
        hidden |= set(frame.loc[~partner.may_see(frame["operator"]), key].astype(str))
    return hidden
