"""The roads of a nation for the Steiner engine: seconds, memory, certified gap.

Run as a program it is the process whose time and memory are read:
`python -m benchmarks.route_nation JUNCTIONS SITES`.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.mountain_roads import Roads, mountain_roads
from benchmarks.page import at_least, at_most, checks_table
from benchmarks.timing import Scale, say
from phusong.steiner import CostGraph, cheapest_tree, verify_tree

_TEXT = """## Routes: a nation

Drawn roads of {nodes:,} nodes and {edges:,} edges, {sites:,} sites, a fixed seed; one thread, after a
warm-up, in a process of its own. The plan is verified.

| phusong | |
|---|---|
| processor seconds | {seconds:.1f} |
| greatest memory of the process | {memory_gb:.2f} GB ({before_gb:.2f} GB after making the roads) |
| certified gap | {gap:.3f} % |

{checks}"""


def route_nation_section(scale: Scale) -> str:
    """A nation's roads in a process of their own."""
    say(f"  roads of {scale.nation_junctions} junctions")
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *filter(None, sys.path)])}
    command = [sys.executable, "-m", "benchmarks.route_nation"]
    command += [str(scale.nation_junctions), str(scale.nation_sites)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr)
    done = json.loads(run.stdout)
    say(f"    {done}")
    checks = [
        at_least("nodes", done["nodes"], 4_500_000, "{:,.0f}"),
        at_least("edges", done["edges"], 5_000_000, "{:,.0f}"),
        at_most("time", done["seconds"], 30, "{:.1f} s"),
        at_most("time (goal)", done["seconds"], 15, "{:.1f} s"),
        at_most("memory", done["memory_gb"], 1.5, "{:.2f} GB"),
        at_most("memory (goal)", done["memory_gb"], 1.2, "{:.2f} GB"),
        at_most("certified gap", done["gap"], 0.6, "{:.3f} %"),
        at_most("certified gap (goal)", done["gap"], 0.5, "{:.3f} %"),
    ]
    return _TEXT.format(**done, checks=checks_table(checks))


def measure_nation(junctions: int, sites: int) -> dict[str, float]:
    """Seconds, memory and gap for drawn roads."""
    _solve(mountain_roads(6000, 150, 0))
    roads = mountain_roads(junctions, sites, 1, pieces=2.95, towns=63)
    before = _memory_gb()
    begin = time.process_time()
    gap = _solve(roads)
    return {
        "nodes": roads.n_nodes,
        "edges": len(roads.u),
        "sites": sites,
        "seconds": time.process_time() - begin,
        "memory_gb": _memory_gb(),
        "before_gb": before,
        "gap": gap,
    }


def _solve(roads: Roads) -> float:
    """The certified gap in %."""
    graph = CostGraph(roads.n_nodes, roads.u, roads.v, roads.cost, roads.fibre)
    tree = cheapest_tree(graph, roads.sites)
    verify_tree(graph, roads.sites, tree)
    return 100 * tree.gap


def _memory_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    print(json.dumps(measure_nation(int(sys.argv[1]), int(sys.argv[2]))))
