"""What the sections of a report draw from: the run's tables, its plan, and names for codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from phusong.domain import INPUT_TABLES, ONE_AREA, RESULT_TABLES, empty
from phusong.geo import WGS84
from phusong.language import _
from phusong.maps.saying import ids_in
from phusong.reports.parts import clean
from phusong.runs import Run


@dataclass(frozen=True)
class Facts:
    """A run as the sections ask for it."""

    run: Run

    @property
    def manifest(self) -> Mapping[str, Any]:
        return self.run.manifest

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan's summary, as the run states it."""
        plan: Mapping[str, Any] = self.manifest.get("summary", {}).get("plan", {})
        return plan

    @property
    def choices(self) -> Mapping[str, Any]:
        """[plan] of the study."""
        said: Mapping[str, Any] = self.manifest.get("plan", {})
        return said

    def table(self, name: str) -> Any:
        """A table of the run; an empty one where the run has none."""
        if name in self.run.tables:
            return self.run.tables[name]
        known = {**INPUT_TABLES, **RESULT_TABLES}
        return empty(known[name], WGS84) if name in known else pd.DataFrame()

    @cached_property
    def investments(self) -> pd.DataFrame:
        """By rank."""
        return self.table("investments").sort_values("rank", ignore_index=True)

    @cached_property
    def funded(self) -> pd.DataFrame:
        return self.investments[self.investments["funded"].astype(bool)]

    @cached_property
    def later(self) -> pd.DataFrame:
        """Investments that the budget leaves out."""
        return self.investments[~self.investments["funded"].astype(bool)]

    @property
    def one_area(self) -> bool:
        """Does one area stand for all communes?"""
        return list(self.table("commune_status")["commune_code"]) == [ONE_AREA]

    @cached_property
    def _communes(self) -> dict[str, str]:
        status = self.table("commune_status")
        return dict(zip(status["commune_code"], status["name"], strict=True))

    @cached_property
    def _sites(self) -> dict[str, str]:
        gaps = self.table("gaps")
        return dict(zip(gaps["site_id"], gaps["name"], strict=True))

    def commune(self, code: Any) -> str:
        return clean(self._communes.get(code, code))

    def communes(self, codes: Any) -> str:
        return ", ".join(self.commune(code) for code in ids_in(codes))

    def site(self, site_id: Any) -> str:
        return clean(self._sites.get(site_id, site_id))

    def sites(self, ids: Any, most: int = 0) -> str:
        """Names of sites; "and so many more" after the `most` first (0: all)."""
        names = [self.site(site_id) for site_id in ids_in(ids)]
        return names_of(names, most)


def names_of(names: list[str], most: int = 0) -> str:
    if not most or len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[:most]) + " " + _("and {n} more").format(n=len(names) - most)
