"""Why a site gets what it gets: its way to existing fibre, what that is made of, and its share of the cost.

Everything is read from the tables of a run, so the sentences say what map and report say.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from phusong.errors import PhuSongError
from phusong.investments import why
from phusong.joins import road_joins, say_join
from phusong.language import _
from phusong.options import CONNECTIONS
from phusong.runs import Run
from phusong.units import decimal, fold, say_distance, say_vnd
from phusong.wording import (
    BUILD_NAMES,
    CHOICES,
    REASONS,
    ROAD_CLASS_NAMES,
    SERVICE_NAMES,
    STATUS_NAMES,
    TECHNOLOGY_NAMES,
    say,
    say_evidence,
    say_proof,
    say_what_is_proven,
)


def explain_site(run: Run, site_id: str, language: str | None = None) -> list[str]:
    """Sentences on one site of a run: its gap, what the plan builds, the way of its line, its share, what
    else there was, and how near the whole is to the cheapest. PhuSongError for a site that the run lacks."""
    site = _site(run.tables["gaps"], site_id)
    options = run.tables["options"]
    options = options[options["site_id"] == site_id]
    chosen = options[options["chosen"]]
    out = [_gap(site, language)]
    if chosen.empty:
        out.append(_("The plan builds nothing here.", language))
    for option in chosen.to_dict("records"):
        out.append(_built(run, option, language))
        if option["technology"] == "fibre":
            out += _line(run, site_id, option, language)
    connections = options[options["closes"].isin(CONNECTIONS)]
    if len(connections):
        out.append(why_not_the_others(connections, run.manifest.get("plan", {}).get("years", 10), language))
    rest = options[~options["chosen"] & ~options["closes"].isin(CONNECTIONS)]
    out += [_not_built(option, language) for option in rest.to_dict("records")]
    out += _wifi_as_a_package(chosen, language)
    return out + _proven(run, chosen, language)


def _wifi_as_a_package(chosen: pd.DataFrame, language: str | None) -> list[str]:
    """What Wi-Fi costs by itself, and with the connection that it needs."""
    waits = chosen[chosen["depends_on"] == "connection"]
    connection = chosen[chosen["closes"].isin(CONNECTIONS)]
    if waits.empty or connection.empty:
        return []
    own, more = float(waits["share_vnd"].iloc[0]), float(connection["share_vnd"].iloc[0])
    return [
        _(
            "Wi-Fi by itself costs {own} to build, with the connection that it needs {whole}.", language
        ).format(own=say_vnd(own, language), whole=say_vnd(own + more, language))
    ]


def why_not_the_others(options: pd.DataFrame, years: int, language: str | None = None) -> str:
    """One sentence on the connections of one site, from its rows of OPTIONS: which is chosen and why, and
    each other with its cost or why it cannot be had. Costs are those of the site alone, over `years`."""
    chosen = options[options["chosen"]]
    by = ["feasible", "present_cost_vnd", "technology"]
    ranked = options[~options["chosen"]].sort_values(by, ascending=[False, True, True])
    others = "; ".join(_other(row, chosen, language) for row in ranked.to_dict("records"))
    if chosen.empty:
        return _("No connection is chosen: {others}.", language).format(others=others)
    first = chosen.iloc[0]
    said = _("{technology} is chosen ({cost} over {years} years if the site were alone): {reason}", language)
    out = said.format(
        technology=say(TECHNOLOGY_NAMES, first["technology"], language),
        cost=say_vnd(float(first["present_cost_vnd"]), language),
        years=years,
        reason=say(CHOICES, _why_chosen(first, ranked), language),
    )
    return out + (_("; the others: {others}.", language).format(others=others) if others else ".")


def _why_chosen(chosen: pd.Series, others: pd.DataFrame) -> str:
    """The code of why an option beat the others (`wording.CHOICES`)."""
    possible = others[others["feasible"]]
    if possible.empty:
        return "fibre_only" if (others["reason"] == "fibre_only").any() else "only_one"
    if chosen["present_cost_vnd"] <= possible["present_cost_vnd"].min():
        return "cheapest"
    shares = chosen["technology"] == "fibre" or isinstance(chosen.get("depends_on"), str)
    return "cheapest_shared" if shares else "joint"


def _other(option: Mapping[str, Any], chosen: pd.DataFrame, language: str | None) -> str:
    """An option that is not chosen: its name, its cost, and why not unless that is the cost."""
    name = say(TECHNOLOGY_NAMES, option["technology"], language)
    # What a chosen fibre says for all of them need not be said again of each.
    known = ("dearer", "fibre_only") if len(chosen) else ("dearer",)
    reason = option["reason"] if isinstance(option["reason"], str) and option["reason"] not in known else ""
    words = say(REASONS, reason, language).format(depends_on="…") if reason else ""
    if pd.isna(option["present_cost_vnd"]):
        return f"{name}: {words or '–'}"
    cost = say_vnd(float(option["present_cost_vnd"]), language)
    alone = float(chosen["present_cost_vnd"].iloc[0]) if len(chosen) else 0.0
    if alone and option["present_cost_vnd"] >= 1.05 * alone:
        times = _("{times} times as much", language)
        cost += f", {times.format(times=decimal(float(option['present_cost_vnd']) / alone, 1, language))}"
    return f"{name} {cost}" + (f" ({words})" if words else "")


def path_of(segments: gpd.GeoDataFrame, site_id: str) -> gpd.GeoDataFrame:
    """The segments that lead from existing fibre to a site, in this order; none for a site on the cable."""
    ends = segments["end_site_ids"].fillna("").str.split(";")
    here = segments["segment_id"][[site_id in sites for sites in ends]]
    upstream = dict(zip(segments["segment_id"], segments["upstream_id"], strict=True))
    path: list[str] = []
    now = here.iloc[0] if len(here) else None
    while isinstance(now, str) and now:
        path.append(now)
        now = upstream[now]
    return segments.set_index("segment_id", drop=False).loc[path[::-1]]


def _site(gaps: pd.DataFrame, site_id: str) -> dict[str, Any]:
    found = gaps[gaps["site_id"] == site_id]
    if found.empty:
        near = _near(site_id, gaps)
        raise PhuSongError(
            _("there is no site {site}").format(site=repr(site_id)),
            do=_("Did you mean {near}?").format(near=", ".join(near))
            if near
            else _("The sites are in the run's tables, layer gaps."),
        )
    row: dict[str, Any] = found.iloc[0].to_dict()
    return row


def _near(said: str, gaps: pd.DataFrame) -> list[str]:
    """The sites whose id or name is near to what was said: those of that name first."""
    names = dict(zip(gaps["site_id"], gaps["name"].fillna(""), strict=True))
    near = [site for site, name in names.items() if fold(said) and fold(said) in fold(name)][:3]
    if not near:
        return get_close_matches(said, names, n=3, cutoff=0.4)
    return [f"{site} ({names[site]})" for site in near]


def _gap(site: Mapping[str, Any], language: str | None) -> str:
    return _("{name} ({site}): {service} {status}, {evidence}.", language).format(
        name=site["name"],
        site=site["site_id"],
        service=say(SERVICE_NAMES, "fibre", language).lower(),
        status=say(STATUS_NAMES, site["fibre"], language),
        evidence=say_evidence(site, "fibre", language),
    )


def _built(run: Run, option: Mapping[str, Any], language: str | None) -> str:
    """What the plan builds for a site, at what place in the order, and why there."""
    investments = run.tables["investments"]
    of_kind = investments[investments["technology"] == option["technology"]]
    mine = [option["site_id"] in sites for sites in of_kind["site_ids"].str.split(";")]
    row = of_kind[mine].iloc[0].to_dict()
    return _(
        "{technology} is planned, with {investment} at place {rank}: {why}. "
        "Its cost for the site is {share}.",
        language,
    ).format(
        technology=say(TECHNOLOGY_NAMES, option["technology"], language),
        investment=row["investment_id"],
        rank=row["rank"],
        why=why(row, language),
        share=say_vnd(option["share_vnd"], language),
    )


def _line(run: Run, site_id: str, option: Mapping[str, Any], language: str | None) -> list[str]:
    """The way of a site's line, from where it taps existing fibre."""
    path = path_of(run.tables["segments"], site_id)
    if path.empty:
        return [_("The site stands on existing cable: it needs a splice and a terminal, no line.", language)]
    own = path[path["sites_downstream"] == 1]
    said = [
        _tap(run, path.iloc[0], language),
        _("Its line is {length} long: {parts}.", language).format(
            length=say_distance(float(path["length_m"].sum()), language), parts=_parts(path, language)
        ),
    ]
    said += _joins(run, path, language) + _met(path, language) + _rent(run, path, option, language)
    said.append(
        _(
            "Of it {own} serve this site alone, the rest is shared by up to {sites} sites; each segment is "
            "paid in equal parts by the sites behind it. Alone, the site would cost {alone}.",
            language,
        ).format(
            own=say_distance(float(own["length_m"].sum()), language),
            sites=int(path["sites_downstream"].max()),
            alone=say_vnd(option["capex_vnd"], language),
        )
    )
    return said


def _tap(run: Run, first: pd.Series, language: str | None) -> str:
    operators = _operators(run)
    lon, lat = shapely.get_coordinates(first["geometry"])[0]
    return _("It begins at {tap} ({operator}), at {lon}, {lat}.", language).format(
        tap=first["tap_id"],
        operator=operators.get(first["tap_id"], "–"),
        lon=f"{lon:.5f}",
        lat=f"{lat:.5f}",
    )


def _operators(run: Run) -> dict[str, str]:
    """Whose each existing line and node is."""
    return {
        i: operator
        for name, key in (("nodes", "node_id"), ("fibre", "fibre_id"))
        for i, operator in zip(run.tables[name][key], run.tables[name]["operator"], strict=True)
    }


def _parts(path: gpd.GeoDataFrame, language: str | None) -> str:
    """Lengths by build and class of road, the longest first."""
    lengths = path.groupby([path["build"], path["road_class"].fillna("")])["length_m"].sum()
    return "; ".join(
        f"{say_distance(length, language)} {say(BUILD_NAMES, build, language)}"
        + (f" ({say(ROAD_CLASS_NAMES, road_class, language)})" if road_class else "")
        for (build, road_class), length in lengths.sort_values(ascending=False, kind="stable").items()
    )


def _met(path: gpd.GeoDataFrame, language: str | None) -> list[str]:
    """Slope, rivers and landslides on the way, where there are any."""
    out = []
    known = path[path["mean_slope_deg"].notna()]
    if len(known):
        slope = float((known["mean_slope_deg"] * known["length_m"]).sum() / known["length_m"].sum())
        out.append(
            _("The ground slopes by {slope}° on average.", language).format(slope=decimal(slope, 0, language))
        )
    if path["river_crossings"].sum():
        out.append(
            _("River crossings: {count}, for {cost}.", language).format(
                count=int(path["river_crossings"].sum()),
                cost=say_vnd(float(path["crossings_vnd"].sum()), language),
            )
        )
    if path["landslides_near"].sum():
        out.append(
            _("Landslides near it: {count}.", language).format(count=int(path["landslides_near"].sum()))
        )
    return out


def _proven(run: Run, chosen: pd.DataFrame, language: str | None) -> list[str]:
    """How near the whole plan is to the cheapest, for a site that it connects."""
    proof = run.manifest.get("summary", {}).get("plan", {}).get("proof")
    said = say_proof(proof, language)
    if not said or not chosen["closes"].isin(("fibre", "connection")).any():
        return []
    whole = _("All connections together: {proof}.", language).format(proof=said)
    return [f"{whole} {say_what_is_proven(proof, language)}"]


def _joins(run: Run, path: gpd.GeoDataFrame, language: str | None) -> list[str]:
    """Where the way crosses from one part of the road network to another."""
    mine = set(path["segment_id"])
    said = _(
        "No road leads on: it crosses off-road to another part of the road network, where that is cheapest: "
        "{crossing}.",
        language,
    )
    return [
        said.format(crossing=say_join(join, language))
        for join in road_joins(run.tables["segments"])
        if mine & set(join.segment_ids)
    ]


def _rent(run: Run, path: gpd.GeoDataFrame, option: Mapping[str, Any], language: str | None) -> list[str]:
    """Which fibre on the way is leased, what of the way is paid for each year, and the site's share."""
    operators, leased = _operators(run), path.dropna(subset="leased_id")
    out = [
        _("Fibre of {line} ({operator}) is leased for {length}.", language).format(
            line=line, operator=operators.get(line, "–"), length=say_distance(float(metres), language)
        )
        for line, metres in leased.groupby("leased_id", sort=False)["length_m"].sum().items()
    ]
    rent = float(path["rent_vnd_per_year"].sum())
    if not rent:
        return out
    said = _(
        "Leased fibre, poles and ducts on its way cost {rent} a year; {share} of it is this site's share.",
        language,
    )
    share = say_vnd(option["share_rent_vnd_per_year"], language)
    return [*out, said.format(rent=say_vnd(rent, language), share=share)]


def _not_built(option: Mapping[str, Any], language: str | None) -> str:
    name = say(TECHNOLOGY_NAMES, option["technology"], language)
    reason = say(REASONS, option["reason"] or "", language).format(depends_on="…")
    if not option["feasible"]:
        return _("{technology} cannot be built: {reason}.", language).format(technology=name, reason=reason)
    return _("{technology} is not built ({cost} alone): {reason}.", language).format(
        technology=name, cost=say_vnd(option["capex_vnd"], language), reason=reason or "–"
    )
