"""Whom to ask what, and in which order: what is not known of each site."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from phusong.domain import SERVICES, UNKNOWN
from phusong.study import Study
from phusong.supposed import age_years

#: Why a service is asked: nothing is known; it is assumed; the report is old; it is computed and may be
#: answered. What is reported or measured, and not old, is not asked.
UNKNOWN_DOUBT, ASSUMED, OLD, COMPUTED = "unknown", "assumed", "old", "computed"


def what_to_ask(study: Study, gaps: pd.DataFrame, survey: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row a site of which something is unknown, assumed or old, in the order to ask, `rank` from 1: the
    columns of `gaps`, and `ask_SERVICE`: why it is asked, empty where it is not.

    By the rank of SURVEY (`plan --draws`) where it has one; then sites whose fibre is in doubt and that are
    served first or only by fibre; then those that most people rely on.
    """
    out = pd.DataFrame(gaps).sort_values("site_id", ignore_index=True)
    for service in SERVICES:
        out[f"ask_{service}"] = _doubt(out, service, study)
    asked = pd.concat([out[f"ask_{s}"].isin((UNKNOWN_DOUBT, ASSUMED, OLD)) for s in SERVICES], axis=1)
    out = out[asked.any(axis=1)]
    ranks = pd.Series(dtype="float64") if survey is None else survey.set_index("site_id")["rank"]
    kinds = {*study.plan.first, *study.plan.fibre_only}
    urgent = out["kind"].isin(kinds) & (out["ask_fibre"] != "") & (out["ask_fibre"] != COMPUTED)
    order = pd.DataFrame(
        {
            "survey": out["site_id"].map(ranks).astype("float64").fillna(np.inf),
            "urgent": ~urgent,
            "people": -out["people"].astype("float64").fillna(0.0),
            "site_id": out["site_id"],
        }
    ).sort_values(["survey", "urgent", "people", "site_id"])
    out = out.loc[order.index].reset_index(drop=True)
    out["rank"] = range(1, len(out) + 1)
    return out


def _doubt(gaps: pd.DataFrame, service: str, study: Study) -> np.ndarray:
    basis = gaps[f"{service}_basis"]
    old = age_years(gaps[f"{service}_date"], study.report_date) > study.sensitivity.old_after_years
    rules = [gaps[service] == UNKNOWN, basis == "assumed", basis == "computed", old]
    return np.select(rules, [UNKNOWN_DOUBT, ASSUMED, COMPUTED, OLD], default="")


def of_communes(asked: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Those of the communes; of all, where none is named."""
    return asked[asked["commune_code"].isin(codes)] if codes else asked
