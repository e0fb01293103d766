"""Radio: speed of footprints and links, their accuracy, a nation of sites, and `phusong cover`."""

from benchmarks.accuracy import accuracy_section
from benchmarks.cover import cover_section
from benchmarks.ground import DA_NANG, da_nang, mountains
from benchmarks.links import links_section
from benchmarks.nation import nation_section
from benchmarks.speed import speed_section
from benchmarks.timing import Scale, say


def sections(scale: Scale) -> list[str]:
    """The radio parts of BENCHMARKS.md."""
    real = da_nang(scale.real_reach_m)
    grounds = [mountains(scale.reach_m), *([real] if real else [])]
    out = [speed_section(ground, scale) for ground in grounds]
    if real is None:
        say(f"  no {DA_NANG}: Đà Nẵng is left out")
        out.append(f"## Footprints: Đà Nẵng\n\nLeft out: `{DA_NANG.name}` is absent beside the repository.")
    out += [accuracy_section(grounds, scale), links_section(scale), nation_section(scale)]
    return [*out, cover_section(scale)] if scale.commands else out
