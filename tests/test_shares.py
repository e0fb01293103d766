"""Fair shares: equal on each segment, adding up to the đồng."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from test_portfolio import EVERYTHING, KM, TERMINAL, TRUNK, plan_of, random_world, random_worlds, world

from phusong.shares import fair_shares


def test_the_trunk_is_shared_equally_and_the_rest_is_each_ones_own() -> None:
    options = plan_of(world()).options.set_index("site_id")
    assert options["share_vnd"].to_dict() == {
        "A": TRUNK // 3 + TERMINAL + TRUNK % 3,
        "B": TRUNK // 3 + 2 * KM + TERMINAL,
        "C": TRUNK // 3 + 2 * KM + TERMINAL,
    }


@given(
    costs=st.lists(st.integers(0, 10**12), min_size=1, max_size=8),
    paths=st.dictionaries(st.text(max_size=3), st.sets(st.integers(0, 7)), min_size=1),
)
def test_shares_add_up_and_do_not_hang_on_the_order(costs: list[int], paths: dict[str, set[int]]) -> None:
    paths = {site: {edge % len(costs) for edge in path} for site, path in paths.items()}
    shares = fair_shares(paths, np.array(costs))
    assert sum(shares.values()) == sum(costs[edge] for edge in set().union(*paths.values()))
    assert fair_shares(dict(reversed(paths.items())), np.array(costs)) == shares
    # Who uses less pays no more, but for the odd đồng.
    for a in paths:
        for b in paths:
            if paths[a] <= paths[b]:
                assert shares[a] <= shares[b] + len(costs)


@given(drawn=random_worlds)
def test_the_shares_of_a_plan_are_its_cost(drawn: dict) -> None:
    where, gaps = random_world(drawn)
    found = plan_of(where, gaps, technologies=EVERYTHING)
    assert found.options["share_vnd"].sum() == found.total(funded=False)["capex_vnd"]
    assert found.options["share_vnd"].notna().equals(found.options["chosen"])
