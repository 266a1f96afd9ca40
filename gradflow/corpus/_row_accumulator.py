"""Compiled loops over the rows of a lower triangle of counts.

Row i of the lower triangle holds the counts of word i with the words j ≤ i. A row is added up in V
numbers that stay in the cache. Which of them were touched is noted in one bit each, and in one byte
for each 4096 of them; going through these gives the columns in rising order without a sort, in time
V/4096 and a little for each count, also where V is in the millions.
"""

import numpy as np

from gradflow._compiled import compiled
from gradflow.corpus._store import BREAK

# A de Bruijn sequence: the six leading bits of its products with powers of two are all different.
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_SIX_BITS = np.uint64(58)  # the shift that leaves the six leading bits of 64
# So many positions of a word are gathered before their neighbours are added up: reading from
# distant places of the text then overlaps, where one position at a time would wait for memory.
_GATHERED = 32


def bit_places() -> np.ndarray:
    """Return for each value of six bits the power of two whose product has them, (64,) uint8."""
    places = np.zeros(64, np.uint8)
    for power in range(64):
        places[((int(_DE_BRUIJN) << power) % 2**64) >> int(_SIX_BITS)] = power
    return places


class Workspace:
    """The arrays in which one thread adds up rows of V numbers, about 8 V bytes.

    All but `places` are zero before and after each call of the loops below.
    """

    def __init__(self, size: int) -> None:
        self.row = np.zeros(size, np.int64)
        self.bits = np.zeros(-(-size // 64), np.uint64)
        self.blocks = np.zeros(-(-size // 4096), np.uint8)
        self.places = bit_places()

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays in the order in which the loops below take them."""
        return self.row, self.bits, self.blocks, self.places


@compiled
def tally(ids: np.ndarray, counts: np.ndarray) -> None:
    """Add the number of occurrences of each word to (V,) counts."""
    for word in ids:
        if word >= 0:
            counts[word] += 1


@compiled
def place(ids: np.ndarray, first: int, following: np.ndarray, order: np.ndarray) -> None:
    """Write each word's positions, counted from `first`, to the places (V,) `following`.

    Each place written to is advanced by one.
    """
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
    """Count rows `begin` to `end` of the lower triangle.

    Args:
        ids: Word ids, with `BREAK` between documents and `GAP` for words that are not counted, and
            with as many places before and after the positions in `order` as the window is wide.
        starts: The positions of word a are order[starts[a]:starts[a + 1]].
        order: Positions, those of a word rising.
        begin: The first row.
        end: The row after the last one.
        weights: (L,) int64, the window weights at distances 1, 2, ....
        row: The numbers of a workspace; so are the following three.
        bits: One bit for each number of `row`.
        blocks: One byte for each 64 elements of `bits`.
        places: The array of `bit_places`.
        lengths: (end - begin,), written: the number of counts in each row.
        columns: Written: the columns of the counts, row after row.
        values: Written: the counts.

    Returns:
        The number of counts written.
    """
    window, used = len(weights), 0
    near = np.empty((_GATHERED, 2 * window + 1), np.int32)
    for word in range(begin, end):
        for first in range(starts[word], starts[word + 1], _GATHERED):
            gathered = min(_GATHERED, starts[word + 1] - first)
            for k in range(gathered):
                left = order[first + k] - window
                for d in range(2 * window + 1):
                    near[k, d] = ids[left + d]
            for k in range(gathered):
                for side in (-1, 1):
                    for d in range(window):
                        other = near[k, window + side * (d + 1)]
                        if other < 0:
                            if other == BREAK:
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
    """Add up several parts of the same rows.

    Args:
        begin: The first row.
        lengths: (rows,), written: the number of counts in each row of the sum.
        part_columns: The columns of all parts, end to end.
        part_values: Their counts.
        part_starts: (parts, rows + 1): row begin + r of a part is part_starts[:, r] to [:, r + 1].
        head: The dense lower triangle of the first words, row after row; the parts lack these rows.
        row: The numbers of a workspace; so are the following three.
        bits: One bit for each number of `row`.
        blocks: One byte for each 64 elements of `bits`.
        places: The array of `bit_places`.
        columns: Written: the columns of the sum, row after row.
        values: Written: the sum.

    Returns:
        The number of counts written.
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
            for addend in range(len(part_starts)):
                for k in range(part_starts[addend, r], part_starts[addend, r + 1]):
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
    """Write the row in a workspace up to the diagonal, clear it, and return how many are written.

    The lowest bit of a word is left & −left. Its product with the de Bruijn sequence has six
    leading bits that tell which of the 64 bits it is, without a loop over them.
    """
    unit = np.uint64(1)
    for block in range(len(blocks)):
        if blocks[block] == 0:
            continue
        blocks[block] = 0
        for group in range(64 * block, min(64 * block + 64, len(bits))):
            left = bits[group]
            bits[group] = 0
            while left:
                lowest = left & (~left + unit)
                left ^= lowest
                six = (lowest * _DE_BRUIJN) >> _SIX_BITS
                column = 64 * group + np.int64(places[six])
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
    entry = 0
    for r in range(len(lengths)):
        offset = (begin + r) * (begin + r + 1) // 2
        for _ in range(lengths[r]):
            head[offset + columns[entry]] += values[entry]
            entry += 1


@compiled
def add_lengths(begin: int, lengths: np.ndarray, columns: np.ndarray, totals: np.ndarray) -> None:
    """Add to (V,) totals how many counts of each row of the full matrix are in given rows."""
    entry = 0
    for r in range(len(lengths)):
        word = begin + r
        totals[word] += lengths[r]
        for _ in range(lengths[r]):
            if columns[entry] != word:
                totals[columns[entry]] += 1
            entry += 1


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
    """Write the entries of rows `first` to `last` of the full matrix that are in given rows.

    Row i of the lower triangle is the beginning of row i of the full matrix, and its entries in
    column j belong to row j too. Calls must come in rising order of rows, so that (V,)
    `following`, the next free place of each row of the full matrix, fills every row in rising
    order of columns.
    """
    start = 0
    for r in range(len(lengths)):
        word = begin + r
        end = start + lengths[r]
        if first <= word < last:
            place = following[word]
            for k in range(start, end):
                indices[place], data[place] = columns[k], values[k]
                place += 1
            following[word] = place
        low, high = start, end
        while low < high:  # columns rise, so bisection finds the first one that is wanted
            middle = (low + high) // 2
            if columns[middle] < first:
                low = middle + 1
            else:
                high = middle
        until = min(last, word)
        while low < end and columns[low] < until:
            place = following[columns[low]]
            indices[place], data[place] = word, values[low]
            following[columns[low]] = place + 1
            low += 1
        start = end
