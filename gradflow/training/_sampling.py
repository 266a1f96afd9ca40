"""Compiled loops that draw pairs and windows from a text.

Everywhere `text` and `thresholds` are what `marked_text` and `survival_thresholds` make, and
`closing` is whether words that do not survive subsampling leave no place behind, as in word2vec.c.

Positions are drawn uniformly and what has no partner is drawn again, so that every pair (position,
offset) that exists is as likely as every other, document edges included.
"""

import numba
import numpy as np

from gradflow._random import (
    advance,
    advance_by,
    batch_start,
    below,
    mixed,
    slot_start,
    two_below,
    uniform,
)

PAIRS, NOISE, SHUFFLE, WINDOWS = 0, 1, 2, 3  # streams of random numbers

_SPAN = 16  # places whose survival is decided at once
_BLOCK = 512  # slots whose words are looked up at once


def marked_text(ids: np.ndarray, vocab_size: int) -> np.ndarray:
    """Return the text in small unsigned numbers, with V where documents end.

    There are marks before and after all of it, so that no place near a word is out of bounds. Half
    as many bytes a word are twice as many words in the cache.
    """
    small = vocab_size <= np.iinfo(np.uint16).max
    text = np.full(len(ids) + 2 * _SPAN, vocab_size, np.uint16 if small else np.uint32)
    np.copyto(text[_SPAN:-_SPAN], ids, where=ids >= 0, casting="unsafe")
    return text


def survival_thresholds(survival: np.ndarray) -> np.ndarray:
    """Return thresholds (V + 1,): words survive where 64 random bits are less; ends never do."""
    thresholds = np.full(len(survival) + 1, np.iinfo(np.uint64).max)
    rare = survival < 1
    thresholds[:-1][rare] = np.ldexp(survival[rare], 64).astype(np.uint64)
    thresholds[-1] = 0
    return thresholds


@numba.njit(nogil=True)
def draw_pairs(
    text: np.ndarray,
    window: int,
    linear: bool,
    thresholds: np.ndarray,
    closing: bool,
    seed: np.uint64,
    update: int,
    centres: np.ndarray,
    contexts: np.ndarray,
) -> None:
    """Draw (n,) pairs at most `window` apart, in proportion to window + 1 − distance if linear."""
    start = batch_start(seed, PAIRS, update)
    states, alive = np.empty(_BLOCK, np.uint64), np.empty(_SPAN, np.uint8)
    waiting, places, offsets = np.empty((3, _BLOCK), np.int64)
    for first in range(0, len(centres), _BLOCK):
        size = min(_BLOCK, len(centres) - first)
        for n in range(size):
            waiting[n], states[n] = first + n, slot_start(start, first + n)
        done = 0
        while done < size:
            tried = _draw_centres(text, thresholds, waiting, states, places, done, size, centres)
            for n in range(done, tried):
                states[n] = advance(states[n])
                offsets[n] = (
                    _linear_offset(states[n], window) if linear else _flat_offset(states[n], window)
                )
                contexts[waiting[n]] = text[places[n] + _SPAN * _sign(offsets[n])]  # now in cache
            for n in range(done, tried):
                slot, state = waiting[n], states[n]
                if closing:
                    context, state = _survivor(
                        text, places[n], offsets[n], thresholds, state, alive
                    )
                else:
                    state = advance(state)
                    context = _neighbour(text, places[n], offsets[n], thresholds, state)
                contexts[slot] = context
                waiting[n], states[n] = waiting[done], states[done]
                waiting[done], states[done] = slot, state
                done += context >= 0


@numba.njit(nogil=True)
def _draw_centres(
    text: np.ndarray,
    thresholds: np.ndarray,
    waiting: np.ndarray,
    states: np.ndarray,
    places: np.ndarray,
    first: int,
    last: int,
    centres: np.ndarray,
) -> int:
    """Draw a centre for each slot of waiting[first:last]; those that survive go in front.

    Return the place after the last survivor.
    """
    # The text is far away in memory: look all words up, then decide.
    for n in range(first, last):
        states[n] = advance(states[n])
        places[n] = _SPAN + below(states[n], len(text) - 2 * _SPAN)
        centres[waiting[n]] = text[places[n]]
    after = first
    for n in range(first, last):
        states[n] = advance(states[n])
        slot, state, place = waiting[n], states[n], places[n]
        waiting[n], states[n], places[n] = waiting[after], states[after], places[after]
        waiting[after], states[after], places[after] = slot, state, place
        after += mixed(state) < thresholds[centres[slot]]
    return after


@numba.njit(inline="always")
def _sign(offset: int) -> int:
    return 1 if offset > 0 else -1


@numba.njit(inline="always")
def _linear_offset(state: np.uint64, window: int) -> int:
    """Return ±1 … ±window with probability ∝ window + 1 − distance.

    It is the difference of two different numbers from 0 to window.
    """
    first, second = two_below(state, window + 1, window)
    return second + (second >= first) - first


@numba.njit(inline="always")
def _flat_offset(state: np.uint64, window: int) -> int:
    """Return ±1 … ±window, each as likely."""
    distance, side = two_below(state, window, 2)
    return 1 + distance if side else -1 - distance


# Inlined, as calls with arrays cost more than what these do.
@numba.njit(inline="always")
def _neighbour(
    text: np.ndarray, place: int, offset: int, thresholds: np.ndarray, state: np.uint64
) -> int:
    """Return the word `offset` places on, −1 if it does not survive or the document ends before."""
    end, direction = len(thresholds) - 1, _sign(offset)
    other = place + direction
    while other != place + offset and text[other] != end:
        other += direction
    word = int(text[other])
    return word if mixed(state) < thresholds[word] else -1


@numba.njit(inline="always")
def _survivor(
    text: np.ndarray,
    place: int,
    offset: int,
    thresholds: np.ndarray,
    state: np.uint64,
    alive: np.ndarray,
) -> tuple[int, np.uint64]:
    """Return the survivor `offset` survivors on, −1 where the document ends before."""
    end, direction = len(thresholds) - 1, _sign(offset)
    left, other, first = abs(offset), place, place
    while left and (other == place or text[other] != end):
        # Without branches, and for more places than most need: one vector loop.
        first = other + 1 if offset > 0 else other - _SPAN
        for n in range(_SPAN):
            alive[n] = mixed(advance_by(state, n + 1)) < thresholds[text[first + n]]
        state = advance_by(state, _SPAN)
        for _ in range(_SPAN):
            other += direction
            left -= alive[other - first]
            if left == 0 or text[other] == end:
                break
    return (int(text[other]) if left == 0 else -1), state


@numba.njit(nogil=True)
def draw_windows(
    text: np.ndarray,
    window: int,
    dynamic: bool,
    thresholds: np.ndarray,
    closing: bool,
    seed: np.uint64,
    update: int,
    centres: np.ndarray,
    contexts: np.ndarray,
) -> None:
    """Draw (n,) centres with all words of their windows, (n, 2 window) filled up with −1.

    The width of a dynamic window is uniform in 1 … window; centres without any context are drawn
    again.
    """
    start, end = batch_start(seed, WINDOWS, update), len(thresholds) - 1
    for slot in range(len(centres)):
        state = slot_start(start, slot)
        row, size = contexts[slot], 0
        while size == 0:
            state = advance(state)
            place = _SPAN + below(state, len(text) - 2 * _SPAN)
            state = advance(state)
            if mixed(state) >= thresholds[text[place]]:
                continue
            state = advance(state)
            width = 1 + below(state, window) if dynamic else window
            for direction in (-1, 1):
                left, other = width, place + direction
                while left and text[other] != end:
                    state = advance(state)
                    survives = mixed(state) < thresholds[text[other]]
                    if survives:
                        row[size] = text[other]
                        size += 1
                    left -= survives or not closing
                    other += direction
            centres[slot] = text[place]
        row[size:] = -1


@numba.njit(nogil=True)
def draw_noise(
    threshold: np.ndarray, alias: np.ndarray, seed: np.uint64, update: int, words: np.ndarray
) -> None:
    """Draw (n,) words by the alias method [vose1991]."""
    state = batch_start(seed, NOISE, update)
    for slot in range(len(words)):
        state = advance(state)
        word = below(state, len(alias))
        state = advance(state)
        words[slot] = word if uniform(state) < threshold[word] else alias[word]


@numba.njit(nogil=True)
def join_noise(
    rows: np.ndarray,
    cols: np.ndarray,
    noise: np.ndarray,
    num_rows: int,
    joined_rows: np.ndarray,
    joined_cols: np.ndarray,
) -> None:
    """Write pairs in the order of their rows, each followed by its share of the noise."""
    each = len(joined_rows) // len(rows)
    following = np.zeros(num_rows + 1, np.int64)
    for row in rows:
        following[row + 1] += each
    following = np.cumsum(following)
    for n in range(len(rows)):
        place = following[rows[n]]
        following[rows[n]] += each
        joined_rows[place], joined_cols[place] = rows[n], cols[n]
        for m in range(1, each):
            joined_rows[place + m] = rows[n]
            joined_cols[place + m] = noise[n * (each - 1) + m - 1]


@numba.njit(nogil=True)
def alias_table(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return thresholds and aliases (V,), so that a draw looks up one entry of each."""
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
def shuffle_shift(seed: np.uint64, update: int, size: int) -> int:
    """Return how far contexts are rotated, 1 … size − 1, so that none meets its own centre."""
    return 1 + below(slot_start(batch_start(seed, SHUFFLE, update), 0), size - 1)


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
    """Write pairs in the order of their rows, those of one row as they came."""
    following = np.zeros(num_rows + 1, np.int64)
    for row in rows:
        following[row + 1] += 1
    following = np.cumsum(following)
    for n in range(len(rows)):
        place = following[rows[n]]
        following[rows[n]] += 1
        sorted_rows[place], sorted_cols[place] = rows[n], cols[n]
        sorted_weights[place], sorted_labels[place] = weights[n], labels[n]
