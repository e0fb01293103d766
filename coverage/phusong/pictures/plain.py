"""What the pictures of a report share: a font with Vietnamese letters, a PNG of the same bytes each time."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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
