"""Compiled kernels: the one place that imports numba.

numba looks for coverage.py by `import coverage`. The source folder `coverage/` answers to that name as an
empty namespace package wherever the repository root is on the path, and numba then fails to import. The
name is hidden while numba is imported, unless it is the real coverage.py.

numba's cache knows only the file that a kernel stands in, not the kernels that it calls from other files:
after an update it would go on using old machine code. So the cache is kept apart for each state of the
sources.
"""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_HERE = Path(__file__).resolve().parent


@contextmanager
def _without_namespace_coverage() -> Iterator[None]:
    """Hide `coverage` from imports when it is only a folder of that name."""
    try:
        spec = importlib.util.find_spec("coverage")
    except ValueError:
        spec = None
    if spec is None or spec.origin is not None:
        yield
        return
    before = sys.modules.get("coverage")
    sys.modules["coverage"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["coverage"]
        if before is not None:
            sys.modules["coverage"] = before


with _without_namespace_coverage():
    import numba
    from llvmlite import binding, ir
    from numba.core import codegen
    from numba.core.types import float32, int32
    from numba.extending import intrinsic

__all__ = ["FAST", "bits_of_float", "float_of_bits", "leaf", "max32", "njit", "sqrt32"]

#: Fast maths that leaves NaN and infinity their meaning: sums and products may be reordered and fused.
FAST = frozenset({"nsz", "arcp", "contract", "afn", "reassoc"})


@cache
def kernel_folder() -> Path | None:
    """Where compiled kernels are kept: beside the package, or in the user's cache; None if neither can be."""
    stamp = hashlib.blake2b(digest_size=8)
    for source in sorted(_HERE.rglob("*.py")):
        # Only modules that compile something count, so that other edits keep the warm cache.
        text = source.read_bytes()
        if b"phusong.jit" in text or source.name == "jit.py":
            stamp.update(str(source.relative_to(_HERE)).encode() + text)
    for root in (_HERE / "__pycache__", Path.home() / ".cache" / "phusong"):
        folder = root / f"kernels-{stamp.hexdigest()}"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    return None


def _instruction(name: str, meaning: str, emit: Callable[[Any, Sequence[Any]], Any], kinds: str) -> Any:
    """A numba function that is one instruction; `kinds`, f float32 or i int32: result, then arguments."""
    result, *given = [float32 if kind == "f" else int32 for kind in kinds]

    def typed(_context: Any, *_given: Any) -> Any:
        return result(*given), lambda _context, builder, _signature, args: emit(builder, args)

    def unary(context: Any, x: Any) -> Any:
        return typed(context, x)

    def binary(context: Any, x: Any, y: Any) -> Any:
        return typed(context, x, y)

    function = unary if len(given) == 1 else binary
    function.__name__, function.__doc__ = name, meaning
    make: Any = intrinsic
    return make(function)


def _emit_max(builder: Any, args: Sequence[Any]) -> Any:
    kind = ir.FloatType()
    maxnum = builder.module.declare_intrinsic("llvm.maxnum", [kind], ir.FunctionType(kind, [kind, kind]))
    return builder.call(maxnum, args, fastmath=("fast",))


def _emit_root(builder: Any, args: Sequence[Any]) -> Any:
    root = builder.module.declare_intrinsic("llvm.sqrt", [ir.FloatType()])
    return builder.call(root, args, fastmath=("fast",))


# `if v > m: m = v` and `max(m, v)` keep NaN's order, and a loop over them stays scalar: five times slower.
max32 = _instruction("max32", "The greater of two float32.", _emit_max, "fff")
sqrt32 = _instruction("sqrt32", "Square root of a float32.", _emit_root, "ff")
bits_of_float = _instruction(
    "bits_of_float",
    "The bits of a float32 as an int32.",
    lambda builder, args: builder.bitcast(args[0], ir.IntType(32)),
    "if",
)
float_of_bits = _instruction(
    "float_of_bits",
    "The float32 that has the bits of an int32.",
    lambda builder, args: builder.bitcast(args[0], ir.FloatType()),
    "fi",
)


def _can_skip_counts() -> bool:
    """Does this numba know how to compile without counting references?"""
    compiler: Any = numba.njit
    try:
        compiler(_nrt=False)(lambda: 0)
    except (KeyError, TypeError):
        return False
    return True


_CAN_SKIP_COUNTS = _can_skip_counts()


def _call_own_copies() -> None:
    """Let each kernel call the copies of other kernels that it was compiled with.

    numba leaves it to the loader to take any function of that name, the first that came into the process. It
    rounds otherwise (it was optimised for itself), so that results would depend on which kernels were there
    before, and on whether they came from the cache.

    It takes hold of numba's own parts. Where a later numba has them no longer, kernels compile and run all
    the same; what is lost is that two runs agree to the last bit (`tests/test_jit.py` would fail).
    """
    library: Any = getattr(codegen, "CPUCodeLibrary", None)
    finish = getattr(library, "_finalize_final_module", None)
    internal = getattr(getattr(binding, "Linkage", None), "linkonce_odr", None)
    if finish is None or internal is None:
        return

    def with_own_copies(self: Any) -> None:
        for function in self._final_module.functions:
            shared = not function.is_declaration and function.linkage == internal
            if shared and "phusong" in function.name:
                function.linkage = "internal"
        finish(self)

    library._finalize_final_module = with_own_copies


_call_own_copies()


def njit(
    *,
    fastmath: bool | frozenset[str] = False,
    parallel: bool = False,
    inline: bool = False,
    counts: bool = True,
) -> Callable[[Kernel], Kernel]:
    """Compile a function to machine code on its first call, and keep it for the next process.

    `error_model="numpy"`: a division by zero gives infinity or NaN, as in arrays, and loops vectorise.
    `counts=False` is for functions that make no array and return none: references to the arrays that they
    are handed are not counted. With a tuple of thirty arrays and millions of calls, counting takes longer
    than the work. (A numba that does not know how compiles them as usual.)
    """
    more: dict[str, Any] = {} if counts or not _CAN_SKIP_COUNTS else {"_nrt": False}

    def compile_later(function: Kernel) -> Kernel:
        settings: Any = numba.config
        compiler: Any = numba.njit
        before, folder = settings.CACHE_DIR, kernel_folder()
        settings.CACHE_DIR = before or str(folder or "")
        try:
            compiled: Any = compiler(
                function,
                cache=bool(settings.CACHE_DIR),
                error_model="numpy",
                parallel=parallel,
                forceinline=inline,
                nogil=True,
                fastmath=set(fastmath) if isinstance(fastmath, frozenset) else fastmath,
                **more,
            )
        finally:
            settings.CACHE_DIR = before
        return compiled

    return compile_later


def leaf() -> Callable[[Kernel], Kernel]:
    """`njit` for small functions at the bottom of a hot loop: see its `counts`."""
    return njit(counts=False)
