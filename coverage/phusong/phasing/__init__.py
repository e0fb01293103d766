"""Years and partners: who builds which part of a plan in which year, within budgets, with a proof.

`schedule_works` is the gateway; `verify_schedule` trusts nothing of it. `line_pieces` makes items of a tree.
"""

from phusong.phasing.pieces import line_pieces
from phusong.phasing.scheduling import schedule_works
from phusong.phasing.verify import certified_bound, verify_schedule
from phusong.phasing.works import (
    NOT_BUILT,
    BrokenScheduleError,
    Quota,
    Schedule,
    Terms,
    Works,
)

__all__ = [
    "NOT_BUILT",
    "BrokenScheduleError",
    "Quota",
    "Schedule",
    "Terms",
    "Works",
    "certified_bound",
    "line_pieces",
    "schedule_works",
    "verify_schedule",
]
