"""What `make bench` measures. Each module here that has `sections(scale)` gives parts of BENCHMARKS.md.

`sections(scale: Scale) -> list[str]` measures, and returns Markdown parts that each begin with a `## `
heading. The modules are run in the order of their names. `Scale` (in `timing`) says how much: FULL for the
page, TINY for the test that the code runs at all.
"""
