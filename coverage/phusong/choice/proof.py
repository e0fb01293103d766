"""The proof of a bound at a price: what a dual ascent raised, for every node of the whole network."""

import numpy as np

from phusong.choice.arcs import Arcs, Raised
from phusong.choice.plan import Proof


def proof_of(arcs: Arcs, raised: Raised) -> Proof:
    """The potentials of a dual ascent, lifted back to the nodes that the small network left out."""
    ground, ascent = arcs.ground, raised.ascent
    n, f, k = ground.small.n_nodes, ground.problem.n_facilities, ground.problem.n_sites
    of = arcs.sites[ascent.terminal - n - f]
    leaf, line = ascent.node >= n + f, ascent.node < n
    own = np.zeros(k)
    own[of[leaf]] = ascent.value[leaf] / raised.unit
    group, first, line_of, value = ground.shrunk.lifted(
        ascent.node[line], of[line], ascent.value[line], raised.finer
    )
    hub = np.flatnonzero(~leaf & ~line)
    hub = hub[np.lexsort((of[hub], ascent.node[hub]))]
    served = ground.can_be_served
    served[arcs.out] = False
    return Proof(
        price=raised.price,
        least=float(own.sum() - raised.price * ground.best.sum()),
        own=own,
        served=served,
        group=group,
        first=first,
        of=line_of,
        value=value / raised.unit,
        facility_first=np.searchsorted(ascent.node[hub] - n, np.arange(f + 1)),
        facility_of=of[hub],
        facility_value=ascent.value[hub] / raised.unit,
    )
