"""Viet Nam small beside a map, with Hoàng Sa and Trường Sa: the outline in the corner of the HTML map."""

from typing import Any

from matplotlib.axes import Axes

from phusong.language import _

#: (lon, lat); rough, to show where a study lies, as in maps/furniture.js.
COAST = (
    (102.1, 22.4),
    (102.5, 22.8),
    (103.0, 22.5),
    (103.6, 22.8),
    (104.1, 22.6),
    (104.8, 23.1),
    (105.3, 23.4),
    (105.9, 22.9),
    (106.7, 22.9),
    (106.7, 22.0),
    (107.4, 21.6),
    (108.0, 21.5),
    (107.4, 21.1),
    (106.8, 20.7),
    (106.5, 20.2),
    (106.0, 19.9),
    (105.8, 19.1),
    (105.7, 18.7),
    (106.1, 18.3),
    (106.5, 17.9),
    (106.6, 17.4),
    (107.1, 17.0),
    (107.7, 16.5),
    (108.3, 16.1),
    (108.8, 15.3),
    (109.1, 14.3),
    (109.3, 13.3),
    (109.4, 12.7),
    (109.2, 12.0),
    (109.0, 11.4),
    (108.2, 10.9),
    (107.3, 10.4),
    (106.8, 10.4),
    (106.7, 9.8),
    (106.2, 9.4),
    (105.3, 8.9),
    (104.7, 8.6),
    (104.9, 9.6),
    (105.0, 10.1),
    (104.5, 10.4),
    (105.1, 10.9),
    (105.9, 10.9),
    (106.2, 11.0),
    (105.9, 11.6),
    (106.4, 11.7),
    (107.1, 12.0),
    (107.5, 12.4),
    (107.6, 13.0),
    (107.4, 13.9),
    (107.5, 14.7),
    (107.6, 15.1),
    (107.2, 15.8),
    (107.4, 16.1),
    (106.9, 16.4),
    (106.6, 16.9),
    (105.7, 17.7),
    (105.1, 18.5),
    (104.0, 19.1),
    (104.0, 19.5),
    (104.9, 19.8),
    (104.4, 20.4),
    (103.7, 20.7),
    (103.0, 21.0),
    (102.9, 21.7),
)
ISLANDS = (
    (104.0, 10.2),
    (106.6, 8.7),
    (107.7, 20.1),
    (109.1, 15.4),
    (108.9, 10.5),
)
HOANG_SA = (
    (111.3, 16.1),
    (111.6, 16.5),
    (112.0, 16.9),
    (112.3, 16.3),
    (112.6, 16.7),
    (111.7, 15.8),
)
TRUONG_SA = (
    (111.9, 8.6),
    (112.9, 8.9),
    (113.8, 9.9),
    (114.3, 11.0),
    (114.4, 10.2),
    (115.0, 10.8),
    (115.5, 9.8),
    (112.3, 7.9),
    (113.2, 8.2),
    (114.6, 8.9),
)


def draw_inset(axes: Axes, here: tuple[float, float]) -> None:
    """Draw the country into `axes` and mark the place `here` (lon, lat)."""
    axes.set_facecolor("#f2f5f7")
    axes.fill(*zip(*COAST, strict=True), facecolor="white", edgecolor="#555555", linewidth=0.7)
    for places in (ISLANDS, HOANG_SA, TRUONG_SA):
        axes.plot(*zip(*places, strict=True), ".", color="#333333", markersize=2.2)
    small: Any = {"fontsize": 6.5, "ha": "right", "va": "center", "color": "#222222"}
    axes.text(117.6, 17.9, _("Hoàng Sa Islands"), **small)
    axes.text(117.6, 6.9, _("Trường Sa Islands"), **small)
    axes.plot([here[0]], [here[1]], "o", markersize=7, markerfacecolor="none", markeredgecolor="black")
    axes.plot([here[0]], [here[1]], "o", markersize=2.5, color="black")
    axes.set_xlim(101, 118)
    axes.set_ylim(6, 24)
    axes.set_aspect(1.04)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_linewidth(0.6)
