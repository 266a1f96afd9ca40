"""Random numbers that depend on nothing but (seed, stream, step, slot): no state, no order.

Each slot of a batch has a SplitMix64 sequence [steele2014] of its own, started at a hash of seed,
stream, step and slot; the noise words of a batch share one. So any batch can be drawn at any time,
by any number of threads, and a resumed run draws what an uninterrupted one would have drawn.
"""

import numba
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_HALF, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)


@numba.njit(inline="always")
def advance(state: np.uint64) -> np.uint64:
    """The next state of a sequence."""
    return state + GOLDEN


@numba.njit(inline="always")
def advance_by(state: np.uint64, number: int) -> np.uint64:
    """The state so many places on."""
    return state + GOLDEN * np.uint64(number)


@numba.njit(inline="always")
def mixed(state: np.uint64) -> np.uint64:
    """64 random bits of a state."""
    z = (state ^ (state >> _SHIFTS[0])) * _FIRST
    z = (z ^ (z >> _SHIFTS[1])) * _SECOND
    return z ^ (z >> _SHIFTS[2])


@numba.njit(inline="always")
def uniform(state: np.uint64) -> float:
    """A number in [0, 1) with 53 random bits."""
    return float(mixed(state) >> _SHIFTS[3]) * 2.0**-53


@numba.njit(inline="always")
def below(state: np.uint64, bound: int) -> int:
    """A whole number from 0 to bound − 1; no bound below 2³² is favoured by more than 1e-6."""
    return int(uniform(state) * bound)


@numba.njit(inline="always")
def two_below(state: np.uint64, first: int, second: int) -> tuple[int, int]:
    """Two independent whole numbers below small bounds, from the halves of one state's bits."""
    bits = mixed(state)
    below_first = ((bits >> _HALF) * np.uint64(first)) >> _HALF
    below_second = ((bits & _LOW_HALF) * np.uint64(second)) >> _HALF
    return int(below_first), int(below_second)


@numba.njit
def batch_start(seed: np.uint64, stream: int, step: int) -> np.uint64:
    """What the slots of one batch have in common."""
    state = mixed(seed + GOLDEN * np.uint64(stream + 1))
    return mixed(state + GOLDEN * np.uint64(step + 1))


@numba.njit(inline="always")
def slot_start(batch: np.uint64, slot: int) -> np.uint64:
    """Where the sequence of a slot starts."""
    return mixed(batch + GOLDEN * np.uint64(slot + 1))
