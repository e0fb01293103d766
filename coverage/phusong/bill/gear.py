"""What stands at sites, masts and relays: the parts that the price sheets are made of.

The parts are those of `options` and `relays`, counted again from the tables of a run.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from phusong.bill.items import Item, Money, Part, explained, price_of, priced
from phusong.costs import Prices
from phusong.language import _, _m
from phusong.openfibre.words import known, text_of
from phusong.options import wifi
from phusong.runs import Run
from phusong.units import decimal
from phusong.wording import FACILITY_NAMES, TECHNOLOGY_NAMES, say

_MONEY = ("capex_vnd", "capex_low_vnd", "capex_high_vnd", "opex_vnd_per_year")
#: Radios on a relay (`relays`): one up and two down.
_RADIOS = 3
#: Below this a link has wide dishes at both ends.
_WIDE_GHZ = 10


_CPE = _m("Terminal for mobile broadband")
_TAP = _m("Tap of existing cable")
_CARRIER = _m("Carrier on an existing cell")
_STATION = _m("Base station 4G")
_CAPACITY = _m("Satellite capacity")
_INDOORS = _m("Wi-Fi access point, indoors")
_OUTDOORS = _m("Wi-Fi access point, outdoors")
_CABLE = _m("Wi-Fi cable, laid")
_SWITCH = _m("Wi-Fi switch and router")
_FIBRE_END = _m("Fibre terminal")
#: What upkeep is a share of, by price sheet, where the sheet is not one of a technology.
_KEPT = {"masts": _m("masts and their places"), "power": _m("solar power")}
_LICENCE = _m("Licence of the radio channel")
_RENT = _m("Rent of a place on a mast")
_LINK = _m("Microwave link, both ends")
_DISH = _m("Wide dish")
_TOWER = _m("Tower, by the metre of height")
_TRACK = _m("Access track to the place (length worked out from the cost)")
_SURVEY = _m("Survey of a new place")
_PANELS = _m("Solar panels")
_BATTERIES = _m("Batteries")
_LEO = _m("Satellite terminal")
_GEO = _m("Geostationary satellite terminal")


class Items(NamedTuple):
    """Items to build, and those of a year."""

    build: list[Item]
    year: list[Item]


class Gear:
    """The equipment of a run's sites and facilities as items."""

    def __init__(self, run: Run, prices: Prices, language: str) -> None:
        self.prices, self._language = prices, language
        tables = run.tables
        chosen = tables["options"][tables["options"]["chosen"].astype(bool)]
        self._options = _by(chosen, "site_id", "technology")
        self._facilities = _by(tables["facilities"], "facility_id")
        self._alternatives = _by(tables["alternatives"], "site_id", "technology", "facility_id")
        self._sites = _by(tables["sites"], "site_id")
        self._kinds = _by(tables["gaps"], "site_id")
        self._demand = _by(tables["demand"], "site_id")

    def at_site(self, technology: str, site: str) -> Items:
        """What a site has for itself by another technology than fibre; none where the run lacks its row."""
        row = self._options.get((site, technology))
        if row is None:
            return Items([], [])
        if technology in ("satellite", "satellite_geo"):
            return self._satellite(technology, site, row)
        if technology == "wifi":
            return self._wifi(site, row)
        own = self._alternatives.get((site, technology, text_of(row["depends_on"])))
        if own is None:
            return Items([], [])
        if technology == "microwave":
            parts = [*self._radios(own["f_ghz"]), *self._mast(own["height_m"])]
            parts += self._solar(site, "microwave")
            return self._items(own, [parts], technology, rents=self._on_mast(own["facility_id"]))
        parts = [self._part(_CPE, 1, "", "cellular", "cpe"), *self._solar(site, "cellular")]
        return self._items(own, [parts], technology)

    def at_facility(self, facility: str) -> Items:
        """What a mast, relay, cell site or carrier costs; none where the run lacks its row."""
        row = self._facilities.get((facility,))
        if row is None:
            return Items([], [])
        kind = row["kind"]
        if kind == "fibre_end":
            parts = [*self._mast(row["height_m"]), self._part(_TAP, 1, "", "fibre", "tap")]
            return self._items(row, [parts], kind)
        if not known(row["f_ghz"]):
            carrier = self._part(_CARRIER, 1, "", "cellular", "carrier", "carrier_opex_share")
            return self._items(row, [[], [carrier]], kind)
        return self._hung(row, kind)

    def _hung(self, row: dict[str, Any], kind: str) -> Items:
        """A relay or cell site at the end of a hop: on a new mast or on one that stands.

        Whether a cell site has mains near it, and how long the track is, is not in the run: its cost tells.
        """
        equipment, load = self._radios(row["f_ghz"]), _RADIOS * self._figure("microwave", "power_w")
        if kind == "cell_site":
            equipment.append(self._part(_STATION, 1, "", "cell_site", "base_station"))
            load = self._figure("cell_site", "power_w")
        new = [*equipment, *self._mast(row["height_m"]), *self._new_place()]
        ways = [equipment] if kind == "mast" else [[*new, *self._panels(load)], new, equipment]
        return self._items(row, ways, kind, rents=self._on_mast(text_of(row["depends_on"])))

    def _satellite(self, sheet: str, site: str, row: dict[str, Any]) -> Items:
        text = _LEO if sheet == "satellite" else _GEO
        parts = [self._part(text, 1, "", sheet, "terminal"), *self._solar(site, sheet)]
        mbps = self._demand.get((site,), {}).get("demand_mbps")
        capacity = self._part(_CAPACITY, mbps, "Mb/s", sheet, "capacity_per_mbps_year", "")
        return self._items(row, [parts], sheet, yearly=[capacity])

    def _wifi(self, site: str, row: dict[str, Any]) -> Items:
        """Access points, counted again by `options.wifi` from kind and users of the site."""
        kind, users = (
            table.get((site,), {}).get(name)
            for table, name in ((self._kinds, "kind"), (self._demand, "users"))
        )
        prices = self.prices.get("wifi", {})
        if not known(kind) or not known(users) or not prices:
            return self._items(row, [], "wifi")
        frame = pd.DataFrame({"kind": [kind], "users": [users]})
        inside = float(wifi.points_inside(prices, frame)[0])
        outside = float(wifi.points_outside(prices, frame)[0])
        points = inside + outside
        parts = [
            self._part(_INDOORS, inside, "", "wifi", "access_point"),
            self._part(_OUTDOORS, outside, "", "wifi", "outdoor_point"),
            self._part(_CABLE, points * self._figure("wifi", "cable_per_point"), "m", "wifi", "cable_per_m"),
            self._part(_SWITCH, 1, "", "wifi", "switch"),
        ]
        parts += self._solar(site, "wifi", points * self._figure("wifi", "power_w"))
        return self._items(row, [[part for part in parts if part.quantity]], "wifi")

    def terminals(self, sites: Iterable[str]) -> list[Part]:
        """The terminals of sites on fibre, with panels and batteries where there is no electricity."""
        parts = []
        for site in sites:
            parts += [self._part(_FIBRE_END, 1, "", "fibre", "site"), *self._solar(site, "fibre")]
        return parts

    def _items(
        self,
        row: dict[str, Any],
        ways: list[list[Part]],
        kind: str,
        *,
        rents: int = 0,
        yearly: list[Part] | None = None,
    ) -> Items:
        """Items of the first way that explains the row's money; else the whole as one item."""
        capex, low, high, opex = (_whole(row[name]) for name in _MONEY)
        whole: Money = (capex or 0, low, high)
        name = say({**FACILITY_NAMES, **TECHNOLOGY_NAMES}, kind, self._language)
        lump = _("{name}, as a whole", self._language).format(name=name)
        for way in ways:
            parts = explained(way, whole, self.prices)
            if parts is not None:
                year = self._upkeep(parts, opex or 0, yearly or [], rents, lump)
                return Items(priced(parts, whole, self.prices), year)
        build = [Item(lump, *whole)] if any(whole) else []
        return Items(build, [Item(lump, opex)] if opex else [])

    def _upkeep(
        self, parts: list[Part], whole_vnd: int, yearly: list[Part], rents: int, lump: str
    ) -> list[Item]:
        """What the parts cost a year: shares of what they cost to build, rents, licences. On a mast that
        stands there is one rent more."""
        shares: dict[tuple[str, str], float] = {}
        for part in parts:
            if part.kept:
                shares[part.kept] = shares.get(part.kept, 0.0) + part.at(self.prices, "value")
        kept = [Part(say_upkeep(key[0], self._language), cost, "₫", key) for key, cost in shares.items()]
        if any(part.price == ("microwave", "link") for part in parts):
            mhz = self._figure("microwave", "spectrum_mhz")
            kept.append(self._part(_LICENCE, mhz, "MHz", "microwave", "spectrum_per_mhz_year", ""))
        for count in (rents, rents + 1):
            place = self._part(_RENT, count, "", "masts", "rent_per_year", "")
            every = [part for part in (*kept, *yearly, place) if part.quantity]
            found = explained(every, (whole_vnd, None, None), self.prices)
            if found is not None:
                return priced(found, (whole_vnd, None, None), self.prices)
        return [Item(lump, whole_vnd)] if whole_vnd else []

    def _part(
        self, text: str, quantity: float | None, unit: str, sheet: str, name: str, kept: str = "opex_share"
    ) -> Part:
        """A part with the share of its sheet that its upkeep costs a year; "" for none."""
        said = None if quantity is None else float(quantity)
        return Part(_(text, self._language), said, unit, (sheet, name), (sheet, kept) if kept else None)

    def _radios(self, f_ghz: float) -> list[Part]:
        mhz = self._figure("microwave", "spectrum_mhz")
        dishes = [self._part(_DISH, 2, "", "microwave", "wide_dish")] if f_ghz < _WIDE_GHZ else []
        return [
            self._part(_LINK, 1, "", "microwave", "link"),
            *dishes,
            self._part(_LICENCE, mhz, "MHz", "microwave", "spectrum_per_mhz", ""),
        ]

    def _mast(self, height_m: float) -> list[Part]:
        if not known(height_m) or height_m <= 0:
            return []
        limit = self._figure("masts", "pole_m")
        if height_m > limit:
            return [self._part(_TOWER, height_m, "m", "masts", "tower_per_m")]
        text = _("Pole for antennas, up to {height} m", self._language)
        height = decimal(limit, 0, self._language)
        return [self._part(text.format(height=height), 1, "", "masts", "pole")]

    def _new_place(self) -> list[Part]:
        return [
            self._part(_SURVEY, 1, "", "masts", "survey"),
            self._part(_TRACK, None, "m", "masts", "access_per_m"),
        ]

    def _solar(self, site: str, sheet: str, load_w: float | None = None) -> list[Part]:
        """Panels and batteries for a site without electricity."""
        if text_of(self._sites.get((site,), {}).get("power")) != "none":
            return []
        return self._panels(self._figure(sheet, "power_w") if load_w is None else load_w)

    def _panels(self, load_w: float) -> list[Part]:
        """As `masts.solar` sizes them."""
        day_wh = load_w * 24
        if not day_wh > 0:
            return []
        watts = day_wh / (self._figure("power", "sun_hours") * self._figure("power", "performance"))
        stored = day_wh * self._figure("power", "autonomy_days") / self._figure("power", "discharge")
        return [
            self._part(_PANELS, watts, "W", "power", "solar_per_w"),
            self._part(_BATTERIES, stored, "Wh", "power", "battery_per_wh"),
        ]

    def _on_mast(self, facility: str) -> int:
        """Rents of a place at the near end of a hop: one where it leads from an existing mast."""
        return int(self._facilities.get((facility,), {}).get("kind") == "mast")

    def _figure(self, sheet: str, name: str) -> float:
        try:
            return price_of(self.prices, (sheet, name)).value
        except KeyError:
            return math.nan


def say_upkeep(sheet: str, language: str) -> str:
    """Upkeep of what the prices of a sheet stand for."""
    what = say({**_KEPT, **TECHNOLOGY_NAMES}, sheet, language)
    return _("Upkeep, as a share of what it cost to build: {what}", language).format(what=what)


def _by(table: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = table.drop(columns="geometry", errors="ignore").to_dict("records")
    return {tuple(str(row[key]) for key in keys): row for row in rows}


def _whole(value: Any) -> int | None:
    return int(value) if known(value) else None
