"""Compiled loops over the rows of a lower triangle of counts.

Row i of the lower triangle holds the counts of word i with the words j ≤ i. A row is added up in V
numbers that stay in the cache. Which of them were touched is noted in a bit each, and in a byte for
each 4096 of them; going through these gives the columns in rising order without a sort, in time
V/4096 and a little for each count, also where V is in the millions.
"""

import numpy as np

from gradflow._compiled import compiled

_FACTOR = 0x03F79D71B4CB0A89  # a de Bruijn sequence: its six leading bits tell powers of two apart


def bit_places() -> np.ndarray:
    """For each value of six bits, which power of two times `_FACTOR` has them, (64,) uint8."""
    places = np.zeros(64, np.uint8)
    for place in range(64):
        places[((_FACTOR << place) % 2**64) >> 58] = place
    return places


class Workspace:
    """What one thread needs to add up rows of V numbers: about 8 V bytes."""

    def __init__(self, size: int) -> None:
        self.row = np.zeros(size, np.int64)
        self.bits = np.zeros(-(-size // 64), np.uint64)
        self.blocks = np.zeros(-(-size // 4096), np.uint8)
        self.places = bit_places()

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """As the loops below take them: zeros before and after each call."""
        return self.row, self.bits, self.blocks, self.places


@compiled
def tally(ids: np.ndarray, counts: np.ndarray) -> None:
    """Add to (V,) counts the occurrences of each word."""
    for word in ids:
        if word >= 0:
            counts[word] += 1


@compiled
def place(ids: np.ndarray, first: int, following: np.ndarray, order: np.ndarray) -> None:
    """Write each word's positions, from `first` on, where (V,) `following` says, and advance it."""
    for position in range(len(ids)):
        word = ids[position]
        if word >= 0:
            order[following[word]] = first + position
            following[word] += 1


@compiled
def count_rows(
    ids: np.ndarray,
    starts: np.ndarray,
    order: np.ndarray,
    begin: int,
    end: int,
    weights: np.ndarray,
    row: np.ndarray,
    bits: np.ndarray,
    blocks: np.ndarray,
    places: np.ndarray,
    lengths: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
) -> int:
    """Rows `begin` to `end` of the lower triangle.

    Args:
        ids: Word ids with -1 between documents and -2 for what is not counted, with as many places
            before and after the positions in `order` as the window is wide.
        starts: Positions of word a are order[starts[a]:starts[a + 1]].
        order: Positions, those of a word rising.
        begin: First row.
        end: After the last row.
        weights: (L,) int64, weight at distance 1, 2, ....
        row: With `bits`, `blocks` and `places`: a workspace.
        bits: One for each number of `row`.
        blocks: One for each 64 of `bits`.
        places: Of `bit_places`.
        lengths: (end - begin,) counts in each row, written.
        columns: Columns of the counts, row after row, written.
        values: The counts, written.

    Returns:
        Number of counts written.
    """
    window, used = len(weights), 0
    near = np.empty((32, 2 * window + 1), np.int32)
    for word in range(begin, end):
        for first in range(starts[word], starts[word + 1], 32):
            waiting = min(32, starts[word + 1] - first)
            for k in range(waiting):
                left = order[first + k] - window
                for d in range(2 * window + 1):
                    near[k, d] = ids[left + d]
            for k in range(waiting):
                for step in (-1, 1):
                    for d in range(window):
                        other = near[k, window + step * (d + 1)]
                        if other < 0:
                            if other == -1:
                                break
                            continue
                        row[other] += weights[d]
                        bits[other >> 6] |= np.uint64(1) << np.uint64(other & 63)
                        blocks[other >> 12] = 1
        before = used
        used = emit(word, row, bits, blocks, places, columns, values, used)
        lengths[word - begin] = used - before
    return used


@compiled
def add_rows(
    begin: int,
    lengths: np.ndarray,
    part_columns: np.ndarray,
    part_values: np.ndarray,
    part_starts: np.ndarray,
    head: np.ndarray,
    row: np.ndarray,
    bits: np.ndarray,
    blocks: np.ndarray,
    places: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
) -> int:
    """Sum of several parts of the same rows.

    Args:
        begin: First row.
        lengths: (rows,) counts in each row of the sum, written.
        part_columns: Columns of all parts, end to end.
        part_values: Their counts.
        part_starts: (parts, rows + 1): row begin + r of a part is part_starts[:, r] to [:, r + 1].
        head: Lower triangle of the first words, row after row, dense; the parts lack these rows.
        row: With `bits`, `blocks` and `places`: a workspace.
        bits: One for each number of `row`.
        blocks: One for each 64 of `bits`.
        places: Of `bit_places`.
        columns: Columns of the sum, row after row, written.
        values: The sum, written.

    Returns:
        Number of counts written.
    """
    used = 0
    for r in range(len(lengths)):
        word = begin + r
        before = used
        offset = word * (word + 1) // 2
        if offset < len(head):
            for column in range(word + 1):
                if head[offset + column]:
                    columns[used] = column
                    values[used] = head[offset + column]
                    used += 1
        else:
            for part in range(len(part_starts)):
                for k in range(part_starts[part, r], part_starts[part, r + 1]):
                    other = part_columns[k]
                    row[other] += part_values[k]
                    bits[other >> 6] |= np.uint64(1) << np.uint64(other & 63)
                    blocks[other >> 12] = 1
            used = emit(word, row, bits, blocks, places, columns, values, used)
        lengths[r] = used - before
    return used


@compiled
def emit(
    word: int,
    row: np.ndarray,
    bits: np.ndarray,
    blocks: np.ndarray,
    places: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    used: int,
) -> int:
    """Write what is in a workspace up to the diagonal, and clear it."""
    one = np.uint64(1)
    for block in range(len(blocks)):
        if blocks[block] == 0:
            continue
        blocks[block] = 0
        for at in range(64 * block, min(64 * block + 64, len(bits))):
            left = bits[at]
            bits[at] = 0
            while left:
                lowest = left & (~left + one)
                left ^= lowest
                six = (lowest * np.uint64(0x03F79D71B4CB0A89)) >> np.uint64(58)
                column = 64 * at + np.int64(places[six])
                if column <= word:
                    columns[used] = column
                    values[used] = row[column]
                    used += 1
                row[column] = 0
    return used


@compiled
def add_to_head(
    begin: int, lengths: np.ndarray, columns: np.ndarray, values: np.ndarray, head: np.ndarray
) -> None:
    """Add rows from `begin` on to a dense lower triangle, (n (n + 1) / 2,) row after row."""
    at = 0
    for r in range(len(lengths)):
        offset = (begin + r) * (begin + r + 1) // 2
        for _ in range(lengths[r]):
            head[offset + columns[at]] += values[at]
            at += 1


@compiled
def add_lengths(begin: int, lengths: np.ndarray, columns: np.ndarray, totals: np.ndarray) -> None:
    """Add to (V,) totals what rows from `begin` on put into each row of the whole matrix."""
    at = 0
    for r in range(len(lengths)):
        word = begin + r
        totals[word] += lengths[r]
        for _ in range(lengths[r]):
            if columns[at] != word:
                totals[columns[at]] += 1
            at += 1


@compiled
def mirror(
    begin: int,
    lengths: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    first: int,
    last: int,
    following: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
) -> None:
    """Write what rows of the lower triangle say of the rows `first` to `last` of the whole matrix.

    Rows must come in rising order from the first, so that (V,) `following`, the next free place of
    each row of the whole matrix, fills every row in rising order of columns.
    """
    at = 0
    for r in range(len(lengths)):
        word = begin + r
        end = at + lengths[r]
        if first <= word < last:
            here = following[word]
            for k in range(at, end):
                indices[here], data[here] = columns[k], values[k]
                here += 1
            following[word] = here
        low, high = at, end
        while low < high:  # columns rise: the first one that is wanted
            middle = (low + high) // 2
            if columns[middle] < first:
                low = middle + 1
            else:
                high = middle
        until = min(last, word)
        while low < end and columns[low] < until:
            there = following[columns[low]]
            indices[there], data[there] = word, values[low]
            following[columns[low]] = there + 1
            low += 1
        at = end
