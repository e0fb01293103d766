"""The profile of a link as a picture for a tender: PNG and SVG, A4 across, readable in grey print."""

from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from phusong.hops import Hop
from phusong.language import _
from phusong.pictures import facts
from phusong.radio.links import MEDIAN_K, fresnel_m, raised_m, ray_m, surface
from phusong.units import decimal, group_digits

_A4_INCHES = (11.69, 8.27)
_DPI = 150
#: Room for the numbered discs above the highest point.
_DISC_INCHES = 0.42
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
_BLUE, _RED, _QUIET, _ZONE = "#1f4e8c", "#8c2d04", "#505050", "#b9cce2"


class _Lines(NamedTuple):
    """Heights along the path in m, the Earth's bulge at k = 4/3 added: ground, top of trees and houses, ray;
    radius of the first Fresnel zone; and the ray at k_min, sunk by what the bulge grows."""

    d_km: np.ndarray
    ground: np.ndarray
    top: np.ndarray
    ray: np.ndarray
    radius: np.ndarray
    sunk: np.ndarray

    @property
    def lowest_zone(self) -> np.ndarray:
        """What a clear path stays below: the lower of the zones drawn."""
        return np.minimum(self.sunk - 0.6 * self.radius, self.ray - self.radius)


def draw_profile(hop: Hop, png: Path, svg: Path, language: str | None = None) -> None:
    """Writes the picture of `hop` as PNG and as SVG; the same hop gives the same bytes."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=_A4_INCHES)
        FigureCanvasAgg(figure)
        _write_title(figure, hop, language)
        bottom = _write_obstacles(figure, hop, _write_notes(figure, hop, language), language) + 0.095
        height = 0.7 - bottom
        path = figure.add_axes((0.07, bottom + 0.36 * height, 0.9, 0.64 * height))
        near = figure.add_axes((0.07, bottom, 0.9, 0.31 * height), sharex=path)
        lines = _lines(hop)
        _draw_whole(path, hop, lines, language)
        _draw_near_ray(near, hop, lines, language)
        figure.legend(
            *near.get_legend_handles_labels(), loc="center", bbox_to_anchor=(0.52, bottom - 0.07), ncols=7,
            frameon=False, fontsize=7.5, handlelength=2.6, columnspacing=1.4,
        )  # fmt: skip
        figure.savefig(png, dpi=_DPI, metadata={"Software": None})
        title = facts.title(hop, language)
        figure.savefig(svg, metadata={"Date": None, "Creator": "phusong", "Title": title})


def _lines(hop: Hop) -> _Lines:
    profile, d = hop.link.profile, hop.link.profile.d_km
    ground, top, level = (
        raised_m(d, h, MEDIAN_K) for h in (profile.ground_m, surface(profile), 0 * profile.ground_m)
    )
    a_m, b_m = hop.heights_m
    ray = ray_m(d, ground[0] + a_m, ground[-1] + b_m)
    sunk = ray + level - raised_m(d, 0 * d, hop.link.clearances[1].k)
    return _Lines(d, ground, top, ray, fresnel_m(d, hop.link.f_ghz), sunk)


def _draw_whole(axes: Axes, hop: Hop, lines: _Lines, language: str | None) -> None:
    """The whole path: ground, masts, numbered obstacles, ray and zones."""
    low = float(min(lines.ground.min(), lines.lowest_zone.min()))
    high = float(max(lines.top.max(), (lines.ray + lines.radius).max()))
    low -= 0.08 * max(high - low, 20.0)
    discs = _DISC_INCHES / (axes.get_position().height * _A4_INCHES[1])
    axes.set_xlim(0, lines.d_km[-1])
    axes.set_ylim(low, low + max(high - low, 20.0) / (1 - discs))
    _draw_path(axes, hop, lines, 0 * lines.ray, language)
    _draw_masts(axes, hop, language)
    _number_obstacles(axes, hop, lines)
    times = _exaggeration(axes)
    axes.set_ylabel(
        _("Height, m a.s.l.", language) + "\n" + _("(bulge added; ×{times})", language).format(times=times)
    )
    _tidy_axes(axes, language)
    axes.tick_params(labelbottom=False)


def _draw_near_ray(axes: Axes, hop: Hop, lines: _Lines, language: str | None) -> None:
    """The same seen from the ray, near enough to read the clearance."""
    zones = (lines.lowest_zone - lines.ray).min()
    axes.set_ylim(1.7 * float(zones), 1.5 * float(lines.radius.max()))
    _draw_path(axes, hop, lines, lines.ray, language)
    axes.set_ylabel(_("From the ray, m", language))
    axes.set_xlabel(_("Distance from A, km", language))
    _tidy_axes(axes, language)


def _draw_path(axes: Axes, hop: Hop, lines: _Lines, base: np.ndarray, language: str | None) -> None:
    """Ground, what grows on it, ray and zones, all less `base`."""
    d, radius = lines.d_km, lines.radius
    ground, top, ray, sunk = (h - base for h in (lines.ground, lines.top, lines.ray, lines.sunk))
    floor = np.minimum(axes.get_ylim()[0], ground)
    axes.fill_between(d, floor, ground, color=_GROUND, linewidth=0, label=_("Ground", language))
    if hop.link.profile.canopy_m.any():
        name = _("Trees and houses", language)
        axes.fill_between(d, ground, top, facecolor=_CANOPY, edgecolor=_INK, hatch="////", lw=0.3, label=name)
    axes.plot(d, ground, color=_INK, linewidth=0.8)
    name = _("First Fresnel zone, k = 4/3", language)
    axes.fill_between(d, ray - radius, ray + radius, facecolor=_ZONE, edgecolor=_LIGHT, alpha=0.5, label=name)
    k_min, part = decimal(hop.link.clearances[1].k, 2, language), decimal(0.6, 1, language)
    for line, k, color, styles in ((ray, "4/3", _BLUE, ("-", "--")), (sunk, k_min, _RED, ("-.", ":"))):
        name = _("Ray, k = {k}", language).format(k=k)
        axes.plot(d, line, color=color, linewidth=1.3, linestyle=styles[0], label=name)
        zone = f"{part} F1, k = {k}"
        axes.plot(d, line - 0.6 * radius, color=color, linewidth=1.3, linestyle=styles[1], label=zone)


def _draw_masts(axes: Axes, hop: Hop, language: str | None) -> None:
    """The masts, and above the picture the letter of each end with the height of its antenna."""
    d, ground = hop.link.profile.d_km, hop.link.profile.ground_m
    for side, (x, foot, height) in enumerate(zip(d[[0, -1]], ground[[0, -1]], hop.heights_m, strict=True)):
        ends = [foot, foot + height]
        axes.plot([x, x], ends, color=_INK, linewidth=4, solid_capstyle="butt", clip_on=False)
        text = _("{end}: antenna {height} m", language).format(
            end="AB"[side], height=decimal(height, 0 if height.is_integer() else 1, language)
        )
        axes.text(side, 1.03, text, ha=("left", "right")[side], fontweight="bold", transform=axes.transAxes)


def _number_obstacles(axes: Axes, hop: Hop, lines: _Lines) -> None:
    """A numbered disc above each of the worst obstacles."""
    for number, obstacle in enumerate(facts.worst_obstacles(hop), 1):
        at = (obstacle.d_km, float(np.interp(obstacle.d_km, lines.d_km, lines.top)))
        axes.annotate(
            str(number), at, xytext=(0, 16), textcoords="offset points", ha="center", va="center",
            fontweight="bold", fontsize=8, zorder=6,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": _INK},
            arrowprops={"arrowstyle": "-|>", "color": _INK, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _tidy_axes(axes: Axes, language: str | None) -> None:
    """Round numbers, written as the language writes them, and a quiet grid."""
    point = decimal(0, 1, language)[1]
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _at: f"{v:g}".replace(".", point)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _at: group_digits(v, language).replace("-", "−")))
    axes.xaxis.set_major_locator(MaxNLocator(11, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.grid(True, color="#d8d8d8", linewidth=0.5)
    axes.set_axisbelow(True)


def _exaggeration(axes: Axes) -> int:
    """How many times a metre upwards is longer in the picture than a metre along."""
    box, (low, high), (start, end) = axes.get_position(), axes.get_ylim(), axes.get_xlim()
    up, along = box.height * _A4_INCHES[1] / (high - low), box.width * _A4_INCHES[0] / (1000 * (end - start))
    return round(up / along)


def _write_title(figure: Figure, hop: Hop, language: str | None) -> None:
    """Title, verdict, the ends, and the figures in three columns."""
    title = facts.title(hop, language)
    size = min(13.0, 13 * 80 / len(title))
    figure.text(0.03, 0.968, title, fontsize=size, fontweight="bold", va="center")
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
