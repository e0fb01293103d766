"""What is known of Nam Giang (Quảng Nam) in 2021, each fact with its source, and what is assumed.

`make_nam_giang.py` makes the bundled study of it. Places are rounded to 0.01° (about 1 km).
"""

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
