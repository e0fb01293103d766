"""Make the bundled study `data/nam-giang/` out of facts: `python data/make_nam_giang.py`.

Nam Giang (Quảng Nam) in 2021: fibre at ten of twelve commune centres; La Êê and Chơ Chun work over weak 3G.
What is known is in `nam_giang_facts.py`. What is drawn from it is schematic and says so in its file:
boundaries (Voronoi cells), bends of roads and rivers, positions of sites, masts, heights. The same facts give
the same files: random numbers are drawn from a fixed seed, coordinates are rounded to 0.001°.
"""

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import rasterio
from nam_giang_facts import (
    ASSUMED_BASIS,
    ASSUMED_VILLAGES,
    AT_EVERY_CENTRE,
    CENTRES,
    COMMUNES,
    COMMUNES_2025,
    DISTRICT_OFFICE,
    EMPTY_LAND,
    FAR_3G_MASTS,
    FLOOR_M,
    LOWER_SECONDARY,
    MAST_EIRP_DBM,
    MAST_HEIGHT_M,
    NAMES,
    OPERATORS,
    PRESCHOOL,
    RIVERS,
    ROADS,
    SCHEMATIC,
    SEED,
    STEP_DEG,
    TOWN,
    VIDEO_COMMUNES,
    VILLAGE_BASIS,
    VILLAGES,
    WITHOUT_FIBRE,
    Bounds,
    Place,
)
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.ndimage import distance_transform_edt
from scipy.spatial import Voronoi
from shapely import LineString, MultiPoint, Point, Polygon
from shapely.ops import polygonize

HERE = Path(__file__).resolve().parent

# ---------------------------------------------------------------------------------------------- shapes


def rounded(places: Iterable[Sequence[float]]) -> list[Place]:
    """Places at three decimals, each only once in a row.

    >>> rounded([(1.00004, 2), (1.0, 2.0), (1.5, 2.0)])
    [(1.0, 2.0), (1.5, 2.0)]
    """
    out: list[Place] = []
    for x, y in places:
        place = (round(float(x), 3), round(float(y), 3))
        if not out or place != out[-1]:
            out.append(place)
    return out


def bend(a: Place, b: Place, share: float, shortest: float = 0.006) -> list[Place]:
    """A winding line from a to b: midpoints pushed aside by up to `share` of the length, again and again.

    The bends depend on a and b alone, so two neighbours that share an edge bend it alike.
    """
    if a > b:
        return bend(b, a, share, shortest)[::-1]
    draw = np.random.default_rng([SEED, *(round(v * 1000) for v in (*a, *b))])

    def halve(p: Place, q: Place) -> list[Place]:
        dx, dy = q[0] - p[0], q[1] - p[1]
        if math.hypot(dx, dy) < shortest:
            return [p]
        aside = share * (2 * draw.random() - 1)
        middle = ((p[0] + q[0]) / 2 - aside * dy, (p[1] + q[1]) / 2 + aside * dx)
        return halve(p, middle) + halve(middle, q)

    return rounded([*halve(a, b), b])


def winding(places: list[Place], share: float) -> list[Place]:
    """A winding line through all `places`."""
    return rounded(place for a, b in pairwise(places) for place in bend(a, b, share))


def split_at(places: list[Place], stops: set[Place]) -> list[list[Place]]:
    """`places` cut into pieces that end at the stops."""
    cuts = [0, *(i for i, p in enumerate(places[1:-1], 1) if p in stops), len(places) - 1]
    return [places[a : b + 1] for a, b in pairwise(cuts)]


# ---------------------------------------------------------------------------------------------- layers


def seeds() -> list[tuple[str, Place]]:
    """Commune and place of each seed of the boundaries; code "" lies outside the district."""
    inside = [
        (code, place)
        for code, centre in CENTRES.items()
        for group in ([centre], *(t.get(code, []) for t in (VILLAGES, ASSUMED_VILLAGES, EMPTY_LAND)))
        for place in group
    ]
    district = MultiPoint([place for _, place in inside])
    grid = [(x / 100, y / 100) for x in range(10_710, 10_812, 4) for y in range(1_526, 1_604, 4)]
    return inside + [("", place) for place in grid if Point(place).distance(district) > 0.05]


def boundaries() -> dict[str, Polygon]:
    """Schematic communes: cells of the land nearest to each commune's seeds, with bent common edges."""
    land = seeds()
    # A nudge off the 0.01° lattice: four seeds on one circle would leave a corner undecided.
    golden = (math.sqrt(5) - 1) / 2
    nudges = [(0.002 * (i * golden % 1), 0.002 * (i * golden**2 % 1)) for i in range(len(land))]
    cells = Voronoi(np.array([moved(place, by) for (_, place), by in zip(land, nudges, strict=True)]))
    edges: dict[str, list[LineString]] = {code: [] for code in CENTRES}
    for (one, other), corners in zip(cells.ridge_points, cells.ridge_vertices, strict=True):
        codes = {land[one][0], land[other][0]}
        if len(codes) == 1 or -1 in corners:
            continue
        ends = rounded(cells.vertices[corners])
        if len(ends) == 2:
            line = LineString(bend(ends[0], ends[1], 0.12, 0.012))
            for code in codes - {""}:
                edges[code].append(line)
    return {code: only(list(polygonize(lines)), code) for code, lines in edges.items()}


def only(found: list[Polygon], code: str) -> Polygon:
    """The one polygon of a commune, counter-clockwise from its westernmost corner (RFC 7946)."""
    if len(found) != 1:
        raise ValueError(f"commune {code}: {len(found)} polygons; move its seeds in EMPTY_LAND")
    ring = list(Polygon(found[0].exterior).exterior.coords)[:-1]
    if not Polygon(ring).exterior.is_ccw:
        ring.reverse()
    start = ring.index(min(ring))
    return Polygon(ring[start:] + ring[:start])


def roads() -> list[dict]:
    """Pieces of road between junctions and commune centres."""
    met = Counter(place for *_, places in ROADS for place in places)
    stops = {place for place, times in met.items() if times > 1} | set(CENTRES.values())
    pieces = [
        (name, road_class, basis, piece)
        for name, road_class, basis, places in ROADS
        for piece in split_at(places, stops)
    ]
    return [
        {
            "road_id": f"R{number:02d}",
            "name": name,
            "road_class": road_class,
            "basis": f"{basis}; bends {SCHEMATIC}" if SCHEMATIC not in basis else basis,
            "geometry": LineString(winding(piece, 0.16)),
        }
        for number, (name, road_class, basis, piece) in enumerate(pieces, 1)
    ]


def fibre(road_pieces: list[dict]) -> list[dict]:
    """Fibre along the roads that lie between Thạnh Mỹ and the ten centres reported to have it."""
    towards: dict[Place, list[tuple[Place, dict]]] = {}
    for piece in road_pieces:
        a, b = piece["geometry"].coords[0], piece["geometry"].coords[-1]
        towards.setdefault(a, []).append((b, piece))
        towards.setdefault(b, []).append((a, piece))
    way: dict[Place, list[str]] = {CENTRES[TOWN]: []}
    front = [CENTRES[TOWN]]
    while front:  # the network is a tree: the first way found is the only one
        here = front.pop()
        for there, piece in towards[here]:
            if there not in way:
                way[there] = [*way[here], piece["road_id"]]
                front.append(there)
    used = {road for code in CENTRES if code not in WITHOUT_FIBRE for road in way[CENTRES[code]]}
    return [
        {
            "fibre_id": f"F{number:02d}",
            "operator": "chưa rõ",
            "basis": f"REPORT: fibre at ten commune centres; course along {piece['road_id']} {SCHEMATIC}",
            "geometry": piece["geometry"],
        }
        for number, piece in enumerate((p for p in road_pieces if p["road_id"] in used), 1)
    ]


def communes() -> list[dict]:
    """The twelve communes of 2021 with their figures and schematic boundaries."""
    shapes = boundaries()
    return [
        {
            "commune_code": code,
            "name": name,
            "unit_type": "thị trấn" if code == TOWN else "xã",
            "district": "Nam Giang",
            "province": "Quảng Nam",
            "population": population,
            "population_date": "2019-04",
            "households": households,
            "vintage": "2021-07",
            "basis": f"GSO; CENSUS; boundary {SCHEMATIC}: nearest land, not the official one",
            "geometry": shapes[code],
        }
        for code, name, population, households, _ in COMMUNES
    ]


def crosswalk() -> list[dict[str, str]]:
    """Which commune of 2021 is in which of 2025, each as a whole."""
    return [
        {
            "old_code": old,
            "old_vintage": "2021-07",
            "old_name": full_name(old),
            "old_district": "Nam Giang",
            "old_province": "Quảng Nam",
            "new_code": new,
            "new_vintage": "2025-07",
            "new_name": f"Xã {name}",
            "new_province": "Đà Nẵng",
            "share": "1",
            "note": "MERGER: đổi loại hình" if parts == (TOWN,) else "MERGER: nhập toàn bộ",
        }
        for new, name, parts in COMMUNES_2025
        for old in parts
    ]


def rivers() -> list[dict]:
    """Three rivers, for the base map and the valleys."""
    return [
        {
            "river_id": f"S{i}",
            "name": name,
            "basis": f"LANDCOVER; bends {SCHEMATIC}",
            "geometry": LineString(winding(places, 0.18)),
        }
        for i, (name, places) in enumerate(RIVERS, 1)
    ]


def settlements() -> list[dict]:
    """Centres and villages, for the base map."""
    rows = [(code, f"Trung tâm {NAMES[code]}", place, centre_basis(code)) for code, place in CENTRES.items()]
    for villages, basis in ((VILLAGES, VILLAGE_BASIS), (ASSUMED_VILLAGES, f"{SCHEMATIC}: {ASSUMED_BASIS}")):
        rows += [(c, f"Khu dân cư ({NAMES[c]})", place, basis) for c in villages for place in villages[c]]
    rows.sort(key=lambda row: row[0])
    columns = ("commune_code", "name", "geometry", "basis")
    return [
        {"settlement_id": f"D{number:02d}", **dict(zip(columns, row, strict=True)), "geometry": Point(row[2])}
        for number, row in enumerate(rows, 1)
    ]


def centre_basis(code: str) -> str:
    """What the position of a commune centre rests on."""
    on_road = {
        "20699": "điểm trên đường trong xã, làm tròn 0,01° (ROADS)",
        "20719": f"{SCHEMATIC}: {ASSUMED_BASIS} trong xã",
    }
    return on_road.get(code, "điểm dân cư lớn nhất năm 2010, làm tròn 0,01° (LANDCOVER)")


# ---------------------------------------------------------------------------------------------- lists

SITE_COLUMNS = (
    "Mã đơn vị",
    "Tên đơn vị",
    "Loại",
    "Mã xã",
    "Xã",
    "Kinh độ",
    "Vĩ độ",
    "Cáp quang",
    "Wifi",
    "Họp trực tuyến",
    "Sóng di động",
    "Ngày báo cáo",
    "Căn cứ vị trí",
    "Căn cứ số liệu",
)


def reported(code: str) -> dict[str, str]:
    """What the report of 2021 says about a commune centre; an empty cell is "not said", never "no"."""
    if code in WITHOUT_FIBRE:
        return {
            "Cáp quang": "Không",
            "Wifi": "Không",
            "Sóng di động": "yếu",
            "Ngày báo cáo": "2021",
            "Căn cứ số liệu": "báo cáo 2021: không có cáp quang, 3G yếu; "
            "Wifi: suy ra, vì chưa có đường truyền cố định",
        }
    video = code in VIDEO_COMMUNES
    return {
        "Cáp quang": "Có",
        "Họp trực tuyến": "Có" if video else "",
        "Ngày báo cáo": "2021",
        "Căn cứ số liệu": "báo cáo 2021: có cáp quang" + (", có hệ thống họp trực tuyến" if video else ""),
    }


def sites_of(code: str) -> list[dict[str, str]]:
    """The public sites of a commune: at the centre, beside it and in its villages."""
    centre, commune = CENTRES[code], full_name(code)
    beside = list(AT_EVERY_CENTRE)
    if code in LOWER_SECONDARY:
        beside.append(("Trường THCS", "Trường học", (0.001, -0.002)))
    villages = [(place, VILLAGE_BASIS) for place in VILLAGES.get(code, [])]
    villages += [(place, ASSUMED_BASIS) for place in ASSUMED_VILLAGES.get(code, [])]
    office = f"UBND {commune[0].lower()}{commune[1:]}"
    rows = [site(office, "UBND", code, centre, centre_basis(code), reported(code))]
    rows += [
        site(f"{what} {NAMES[code]}", kind, code, moved(centre, by), f"{SCHEMATIC}: cạnh trung tâm xã")
        for what, kind, by in beside
    ]
    hall, basis = villages[0]
    name = f"Nhà sinh hoạt cộng đồng thôn {NAMES[code]} 1"
    rows.append(site(name, "Nhà sinh hoạt cộng đồng", code, hall, f"{SCHEMATIC}: tại {basis}"))
    if code in PRESCHOOL:
        place, basis = villages[1]
        name = f"Trường Mầm non {NAMES[code]}"
        rows.append(site(name, "Trường học", code, place, f"{SCHEMATIC}: tại {basis}"))
    return rows


def district_sites() -> list[dict[str, str]]:
    """The office and the health centre of the district, both in Thạnh Mỹ."""
    video = {
        "Họp trực tuyến": "Có",
        "Ngày báo cáo": "2021",
        "Căn cứ số liệu": "báo cáo 2021: có hệ thống họp trực tuyến",
    }
    health = moved(DISTRICT_OFFICE, (-0.003, -0.003))
    basis = "vị trí UBND huyện, làm tròn 0,01° (OFFICE)"
    return [
        site("UBND huyện Nam Giang", "UBND", TOWN, DISTRICT_OFFICE, basis, video),
        site("Trung tâm Y tế huyện Nam Giang", "Y tế", TOWN, health, SCHEMATIC),
    ]


def site(
    name: str, kind: str, code: str, place: Place, basis: str, facts: dict[str, str] | None = None
) -> dict[str, str]:
    """A row of the list; cells without a fact stay empty."""
    return dict.fromkeys(SITE_COLUMNS, "") | {
        "Tên đơn vị": name,
        "Loại": kind,
        "Mã xã": code,
        "Xã": full_name(code),
        "Kinh độ": f"{place[0]:.3f}",
        "Vĩ độ": f"{place[1]:.3f}",
        "Căn cứ vị trí": basis,
        **(facts or {}),
    }


def full_name(code: str) -> str:
    """Name with the unit type, as in the province's list: Xã La Êê."""
    return f"{'Thị trấn' if code == TOWN else 'Xã'} {NAMES[code]}"


def moved(place: Place, by: Place) -> Place:
    """A place moved by an offset in degrees."""
    return (place[0] + by[0], place[1] + by[1])


def sites() -> list[dict[str, str]]:
    """The list of public sites, numbered in order."""
    rows = [row for code in CENTRES for row in sites_of(code)] + district_sites()
    return [row | {"Mã đơn vị": f"NG-{number:03d}"} for number, row in enumerate(rows, 1)]


def cells() -> list[dict[str, object]]:
    """Masts, all assumed: 4G and 3G at the ten served centres, by population; 3G only for the other two."""
    rows: list[dict[str, object]] = []
    served = [row for row in COMMUNES if row[0] not in WITHOUT_FIBRE]
    for number, (code, _, population, _, centre) in enumerate(served):
        operators = OPERATORS[: 3 if population >= 3000 else 2 if population >= 1350 else 1]
        height = MAST_HEIGHT_M["town" if population >= 3000 else "rural"]
        for turn, operator in enumerate(operators):
            # Operators stand apart from one another, as they do.
            place = moved(centre, (0.001 * turn, -0.001 * (number % 2) - 0.001 * turn))
            for radio, mhz in (("LTE", 1800), ("UMTS", 2100)):
                rows.append(cell(f"{code}-{operator}", operator, radio, mhz, place, height, "by population"))
    for name, place, commune in FAR_3G_MASTS:
        why = f"the weak 3G of {commune} (REPORT)"
        rows.append(cell(f"{name}-Viettel", "Viettel", "UMTS", 2100, place, MAST_HEIGHT_M["rural"], why))
    return rows


def cell(
    mast: str, operator: str, radio: str, mhz: int, place: Place, height: int, why: str
) -> dict[str, object]:
    """A row of the list of cells."""
    return {
        "cell_id": f"{mast}-{radio}{mhz}",
        "operator": operator,
        "radio": radio,
        "frequency_mhz": mhz,
        "lon": f"{place[0]:.3f}",
        "lat": f"{place[1]:.3f}",
        "antenna_height_m": height,
        "eirp_dbm": MAST_EIRP_DBM,
        "azimuth_deg": "",
        "note": f"assumed, {SCHEMATIC}: {why}",
    }


# ---------------------------------------------------------------------------------------------- heights


def grid_of(bounds: Bounds) -> tuple[rasterio.Affine, int, int]:
    """Transform, rows and columns of the elevation model: the communes and about 5 km around."""
    west, south, east, north = bounds
    west, north = (math.floor((west - 0.05) * 100) / 100, math.ceil((north + 0.05) * 100) / 100)
    columns, lines = round((east + 0.05 - west) / STEP_DEG), round((north - south + 0.05) / STEP_DEG)
    return from_origin(west, north, STEP_DEG, STEP_DEG), lines, columns


def noise(lines: int, columns: int, wave: int, draw: np.random.Generator) -> np.ndarray:
    """Smooth noise from 0 to 1 with hills about `wave` pixels wide."""
    knots = draw.random((lines // wave + 3, columns // wave + 3))

    def along(count: int) -> tuple[np.ndarray, np.ndarray]:
        at = np.arange(count) / wave
        whole = at.astype(int)
        part = at - whole
        return whole, part * part * (3 - 2 * part)

    (i, u), (j, v) = along(lines), along(columns)
    u = u[:, None]
    top = knots[i][:, j] * (1 - v) + knots[i][:, j + 1] * v
    low = knots[i + 1][:, j] * (1 - v) + knots[i + 1][:, j + 1] * v
    return top * (1 - u) + low * u


def rough(lines: int, columns: int) -> np.ndarray:
    """Fractal noise from 0 to 1: ridges, then hills, then slopes."""
    draw = np.random.default_rng(SEED)
    waves = (96, 48, 24, 12, 6)
    total = sum(noise(lines, columns, wave, draw) * wave for wave in waves)
    # Folding the noise makes ridges with sharp crests.
    ridged = 1 - abs(2 * total / sum(waves) - 1)
    return (ridged - ridged.min()) / (ridged.max() - ridged.min())


def floors(transform: rasterio.Affine, lines: int, columns: int) -> np.ndarray:
    """Height of the valley floors: a mean of the centres' heights, the near ones weighing most."""
    x = transform.c + (np.arange(columns) + 0.5) * STEP_DEG
    y = transform.f - (np.arange(lines) + 0.5) * STEP_DEG
    weight, total = np.zeros((lines, columns)), np.zeros((lines, columns))
    for code, (lon, lat) in CENTRES.items():
        apart = (x[None, :] - lon) ** 2 + (y[:, None] - lat) ** 2 + 0.02**2
        weight += 1 / (apart * apart)
        total += FLOOR_M[code] / (apart * apart)
    return total / weight


def elevation(bounds: Bounds, valleys: list[LineString | Point]) -> tuple[np.ndarray, rasterio.Affine]:
    """Synthetic heights in metres: floors along rivers, roads, villages; ridges up to 1,600 m."""
    transform, lines, columns = grid_of(bounds)
    drawn = rasterize(valleys, (lines, columns), transform=transform, all_touched=True, dtype="uint8")
    away_km = distance_transform_edt(drawn == 0) * STEP_DEG * 110
    rise = away_km**2 / (away_km**2 + 1.6**2)
    height = floors(transform, lines, columns) + rise * (120 + 900 * rough(lines, columns))
    return np.rint(height).astype("int16"), transform


# ---------------------------------------------------------------------------------------------- files


def write_geojson(path: Path, rows: list[dict]) -> None:
    """RFC 7946: longitude and latitude, no crs member, one feature a line."""
    features = []
    for row in rows:
        shape = row["geometry"]
        properties = {name: value for name, value in row.items() if name != "geometry"}
        features.append({"type": "Feature", "properties": properties, "geometry": shape.__geo_interface__})
    body = ",\n".join(json.dumps(f, ensure_ascii=False) for f in features)
    text = f'{{"type": "FeatureCollection", "name": "{path.stem}", "features": [\n{body}\n]}}\n'
    path.write_text(text, encoding="utf-8", newline="\n")


def write_csv(path: Path, rows: list[dict], encoding: str) -> None:
    """A list, with a byte order mark where Excel is to read Vietnamese."""
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def write_elevation(path: Path, heights: np.ndarray, transform: rasterio.Affine) -> None:
    """Whole metres, tiled and packed; says in the file that it is synthetic."""
    lines, columns = heights.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype="int16",
        count=1,
        height=lines,
        width=columns,
        crs="EPSG:4326",
        transform=transform,
        nodata=-32768,
        compress="deflate",
        predictor=2,
        zlevel=9,
        tiled=True,
        blockxsize=256,
        blockysize=256,
    ) as file:
        file.write(heights, 1)
        file.set_band_description(1, "height above sea level, m (synthetic)")
        file.update_tags(TIFFTAG_IMAGEDESCRIPTION="Synthetic, schematic elevation of Nam Giang; not measured")


def make(folder: Path) -> None:
    """Write all the files of the study that are made (study.toml is written by hand)."""
    folder.mkdir(parents=True, exist_ok=True)
    areas, road_pieces, courses, villages = communes(), roads(), rivers(), settlements()
    write_geojson(folder / "communes.geojson", areas)
    write_geojson(folder / "roads.geojson", road_pieces)
    write_geojson(folder / "fibre.geojson", fibre(road_pieces))
    write_geojson(folder / "rivers.geojson", courses)
    write_geojson(folder / "settlements.geojson", villages)
    write_csv(folder / "sites.csv", sites(), "utf-8-sig")
    write_csv(folder / "cells.csv", cells(), "utf-8")
    write_csv(folder / "crosswalk.csv", crosswalk(), "utf-8-sig")
    bounds = MultiPoint([xy for area in areas for xy in area["geometry"].exterior.coords]).bounds
    heights, transform = elevation(bounds, [row["geometry"] for row in (*road_pieces, *courses, *villages)])
    write_elevation(folder / "elevation.tif", heights, transform)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "nam-giang")
