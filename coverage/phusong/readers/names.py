"""The figures by which names are matched."""

from functools import cache

from phusong.names import NameRules
from phusong.readers.study import figures


@cache
def name_rules() -> NameRules:
    """When a name that is only alike counts as found, as data/names.toml has it."""
    return NameRules(**figures("names.toml"))
