"""Phủ Sóng: broadband and Wi-Fi coverage planner for provinces.

The verbs of the command line are in `phusong.cli`; the functions behind them can be called from a
notebook: `read_study`, `read_region`, `check_region`, `find_gaps`, `propose_options`, `choose_plan`,
`write_run`, `draw_map`. They are imported from their modules, so that ``import phusong`` stays quick.
"""

from phusong.drivers import shut_others

# Before GDAL is first loaded.
shut_others()

__version__ = "0.1.0"
