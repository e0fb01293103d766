"""The weeks as a picture: what part of the sites has each service, and how many units reported in time."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from phusong.domain import SERVICES
from phusong.language import _
from phusong.units import decimal
from phusong.wording import SERVICE_NAMES, say

#: Dark enough in grey print and told apart by the colour-blind (Okabe and Ito 2008), each with its own line
#: and mark.
_STYLES = {
    "fibre": ("#0072B2", "-", "o", "●"),
    "wifi": ("#D55E00", "--", "s", "■"),
    "mobile": ("#009E73", "-.", "^", "▲"),
    "video": ("#5B3A8C", ":", "D", "◆"),
}
#: Bars from dark to white, hatched: they are told apart without colour.
_BARS = {"on_time": ("#4D4D4D", ""), "late": ("#BFBFBF", "///"), "missing": ("white", "...")}
#: Height of a line of text, in per cent of the axis.
_LINE_PERCENT = 4.5
#: As many weeks as can be told apart.
_MOST_WEEKS = 60


def draw_series(
    series: pd.DataFrame,
    targets: Mapping[str, float],
    path: Path,
    title: str,
    note: str,
    words: Mapping[str, str],
) -> Path:
    """PNG at `path` of the weeks' SERIES (`weekly.SERIES`). `targets` are per cent by service, `words` the
    names of the states of units."""
    weeks = series.tail(_MOST_WEEKS).reset_index(drop=True)
    days = [date.fromisoformat(week) for week in weeks["week"]]
    figure = Figure(figsize=(9, 7.2), dpi=120)
    top, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (2.6, 1), "hspace": 0.12})
    places = np.arange(len(days))
    _draw_services(top, weeks, places, targets)
    _draw_units(below, weeks, places, words)
    every = max(len(days) // 10, 1)
    below.set_xticks(places[::-1][::every][::-1], [f"{days[i]:%d/%m}" for i in places[::-1][::every][::-1]])
    below.set_xlim(-0.6, max(len(days) - 0.4, 1.4))
    first, last = days[0].year, days[-1].year
    below.set_xlabel(
        _("week, by the day of its deadline ({years})").format(
            years=first if first == last else f"{first}–{last}"
        )
    )
    top.set_title(title, loc="left", weight="bold")
    figure.text(0.125, 0.0, note, fontsize=8.5, color="#444444", va="top", wrap=True)
    figure.savefig(path, metadata={"Software": None}, bbox_inches="tight")
    return path


def _draw_services(axes: Axes, weeks: pd.DataFrame, places: np.ndarray, targets: Mapping[str, float]) -> None:
    ends: list[tuple[float, str, Any]] = []
    for service in SERVICES:
        colour, line, mark, sign = _STYLES[service]
        percent = 100 * weeks[f"{service}_ok"].astype("float64") / weeks["sites"].astype("float64")
        there = percent.notna()
        # The line goes on through a week without a snapshot; such a week has no mark.
        axes.plot(
            places[there],
            percent[there],
            color=colour,
            linestyle=line,
            marker=mark,
            markersize=5,
            linewidth=1.8,
        )
        if service in targets:
            axes.axhline(targets[service], color=colour, linestyle=line, linewidth=0.8, alpha=0.7)
        if there.any():
            value = float(percent[there].iloc[-1])
            label = f"{sign} {say(SERVICE_NAMES, service)} {decimal(value, 0)} %"
            if service in targets:
                label += "\n    " + _("target {percent} %").format(percent=decimal(targets[service], 0))
            ends.append((value, label, colour))
    _label_ends(axes, ends)
    axes.set_ylim(-2, 102)
    axes.set_ylabel(_("sites that have it, %"))
    axes.grid(visible=True, color="#dddddd", linewidth=0.7)


def _label_ends(axes: Axes, ends: list[tuple[float, str, Any]]) -> None:
    """Each line's name at its end, moved apart where two would meet."""
    ends = sorted(ends, key=lambda end: (end[0], end[1]))
    heights = [_LINE_PERCENT * (1.4 + label.count("\n")) for _value, label, _colour in ends]
    at = spread([value for value, _label, _colour in ends], heights)
    for place, (_value, label, colour) in zip(at, ends, strict=True):
        axes.annotate(
            label,
            (1.01, place),
            xycoords=("axes fraction", "data"),
            color=colour,
            va="center",
            fontsize=9,
            annotation_clip=False,
        )


def spread(values: list[float], heights: list[float]) -> list[float]:
    """Where things of some heights, wanted at `values` in order, are centred so that none covers another;
    those that would meet stand about their own middle.

    >>> spread([10, 50, 52], [4, 4, 4]), spread([0, 0], [4, 8])
    ([10.0, 49.0, 53.0], [-4.0, 2.0])
    """
    groups: list[tuple[float, list[float]]] = []  # middle, heights
    for value, height in zip(values, heights, strict=True):
        group = (float(value), [height])
        while groups and groups[-1][0] + sum(groups[-1][1]) / 2 > group[0] - sum(group[1]) / 2:
            before = groups.pop()
            counts = len(before[1]), len(group[1])
            middle = (before[0] * counts[0] + group[0] * counts[1]) / sum(counts)
            group = (middle, before[1] + group[1])
        groups.append(group)
    out = []
    for middle, parts in groups:
        top = middle - sum(parts) / 2
        for height in parts:
            out.append(top + height / 2)
            top += height
    return out


def _draw_units(axes: Axes, weeks: pd.DataFrame, places: np.ndarray, words: Mapping[str, str]) -> None:
    under = np.zeros(len(places))
    for state, (colour, hatch) in _BARS.items():
        counts = weeks[state].astype("float64").fillna(0).to_numpy()
        axes.bar(
            places,
            counts,
            0.7,
            under,
            color=colour,
            hatch=hatch,
            edgecolor="#333333",
            linewidth=0.6,
            label=words[state],
        )
        under += counts
    axes.set_ylabel(_("units"))
    axes.set_ylim(0, max(float(under.max()), 1.0) * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    for i in places[weeks["units"].isna()]:
        axes.annotate(
            _("not due"), (i, 0), (0, 4), textcoords="offset points", ha="center", fontsize=8, rotation=90
        )
