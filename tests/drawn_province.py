"""A drawn province as a study: square communes in rows, a UBND office in each, districts of equal size.

+----+----+----+ …      communes of about 2 km, the office in the middle, no roads and no lines:
| o  | o  | o  |        what has fibre is what is reported
+----+----+----+ …
"""

from collections.abc import Sequence
from pathlib import Path

from conftest import feature, square, write_geojson

#: Code, name, district of a commune.
Commune = tuple[str, str, str]


def write_province(
    folder: Path,
    communes: Sequence[Commune],
    without_fibre: Sequence[str] = (),
    *,
    title: str = "Drawn province",
    province: str = "Tỉnh T",
    vintage: str = "2021-07",
    indicators: str = "",
    toml: str = "",
    **files: str,
) -> Path:
    """The study file. `without_fibre` are codes; `indicators` and `files` (stem → text) are CSV beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    across = int(len(communes) ** 0.5) + 1
    features, sites = [], ["site_id,name,kind,commune_code,lon,lat,fibre"]
    for place, (code, name, district) in enumerate(communes):
        west, south = 106 + 0.02 * (place % across), 17 + 0.02 * (place // across)
        features.append(
            feature(
                square(west, south, 0.02),
                code=code,
                name=name,
                district=district,
                province=province,
                pop=1000,
            )
        )
        fibre = "no" if code in without_fibre else "yes"
        sites.append(f"S{code},UBND {name},UBND,{code},{west + 0.01},{south + 0.01},{fibre}")
    write_geojson(folder / "communes.geojson", features)
    (folder / "sites.csv").write_text("\n".join(sites) + "\n", encoding="utf-8")
    if indicators:
        files["indicators"] = indicators
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    inputs = "\n".join(f'{name} = "{name}.csv"' for name in files)
    study = folder / "study.toml"
    study.write_text(
        f'title = "{title}"\nlanguage = "vi"\nreport_date = "2021"\nvintage = "{vintage}"\n'
        f'[inputs]\ncommunes = "communes.geojson"\nsites = "sites.csv"\n{inputs}\n{toml}\n',
        encoding="utf-8",
    )
    return study
