"""Video conference: does a connection carry it, today or with the plan."""

import pandas as pd

from phusong.domain import OK
from phusong.study import Targets


def misses_target(connection: pd.DataFrame, targets: Targets) -> pd.Series:
    """Where a known figure of a connection (`down_mbps`, `up_mbps`, `latency_ms`, `loss_percent`, as far as
    there) misses the study's target. What is not known misses nothing."""
    bounds = {
        "down_mbps": (targets.video_down_mbps, None),
        "up_mbps": (targets.video_up_mbps, None),
        "latency_ms": (None, targets.video_latency_ms),
        "loss_percent": (None, targets.video_loss_percent),
    }
    out = pd.Series(False, index=connection.index)
    for name, (least, most) in bounds.items():
        if name in connection:
            figure = connection[name].astype("float64")
            out |= (figure < least) if least is not None else (figure > most)
    return out


def video_with_plan(gaps: pd.DataFrame, built: pd.DataFrame) -> pd.Series:
    """The video status of each site of GAPS once the OPTIONS in `built` are: ok where it is today, or where
    a built connection meets the target. Equipment of the room is not in it."""
    ready = set(built.loc[built["meets_video"], "site_id"])
    return gaps["video"].where(~gaps["site_id"].isin(ready), OK)
