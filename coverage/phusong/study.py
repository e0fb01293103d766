"""The study: one TOML file, one question. Models of what it may say; `readers.study` reads it."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, FiniteFloat

from phusong.domain import KINDS
from phusong.handover import Indicator, Report, Sharing, Weekly
from phusong.strict import Strict
from phusong.units import parse_vnd


def _as_source(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _as_vnd(value: Any) -> Any:
    return parse_vnd(value) if isinstance(value, str) else value


class Source(Strict):
    """Where a layer is and how to read it. In the study file a bare path will do."""

    path: str
    layer: str | None = None
    #: Coordinate system, where the file does not say.
    crs: str | None = None
    #: Our column name = the file's column name.
    columns: dict[str, str] = {}
    #: Whose way of writing lists it keeps to, where that is not ours: a sheet of data/profiles/.
    profile: str | None = Field(default=None, pattern="^(itu|giga)$")
    #: What its texts are in, where that is not found out rightly; "as-is" leaves them as they are.
    encoding: str | None = Field(
        default=None, pattern="^(as-is|utf-8|utf-16|cp1252|cp1258|tcvn3|vni|utf-8-as-cp1252)$"
    )


def _as_paths(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Layer = Annotated[Source, BeforeValidator(_as_source)]
#: One path or several (tiles); a * stands for any part of a name.
Rasters = Annotated[tuple[str, ...], BeforeValidator(_as_paths)]
#: No table holds more than 18 digits.
Money = Annotated[int, BeforeValidator(_as_vnd), Field(ge=0, lt=10**18)]


class Inputs(Strict):
    """The layers of a study. Only sites must be there; without communes all is one area."""

    sites: Layer
    communes: Layer | None = None
    fibre: Layer | None = None
    cells: Layer | None = None
    roads: Layer | None = None
    rivers: Layer | None = None
    settlements: Layer | None = None
    measurements: Layer | None = None
    nodes: Layer | None = None
    ducts: Layer | None = None
    power_lines: Layer | None = None
    landslides: Layer | None = None
    #: Which units became which in a reorganisation, so that those of the other date are found too.
    crosswalk: Layer | None = None
    #: Answers to the survey, with date and author: the latest report of a site counts.
    reports: Layer | None = None
    #: Figures of units by date, such as steering committees that there are (see data/indicators.toml).
    indicators: Layer | None = None
    #: An official list of units with their codes, such as those that `phusong units` takes: for indicators.
    gazetteer: Layer | None = None
    #: Named points of any kind (OpenStreetMap, a gazetteer), by which sites without a position are found.
    places: Layer | None = None
    #: Polygons with a mobile signal, as operators report them.
    mobile_coverage: Layer | None = None
    #: Metres above sea level; several tiles may be named.
    elevation: Rasters = ()
    #: Slope of the ground in degrees; without it, it is worked out from elevation.
    slope: Rasters = ()
    #: Height of trees and houses above ground in metres.
    canopy: Rasters = ()
    #: Residents in each cell.
    population: str | None = None


class Limits(Strict):
    """How large the files of a study may be. Files come from strangers, and a small one can fill a memory."""

    #: A file that is no raster, in million bytes.
    file_mb: float = Field(default=2_000, gt=0)
    #: What a packed file (xlsx, kmz, parquet) may unpack to, and how many times its size that may be.
    unpacked_mb: float = Field(default=500, gt=0)
    unpacked_ratio: float = Field(default=200, gt=0)
    rows: int = Field(default=5_000_000, gt=0)
    columns: int = Field(default=2_000, gt=0)
    #: Of a workbook, all sheets together; a CSV may have more.
    cells: int = Field(default=2_000_000, gt=0)
    #: One cell, in million letters: a shape may be written in it.
    cell_mb: float = Field(default=20, gt=0)
    #: Of all shapes of a file.
    vertices: int = Field(default=100_000_000, gt=0)
    raster_cells: float = Field(default=20e9, gt=0)
    #: How many times the size of its file a raster may be unpacked.
    raster_ratio: float = Field(default=2_000, gt=0)


class Targets(Strict):
    """What "served" means. Defaults come from data/targets.toml, each with its source."""

    fibre_reach_m: float = Field(ge=0)
    mobile_assumed_radius_m: float = Field(ge=0)
    video_down_mbps: float = Field(ge=0)
    video_up_mbps: float = Field(ge=0)
    video_latency_ms: float = Field(gt=0)
    video_loss_percent: float = Field(ge=0, le=100)
    demand_mbps_per_user: float = Field(ge=0)
    demand_min_mbps: float = Field(ge=0)


class Mobile(Strict):
    """How mobile signals are computed and judged. Defaults come from data/mobile.toml, each with its source.

    A level is RSRP for LTE and NR, RSCP for UMTS, RxLev for GSM.
    """

    gsm_good_dbm: float
    gsm_fair_dbm: float
    gsm_weak_dbm: float
    umts_good_dbm: float
    umts_fair_dbm: float
    umts_weak_dbm: float
    lte_good_dbm: float
    lte_fair_dbm: float
    lte_weak_dbm: float
    nr_good_dbm: float
    nr_fair_dbm: float
    nr_weak_dbm: float
    #: What the measured level lies below the EIRP before any path loss.
    gsm_reference_db: float = Field(ge=0)
    umts_reference_db: float = Field(ge=0)
    lte_reference_db: float = Field(ge=0)
    nr_reference_db: float = Field(ge=0)
    gsm_frequency_mhz: float = Field(ge=300, le=6000)
    umts_frequency_mhz: float = Field(ge=300, le=6000)
    lte_frequency_mhz: float = Field(ge=300, le=6000)
    nr_frequency_mhz: float = Field(ge=300, le=6000)
    default_eirp_dbm: float
    default_antenna_height_m: float = Field(gt=0)
    receiver_height_m: float = Field(ge=1, le=100)
    beamwidth_deg: float = Field(gt=0, le=360)
    vertical_beamwidth_deg: float = Field(gt=0, le=180)
    front_to_back_db: float = Field(ge=0)
    site_reach_m: float = Field(gt=0, le=100_000)
    footprint_reach_m: float = Field(gt=0, le=100_000)
    cell_m: float = Field(gt=0)
    #: 0: as wide as those of the elevation, `cell_m` at least.
    footprint_cell_m: float = Field(ge=0, le=1000)
    delta_n: float
    surface_refractivity: float
    measured_radius_m: float = Field(ge=0)
    calibrate_from: float = Field(ge=1)


class Demand(Strict):
    """How much a site needs. Defaults come from data/demand.toml, each with its source.

    By kind of site: people who use it, and video conferences that it joins, at the same time.
    """

    users_office_province: float = Field(ge=0)
    users_office_district: float = Field(ge=0)
    users_office_commune: float = Field(ge=0)
    users_hospital: float = Field(ge=0)
    users_health_centre: float = Field(ge=0)
    users_health_station: float = Field(ge=0)
    users_school_preschool: float = Field(ge=0)
    users_school_primary: float = Field(ge=0)
    users_school_lower_secondary: float = Field(ge=0)
    users_school_upper_secondary: float = Field(ge=0)
    users_school: float = Field(ge=0)
    users_village_hall: float = Field(ge=0)
    users_post_office: float = Field(ge=0)
    users_other: float = Field(ge=0)
    video_rooms_office_province: float = Field(ge=0)
    video_rooms_office_district: float = Field(ge=0)
    video_rooms_office_commune: float = Field(ge=0)
    video_rooms_hospital: float = Field(ge=0)
    video_rooms_health_centre: float = Field(ge=0)
    video_rooms_health_station: float = Field(ge=0)
    video_rooms_school_preschool: float = Field(ge=0)
    video_rooms_school_primary: float = Field(ge=0)
    video_rooms_school_lower_secondary: float = Field(ge=0)
    video_rooms_school_upper_secondary: float = Field(ge=0)
    video_rooms_school: float = Field(ge=0)
    video_rooms_village_hall: float = Field(ge=0)
    video_rooms_post_office: float = Field(ge=0)
    video_rooms_other: float = Field(ge=0)
    users_per_pupil: float = Field(ge=0)
    users_per_bed: float = Field(ge=0)
    #: Households this near a site are near by, and what each takes in the busy hour.
    near_m: float = Field(ge=0)
    people_per_household: float = Field(gt=0)
    household_mbps: float = Field(ge=0)


class Sensitivity(Strict):
    """How sure a status is. Defaults come from data/sensitivity.toml, each with its source."""

    unknown_has_fibre: float = Field(ge=0, le=1)
    unknown_has_wifi: float = Field(ge=0, le=1)
    #: How often a status that is assumed, or old, is true.
    assumed_holds: float = Field(ge=0, le=1)
    old_holds: float = Field(ge=0, le=1)
    #: A status is old when it is so much older than the study's `report_date`.
    old_after_years: float = Field(ge=0)


class Partner(Strict):
    """What is asked of one partner; nothing asked: the operator builds what uses its network."""

    #: Communes whose investments go to this partner, whatever they use (lots).
    communes: tuple[str, ...] = ()
    #: Least and most part of the plan's CAPEX.
    at_least: float | None = Field(default=None, ge=0, le=1)
    at_most: float | None = Field(default=None, ge=0, le=1)
    #: What the partner asks against the price sheets: 1.1 is a tenth more.
    price_factor: float = Field(default=1.0, gt=0, le=100)
    #: What the partner can spend in a year; left out: anything.
    budget_by_year: dict[str, Money] = {}


class Choices(Strict):
    """How the plan is made."""

    technologies: tuple[str, ...] = (
        "fibre",
        "microwave",
        "cellular",
        "cell_site",
        "satellite",
        "satellite_geo",
        "wifi",
    )
    #: Money that there is; none = what closing all gaps costs.
    budget_vnd: Money | None = None
    #: What the budget pays for: what is built, or also renewals and running costs of the study's years.
    budget_covers: str = Field(default="capex", pattern="^(capex|lifetime)$")
    #: What may be spent in each year, such as { 2026 = "4 tỷ" }; its sum is the budget where none is given.
    budget_by_year: dict[str, Money] = {}
    #: Does money that a year leaves stay for the next ones?
    carry_over: bool = True
    #: What the budget is to buy most of: need (sites by `weights`), sites, or people who rely on them.
    objective: str = Field(default="need", pattern="^(need|sites|people)$")
    #: Kinds of site that are served before any other, such as "office_commune".
    first: tuple[str, ...] = ()
    #: The same in USD, at the rate of the price sheets.
    budget_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    years: int = Field(default=10, ge=1, le=50)
    discount_rate: float = Field(default=0.05, ge=0, le=1)
    #: Plan sites whose fibre or Wi-Fi is unknown as if it were a gap.
    plan_unknown: bool = False
    #: Kinds of site that only fibre will do for.
    fibre_only: tuple[str, ...] = ("office_commune",)
    #: Longest single piece of line away from any road.
    offroad_max_m: float = Field(default=15_000, ge=0)
    #: Operators whose cable new line must not branch off.
    exclude_operators: tuple[str, ...] = ()
    #: How new line is built along a road where there is neither duct nor EVN pole.
    build: str = Field(default="buried", pattern="^(buried|aerial)$")
    #: What connecting one site of a kind is worth against another.
    weights: dict[str, float] = {}
    #: How many sites are designed at once, at most. A study with more is designed in areas of whole communes:
    #: it bounds memory and time.
    sites_at_once: int = Field(default=5_000, ge=1)
    #: How far beyond its communes an area's new line may begin and run.
    area_margin_m: float = Field(default=10_000, ge=0, le=200_000)
    #: How much more a site counts where all are poor, all of ethnic minorities, at the border, in zone III:
    #: { poor = 1.0, border = 0.5 } doubles the weight where every household is poor.
    need: dict[Literal["poor", "minority", "border", "zone_iii"], float] = {}


class Entry(Strict):
    """A figure of a sheet: value, unit, where it comes from, and its range."""

    value: float = Field(allow_inf_nan=False)
    unit: str = ""
    source: str = Field(min_length=3)
    date: str = ""
    low: float | None = Field(default=None, allow_inf_nan=False)
    high: float | None = Field(default=None, allow_inf_nan=False)
    #: Of a study's own figure: nobody has offered it yet.
    assumed: bool = False


class Origin(Strict):
    """Where files of a study come from, as `phusong fetch` writes it: [sources.NAME]. Maps name it."""

    title: str
    licence: str = ""
    #: Whom to name, in the words that the licence asks for.
    attribution: str = ""
    #: The page with the terms.
    page: str = ""
    #: The address, without any key; the next fetch for the study uses it too.
    url: str = ""
    #: What the data stand for, and when they were fetched.
    date: str = Field(default="", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")
    fetched: str = Field(default="", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")
    #: File name → its SHA-256 as it was fetched.
    files: dict[str, str] = {}


class Study(Strict):
    """A study, read and checked; paths in it are relative to `folder`."""

    title: str = Field(min_length=1)
    language: str = Field(default="vi", pattern="^(vi|en)$")
    #: Date that the reports speak of, where the lists give none of their own.
    report_date: str = Field(default="", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$")
    #: Year and month of the unit list that the commune codes belong to.
    vintage: str = Field(default="", pattern=r"^(\d{4}-\d{2})?$")
    #: What the map and the report say about the inputs, such as "schematic".
    note: str = ""
    source: str = ""
    #: What money is shown in; tables keep đồng, at the rate of data/prices/exchange.toml.
    currency: str = Field(default="VND", pattern="^(VND|USD)$")
    #: Metric coordinate system to compute in; none = one made for the area.
    crs: str | None = None
    #: The workbook of `phusong check` with the cells that were mended.
    corrections: str = ""
    inputs: Inputs
    targets: Targets
    mobile: Mobile
    demand: Demand
    sensitivity: Sensitivity
    plan: Choices = Choices()
    limits: Limits = Limits()
    #: By name of the operator: [partners.Viettel].
    partners: dict[str, Partner] = {}
    #: Prices that replace those of data/prices/: [prices.fibre] new_line = 200_000 (VND).
    prices: dict[str, dict[str, FiniteFloat | Entry]] = {}

    #: By code: those of data/indicators.toml and the study's own, [indicators.steering_committee] of = 18.
    indicators: dict[str, Indicator] = {}

    #: Who writes the report; not part of the question.
    report: Report = Report()
    #: What partners see, by partner and "default"; not part of the question.
    sharing: dict[str, Sharing] = {}
    #: Not part of the question.
    weekly: Weekly = Weekly()
    #: Whose data the inputs are; not part of the question.
    sources: dict[str, Origin] = {}

    #: Where the file is, and its name; not part of the question.
    folder: Path = Field(default=Path(), exclude=True)
    file: str = Field(default="study.toml", exclude=True)

    def path(self, relative: str) -> Path:
        """The path of an input, seen from where the study file is."""
        return self.folder / relative


def unknown_kinds(names: list[str]) -> list[str]:
    """Those of `names` that are no kind of site."""
    return [name for name in names if name not in KINDS]
