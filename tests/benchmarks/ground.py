"""The terrain that figures rest on: drawn mountains of 25° mean slope, and Đà Nẵng's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phusong.radio.footprints import Mast
from phusong.terrain import Grid, Terrain, read_grid

SHARED = Path(__file__).parents[3] / "shared" / "data"
DA_NANG = SHARED / "terrain-da-nang" / "dem_30m.tif"
CELL_M, ANTENNA_M = 30.0, 30.0
FREQUENCIES_GHZ = (0.9, 1.8, 2.1)
#: Fractal: exponent of Hurst, and the longest wave in m.
_HURST, _LONGEST_M = 0.9, 20_000.0


@dataclass(frozen=True)
class Ground:
    """Terrain with a mast on a summit and one in a valley, and how far their footprints go."""

    name: str
    grid: Grid
    summit: Mast
    valley: Mast
    reach_m: float


def mean_slope_deg(heights: np.ndarray) -> float:
    """Mean slope between neighbours in degrees."""
    down, right = np.gradient(heights.astype(float), CELL_M)
    return float(np.degrees(np.arctan(np.hypot(down, right))).mean())


def fractal_heights(cells: int, seed: int = 7, slope_deg: float = 25.0) -> np.ndarray:
    """Mountains: a power-law spectrum at random phases, as steep on average as asked for."""
    rng = np.random.default_rng(seed)
    f = np.hypot(np.fft.rfftfreq(cells, CELL_M)[None, :], np.fft.fftfreq(cells, CELL_M)[:, None])
    weight = (f**2 + _LONGEST_M**-2) ** (-(_HURST + 1) / 2)
    weight[0, 0] = 0
    wave = rng.standard_normal(f.shape) + 1j * rng.standard_normal(f.shape)
    z = np.fft.irfft2(weight * wave, s=(cells, cells))
    down, right = np.gradient(z, CELL_M)
    steep = np.hypot(down, right).ravel()[::17]
    low, high = 0.0, 1e3 / steep.mean()
    for _ in range(60):
        middle = (low + high) / 2
        steeper = np.degrees(np.arctan(steep * middle)).mean() > slope_deg
        low, high = (low, middle) if steeper else (middle, high)
    return np.asarray((z - z.min()) * high + 20, dtype=np.float32)


def mountains(reach_m: float) -> Ground:
    """Drawn mountains about a circle of `reach_m`."""
    cells = 2 * int(reach_m / CELL_M) + 201
    grid = Grid(fractal_heights(cells), 0.0, 0.0, CELL_M)
    name = f"drawn mountains, mean slope {mean_slope_deg(grid.ground):.1f}°, {reach_m / 1000:g} km"
    return Ground(name, grid, *_masts(grid), reach_m)


def da_nang(reach_m: float) -> Ground | None:
    """The terrain at Đà Nẵng; None where the file is not here."""
    if not DA_NANG.exists():
        return None
    grid = read_grid(Terrain((str(DA_NANG),), "EPSG:32649", CELL_M), (187000, 1757000, 211000, 1782000))
    return Ground(f"Đà Nẵng, {reach_m / 1000:g} km", grid, *_masts(grid), reach_m)


def _masts(grid: Grid, half: int = 60) -> tuple[Mast, Mast]:
    """Masts on the highest and on the lowest cell near the middle, a little off the cells' centres."""
    row, column = (size // 2 - half for size in grid.ground.shape)
    middle = grid.ground[row : row + 2 * half, column : column + 2 * half]
    found = []
    for place in (np.nanargmax(middle), np.nanargmin(middle)):
        i, j = np.unravel_index(int(place), middle.shape)
        x, y = grid.xy(np.array([row + i + 0.3]), np.array([column + j - 0.2]))
        found.append(Mast(float(x[0]), float(y[0]), ANTENNA_M))
    return found[0], found[1]
