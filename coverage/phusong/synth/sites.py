"""Public sites of a commune as a province's list has them, and what was reported of each."""

from typing import Any

import numpy as np

from phusong.synth.names import place_names
from phusong.synth.people import beside

_TITLES = {
    "health_station": "Trạm Y tế",
    "hospital": "Bệnh viện Đa khoa",
    "health_centre": "Trung tâm Y tế",
    "school_preschool": "Trường Mầm non",
    "school_primary": "Trường Tiểu học",
    "school_lower_secondary": "Trường THCS",
    "school_upper_secondary": "Trường THPT",
    "village_hall": "Nhà văn hóa thôn",
}
_SAID = {True: "Có", False: "Không"}


def draw_sites(
    commune: Any,
    villages: np.ndarray,
    has_fibre: np.ndarray,
    crowd: float,
    seat: bool,
    stats: dict[str, float],
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """The sites of `commune` (a row of Land.frame): kind, name, place and reports, its office first.

    `has_fibre` says it of each village; `crowd` is the commune's residents against the mean; the `seat` of a
    province has its office, too.
    """
    name = commune["name"]
    full = f"{commune['unit_type'] or 'xã'} {name}"
    listed = [("office_commune", f"UBND {full}", 0)]
    if seat:
        listed.append(("office_province", f"UBND tỉnh {commune['province'] or name}", 0))
    for kind, title in _TITLES.items():
        at = _villages_of(kind, len(villages), crowd, stats, rng)
        own = [full, *place_names(max(0, len(at) - 1), rng)] if kind == "health_station" else None
        names = own or place_names(len(at), rng)
        listed += [(kind, f"{title} {own_name}", v) for own_name, v in zip(names, at, strict=False)]
    at = np.array([village for _kind, _name, village in listed])
    # An office is where the roads of its commune begin.
    places = beside(commune.geometry, villages[at], 150, rng)
    places[0] = villages[0]
    return [
        {"kind": kind, "name": said, "x": x, "y": y, **_report(kind, bool(has_fibre[village]), stats, rng)}
        for (kind, said, village), (x, y) in zip(listed, places, strict=True)
    ]


def _villages_of(
    kind: str, n_villages: int, crowd: float, stats: dict[str, float], rng: np.random.Generator
) -> np.ndarray:
    """The villages that have a site of a kind, one entry a site."""
    if kind == "village_hall":
        return np.flatnonzero(rng.random(n_villages) < stats["halls_per_village"])
    mean = stats[f"sites_{kind}"]
    if kind == "health_station":
        # Every commune has one, whatever its size.
        return np.append(0, rng.integers(n_villages, size=rng.poisson((mean - 1) * crowd)))
    return rng.integers(n_villages, size=rng.poisson(mean * crowd))


def _report(kind: str, fibre: bool, stats: dict[str, float], rng: np.random.Generator) -> dict[str, str]:
    """What the list says of fibre, Wi-Fi and conferences: yes, no, or nothing."""
    office = kind.startswith("office")
    said, wifi, video = rng.random(3)
    if said >= stats["reported_centre" if office else "reported_other"]:
        return {"fibre": "", "wifi": "", "video": ""}
    return {
        "fibre": _SAID[fibre],
        "wifi": _SAID[bool(wifi < stats["wifi_where_fibre" if fibre else "wifi_without_fibre"])],
        "video": _SAID[bool(fibre and video < stats["video_at_centres"])] if office else "",
    }
