"""A geostationary satellite terminal: always there, but each word takes half a second there and back."""

from phusong.needs import Need, Offer
from phusong.options.satellite import terminals

NAME = "satellite_geo"
CLOSES = "connection"


def propose(need: Need) -> Offer:
    """A terminal for each site that lacks a connection; its delay misses the usual video target."""
    return Offer(terminals(need, NAME))
