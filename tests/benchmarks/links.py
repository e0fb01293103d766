"""Links: Fresnel clearance of 10 km pairs, against the same question in scipy."""

import numpy as np

from benchmarks.ground import fractal_heights
from benchmarks.page import at_least, checks_table
from benchmarks.peers import scipy_clearances
from benchmarks.timing import Scale, say, time_warm
from phusong.radio.pairs import pair_clearances, pairs_within
from phusong.terrain import Grid

_SIDE_M, _ANTENNA_M, _GHZ = 35_000.0, 30.0, 7.0
_TEXT = """## Links

Least Fresnel clearance of {pairs:,} pairs 9.5–10.5 km apart ({places:,} places in drawn mountains, pairs in
the order of `pairs_within`), every sample of every profile, one thread, warm.

| | pairs/s | phusong is faster |
|---|---|---|
| phusong, least {best:.3f} s, median {median:.3f} s | {rate:,.0f} | |
| scipy map_coordinates and numpy, the same question | {slow:,.0f} | {ratio:,.0f} × |

Both agree within {apart:.4f} radii of the first Fresnel zone.

{checks}"""


def links_section(scale: Scale) -> str:
    """Fresnel clearances of 10 km pairs, and the same by scipy in the same process."""
    say("  links")
    grid = Grid(fractal_heights(int(_SIDE_M / 30) + 40), -300.0, 300.0, 30.0)
    x, y = np.random.default_rng(4).uniform(0, _SIDE_M, (2, scale.places)) * np.array([[1], [-1]])
    pairs = pairs_within(x, y, 10_500, 9_500)
    few = pairs[:: max(len(pairs) // scale.peer_paths, 1)]
    height = np.full(len(x), _ANTENNA_M)
    timing = time_warm(lambda: pair_clearances(grid, x, y, height, pairs, _GHZ), scale.repeats)
    slow = time_warm(lambda: scipy_clearances(grid, x, y, _ANTENNA_M, few, _GHZ), scale.slow_repeats)
    apart = scipy_clearances(grid, x, y, _ANTENNA_M, few, _GHZ) - pair_clearances(
        grid, x, y, height, few, _GHZ
    )
    rate, slow_rate = len(pairs) / timing.best_s, len(few) / slow.best_s
    say(f"    {rate / 1e6:.2f} M pairs/s")
    return _TEXT.format(
        pairs=len(pairs),
        places=len(x),
        best=timing.best_s,
        median=timing.median_s,
        rate=rate,
        slow=slow_rate,
        ratio=rate / slow_rate,
        apart=np.abs(apart).max(),
        checks=checks_table([at_least("10 km link checks a second a core", rate / 1e6, 0.5, "{:.2f} M")]),
    )
