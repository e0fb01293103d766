"""What a stopped run has left of a study that is designed by area: the areas that were done.

They lie in a folder of the question (`.areas-RUN`) beside the run, an area a folder that is there whole or
not at all; the run that ends well takes them away.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import geopandas as gpd
import pandas as pd

from phusong.areas import TABLES, Area, AreaPlan
from phusong.beside import stage_for
from phusong.decide import Proof

_PROOF = "proof.json"


class Left:
    """The areas that lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kept(self, area: Area) -> AreaPlan | None:
        """What was designed in an area; None where it was not done, or cannot be read."""
        place = self.folder / area.name
        try:
            proof = json.loads((place / _PROOF).read_text(encoding="utf-8"))
            tables = {name: _read(place / f"{name}.parquet", name) for name in TABLES}
        except (OSError, ValueError):
            return None
        return AreaPlan(tables, None if proof is None else Proof(**proof))

    def keep(self, area: Area, plan: AreaPlan) -> None:
        """Write what was designed in an area."""
        place = self.folder / area.name
        with stage_for(place) as stage:
            for name, frame in plan.tables.items():
                frame.to_parquet(stage / f"{name}.parquet", index=False)
            proof = None if plan.proof is None else asdict(plan.proof)
            (stage / _PROOF).write_text(json.dumps(proof), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            stage.rename(place)

    def take_away(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(path: Path, name: str) -> pd.DataFrame:
    shaped = "geometry" in TABLES[name].columns
    frame: pd.DataFrame = gpd.read_parquet(path) if shaped else pd.read_parquet(path)
    return frame
