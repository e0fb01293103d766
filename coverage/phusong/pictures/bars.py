"""Bars of a report: statuses by service, the cost by year, the cost as the plan goes on. They read in grey
print: each shade has its own hatch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from phusong.domain import GAP, OK, SERVICES, STATUSES, UNKNOWN
from phusong.language import _
from phusong.pictures.plain import plain_figure, png_of, short_name
from phusong.units import current_currency, decimal, group_digits, say_vnd
from phusong.wording import SERVICE_NAMES, STATUS_NAMES, say

#: Colour and hatch by status; apart in grey print and for the colour-blind.
STATUS_LOOKS = {OK: ("#1b8a6b", ""), GAP: ("#f6b48a", "////"), UNKNOWN: ("#f4f4f4", "....")}
#: The same for things without an order of their own, such as partners.
_LOOKS = (
    ("#33607f", ""),
    ("#e5b567", "////"),
    ("#d9d9d9", "...."),
    ("#8fb8a8", "\\\\\\\\"),
    ("#ffffff", "xx"),
)


def draw_statuses(gaps: pd.DataFrame) -> bytes:
    """PNG: sites by service and status, a bar a service."""
    with plain_figure(6.4, 2.3) as figure:
        axes = figure.add_subplot()
        left = [0] * len(SERVICES)
        for status in STATUSES:
            colour, hatch = STATUS_LOOKS[status]
            counts = [int((gaps[service] == status).sum()) for service in SERVICES]
            bars = axes.barh(
                range(len(SERVICES)),
                counts,
                left=left,
                color=colour,
                hatch=hatch,
                edgecolor="#222222",
                linewidth=0.7,
                label=say(STATUS_NAMES, status),
            )
            _count_bars(axes, bars, counts, max(len(gaps), 1), white=status == OK)
            left = [before + count for before, count in zip(left, counts, strict=True)]
        axes.set_yticks(range(len(SERVICES)), [say(SERVICE_NAMES, service) for service in SERVICES])
        axes.invert_yaxis()
        axes.set_xlabel(_("Sites"))
        axes.set_xlim(0, max(len(gaps), 1))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
        _tidy(axes)
        return png_of(figure)


def _count_bars(axes: Axes, bars: Any, counts: Sequence[int], whole: int, *, white: bool) -> None:
    for bar, count in zip(bars, counts, strict=True):
        if count > 0.04 * whole:
            middle = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2
            said = axes.text(
                *middle, group_digits(count), ha="center", va="center", fontsize=9, weight="bold"
            )
            said.set_color("white" if white else "black")
            if not white:
                said.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.0})


def draw_years(rows: Sequence[Mapping[str, Any]], named: Callable[[Any], Any]) -> bytes:
    """PNG: cost to build by year, stacked by partner; `rows` are the phases of a plan."""
    stated = [row for row in rows if row["year"]]
    years, partners = sorted({row["year"] for row in stated}), sorted({row["partner"] for row in stated})
    with plain_figure(6.4, 2.9) as figure:
        axes = figure.add_subplot()
        low = [0.0] * len(years)
        for place, partner in enumerate(partners):
            cost = {row["year"]: row["capex_vnd"] for row in stated if row["partner"] == partner}
            amounts = [_shown(cost.get(year, 0)) for year in years]
            colour, hatch = _LOOKS[place % len(_LOOKS)]
            axes.bar(
                range(len(years)),
                amounts,
                bottom=low,
                width=0.55,
                color=colour,
                hatch=hatch,
                edgecolor="#222222",
                linewidth=0.7,
                label=short_name(named(partner)),
            )
            low = [before + amount for before, amount in zip(low, amounts, strict=True)]
        for place, year in enumerate(years):
            total = sum(row["capex_vnd"] for row in stated if row["year"] == year)
            axes.annotate(
                say_vnd(total), (place, low[place]), (0, 3), textcoords="offset points", ha="center"
            )
        axes.set_xticks(range(len(years)), [str(year) for year in years])
        axes.set_xlim(-0.6, max(len(years), 2) - 0.4)
        axes.set_ylim(0, max([*low, 0.001]) * 1.15)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
        _money_axis(axes.yaxis)
        axes.set_ylabel(_unit_said())
        _tidy(axes)
        return png_of(figure)


def draw_cumulative(investments: pd.DataFrame, budget_vnd: int | None) -> bytes:
    """PNG: cost to build up to and with each investment, by rank; the budget as a line across."""
    rows = investments.sort_values("rank")
    with plain_figure(6.4, 2.7) as figure:
        axes = figure.add_subplot()
        sums = [_shown(amount) for amount in rows["cumulative_capex_vnd"]]
        funded = rows["funded"].astype(bool).to_list()
        many = len(rows) > 60
        for kept, (colour, hatch), label in (
            (True, _LOOKS[0], _("within the budget")),
            (False, _LOOKS[1], _("beyond the budget")),
        ):
            at = [
                (rank, amount)
                for rank, amount, f in zip(rows["rank"], sums, funded, strict=True)
                if f is kept
            ]
            if at:
                axes.bar(
                    [rank for rank, _amount in at],
                    [amount for _rank, amount in at],
                    width=1.0 if many else 0.75,
                    color=colour,
                    hatch="" if many else hatch,
                    edgecolor=colour if many else "#222222",
                    linewidth=0.0 if many else 0.6,
                    label=label,
                )
        if budget_vnd:
            axes.axhline(_shown(budget_vnd), color="black", linestyle="--", linewidth=1.2)
            axes.annotate(
                _("budget of the plan"),
                (0.0, _shown(budget_vnd)),
                (4, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="left",
            )
        axes.set_xlabel(_("Rank of the investment"))
        axes.set_ylabel(_unit_said())
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _money_axis(axes.yaxis)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
        _tidy(axes)
        return png_of(figure)


def _shown(amount_vnd: float) -> float:
    """Billions of đồng, or millions of another currency."""
    shown = current_currency()
    return float(amount_vnd) / 1e9 if shown.code == "VND" else float(amount_vnd) / shown.vnd / 1e6


def _unit_said() -> str:
    shown = current_currency()
    return _("billion ₫") if shown.code == "VND" else _("million {currency}").format(currency=shown.code)


def _money_axis(axis: Any) -> None:
    def said(value: float, _place: Any) -> str:
        return decimal(value, next((n for n in range(3) if round(value, n) == round(value, 3)), 3))

    axis.set_major_formatter(FuncFormatter(said))


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis="x" if axes.yaxis_inverted() else "y", color="#dddddd", linewidth=0.6)
