"""Words and codes of the field: services, statuses, kinds of site, and what people call them."""

from phusong.units import fold

OK, GAP, UNKNOWN = "ok", "gap", "unknown"
STATUSES = (OK, GAP, UNKNOWN)
#: What a status or a figure rests on.
BASES = ("reported", "measured", "computed", "assumed")
#: The four things a site can lack, in the order in which they are shown.
SERVICES = ("fibre", "wifi", "mobile", "video")
#: What an option or investment can close. Satellite gives a site a connection but not fibre: its fibre
#: gap stays a gap, so it closes "connection". A site gets at most one of "fibre" and "connection".
CLOSES = (*SERVICES, "connection")

#: Code of the one area that stands for all communes where a study names none.
ONE_AREA = "00000"

#: Kinds of public site, from the province's office to "other".
KINDS = (
    "office_province",
    "office_district",
    "office_commune",
    "hospital",
    "health_centre",
    "health_station",
    "school_preschool",
    "school_primary",
    "school_lower_secondary",
    "school_upper_secondary",
    "school",
    "village_hall",
    "post_office",
    "other",
)
#: Levels of the administration, from above.
LEVELS = ("province", "district", "commune")
#: The site that stands for its commune.
CENTRE_KIND = "office_commune"
RADIOS = ("GSM", "UMTS", "LTE", "NR")
#: Mobile classes from worst to best.
MOBILE_CLASSES = ("none", "weak", "fair", "good")
#: Classes of road from the most to the least important.
ROAD_CLASSES = ("national", "provincial", "district", "commune", "track", "unknown")
#: How line is built: buried or on own poles along a road, on EVN's poles, in an existing duct, off-road; or
#: it is not built but leased.
BUILDS = ("buried", "aerial", "evn_poles", "duct", "offroad", "leased")
#: Zones of communes of ethnic minorities and mountains by development (Decision 33/2020/QĐ-TTg).
ZONES = ("I", "II", "III")
#: Where a site's electricity comes from.
POWERS = ("mains", "solar", "none", "unknown")
#: What several sites can share, and what each is (`FACILITIES`).
FACILITY_KINDS = ("fibre_end", "mast", "relay", "sector", "carrier", "cell_site")
#: What can stand at an end of a microwave link.
LINK_END_KINDS = ("site", *FACILITY_KINDS)
#: `operator` when a list does not say whose a line or mast is.
UNKNOWN_OPERATOR = "chưa rõ"


def kind_family(kind: str) -> str:
    """The family that a kind belongs to: office, health, school, village_hall, post_office, other.

    >>> kind_family("school_primary"), kind_family("hospital")
    ('school', 'health')
    """
    if kind in ("hospital", "health_centre", "health_station"):
        return "health"
    return kind.split("_")[0] if kind.startswith(("office_", "school")) else kind


_TYPES = ("thị trấn", "phường", "xã", "đặc khu")


def split_unit_name(full: str) -> tuple[str, str]:
    """A unit's type and bare name from its full name; the type is "" when it is not said.

    >>> split_unit_name("Thị trấn Thạnh Mỹ"), split_unit_name("Tà Bhing")
    (('thị trấn', 'Thạnh Mỹ'), ('', 'Tà Bhing'))
    """
    for unit_type in _TYPES:
        if full.lower().startswith(unit_type + " "):
            return unit_type, full[len(unit_type) + 1 :].strip()
    return "", full.strip()


def guess_kind(kind: str, name: str) -> str:
    """The kind of a site from the words of its list, in Vietnamese or English; "" when not known.

    >>> guess_kind("Trường học", "Trường THCS La Êê"), guess_kind("UBND", "UBND huyện Nam Giang")
    ('school_lower_secondary', 'office_district')
    """
    if kind in KINDS:
        return kind
    said = f"{fold(kind)} {fold(name)}"
    for word, found in _KIND_WORDS:
        if word in said:
            return found
    return ""


# First match wins: the finer before the coarser.
_KIND_WORDS = tuple(
    (fold(words), kind)
    for words, kind in (
        ("UBND tỉnh", "office_province"),
        ("UBND cấp tỉnh", "office_province"),
        ("province office", "office_province"),
        ("ủy ban nhân dân tỉnh", "office_province"),
        ("UBND huyện", "office_district"),
        ("UBND cấp huyện", "office_district"),
        ("UBND quận", "office_district"),
        ("UBND thị xã", "office_district"),
        ("UBND thành phố", "office_district"),
        ("ủy ban nhân dân huyện", "office_district"),
        ("district office", "office_district"),
        ("UBND", "office_commune"),
        ("ủy ban nhân dân", "office_commune"),
        ("commune office", "office_commune"),
        ("trạm y tế", "health_station"),
        ("health station", "health_station"),
        ("trung tâm y tế", "health_centre"),
        ("health centre", "health_centre"),
        ("health center", "health_centre"),
        ("bệnh viện", "hospital"),
        ("hospital", "hospital"),
        ("y tế", "health_station"),
        ("clinic", "health_station"),
        ("mầm non", "school_preschool"),
        ("mẫu giáo", "school_preschool"),
        ("preschool", "school_preschool"),
        ("kindergarten", "school_preschool"),
        ("tiểu học", "school_primary"),
        ("primary", "school_primary"),
        ("THCS", "school_lower_secondary"),
        ("trung học cơ sở", "school_lower_secondary"),
        ("lower secondary", "school_lower_secondary"),
        ("THPT", "school_upper_secondary"),
        ("trung học phổ thông", "school_upper_secondary"),
        ("secondary", "school_upper_secondary"),
        ("trường", "school"),
        ("school", "school"),
        ("nhà văn hóa", "village_hall"),
        ("nhà sinh hoạt", "village_hall"),
        ("nhà gươl", "village_hall"),
        ("village hall", "village_hall"),
        ("bưu điện", "post_office"),
        ("post office", "post_office"),
        ("khác", "other"),
        ("other", "other"),
    )
)
