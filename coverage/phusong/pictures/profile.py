"""The profile of a link as a picture for a tender: PNG and SVG, A4 across, readable in grey print."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import ScaledTranslation

from phusong.hops import Hop
from phusong.language import _
from phusong.pictures import facts
from phusong.radio.diffraction import EARTH_RADIUS_KM
from phusong.radio.links import MEDIAN_K, fresnel_m, raised_m, ray_m, surface
from phusong.units import decimal, group_digits

_A4_INCHES = (11.69, 8.27)
_DPI = 150
#: Text stays text in the SVG; names are never read as formulas; ids of the SVG do not change.
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "sans-serif"],
    "font.size": 8,
    "svg.fonttype": "none",
    "svg.hashsalt": "phusong",
    "text.parse_math": False,
    "axes.unicode_minus": True,
}
_GROUND, _CANOPY, _INK, _LIGHT = "#b9a88f", "#7c9a6b", "#202020", "#9a9a9a"
_BLUE, _RED, _QUIET = "#1f4e8c", "#8c2d04", "#505050"


def draw_profile(hop: Hop, png: Path, svg: Path, language: str | None = None) -> None:
    """Writes the picture of `hop` as PNG and as SVG; the same hop gives the same bytes."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=_A4_INCHES)
        FigureCanvasAgg(figure)
        _write_title(figure, hop, language)
        bottom = _write_obstacles(figure, hop, _write_notes(figure, hop, language), language)
        axes = figure.add_axes((0.07, bottom + 0.1, 0.9, 0.605 - bottom))
        _draw_path(axes, hop, language)
        _draw_masts(axes, hop, language)
        _number_obstacles(axes, hop)
        _label_axes(axes, hop, language)
        figure.savefig(png, dpi=_DPI, metadata={"Software": None})
        title = facts.title(hop, language)
        figure.savefig(svg, metadata={"Date": None, "Creator": "phusong", "Title": title})


def _draw_path(axes: Axes, hop: Hop, language: str | None) -> None:
    """Ground raised by the Earth's bulge, what grows on it, the ray, and the zones to be kept clear.

    The bulge is that at k = 4/3; at k_min the ray and its zone sink by what the bulge grows.
    """
    profile, d = hop.link.profile, hop.link.profile.d_km
    ground, top = (raised_m(d, h, MEDIAN_K) for h in (profile.ground_m, surface(profile)))
    a_m, b_m = hop.heights_m
    ray, radius = ray_m(d, ground[0] + a_m, ground[-1] + b_m), fresnel_m(d, hop.link.f_ghz)
    sunk = ray - _bulge_m(d, hop.link.clearances[1].k) + _bulge_m(d, MEDIAN_K)
    k_min = decimal(hop.link.clearances[1].k, 2, language)
    low, high = _limits(ground, top, ray + radius)
    axes.set_xlim(0, d[-1])
    axes.set_ylim(low, high)

    axes.fill_between(d, low, ground, color=_GROUND, linewidth=0, label=_("Ground", language))
    if profile.canopy_m.any():
        axes.fill_between(
            d, ground, top, facecolor=_CANOPY, edgecolor=_INK, hatch="////", linewidth=0.3,
            label=_("Trees and houses", language),
        )  # fmt: skip
    axes.plot(d, ground, color=_INK, linewidth=0.8)
    axes.fill_between(
        d, ray - radius, ray + radius, facecolor="#c9d7e8", edgecolor=_LIGHT, alpha=0.55, linewidth=0.6,
        label=_("First Fresnel zone, k = 4/3", language),
    )  # fmt: skip
    axes.plot(d, ray, color=_INK, linewidth=1.4, label=_("Ray, k = {k}", language).format(k="4/3"))
    part = decimal(0.6, 1, language)
    axes.plot(
        d, sunk, color=_RED, linewidth=1.0, linestyle="-.", label=_("Ray, k = {k}", language).format(k=k_min)
    )
    for line, k, color, style in ((ray, "4/3", _BLUE, "--"), (sunk, k_min, _RED, ":")):
        zone, label = line - 0.6 * radius, f"{part} F1, k = {k}"
        axes.plot(d, zone, color=color, linewidth=1.2, linestyle=style, label=label)


def _bulge_m(d_km: np.ndarray, k: float) -> np.ndarray:
    return 500 * d_km * (d_km[-1] - d_km) / (k * EARTH_RADIUS_KM)


def _limits(ground: np.ndarray, top: np.ndarray, zone: np.ndarray) -> tuple[float, float]:
    """Lowest and highest height to show, with room for numbers above and ground below."""
    low, high = float(ground.min()), float(max(top.max(), zone.max()))
    room = max(high - low, 20.0)
    return low - 0.12 * room, high + 0.16 * room


def _draw_masts(axes: Axes, hop: Hop, language: str | None) -> None:
    """The masts, and above the picture the letter of each end with the height of its antenna."""
    d, ground = hop.link.profile.d_km, hop.link.profile.ground_m
    for side, (x, foot, height) in enumerate(zip(d[[0, -1]], ground[[0, -1]], hop.heights_m, strict=True)):
        axes.plot(
            [x, x], [foot, foot + height], color=_INK, linewidth=4, solid_capstyle="butt", clip_on=False
        )
        text = _("{end}: antenna {height} m", language).format(
            end="AB"[side], height=decimal(height, 0 if height.is_integer() else 1, language)
        )
        axes.text(side, 1.02, text, ha=("left", "right")[side], fontweight="bold", transform=axes.transAxes)


def _number_obstacles(axes: Axes, hop: Hop) -> None:
    """A numbered disc above each of the worst obstacles."""
    d = hop.link.profile.d_km
    top = raised_m(d, surface(hop.link.profile), MEDIAN_K)
    for number, obstacle in enumerate(facts.worst_obstacles(hop), 1):
        at = (obstacle.d_km, float(np.interp(obstacle.d_km, d, top)))
        axes.annotate(
            str(number), at, xytext=(0, 16), textcoords="offset points", ha="center", va="center",
            fontweight="bold", fontsize=8, zorder=6,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": _INK},
            arrowprops={"arrowstyle": "-|>", "color": _INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _label_axes(axes: Axes, hop: Hop, language: str | None) -> None:
    """Axes in km and m, numbers as the language writes them, and the legend beneath."""
    point = decimal(0, 1, language)[1]
    axes.set_xlabel(_("Distance from A, km (heights ×{times})", language).format(times=_exaggeration(axes)))
    axes.set_ylabel(_("Height, m a.s.l., with Earth's bulge at k = 4/3", language))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _at: f"{v:g}".replace(".", point)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _at: group_digits(v, language).replace("-", "−")))
    axes.grid(True, color="#d8d8d8", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=_below(axes, 0.072), ncols=7,
        frameon=False, fontsize=7.5, handlelength=2.6, columnspacing=1.4,
    )  # fmt: skip


def _below(axes: Axes, gap: float) -> Any:
    """Axes coordinates moved down by `gap` of the figure."""
    down = -gap * _A4_INCHES[1]
    assert isinstance(axes.figure, Figure)
    return axes.transAxes + ScaledTranslation(0, down + 0.25, axes.figure.dpi_scale_trans)


def _exaggeration(axes: Axes) -> int:
    """How many times a metre upwards is longer in the picture than a metre along."""
    box, (low, high), (start, end) = axes.get_position(), axes.get_ylim(), axes.get_xlim()
    up, along = box.height * _A4_INCHES[1] / (high - low), box.width * _A4_INCHES[0] / (1000 * (end - start))
    return round(up / along)


def _write_title(figure: Figure, hop: Hop, language: str | None) -> None:
    """Title, verdict, the ends, and the figures in three columns."""
    figure.text(0.03, 0.968, facts.title(hop, language), fontsize=13, fontweight="bold", va="center")
    figure.text(0.03, 0.94, facts.verdict(hop, language), fontsize=10, va="center")
    _write_facts(figure, (0.03, 0.27), 0.913, facts.end_facts(hop, language))
    blocks = (facts.geometry_facts, facts.budget_facts, facts.outage_facts)
    for columns, block in zip(((0.03, 0.15), (0.39, 0.51), (0.655, 0.82)), blocks, strict=True):
        _write_facts(figure, columns, 0.866, block(hop, language))


def _write_facts(figure: Figure, columns: tuple[float, float], top: float, said: list[facts.Fact]) -> None:
    """Labels and values beneath each other, at two columns."""
    for line, (label, value) in enumerate(said):
        y = top - 0.0195 * line
        figure.text(columns[0], y, label, color=_QUIET, va="center", fontsize=7.5)
        figure.text(columns[1], y, value, va="center", fontsize=7.5)


def _write_notes(figure: Figure, hop: Hop, language: str | None) -> float:
    """What the figures rest on, at the foot; returns where the notes end."""
    lines = facts.notes(hop, language)
    for line, note in enumerate(reversed(lines)):
        figure.text(0.03, 0.02 + 0.0165 * line, note, fontsize=6.8, color=_QUIET, va="center")
    return 0.02 + 0.0165 * len(lines)


def _write_obstacles(figure: Figure, hop: Hop, bottom: float, language: str | None) -> float:
    """The numbered obstacles with their coordinates, above the notes; returns where the table ends."""
    if not hop.obstacles:
        return bottom
    headers, rows = facts.obstacle_table(hop, language)
    rights = (0.055, 0.15, 0.27, 0.39, 0.54, 0.70, 0.90)
    for line, cells in enumerate([*reversed(rows), headers]):
        y, weight = bottom + 0.012 + 0.019 * line, "bold" if cells is headers else "normal"
        for right, cell in zip(rights, cells, strict=True):
            figure.text(right, y, cell, ha="right", va="center", fontsize=7.5, fontweight=weight)
    return bottom + 0.012 + 0.019 * (len(rows) + 1)
