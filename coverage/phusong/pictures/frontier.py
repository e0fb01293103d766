"""The frontier as a picture: what each budget buys, and what the next site costs."""

import math
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from phusong.language import _
from phusong.pictures.plain import plain_figure, png_of
from phusong.units import decimal, group_digits

#: Dark enough in grey print and told apart by the colour-blind (Okabe and Ito 2008), each with its own line.
_SITES, _PEOPLE, _NEXT = "#0072B2", "#D55E00", "#009E73"


def draw_frontier(
    table: pd.DataFrame, path: Path, title: str, note: str, spent_vnd: int | None = None
) -> list[Path]:
    """PNG at `path` and SVG beside it; `spent_vnd` marks the budget of the plan."""
    figure = Figure(figsize=(9, 7.4), dpi=120)
    top = _draw(figure, table, spent_vnd)
    top.set_title(title, loc="left", weight="bold")
    figure.text(0.125, -0.015, note, fontsize=8.5, color="#444444", wrap=True)
    out = [path, path.with_suffix(".svg")]
    for file in out:
        figure.savefig(
            file,
            metadata={"Date": None} if file.suffix == ".svg" else {"Software": None},
            bbox_inches="tight",
        )
    return out


def frontier_png(table: pd.DataFrame, spent_vnd: int | None = None) -> bytes:
    """The same for a page with a title of its own."""
    with plain_figure(6.4, 4.6) as figure:
        _draw(figure, table, spent_vnd)
        return png_of(figure)


def _draw(figure: Figure, table: pd.DataFrame, spent_vnd: int | None) -> Axes:
    """Sites and people above, the cost of one site more below; the axes above."""
    top, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 1.4), "hspace": 0.12})
    billions = table["budget_vnd"].astype(float) / 1e9
    top.step(
        billions,
        table["sites"],
        where="post",
        color=_SITES,
        linewidth=2.2,
        label=_("sites with a connection"),
    )
    top.set_ylabel(_("sites with a connection"), color=_SITES)
    top.set_ylim(0, max(float(table["sites"].max()) * 1.08, 1.0))
    people = top.twinx()
    people.step(
        billions,
        table["people"],
        where="post",
        color=_PEOPLE,
        linestyle="--",
        linewidth=1.6,
        label=_("people who rely on them"),
    )
    people.set_ylabel(_("people who rely on them"), color=_PEOPLE)
    people.set_ylim(0, max(float(table["people"].max()) * 1.08, 1.0))
    people.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: group_digits(value)))
    next_site = table["next_site_vnd"].astype("float64") / 1e9
    below.step(billions, next_site, where="post", color=_NEXT, linewidth=1.8)
    below.set_ylabel(_("one site more,\nbillion ₫"))
    below.set_xlabel(_("budget, billion ₫"))
    below.set_ylim(bottom=0)
    for axes in (top, below):
        axes.grid(visible=True, color="#dddddd", linewidth=0.7)
        # Steps of cheap sites and of dear ones are both seen.
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: _short(value)))
        axes.xaxis.set_minor_formatter(NullFormatter())
        if spent_vnd:
            axes.axvline(spent_vnd / 1e9, color="#444444", linestyle=":", linewidth=1.4)
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: decimal(value, 2)))
    if spent_vnd:
        top.annotate(
            _("budget of the plan"), (spent_vnd / 1e9, 0), (-4, 6), textcoords="offset points", ha="right"
        )
    return top


def _short(billions: float) -> str:
    """A number with as many decimals as it needs.

    >>> _short(0.05) in ("0.05", "0,05"), _short(20)
    (True, '20')
    """
    digits = max(0, -math.floor(math.log10(billions) + 1e-9)) if billions < 1 else 0
    return decimal(billions, digits)
