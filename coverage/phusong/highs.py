"""The solver HiGHS, silent and on one thread, so that the same question gives the same answer."""

import os
import sys
from threading import Lock
from typing import Any

import highspy

_ONE_AT_A_TIME = Lock()


def open_highs(**options: Any) -> Any:
    """A solver with these options set, which prints nothing.

    Its version 1.16 prints a banner on standard output before it can be told not to: for that moment what
    is written there goes nowhere.
    """
    with _ONE_AT_A_TIME:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        try:
            highs: Any = highspy.Highs()  # type: ignore[no-untyped-call, unused-ignore]
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        highs.setOptionValue(name, value)
    return highs
