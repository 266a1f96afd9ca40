"""Compiled loops that draw pairs and windows from a text.

Everywhere `ids` is the text with −1 at the end of each document, `keep` the probability (V,) with
which an occurrence of a word survives subsampling (empty: all survive), `closing` whether words
that do not survive leave no place behind, as in word2vec.c.

Positions are drawn uniformly and what has no partner is drawn again, so that every pair (position,
offset) that exists is as likely as every other, document edges included.
"""

import numba
import numpy as np

from gradflow.training._random import advance, batch_start, below, slot_start, two_below, uniform

PAIRS, NOISE, SHUFFLE, WINDOWS = 0, 1, 2, 3  # streams of random numbers


@numba.njit(nogil=True)
def draw_pairs(
    ids: np.ndarray,
    window: int,
    linear: bool,
    keep: np.ndarray,
    closing: bool,
    seed: np.uint64,
    step: int,
    centres: np.ndarray,
    contexts: np.ndarray,
) -> None:
    """Draw (n,) pairs at most `window` apart, in proportion to window + 1 − distance if linear."""
    size, start = len(centres), batch_start(seed, PAIRS, step)
    states = np.empty(size, np.uint64)
    for slot in range(size):
        states[slot] = slot_start(start, slot)
    waiting, places = np.arange(size), np.empty(size, np.int64)
    while len(waiting):
        # The text is far away in memory: look up all centres at once, then decide.
        for n in range(len(waiting)):
            states[waiting[n]] = advance(states[waiting[n]])
            places[n] = below(states[waiting[n]], len(ids))
            centres[waiting[n]] = ids[places[n]]
        rejected = 0
        for n in range(len(waiting)):
            slot = waiting[n]
            context, states[slot] = _context(
                ids, places[n], window, linear, keep, closing, states[slot]
            )
            contexts[slot] = context
            waiting[rejected] = slot
            rejected += context < 0
        waiting = waiting[:rejected]


@numba.njit
def _context(
    ids: np.ndarray,
    at: int,
    window: int,
    linear: bool,
    keep: np.ndarray,
    closing: bool,
    state: np.uint64,
) -> tuple[int, np.uint64]:
    """A context for the word at a position, −1 where the draw is to be repeated."""
    if ids[at] < 0:
        return -1, state
    state = advance(state)
    offset = _linear_offset(state, window) if linear else _flat_offset(state, window)
    if len(keep) == 0:
        return _reached(ids, at, offset), state
    state = advance(state)
    if uniform(state) >= keep[ids[at]]:
        return -1, state
    return _surviving(ids, at, offset, keep, closing, state)


@numba.njit(inline="always")
def _linear_offset(state: np.uint64, window: int) -> int:
    """±1 … ±window with probability ∝ window + 1 − distance.

    It is the difference of two different numbers from 0 to window.
    """
    first, second = two_below(state, window + 1, window)
    return second + (second >= first) - first


@numba.njit(inline="always")
def _flat_offset(state: np.uint64, window: int) -> int:
    """±1 … ±window, each as likely."""
    distance, side = two_below(state, window, 2)
    return 1 + distance if side else -1 - distance


@numba.njit(inline="always")
def _reached(ids: np.ndarray, at: int, offset: int) -> int:
    """The word `offset` places on, −1 where the document ends before."""
    direction = 1 if offset > 0 else -1
    for other in range(at + direction, at + offset + direction, direction):
        if other < 0 or other >= len(ids) or ids[other] < 0:
            return -1
    return ids[at + offset]


@numba.njit
def _surviving(
    ids: np.ndarray, at: int, offset: int, keep: np.ndarray, closing: bool, state: np.uint64
) -> tuple[int, np.uint64]:
    """The word `offset` places on among those that survive, −1 where there is none."""
    if not closing:
        word = _reached(ids, at, offset)
        state = advance(state)
        return (word if word >= 0 and uniform(state) < keep[word] else -1), state
    direction = 1 if offset > 0 else -1
    left, other = abs(offset), at
    while left:
        other += direction
        if other < 0 or other >= len(ids) or ids[other] < 0:
            return -1, state
        state = advance(state)
        left -= uniform(state) < keep[ids[other]]
    return ids[other], state


@numba.njit(nogil=True)
def draw_windows(
    ids: np.ndarray,
    window: int,
    dynamic: bool,
    keep: np.ndarray,
    closing: bool,
    seed: np.uint64,
    step: int,
    centres: np.ndarray,
    contexts: np.ndarray,
) -> None:
    """Draw (n,) centres with all words of their windows, (n, 2 window) filled up with −1.

    The width of a dynamic window is uniform in 1 … window; centres without any context are drawn
    again.
    """
    start = batch_start(seed, WINDOWS, step)
    for slot in range(len(centres)):
        state = slot_start(start, slot)
        row, found = contexts[slot], 0
        while found == 0:
            state = advance(state)
            at = below(state, len(ids))
            if ids[at] < 0:
                continue
            state = advance(state)
            if len(keep) and uniform(state) >= keep[ids[at]]:
                continue
            state = advance(state)
            width = 1 + below(state, window) if dynamic else window
            for direction in (-1, 1):
                left, other = width, at
                while left:
                    other += direction
                    if other < 0 or other >= len(ids) or ids[other] < 0:
                        break
                    left -= 1
                    state = advance(state)
                    if len(keep) and uniform(state) >= keep[ids[other]]:
                        left += closing
                        continue
                    row[found] = ids[other]
                    found += 1
            centres[slot] = ids[at]
        row[found:] = -1


@numba.njit(nogil=True)
def draw_noise(
    threshold: np.ndarray, alias: np.ndarray, seed: np.uint64, step: int, words: np.ndarray
) -> None:
    """Draw (n,) words by the alias method [vose1991]."""
    start = batch_start(seed, NOISE, step)
    for slot in range(len(words)):
        state = advance(slot_start(start, slot))
        word = below(state, len(alias))
        state = advance(state)
        words[slot] = word if uniform(state) < threshold[word] else alias[word]


@numba.njit(nogil=True)
def alias_table(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thresholds and aliases (V,), so that one draw needs one look into each."""
    size = len(probabilities)
    threshold = probabilities * size
    alias = np.arange(size).astype(np.int32)
    small = [word for word in range(size) if threshold[word] < 1]
    large = [word for word in range(size) if threshold[word] >= 1]
    while len(small) and len(large):
        poor, rich = small.pop(), large.pop()
        alias[poor] = rich
        threshold[rich] -= 1 - threshold[poor]
        if threshold[rich] < 1:
            small.append(rich)
        else:
            large.append(rich)
    for word in small:  # what rounding left over
        threshold[word] = 1
    for word in large:
        threshold[word] = 1
    return threshold, alias


@numba.njit(nogil=True)
def shuffle_shift(seed: np.uint64, step: int, size: int) -> int:
    """By how many places contexts are rotated: 1 … size − 1, so that none meets its own centre."""
    return 1 + below(slot_start(batch_start(seed, SHUFFLE, step), 0), size - 1)


@numba.njit(nogil=True)
def paper_weights(
    rows: np.ndarray,
    cols: np.ndarray,
    positive: np.ndarray,
    unigram: bool,
    negatives: float,
    p: np.ndarray,
    marginal: np.ndarray,
    joint: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Ψ⁺ for positives, kΨ⁻ Π_ij/(m_i m_j) for negatives, in units of 1/B.

    Ψ± is 1/(P_ij + kΠ_ij) where `joint` is given, else 1/((1 + k)Π_ij) if unigram, else 1.
    """
    size = len(rows) // 2
    for n in range(len(rows)):
        noise = p[rows[n]] * p[cols[n]]
        weight = 1.0 / size
        if not positive[n]:
            weight *= negatives * noise / (marginal[rows[n]] * marginal[cols[n]])
        if len(joint):
            weight /= joint[n] + negatives * noise
        elif unigram:
            weight /= (1 + negatives) * noise
        weights[n] = weight


@numba.njit(nogil=True)
def sort_by_row(
    rows: np.ndarray,
    cols: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    num_rows: int,
    sorted_rows: np.ndarray,
    sorted_cols: np.ndarray,
    sorted_weights: np.ndarray,
    sorted_labels: np.ndarray,
) -> None:
    """Pairs in the order of their rows, those of one row as they came."""
    following = np.zeros(num_rows + 1, np.int64)
    for row in rows:
        following[row + 1] += 1
    following = np.cumsum(following)
    for n in range(len(rows)):
        at = following[rows[n]]
        following[rows[n]] += 1
        sorted_rows[at], sorted_cols[at] = rows[n], cols[n]
        sorted_weights[at], sorted_labels[at] = weights[n], labels[n]


@numba.njit(nogil=True)
def dense_joint(
    rows: np.ndarray, cols: np.ndarray, counts: np.ndarray, total: float, joint: np.ndarray
) -> None:
    """P_ij of pairs from dense counts (V, V)."""
    for n in range(len(rows)):
        joint[n] = counts[rows[n], cols[n]] / total


@numba.njit(nogil=True)
def sparse_joint(
    rows: np.ndarray,
    cols: np.ndarray,
    indptr: np.ndarray,
    indices: np.ndarray,
    counts: np.ndarray,
    total: float,
    joint: np.ndarray,
) -> None:
    """P_ij of pairs from sparse counts; quick if sorted by row, which is then in the cache."""
    for n in range(len(rows)):
        low, high = indptr[rows[n]], indptr[rows[n] + 1]
        end, col = high, cols[n]
        while low < high:
            middle = (low + high) // 2
            if indices[middle] < col:
                low = middle + 1
            else:
                high = middle
        joint[n] = counts[low] / total if low < end and indices[low] == col else 0.0
