"""Make the bundled study `data/nam-giang/` out of facts: `python data/make_nam_giang.py`.

Nam Giang (Quảng Nam) in 2021: fibre at ten of twelve commune centres; La Êê and Chơ Chun work over weak 3G.
What is known is typed in below, each with its source: codes, names, census figures, places rounded to 0.01°
(about 1 km), and what the report of 2021 says. What is drawn from it is schematic and says so in its file:
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
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.ndimage import distance_transform_edt
from scipy.spatial import Voronoi
from shapely import LineString, MultiPoint, Point, Polygon
from shapely.ops import polygonize

HERE = Path(__file__).resolve().parent
SEED = 20_695
SCHEMATIC = "sơ đồ (schematic)"
Place = tuple[float, float]
Bounds = tuple[float, float, float, float]
VILLAGE_BASIS = "điểm dân cư năm 2010, làm tròn 0,01° (LANDCOVER)"
ASSUMED_BASIS = "điểm giả định trên đường"

# ---------------------------------------------------------------------------------------------- facts

#: Where the facts come from; the `basis` columns refer to these keys.
SOURCES = {
    "GSO": "General Statistics Office of Vietnam, administrative units in July 2021: codes, names, types",
    "CENSUS": "Population and Housing Census of 1 April 2019 (GSO), residents and households by commune",
    "REPORT": "Report on Nam Giang of 2021: fibre at every commune centre but La Êê and Chơ Chun (weak 3G); "
    "video-conference systems (1.2 billion VND) for Tà Bhing, Chà Vàl, La Dêê and the district",
    "LANDCOVER": "Land cover of the Vu Gia-Thu Bồn basin, 2010: where built-up land is, rounded to 0.01°",
    "ROADS": "Roads of the Vu Gia-Thu Bồn basin, 2010: places that they go through, rounded to 0.01°",
    "KM": "Lists of landslides on Hồ Chí Minh road, QL14B and QL14D by kilometre post, rounded to 0.01°",
    "OFFICE": "District offices of Quảng Nam (UBND huyện), rounded to 0.01°",
    "MERGER": "Resolution 1659/NQ-UBTVQH15 of 2025 (which communes became which) and Decision 19/2025/QĐ-TTg "
    "(codes and names), in force since 1 July 2025",
}

#: Code, name, residents and households of 2019 (GSO, CENSUS); centre (LANDCOVER: the largest built-up place).
#: La Dêê is the western of the two communes on QL14D: kilometre posts 53 to 71 are in it (KM).
COMMUNES = [
    ("20695", "Thạnh Mỹ", 7616, 2149, (107.83, 15.75)),
    ("20698", "La Êê", 930, 266, (107.37, 15.63)),
    ("20699", "Chơ Chun", 978, 252, (107.34, 15.69)),  # no built-up place: a point on its road (ROADS)
    ("20701", "Zuôih", 1365, 374, (107.51, 15.73)),
    ("20702", "Tà Pơơ", 1294, 342, (107.65, 15.67)),
    ("20704", "La Dêê", 1440, 405, (107.46, 15.60)),
    ("20705", "Đắc Tôi", 868, 243, (107.51, 15.59)),
    ("20707", "Chà Vàl", 3062, 875, (107.50, 15.64)),
    ("20710", "Tà Bhing", 2413, 639, (107.67, 15.66)),
    ("20713", "Cà Dy", 3594, 919, (107.78, 15.68)),
    ("20716", "Đắc Pre", 1396, 396, (107.55, 15.58)),
    ("20719", "Đắc Pring", 1167, 323, (107.57, 15.50)),  # assumed: on the road south of Đắc Pre (ROADS)
]
TOWN = "20695"
CENTRES = {code: centre for code, _, _, _, centre in COMMUNES}
NAMES = {code: name for code, name, *_ in COMMUNES}
DISTRICT_OFFICE = (107.83, 15.76)  # OFFICE

#: Code and name of each commune since 1 July 2025, and the communes of 2021 that it is made of (MERGER).
COMMUNES_2025 = [
    ("20695", "Thạnh Mỹ", ("20695",)),
    ("20698", "La Êê", ("20698", "20699")),
    ("20704", "La Dêê", ("20704", "20705")),
    ("20707", "Nam Giang", ("20701", "20707")),
    ("20710", "Bến Giằng", ("20702", "20710", "20713")),
    ("20716", "Đắc Pring", ("20716", "20719")),
]
WITHOUT_FIBRE = ("20698", "20699")  # REPORT
VIDEO_COMMUNES = ("20710", "20707", "20704")  # REPORT

#: Other built-up places of 2010 (LANDCOVER).
VILLAGES = {
    "20695": [(107.78, 15.79), (107.87, 15.73), (107.85, 15.78), (107.68, 15.77), (107.75, 15.80)],
    "20701": [(107.53, 15.73), (107.50, 15.69), (107.55, 15.71)],
    "20702": [(107.64, 15.70), (107.62, 15.68), (107.65, 15.73), (107.63, 15.75)],
    "20704": [(107.43, 15.59), (107.38, 15.55), (107.41, 15.60)],
    "20707": [(107.53, 15.62), (107.56, 15.64), (107.59, 15.66)],
    "20710": [(107.72, 15.67), (107.70, 15.66)],
    "20713": [(107.84, 15.60), (107.85, 15.62), (107.83, 15.64), (107.79, 15.71), (107.83, 15.58)],
    "20719": [(107.65, 15.48), (107.70, 15.50)],
}

JUNCTION_14D = (107.77, 15.69)  # Bến Giằng: QL14D leaves Hồ Chí Minh road
JUNCTION_CHA_VAL = (107.51, 15.62)  # QL14D Km 47+600; the roads to Chà Vàl and to Đắc Tôi leave it
JUNCTION_LA_EE = (107.44, 15.60)  # QL14D Km 59+950

#: Road: name, class, places that it goes through, what the course rests on.
ROADS = [
    (
        "Quốc lộ 14 (đường Hồ Chí Minh)",
        "national",
        "KM, ROADS",
        [
            (107.74, 15.82),
            (107.75, 15.80),
            (107.75, 15.78),
            (107.78, 15.79),
            (107.81, 15.77),
            CENTRES["20695"],
            (107.80, 15.72),
            JUNCTION_14D,
            CENTRES["20713"],
            (107.83, 15.64),
            (107.85, 15.62),
            (107.84, 15.60),
            (107.83, 15.58),
            (107.82, 15.54),
        ],
    ),
    ("Quốc lộ 14B", "national", "KM", [CENTRES["20695"], (107.85, 15.78), (107.86, 15.79), (107.88, 15.82)]),
    ("Thạnh Mỹ - phía đông", "commune", "ROADS", [CENTRES["20695"], (107.87, 15.73)]),
    (
        "Quốc lộ 14D",
        "national",
        "KM, ROADS",
        [
            JUNCTION_14D,
            (107.72, 15.67),
            (107.70, 15.66),
            CENTRES["20710"],
            CENTRES["20702"],
            (107.63, 15.66),
            (107.62, 15.65),
            (107.61, 15.66),
            (107.59, 15.66),
            (107.56, 15.64),
            (107.53, 15.62),
            JUNCTION_CHA_VAL,
            CENTRES["20704"],
            JUNCTION_LA_EE,
            (107.43, 15.59),
            (107.41, 15.58),
            (107.39, 15.56),
            (107.38, 15.55),
        ],
    ),
    (
        "Chà Vàl - Zuôih",
        "district",
        "ROADS",
        [
            JUNCTION_CHA_VAL,
            CENTRES["20707"],
            (107.50, 15.66),
            (107.50, 15.69),
            CENTRES["20701"],
            (107.53, 15.73),
            (107.55, 15.71),
        ],
    ),
    (
        "Đắc Tôi - Đắc Pre - Đắc Pring",
        "district",
        "ROADS",
        [
            JUNCTION_CHA_VAL,
            CENTRES["20705"],
            CENTRES["20716"],
            (107.56, 15.55),
            CENTRES["20719"],
            (107.57, 15.46),
        ],
    ),
    (
        "Tà Pơơ - sông Bung",
        "district",
        "ROADS",
        [
            CENTRES["20702"],
            (107.64, 15.70),
            (107.64, 15.72),
            (107.63, 15.75),
        ],
    ),
    (
        "La Êê",
        "district",
        f"{SCHEMATIC}: link to QL14D assumed; the last stretch to Chơ Chun is missing",
        [
            JUNCTION_LA_EE,
            (107.41, 15.60),
            (107.39, 15.62),
            CENTRES["20698"],
            (107.36, 15.66),
        ],
    ),
    (
        "Chơ Chun",
        "commune",
        "ROADS: a road of its own, not linked to the district's network",
        [
            CENTRES["20699"],
            (107.34, 15.71),
            (107.32, 15.74),
        ],
    ),
]

#: River: name and places that it goes through (LANDCOVER: water courses).
RIVERS = [
    (
        "Sông Bung",
        [
            (107.36, 15.67),
            (107.40, 15.64),
            (107.43, 15.63),
            (107.46, 15.67),
            (107.48, 15.71),
            (107.52, 15.72),
            (107.56, 15.70),
            (107.59, 15.68),
            (107.62, 15.69),
            (107.65, 15.72),
            (107.65, 15.76),
            (107.70, 15.79),
            (107.76, 15.82),
            (107.84, 15.83),
        ],
    ),
    (
        "Sông Cái - Vu Gia",
        [
            (107.83, 15.54),
            (107.84, 15.58),
            (107.86, 15.62),
            (107.83, 15.65),
            (107.79, 15.69),
            (107.81, 15.72),
            (107.84, 15.76),
            (107.84, 15.80),
            (107.84, 15.83),
            (107.90, 15.84),
        ],
    ),
    (
        "Sông Thanh",
        [
            (107.63, 15.43),
            (107.68, 15.46),
            (107.70, 15.52),
            (107.69, 15.58),
            (107.70, 15.63),
            (107.74, 15.67),
            (107.79, 15.69),
        ],
    ),
]

# ------------------------------------------------------------------------------------------ assumptions

#: Schematic villages on the roads of communes where LANDCOVER has none but the centre.
ASSUMED_VILLAGES = {
    "20698": [(107.39, 15.62)],
    "20699": [(107.34, 15.71)],
    "20705": [(107.53, 15.58)],
    "20716": [(107.56, 15.55)],
}
#: Uninhabited land, so that the schematic communes lie as the real ones do; positions mean nothing else.
EMPTY_LAND = {
    "20695": [(107.74, 15.76), (107.81, 15.79)],
    "20698": [(107.41, 15.66), (107.33, 15.63), (107.43, 15.64)],
    "20699": [(107.29, 15.71), (107.39, 15.71), (107.29, 15.67)],
    "20701": [(107.45, 15.73), (107.57, 15.75), (107.45, 15.69)],
    "20702": [(107.60, 15.72), (107.60, 15.69)],
    "20704": [(107.40, 15.52), (107.43, 15.56)],
    "20705": [(107.47, 15.55), (107.48, 15.52), (107.50, 15.56)],
    "20707": [(107.46, 15.64), (107.56, 15.67), (107.60, 15.63)],
    "20710": [(107.70, 15.71), (107.66, 15.61), (107.69, 15.59), (107.71, 15.63)],
    "20713": [(107.76, 15.63), (107.78, 15.59), (107.80, 15.65), (107.74, 15.59)],
    "20716": [(107.53, 15.54), (107.59, 15.58), (107.53, 15.50)],
    "20719": [(107.62, 15.45), (107.61, 15.52), (107.56, 15.45), (107.65, 15.53), (107.68, 15.44)],
}
#: Sites beside a centre: name, kind as the list calls it, offset from the centre in degrees.
AT_EVERY_CENTRE = [("Trạm Y tế", "Y tế", (0.002, 0.001)), ("Trường Tiểu học", "Trường học", (-0.002, 0.001))]
LOWER_SECONDARY = ("20695", "20707", "20710", "20713", "20704")
PRESCHOOL = ("20695", "20707", "20713")
#: Mast: antenna height and EIRP of a rural macro cell; the number of operators follows the population.
MAST_HEIGHT_M, MAST_EIRP_DBM = {"town": 42, "rural": 30}, 58
OPERATORS = ("Viettel", "VNPT", "MobiFone")
#: Masts outside the two communes, whose 3G is what reaches them.
FAR_3G_MASTS = [("LAEE", (107.41, 15.60), "La Êê"), ("CHOCHUN", (107.32, 15.74), "Chơ Chun")]
#: Heights of valley floors in metres: west high, Thạnh Mỹ low.
FLOOR_M = {
    "20695": 60,
    "20698": 620,
    "20699": 700,
    "20701": 330,
    "20702": 190,
    "20704": 480,
    "20705": 430,
    "20707": 400,
    "20710": 160,
    "20713": 100,
    "20716": 470,
    "20719": 560,
}
STEP_DEG = 1 / 1200  # 3 arc-seconds


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
