"""A footprint as a picture: hillshade, levels by class, masts, communes, legend in dBm, scale."""

from pathlib import Path
from textwrap import fill
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from phusong.cogs import CLASS_COLOURS
from phusong.domain import Region
from phusong.footprints import Footprints, best_levels
from phusong.language import _
from phusong.mobile import class_bounds_dbm
from phusong.pictures.plain import draw_scale_bar
from phusong.study import Study
from phusong.terrain import Terrain, read_grid
from phusong.tiles import OFFSET_DBM, Area
from phusong.units import decimal
from phusong.wording import GENERATION, MOBILE_CLASS_NAMES, say

#: Pixels along the longer side of the raster in the picture.
_PIXELS = 1400
_ALPHA = 165
#: Characters of a line under the picture.
_LINE = 165


def draw_footprints_of(
    study: Study, region: Region, footprints: Footprints, folder: Path, caption: str
) -> list[Path]:
    """A PNG in `folder` for each radio technology: the best level of all operators over the terrain."""
    step = max(-(-max(footprints.area.shape) // _PIXELS), 1)
    relief = hillshade(study, region, footprints.area, step) if region.elevation else None
    return [
        _draw(study, region, footprints, step, radio, folder / f"{radio.lower()}.png", caption, relief)
        for radio in sorted({radio for _operator, radio in footprints.groups})
    ]


def _draw(
    study: Study,
    region: Region,
    footprints: Footprints,
    step: int,
    radio: str,
    path: Path,
    caption: str,
    relief: np.ndarray | None,
) -> Path:
    """Draw the levels of one radio technology over the relief."""
    levels = best_levels(footprints, radio, step)
    left, bottom, right, top = footprints.area.bounds
    extent = (left, right, bottom, top)
    width, height = right - left, top - bottom
    figure = Figure(figsize=(11, 11 * height / width + 1.0), dpi=110)
    tall = figure.get_figheight()
    axes = figure.add_axes((0.02, 0.55 / tall, 0.96, 1 - 1.05 / tall))
    axes.imshow(_shaded(_coloured(levels, radio, study), relief), extent=extent, interpolation="nearest")
    region.communes.boundary.plot(ax=axes, color="#222222", linewidth=0.9)
    cells = region.cells[region.cells["radio"] == radio]
    axes.plot(cells.geometry.x, cells.geometry.y, "^", color="white", markeredgecolor="black", markersize=8)
    _label_communes(axes, region.communes)
    axes.set_xlim(extent[0], extent[1])
    axes.set_ylim(extent[2], extent[3])
    axes.set_axis_off()
    draw_scale_bar(axes)
    _legend(figure, axes, radio, study)
    title = _("{title}: {radio} signal outdoors, best of all operators").format(
        title=study.title, radio=f"{GENERATION[radio]} ({radio})"
    )
    figure.text(0.02, 1 - 0.34 / tall, title, fontsize=15, weight="bold")
    figure.text(0.02, 0.12 / tall, fill(caption, _LINE), fontsize=8.5, color="#444444")
    # No time of writing in the file: the same footprint gives the same bytes.
    figure.savefig(path, metadata={"Software": None}, pil_kwargs={"compress_level": 3})
    return path


def _coloured(levels: np.ndarray, radio: str, study: Study) -> np.ndarray:
    """RGBA of level bytes by class; clear below weak."""
    classes = np.searchsorted(
        class_bounds_dbm(radio, study.mobile), levels.astype(float) + OFFSET_DBM, "right"
    )
    table = np.array([(0, 0, 0, 0), *((*colour, _ALPHA) for colour in CLASS_COLOURS)], dtype=np.uint8)
    return table[classes]


def _shaded(colours: np.ndarray, relief: np.ndarray | None) -> np.ndarray:
    """RGBA colours laid over the relief, in bytes: one image is drawn in a third of the time of two."""
    if relief is None:
        return colours
    grey = (relief[: colours.shape[0], : colours.shape[1], None] * 255).astype(np.uint16)
    alpha = colours[..., 3:].astype(np.uint16)
    mixed = (colours[..., :3] * alpha + grey * (255 - alpha)) // 255
    return np.concatenate([mixed, np.full_like(alpha, 255)], axis=2).astype(np.uint8)


def hillshade(study: Study, region: Region, area: Area, step: int) -> np.ndarray:
    """Shaded relief, 0 to 1, lit from the north-west at 45° (Horn 1981 gradients on every `step`-th cell)."""
    cell = area.cell_m * step
    elevation = tuple(str(raster.path) for raster in region.elevation)
    grid = read_grid(Terrain(elevation, region.communes.crs.to_wkt(), cell), area.bounds)
    down, right = np.gradient(np.nan_to_num(grid.ground, nan=float(np.nanmin(grid.ground))), cell)
    lit = (1 + right * 0.5 + -down * -0.5) / np.sqrt(1 + right**2 + down**2) / np.sqrt(1.5)
    return np.clip(0.25 + 0.75 * lit, 0, 1)


def _label_communes(axes: Any, communes: gpd.GeoDataFrame) -> None:
    for row in communes.itertuples():
        point = row.geometry.representative_point()
        text = axes.text(point.x, point.y, row.name, fontsize=9.5, weight="bold", ha="center", va="center")
        text.set_bbox({"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 1.2})


def _legend(figure: Figure, axes: Any, radio: str, study: Study) -> None:
    """Classes with their bounds in dBm, and the mast sign."""
    weak, fair, good = class_bounds_dbm(radio, study.mobile)
    spans = ((weak, fair, "weak"), (fair, good, "fair"), (good, None, "good"))
    handles: list[Any] = []
    for colour, (low, high, name) in zip(CLASS_COLOURS, spans, strict=True):
        span = f"≥ {low:.0f}" if high is None else f"{low:.0f} … {high:.0f}"
        label = f"{say(MOBILE_CLASS_NAMES, name)}: {span.replace('-', '−')} dBm"
        handles.append(
            Patch(facecolor="#{:02x}{:02x}{:02x}".format(*colour), alpha=_ALPHA / 255, label=label)
        )
    reach = _("or beyond {km} km").format(km=decimal(study.mobile.footprint_reach_m / 1000, 0))
    none = f"{say(MOBILE_CLASS_NAMES, 'none')}: < {weak:.0f} dBm".replace("-", "−") + f", {reach}"
    handles.append(Patch(facecolor="none", edgecolor="#888888", label=none))
    sign: Any = {"marker": "^", "color": "none", "markerfacecolor": "white", "markeredgecolor": "black"}
    handles.append(Line2D([], [], markersize=8, label=_("Mast"), **sign))
    quantity = {"LTE": "RSRP", "NR": "SS-RSRP", "UMTS": "RSCP", "GSM": "RxLev"}[radio]
    axes.legend(handles=handles, loc="upper left", title=quantity, framealpha=0.92, fontsize=9.5)
