"""What `make bench` does to measure pages runs and gives figures; how fast is for `make bench` to say."""

import re
from typing import Any

from benchmarks.maps import map_section
from benchmarks.timing import TINY


def test_the_map_of_a_tiny_study_has_figures(chromium: Any) -> None:
    part = map_section(chromium, TINY)
    assert part.startswith("## The map")
    assert re.search(r"500 sites: MB \| 0\.\d+ \| .* \| met \|", part), part
