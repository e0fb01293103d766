"""Points a second of the footprints, and of the tools that a planner would use instead."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.ground import FREQUENCIES_GHZ, Ground
from benchmarks.page import Check, at_least, checks_table
from benchmarks.timing import Scale, Timing, say, time_warm
from phusong.radio.footprints import footprint_edges, footprint_losses, footprint_sight

_TEXT = """## Footprints: {name}

One mast on a summit, cells of 30 m, receiver at 1.5 m, one thread, warm. Losses at 0.9, 1.8 and 2.1 GHz in
one pass.

| phusong | points | least s | median s | points/s |
|---|---|---|---|---|
{kernels}

| reference tool, one thread | points/s | phusong is faster |
|---|---|---|
{peers}

{checks}"""
_NET = "net of a run of 50 m reach (tile loading, walk to the tile's edge, picture)"


@dataclass(frozen=True)
class Kernel:
    """A raster of ours: its points, and how long it takes."""

    name: str
    points: int
    timing: Timing

    @property
    def rate(self) -> float:
        """Points a second."""
        return self.points / self.timing.best_s

    @property
    def row(self) -> str:
        """A row of a Markdown table."""
        times = f"{self.timing.best_s:.4f} | {self.timing.median_s:.4f}"
        return f"| {self.name} | {self.points:,} | {times} | {self.rate / 1e6:.1f} M |"


Rows = tuple[list[str], list[Check]]


def speed_section(ground: Ground, scale: Scale) -> str:
    """Points a second on one thread, warm, and the ratios to the reference tools."""
    say(f"  speed: {ground.name}")
    losses, _edges, sight = kernels = _kernels(ground, scale)
    with tempfile.TemporaryDirectory(prefix="phusong-bench-") as folder:
        rows, checks = _splat(ground, scale, Path(folder), losses, sight)
    more_rows, more_checks = _itmlogic(ground, scale, losses)
    return _TEXT.format(
        name=ground.name,
        kernels="\n".join(kernel.row for kernel in kernels),
        peers="\n".join(rows + more_rows),
        checks=checks_table(checks + more_checks),
    )


def _kernels(ground: Ground, scale: Scale) -> list[Kernel]:
    """P.1812, Deygout and line of sight."""
    where, reach = (ground.grid, ground.summit), ground.reach_m
    works: dict[str, Callable[[], np.ndarray]] = {
        "P.1812": lambda: footprint_losses(*where, FREQUENCIES_GHZ, reach).loss_db,
        "P.526 Deygout": lambda: footprint_edges(*where, FREQUENCIES_GHZ, reach).loss_db,
        "line of sight, k = 4/3": lambda: footprint_sight(*where, reach)[0],
    }
    out = []
    for name, work in works.items():
        out.append(Kernel(name, int(np.isfinite(work()).sum()), time_warm(work, scale.repeats)))
        say(f"    {name}: {out[-1].rate / 1e6:.1f} M points/s")
    return out


def _splat(ground: Ground, scale: Scale, folder: Path, losses: Kernel, sight: Kernel) -> Rows:
    """splat-hd's ITM and line-of-sight areas."""
    if not (scale.peers and peers.splat_is_here()):
        say("  splat-hd is absent (Debian package splat): no ratio to it")
        return ["| splat-hd | absent (Debian package splat) | |"], []
    where = ground.grid, ground.summit, ground.reach_m, folder, scale.slow_repeats
    itm, view = peers.run_splat(*where), peers.run_splat(*where, sight=True)
    rows = [
        _row(f"splat-hd, ITM area of {itm.points:,} points, {_NET}", itm.rate(itm.short), losses.rate),
        _row("the same, net of tile loading alone", itm.rate(itm.loading), losses.rate),
        _row("the same, whole run", itm.rate(), losses.rate),
        _row("splat-hd, line-of-sight area, net of tile loading", view.rate(view.loading), sight.rate),
    ]
    ratio = losses.rate / itm.rate(itm.short)
    return rows, [at_least("P.1812 against splat-hd's ITM, at splat-hd's best", ratio, 50, "{:,.0f} ×")]


def _itmlogic(ground: Ground, scale: Scale, losses: Kernel) -> Rows:
    """itmlogic's point-to-point ITM."""
    if not peers.itmlogic_is_here():
        say("  itmlogic is absent (pip install 'phusong[bench]'): no ratio to it")
        return ["| itmlogic | absent (pip install 'phusong[bench]') | |"], []
    where = ground.grid, ground.summit, ground.reach_m
    rate = peers.itmlogic_rate(*where, scale.peer_paths, scale.slow_repeats)
    row = _row("itmlogic, ITM point to point, profiles read beforehand", rate, losses.rate)
    return [row], [at_least("P.1812 against itmlogic's ITM", losses.rate / rate, 1000, "{:,.0f} ×")]


def _row(name: str, rate: float, ours: float) -> str:
    say(f"    {name}: {rate:,.0f} points/s")
    return f"| {name} | {rate:,.0f} | {ours / rate:,.0f} × |"
