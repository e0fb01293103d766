"""Readers of published Steiner tree instances: SteinLib's .stp and PACE's .gr, plain or gzipped."""

import csv
import gzip
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

#: Where the instances are, beside the repository; the tests that need them say so when it is absent.
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "steiner"


@dataclass
class Instance:
    """A graph (nodes from 0), terminals, prizes by node, root (−1: none) and the known optimum."""

    name: str
    n_nodes: int = 0
    u: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    v: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    cost: np.ndarray = field(default_factory=lambda: np.empty(0))
    terminals: np.ndarray = field(default_factory=lambda: np.empty(0, int))
    prizes: dict[int, float] = field(default_factory=dict)
    root: int = -1
    lower: float = np.nan
    upper: float = np.nan


def read_instance(path: Path) -> Instance:
    """One instance file."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    out = Instance(path.name.split(".")[0])
    edges, terminals = [], []
    for line in text.decode("utf-8", errors="replace").splitlines():
        match line.split():
            case ["E" | "A" | "e", u, v, cost]:
                edges.append((int(u) - 1, int(v) - 1, float(cost)))
            case ["Nodes", n]:
                out.n_nodes = int(n)
            case ["T", t]:
                terminals.append(int(t) - 1)
            case ["TP", t, prize]:
                out.prizes[int(t) - 1] = float(prize)
            case ["RootP", root]:
                out.root = int(root) - 1
    out.u, out.v = (np.array([e[i] for e in edges], int) for i in (0, 1))
    out.cost = np.array([e[2] for e in edges])
    out.terminals = np.array(terminals, int)
    return out


def listed(family: str) -> list[dict[str, str]]:
    """The rows of the manifest whose file is in a folder that contains `family`."""
    manifest = FOLDER / "manifest.csv"
    if not manifest.exists():
        return []
    with manifest.open() as rows:
        return [row for row in csv.DictReader(rows) if family in row["file"].split("/")[0]]


def read_listed(row: dict[str, str]) -> Instance:
    """The instance of a row of the manifest, with the published bounds of its optimum."""
    out = read_instance(FOLDER / row["file"])
    out.lower, out.upper = float(row["lower"]), float(row["upper"])
    return out
