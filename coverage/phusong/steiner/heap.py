"""A heap of numbered things (four children a node) whose keys may fall: Johnson (1975).

`heap` holds the things, `place[x]` where x is in it (−1: not there), `key[x]` what it is ordered by.
"""

import numpy as np

from phusong.jit import leaf


@leaf()
def rise(heap: np.ndarray, place: np.ndarray, key: np.ndarray, i: int) -> None:
    """Move the thing at `i` up to where it belongs."""
    x = heap[i]
    mine = key[x]
    while i > 0:
        parent = (i - 1) >> 2
        y = heap[parent]
        if key[y] <= mine:
            break
        heap[i] = y
        place[y] = i
        i = parent
    heap[i] = x
    place[x] = i


@leaf()
def sink(heap: np.ndarray, place: np.ndarray, key: np.ndarray, i: int, size: int) -> None:
    """Move the thing at `i` down to where it belongs."""
    x = heap[i]
    mine = key[x]
    while True:
        child = 4 * i + 1
        if child >= size:
            break
        least, least_key = child, key[heap[child]]
        for j in range(child + 1, min(child + 4, size)):
            other = key[heap[j]]
            if other < least_key:
                least, least_key = j, other
        if least_key >= mine:
            break
        heap[i] = heap[least]
        place[heap[i]] = i
        i = least
    heap[i] = x
    place[x] = i


@leaf()
def push(heap: np.ndarray, place: np.ndarray, key: np.ndarray, size: int, x: int) -> int:
    """Put `x` in, or move it up after its key fell; the new size."""
    if place[x] < 0:
        heap[size] = x
        place[x] = size
        size += 1
    rise(heap, place, key, place[x])
    return size


@leaf()
def drop_top(heap: np.ndarray, place: np.ndarray, key: np.ndarray, size: int) -> int:
    """Take the thing with the least key out; the new size."""
    place[heap[0]] = -1
    size -= 1
    if size > 0:
        heap[0] = heap[size]
        place[heap[0]] = 0
        sink(heap, place, key, 0, size)
    return size
