"""The drawn run under other names, with a crosswalk: communes of 2021 and those that they became in 2025.

A is La Êê (00001), B is Chà Vàl (00002), C is Zuôih (00003), all of Nam Giang. La Êê takes in Chơ Chun, which
the run does not have; Chà Vàl and a part of Zuôih become Nam Giang, which keeps the code of Chà Vàl; the rest
of Zuôih becomes Sông Bung.
"""

from typing import Any

import pandas as pd
from drawn_run import drawn_run

from phusong.domain import CROSSWALK
from phusong.runs import Run

NAMES = ["La Êê", "Chà Vàl", "Zuôih"]
PAIRS = [
    ("00001", "La Êê", "00001", "La Êê"),
    ("00009", "Chơ Chun", "00001", "La Êê"),
    ("00002", "Chà Vàl", "00002", "Nam Giang"),
    ("00003", "Zuôih", "00002", "Nam Giang"),
    ("00003", "Zuôih", "00004", "Sông Bung"),
]


def crosswalk(pairs: list[tuple[str, str, str, str]] = PAIRS, **said: Any) -> pd.DataFrame:
    """CROSSWALK of `pairs` (old code, old name, new code, new name), July 2021 to July 2025."""
    columns = ["old_code", "old_name", "new_code", "new_name"]
    rows = pd.DataFrame(pairs, columns=columns).assign(
        old_vintage="2021-07",
        old_unit_type="xã",
        old_district="Nam Giang",
        old_province="Quảng Nam",
        new_vintage="2025-07",
        new_unit_type="xã",
        new_province="Đà Nẵng",
        source="drawn",
        row=range(2, len(pairs) + 2),
        **said,
    )
    text = {name: "str" for name, c in CROSSWALK.columns.items() if str(c.dtype).startswith("str")}
    return rows.reindex(columns=list(CROSSWALK.columns)).astype(text)


def units_run(**changes: Any) -> Run:
    """The drawn run of 2021 with its crosswalk; `changes` as in drawn_run."""
    run = drawn_run()
    named = {
        "communes": run.tables["communes"].assign(name=NAMES, district="Nam Giang", province="Quảng Nam"),
        "commune_status": run.tables["commune_status"].assign(name=NAMES),
        "crosswalk": crosswalk(),
    }
    manifest = {"vintage": "2021-07"} | changes.pop("manifest", {})
    return drawn_run(manifest=manifest, **(named | changes))


def later_run() -> Run:
    """The same land as units of 2025: La Êê (00001) is A, Nam Giang (00002) is B, Sông Bung (00004) is C."""
    run, names, codes = drawn_run(), ["La Êê", "Nam Giang", "Sông Bung"], ["00001", "00002", "00004"]
    here = run.tables["gaps"]["commune_code"].replace("00003", "00004")
    return drawn_run(
        manifest={"vintage": "2025-07"},
        communes=run.tables["communes"].assign(
            name=names, commune_code=codes, district=None, province="Đà Nẵng"
        ),
        commune_status=run.tables["commune_status"].assign(name=names, commune_code=codes),
        gaps=run.tables["gaps"].assign(commune_code=here),
        crosswalk=crosswalk(),
    )
