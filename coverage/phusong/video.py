"""Video conference: do connection and room carry it, today or with the plan."""

import pandas as pd

from phusong.domain import GAP, OK, UNKNOWN
from phusong.study import Targets

#: What a conference asks of the line, by the figure that says it.
FIGURES = {"down": "down_mbps", "up": "up_mbps", "latency": "latency_ms", "loss": "loss_percent"}
LINE = tuple(FIGURES)
PARTS = (*LINE, "equipment")
#: What must be known to be there. Hardly anybody measures loss: not known, it holds nobody back.
ASKED = ("down", "up", "latency", "equipment")


def misses_target(connection: pd.DataFrame, targets: Targets) -> pd.Series:
    """Where a known figure of a connection (`down_mbps`, `up_mbps`, `latency_ms`, `loss_percent`, as far as
    there) misses the study's target. What is not known misses nothing."""
    out = pd.Series(False, index=connection.index)
    for part in LINE:
        out |= _misses(connection, part, targets)
    return out


def _misses(connection: pd.DataFrame, part: str, targets: Targets) -> pd.Series:
    """Where the known figure of one part of the line misses the target."""
    if FIGURES[part] not in connection:
        return pd.Series(False, index=connection.index)
    figure = connection[FIGURES[part]].astype("float64")
    if part in ("down", "up"):
        return figure < {"down": targets.video_down_mbps, "up": targets.video_up_mbps}[part]
    return figure > {"latency": targets.video_latency_ms, "loss": targets.video_loss_percent}[part]


def video_parts(sites: pd.DataFrame, targets: Targets) -> pd.DataFrame:
    """The status of each of `PARTS` at each site, as reported: a figure by its target, the room by
    `video_room`; of what neither says, a site reported as able to join (`video_reported` = yes) has it.

    A site reported as unable lacks something of it, nobody knows what: that alone settles no part.
    """
    able = sites["video_reported"] == "yes"
    nothing = pd.Series(None, index=sites.index, dtype="str")
    out = pd.DataFrame(UNKNOWN, index=sites.index, columns=list(PARTS), dtype="str").mask(able, OK)
    for part in LINE:
        known = sites.get(FIGURES[part], nothing).notna()
        out[part] = out[part].mask(known, OK).mask(_misses(sites, part, targets), GAP)
    room = sites.get("video_room", nothing)
    out["equipment"] = out["equipment"].mask(room == "yes", OK).mask(room == "no", GAP)
    return out


def video_ready(parts: pd.DataFrame, said: pd.Series) -> pd.Series:
    """Can a site with these `video_parts` join: not when it is reported as unable (`said` = no) or a part is
    missing; ok when all of `ASKED` is there; else unknown."""
    out = pd.Series(UNKNOWN, index=parts.index, dtype="str")
    out = out.mask((parts[list(ASKED)] == OK).all(axis=1), OK)
    return out.mask((parts == GAP).any(axis=1) | (said == "no"), GAP)


def built_options(options: pd.DataFrame, investments: pd.DataFrame) -> pd.DataFrame:
    """The rows of OPTIONS that the funded INVESTMENTS build."""
    funded = investments[investments["funded"]]
    pairs = {
        (technology, site)
        for technology, ids in zip(funded["technology"], funded["site_ids"], strict=True)
        for site in ids.split(";")
    }
    chosen = options[options["chosen"]]
    both = zip(chosen["technology"], chosen["site_id"], strict=True)
    return chosen[pd.Series([pair in pairs for pair in both], index=chosen.index, dtype=bool)]


def video_with_plan(gaps: pd.DataFrame, built: pd.DataFrame) -> pd.Series:
    """The video status of each site of GAPS once the OPTIONS in `built` are: ok where it is today, or where
    a built connection meets the target. Equipment of the room is not in it."""
    ready = set(built.loc[built["meets_video"], "site_id"])
    return gaps["video"].where(~gaps["site_id"].isin(ready), OK)
