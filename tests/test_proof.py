"""How near a plan is to the cheapest network: one figure everywhere, nothing shown that is not checked."""

import json
import re
from dataclasses import replace
from importlib import import_module
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from drawn_plan import gaps_of, lines, region, round_prices, sites, study
from test_portfolio import plan_of

from phusong.cli import phusong
from phusong.explain import explain_site
from phusong.options import propose_options
from phusong.portfolio import choose_plan
from phusong.runs import read_run
from phusong.steiner import BrokenPlanError
from phusong.wording import say_proof, say_what_is_proven

#: A proof as a plan's summary has it.
PROOF = {"sites": 9, "years": 10, "present_cost_vnd": 2_310_000_000}


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        (2_310_000_000, "proven to be the cheapest network"),
        (2_309_999_999, "proven within 0.01 % of the cheapest network"),
        (2_309_000_000, "proven within 0.05 % of the cheapest network"),
        (2_302_000_000, "proven within 0.4 % of the cheapest network"),
        (2_300_000_000, "proven within 0.5 % of the cheapest network"),
        (1_155_000_000, "proven within 100.0 % of the cheapest network"),
    ],
)
def test_the_gap_is_rounded_up_never_down(bound: int, says: str) -> None:
    said = say_proof({**PROOF, "bound_vnd": bound, "certified_vnd": bound}, "en")
    assert said == f"2.31 billion ₫ over 10 years, {says}"


def test_what_was_not_proven_is_not_said() -> None:
    assert say_proof(None) == say_what_is_proven(None) == ""
    nothing = {**PROOF, "bound_vnd": 0, "certified_vnd": 0}
    assert say_proof(nothing) == say_what_is_proven(nothing) == ""
    by_search = {**PROOF, "bound_vnd": 2_310_000_000, "certified_vnd": 2_280_000_000}
    assert "proves 1.4 %; the search proves the rest" in say_what_is_proven(by_search, "en")


@pytest.fixture
def run(drawn_study: Any, tmp_path: Path) -> tuple[Path, str]:
    """A run of the drawn study, and what it printed."""
    path = drawn_study(toml='[plan]\nfibre_only = []\ntechnologies = ["fibre", "satellite"]\n')
    said = CliRunner().invoke(phusong, ["run", str(path), "--out", str(tmp_path / "r"), "-q"])
    assert said.exit_code == 0, said.output
    return tmp_path / "r", said.output


def test_map_manifest_screen_and_exports_say_the_same(run: tuple[Path, str]) -> None:
    folder, printed = run
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    proof = manifest["summary"]["plan"]["proof"]
    assert proof["bound_vnd"] <= proof["present_cost_vnd"] and proof["sites"] >= 1
    said = say_proof(proof, "en")
    assert f"Connections: {said}\n" in printed and say_what_is_proven(proof, "en") in printed
    page = (folder / "map.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="phusong-data">(.*?)</script>', page, re.DOTALL)[1])
    assert [data["phrases"][data["plan"][key]] for key in ("proof", "proven")] == [
        [say_proof(proof, to) for to in ("vi", "en")],
        [say_what_is_proven(proof, to) for to in ("vi", "en")],
    ]
    for name in ("investments", "new_lines"):
        exported = json.loads((folder / "export" / f"{name}.geojson").read_text(encoding="utf-8"))
        assert exported["description"].startswith(say_proof(proof, manifest["language"]))


def test_explain_ends_with_the_proof(run: tuple[Path, str]) -> None:
    done = read_run(run[0])
    options = done.tables["options"]
    site = options.loc[options["chosen"] & (options["technology"] != "wifi"), "site_id"].iloc[0]
    said = say_proof(done.manifest["summary"]["plan"]["proof"], "en")
    assert said in explain_site(done, site, "en")[-1]
    idle = sorted(set(done.tables["gaps"]["site_id"]) - set(options["site_id"]))
    assert all("All connections" not in sentence for s in idle for sentence in explain_site(done, s, "en"))


def star() -> Any:
    """Sites on spurs, at 1, 1.5 and 2 km of a trunk that taps fibre in the west."""
    at = {"A": (1000.0, 900.0), "B": (1500.0, -900.0), "C": (2000.0, 2500.0)}
    spurs = [[(x, 0), (x, y)] for x, y in at.values()]
    roads = lines([[(0, 0), (2000, 0)], *spurs])
    return region(roads, lines([[(0, -50), (0, 50)]], "F"), sites(at))


def line_m(sites_on_it: tuple[str, ...]) -> float:
    """The line that the star needs for some of its sites."""
    trunk = {"A": 1000, "B": 1500, "C": 2000}
    spur = {"A": 900, "B": 900, "C": 2500}
    return max((trunk[s] for s in sites_on_it), default=0) + sum(spur[s] for s in sites_on_it)


def test_the_cheapest_of_all_choices_lies_between_bound_and_cost() -> None:
    # Fibre 100 ₫/m and 1,000 ₫ a terminal, satellite 200,000 ₫ a site: every choice can be added up.
    found = plan_of(star(), technologies=("fibre", "satellite"))
    on_fibre = chain.from_iterable(combinations("ABC", k) for k in range(4))
    best = min(line_m(some) * 100 + 1000 * len(some) + 200_000 * (3 - len(some)) for some in on_fibre)
    chosen = found.options[found.options["chosen"]].set_index("site_id")["technology"]
    assert chosen.to_dict() == {"A": "fibre", "B": "fibre", "C": "satellite"}
    assert found.proof is not None
    assert found.proof.certified_vnd <= found.proof.bound_vnd <= best + 1
    assert found.proof.present_cost_vnd == pytest.approx(best, abs=2000)  # the cable ends 5 m into the road
    assert found.proof.present_cost_vnd == found.total(funded=False)["present_cost_vnd"]


@pytest.mark.parametrize("spoil", ["cost", "way", "edges", "bound"])
def test_a_tampered_design_is_never_shown(monkeypatch: pytest.MonkeyPatch, spoil: str) -> None:
    where = star()
    gaps, prices, asked = gaps_of(where.sites), round_prices(), study(technologies=("fibre", "satellite"))
    proposal = propose_options(asked, where, gaps, prices)
    choose_plan(asked, where, gaps, proposal, prices)
    name = "proof_of" if spoil == "bound" else "as_plan"
    whole = import_module("phusong.choice.cheapest")
    honest = getattr(whole, name)

    def tampered(*question: Any) -> Any:
        found = honest(*question)
        spoilt = {
            "cost": lambda: {"cost": found.cost - 1000},
            "way": lambda: {"way": np.full_like(found.way, found.way.max())},
            "edges": lambda: {"edges": found.edges[1:]},
            "bound": lambda: {"least": found.least + 1000, "own": found.own + 1000},
        }
        return replace(found, **spoilt[spoil]())

    monkeypatch.setattr(whole, name, tampered)
    with pytest.raises(BrokenPlanError):
        choose_plan(asked, where, gaps, proposal, prices)
