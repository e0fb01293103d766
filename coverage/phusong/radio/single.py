"""Logarithm, power and arc tangent in single precision, without branches, so that loops over them vectorise.

Polynomials fitted at Chebyshev nodes; the largest error of each is stated. They are good to a thousandth of
a dB, and are only used where many receivers are worked out at once.
"""

from typing import Any

import numpy as np

from phusong.jit import FAST, bits_of_float, float_of_bits, njit, sqrt32

#: float32 in, float32 out; numba's scalars have no type of their own for the checker.
Single = Any
Array = np.ndarray
F = np.float32
I32 = np.int32
#: 10·log10(2) and 20·log10(2): decibels of a doubling.
DB_10, DB_20 = F(3.0102999566), F(6.0205999133)

_L = tuple(
    F(c)
    for c in (1.442695, -0.721340328, 0.480695462, -0.35842841, 0.275719394, -0.197284705, 0.11305143,
              -0.042686873, 0.00757906224)
)  # fmt: skip
_E = tuple(
    F(c) for c in (1.0, 0.693146929, 0.240230502, 0.0554804263, 0.00968458045, 0.00123878215, 0.000218775048)
)
_A = tuple(
    F(c)
    for c in (0.999999328, -0.333263745, 0.198798722, -0.134804056, 0.0837415565, -0.0368986292,
              0.00782548295)
)  # fmt: skip
_C = tuple(
    F(c)
    for c in (0.99999961, -0.816436312, -0.112629658, -0.0232617342, -0.0848960551, 0.167775169, -0.257425912,
              0.191478169, -0.0646026234)
)  # fmt: skip


@njit(fastmath=FAST, inline="always")
def log2(x: Single) -> Single:
    """log2 of a positive float32, to 3e-7."""
    bits = bits_of_float(x)
    exponent = F((bits >> I32(23)) - I32(127))
    m = float_of_bits((bits & I32(0x7FFFFF)) | I32(0x3F800000)) - F(1)
    high = _L[4] + m * (_L[5] + m * (_L[6] + m * (_L[7] + m * _L[8])))
    return exponent + m * (_L[0] + m * (_L[1] + m * (_L[2] + m * (_L[3] + m * high))))


@njit(fastmath=FAST, inline="always")
def exp2(x: Single) -> Single:
    """2^x of a float32 between −120 and 120 (held there), to 2e-7 of it."""
    x = x if x > F(-120) else F(-120)
    x = x if x < F(120) else F(120)
    whole = I32(x + F(200)) - I32(200)
    m = x - F(whole)
    part = _E[0] + m * (_E[1] + m * (_E[2] + m * (_E[3] + m * (_E[4] + m * (_E[5] + m * _E[6])))))
    return part * float_of_bits(I32((whole + I32(127)) << I32(23)))


@njit(fastmath=FAST, inline="always")
def atan(x: Single) -> Single:
    """Arc tangent of a float32, to 1e-6."""
    size = abs(x)
    t = F(1) / size if size > F(1) else size
    s = t * t
    value = t * (_A[0] + s * (_A[1] + s * (_A[2] + s * (_A[3] + s * (_A[4] + s * (_A[5] + s * _A[6]))))))
    value = F(1.5707963) - value if size > F(1) else value
    return -value if x < F(0) else value


@njit(fastmath=FAST, inline="always")
def cubic_root(x: Single) -> Single:
    """2·cos(π/3 + arccos(x)/3) for −1 ≤ x ≤ 1, to 1e-6: an odd function, smooth in √(1 − |x|)."""
    size = abs(x)
    size = size if size < F(1) else F(1)
    t = sqrt32(F(1) - size)
    high = _C[4] + t * (_C[5] + t * (_C[6] + t * (_C[7] + t * _C[8])))
    value = _C[0] + t * (_C[1] + t * (_C[2] + t * (_C[3] + t * high)))
    return value if x > F(0) else -value
