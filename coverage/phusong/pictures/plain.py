"""What pictures share: a font with Vietnamese letters, a PNG of the same bytes each time, a scale bar."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from phusong.units import decimal

#: Dots an inch: sharp on paper, small in a file.
_DPI = 170
#: Names are never read as formulas; DejaVu Sans comes with matplotlib.
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,
    "hatch.linewidth": 0.6,
}


@contextmanager
def plain_figure(width: float, height: float) -> Iterator[Figure]:
    """A figure of so many inches."""
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # A letter that the font has not is drawn as a box; nothing to tell a planner.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        yield figure


def png_of(figure: Figure) -> bytes:
    """The figure, cut to what is drawn."""
    out = BytesIO()
    figure.savefig(
        out, format="png", dpi=_DPI, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.04
    )
    return out.getvalue()


def short_name(name: Any, most: int = 24) -> str:
    """A name that fits into a picture."""
    text = " ".join(str(name).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def draw_scale_bar(axes: Axes, unit_m: float = 1.0) -> None:
    """A bar of a round length, at most a fifth of the map, at the lower left, with its length above. The
    limits of the axes are set; one of their units is `unit_m` metres across the map."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    longest_km = (right - left) * unit_m / 5000
    power = 10 ** np.floor(np.log10(longest_km))
    length_km = float(max(n * power for n in (1, 2, 5) if n * power <= longest_km))
    x, y = left + 0.03 * (right - left), bottom + 0.03 * (top - bottom)
    end = x + length_km * 1000 / unit_m
    axes.plot([x, end], [y, y], color="black", linewidth=2.5, solid_capstyle="butt", zorder=9)
    said = f"{decimal(length_km, 0 if length_km >= 1 else 1)} km"
    place: Any = {"textcoords": "offset points", "ha": "center", "fontsize": 9, "zorder": 9}
    axes.annotate(said, ((x + end) / 2, y), (0, 4), **place)
