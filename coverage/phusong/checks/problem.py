"""What a check finds."""

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd

from phusong.domain import Finding


@dataclass(frozen=True)
class Problem:
    """Something wrong with a row (`index`) of a table, or with the whole table (`index` None).

    `set_aside` takes the row out; `replacement` puts other values in; neither leaves it as it is.
    """

    table: str
    index: Any
    what: str
    do: str
    set_aside: bool = False
    replacement: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    #: Which cell is meant, and what may be meant by it (`Finding.column`, `Finding.suggest`).
    column: str | None = None
    suggest: tuple[tuple[str, str], ...] = ()

    def finding(self, frame: gpd.GeoDataFrame) -> Finding:
        """The problem with its file and row."""
        level = "error" if self.set_aside else "warning"
        if self.index is None:
            files = (
                sorted(set(frame["source"])) if not self.file and len(frame) else [self.file or self.table]
            )
            return Finding(level, ", ".join(files), None, self.what, self.do, self.column, (), self.table)
        where = str(frame.at[self.index, "source"]), int(frame.at[self.index, "row"])
        return Finding(level, *where, self.what, self.do, self.column, self.suggest, self.table)
