"""The one door to numba.

numba does `import coverage` when it starts. From a checkout that finds our source folder `coverage/` (a
namespace package) when coverage.py is not installed, and fails; so a folder is hidden from it here.
"""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def _is_folder(name: str) -> bool:
    """Would `import name` find a mere folder, not a module?"""
    if name in sys.modules:
        return getattr(sys.modules[name], "__file__", None) is None
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is None


def _load_numba() -> ModuleType:
    """numba, imported while a folder named `coverage` cannot be."""
    hide = _is_folder("coverage")
    before = sys.modules.get("coverage")
    if hide:
        sys.modules["coverage"] = None  # type: ignore[assignment]
    try:
        import numba
    finally:
        if hide:
            del sys.modules["coverage"]
            if before is not None:
                sys.modules["coverage"] = before
    return numba  # type: ignore[no-any-return, unused-ignore]


numba = _load_numba()


def njit(function: Function) -> Function:
    """Compile `function` on its first call and keep the machine code on disk for the next run."""
    return numba.njit(cache=True)(function)  # type: ignore[no-any-return, unused-ignore]


def leaf(function: Function) -> Function:
    """As `njit`, for a function that makes no array and returns none.

    It is compiled without counting references to the arrays that it is handed: with a tuple of thirty arrays
    and calls by the million that counting takes longer than the work. (A numba that does not know the option
    compiles it as usual.)
    """
    try:
        return numba.njit(cache=True, _nrt=False)(function)  # type: ignore[no-any-return, unused-ignore]
    except (KeyError, TypeError):
        return njit(function)
