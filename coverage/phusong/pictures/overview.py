"""Two maps of a report: fibre at the sites as it is, and what the plan builds. Signs and lines differ in
form, so that they read in grey print."""

from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from phusong.domain import GAP, INPUT_TABLES, OK, RESULT_TABLES, STATUSES, UNKNOWN, empty
from phusong.geo import WGS84
from phusong.language import _
from phusong.maps.ground import abroad
from phusong.pictures.bars import STATUS_LOOKS
from phusong.pictures.country import draw_inset
from phusong.pictures.plain import draw_scale_bar, plain_figure, png_of, short_name
from phusong.runs import Run
from phusong.wording import STATUS_NAMES, TECHNOLOGY_NAMES, say

#: More communes than this go without names, and with thinner outlines.
_NAMED = 45
_WIDTH, _TALLEST = 6.5, 7.6
#: Metres of a degree of longitude at the equator.
_DEGREE_M = 111_320
#: Sign of a site by the status of its fibre: marker, fill, size.
_SIGNS = {OK: ("o", "#0d6149", 26), GAP: ("X", "#c65200", 44), UNKNOWN: ("o", "white", 15)}
#: Sign of a site by the technology that the plan gives it.
_WORKS = {
    "fibre": ("s", "#111111"),
    "microwave": ("^", "#8a1f6a"),
    "cellular": ("D", "#e0a100"),
    "cell_site": ("P", "#0072b2"),
    "satellite": ("*", "#d55e00"),
    "satellite_geo": ("v", "#7fb2d6"),
}
_FIBRE: dict[str, Any] = {"color": "#1f4e8c", "linewidth": 1.8}
_NEW: dict[str, Any] = {"color": "#b3005e", "linewidth": 2.2, "linestyle": (0, (4, 1.5))}
_LATER: dict[str, Any] = {"color": "#777777", "linewidth": 1.6, "linestyle": (0, (1, 1.5))}
_HOP: dict[str, Any] = {"color": "#8a1f6a", "linewidth": 1.2, "linestyle": "-."}


def draw_situation(run: Run) -> bytes:
    """PNG: communes by fibre at their centre, sites by the status of their fibre, existing fibre."""
    status = _table(run, "commune_status")
    with plain_figure(_WIDTH, _height(status)) as figure:
        axes = _ground(figure, status, run)
        few = len(status) <= _NAMED
        for value in STATUSES:
            here = status[status["fibre"] == value]
            if len(here):
                here.plot(
                    ax=axes,
                    facecolor="white" if value == OK else "#eeeeee" if value == UNKNOWN else "#fbe3d3",
                    hatch=STATUS_LOOKS[GAP][1] if value == GAP else "",
                    edgecolor="#777777",
                    linewidth=0.7 if few else 0.15,
                    zorder=1,
                )
        _lines(axes, _table(run, "fibre"), _FIBRE, 4)
        gaps = _table(run, "gaps")
        shrink = 1.0 if len(gaps) <= 400 else 0.15
        for value in (UNKNOWN, OK, GAP):
            marker, fill, size = _SIGNS[value]
            _points(axes, gaps[gaps["fibre"] == value], marker, fill, size * shrink, 6)
        _names(axes, status)
        handles: list[Any] = []
        for value in STATUSES:
            label = _("Site: {status}").format(status=say(STATUS_NAMES, value))
            handles.append(_sign(*_SIGNS[value][:2], label))
        handles += _existing(run)
        if len(status) > 1:
            lacks, unknown = _("Commune centre: fibre gap"), _("Commune centre: not known")
            handles.append(
                Patch(facecolor="#fbe3d3", hatch=STATUS_LOOKS[GAP][1], edgecolor="#777777", label=lacks)
            )
            handles.append(Patch(facecolor="#eeeeee", edgecolor="#777777", label=unknown))
        _furniture(figure, axes, status, handles)
        return png_of(figure)


def draw_works(run: Run) -> bytes:
    """PNG: sites by the technology that the plan gives them, new line and links, existing fibre."""
    status, investments = _table(run, "commune_status"), _table(run, "investments")
    with plain_figure(_WIDTH, _height(status)) as figure:
        axes = _ground(figure, status, run)
        few = len(status) <= _NAMED
        status.plot(ax=axes, facecolor="white", edgecolor="#999999", linewidth=0.7 if few else 0.15, zorder=1)
        _lines(axes, _table(run, "roads") if few else None, {"color": "#c9c9c9", "linewidth": 0.7}, 2)
        _lines(axes, _table(run, "fibre"), _FIBRE, 3)
        segments, funded = _table(run, "segments"), investments["funded"].astype(bool)
        paid = segments["investment_id"].isin(investments.loc[funded, "investment_id"])
        _lines(axes, segments[~paid], _LATER, 4)
        _lines(axes, segments[paid], _NEW, 5)
        _lines(axes, _table(run, "links"), _HOP, 5)
        handles = _existing(run)
        if paid.any():
            handles.append(Line2D([], [], label=_("New line"), **_NEW))
        if (~paid).any():
            handles.append(Line2D([], [], label=_("New line beyond the budget"), **_LATER))
        if len(_table(run, "links")):
            handles.append(Line2D([], [], label=_("Microwave links"), **_HOP))
        handles += _served(axes, investments[investments["closes"] != "wifi"])
        _names(axes, status)
        _furniture(figure, axes, status, handles)
        return png_of(figure)


def _existing(run: Run) -> list[Any]:
    """What the legend says of existing fibre, where there is any."""
    return [Line2D([], [], label=_("Existing fibre"), **_FIBRE)] if len(_table(run, "fibre")) else []


def _served(axes: Axes, investments: gpd.GeoDataFrame) -> list[Any]:
    """Draw the sites of the investments, filled within the budget; the handles for the legend."""
    handles = []
    for technology, (marker, fill) in _WORKS.items():
        here = investments[investments["technology"] == technology]
        for funded in (True, False):
            rows = here[here["funded"].astype(bool) == funded]
            if rows.empty:
                continue
            points = rows.explode(ignore_index=True)
            colour = fill if funded else "white"
            _points(axes, points, marker, colour, 75 if marker == "*" else 42, 7)
            name = say(TECHNOLOGY_NAMES, technology)
            handles.append(_sign(marker, colour, name if funded else f"{name} ({_('beyond the budget')})"))
    return handles


def _table(run: Run, name: str) -> gpd.GeoDataFrame:
    known = INPUT_TABLES.get(name) or RESULT_TABLES[name]
    return run.tables.get(name, empty(known, WGS84))


def _height(status: gpd.GeoDataFrame) -> float:
    """Inches at which the area fills the width, within bounds."""
    if status.empty:
        return 4.0
    west, south, east, north = status.total_bounds
    tall = (north - south) / max((east - west) * np.cos(np.radians((south + north) / 2)), 1e-9)
    return float(np.clip(_WIDTH * tall, 3.2, _TALLEST))


def _ground(figure: Figure, status: gpd.GeoDataFrame, run: Run) -> Axes:
    """Axes that fit the communes, with the rivers."""
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    if len(status) <= _NAMED:
        _lines(axes, _table(run, "rivers"), {"color": "#9fc0d6", "linewidth": 0.8}, 2)
    return axes


def _lines(axes: Axes, rows: gpd.GeoDataFrame | None, look: dict[str, Any], above: int) -> None:
    if rows is not None and len(rows):
        rows.plot(ax=axes, zorder=above, **look)


def _points(axes: Axes, rows: gpd.GeoDataFrame, marker: str, fill: str, size: float, above: int) -> None:
    if len(rows):
        axes.scatter(
            rows.geometry.x,
            rows.geometry.y,
            s=size,
            marker=marker,
            facecolor=fill,
            edgecolor="black" if size > 8 else fill,
            linewidth=0.6,
            zorder=above,
        )


def _sign(marker: str, fill: str, label: str) -> Line2D:
    look: Any = {"marker": marker, "markerfacecolor": fill, "markeredgecolor": "black", "color": "none"}
    return Line2D([], [], markersize=9 if marker == "*" else 6, markeredgewidth=0.6, label=label, **look)


def _names(axes: Axes, status: gpd.GeoDataFrame) -> None:
    if not 1 < len(status) <= _NAMED:
        return
    for name, shape in zip(status["name"], status.geometry, strict=True):
        at = shape.representative_point()
        look: Any = {"fontsize": 7.5, "weight": "bold", "ha": "center", "va": "top", "zorder": 9}
        # Below the middle, where the commune's office often stands.
        said = axes.annotate(short_name(name), (at.x, at.y), (0, -5), textcoords="offset points", **look)
        said.set_path_effects([withStroke(linewidth=2.2, foreground="white")])


def _furniture(figure: Figure, axes: Axes, status: gpd.GeoDataFrame, handles: list[Any]) -> None:
    """Frame, scale bar, north, legend below, and the country beside it."""
    if status.empty:
        return
    west, south, east, north = status.total_bounds
    wide, tall = east - west, north - south
    axes.set_xlim(west - 0.03 * wide, east + 0.03 * wide)
    axes.set_ylim(south - 0.08 * tall, north + 0.06 * tall)
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    axes.set_aspect(1 / squeeze)
    draw_scale_bar(axes, _DEGREE_M * squeeze)
    axes.annotate("▲\n" + _("N"), (0.985, 0.985), xycoords="axes fraction", ha="right", va="top", fontsize=11)
    legend = figure.add_axes((0.0, -1.85 / figure.get_figheight(), 0.7, 1.8 / figure.get_figheight()))
    legend.set_axis_off()
    legend.legend(handles=handles, loc="upper left", ncols=2, frameon=False, fontsize=8.5)
    if not abroad(status):
        inset = figure.add_axes((0.72, -1.85 / figure.get_figheight(), 0.28, 1.8 / figure.get_figheight()))
        draw_inset(inset, ((west + east) / 2, (south + north) / 2))
