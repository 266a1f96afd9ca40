"""Weighted co-occurrence counts of a sequence of word ids, row by row."""

from collections.abc import Iterable

import numba
import numpy as np
import scipy.sparse

from gradflow.corpus._tokens import BREAK


def window_counts(
    chunks: Iterable[np.ndarray], vocab_size: int, window: int, linear: bool
) -> scipy.sparse.csr_array:
    """Symmetric counts of all pairs at most `window` positions apart.

    A pair of positions at distance δ adds window + 1 − δ (or 1) to X[i, j] and to X[j, i], hence
    twice that to X[i, i]. Counts are exact integers.

    For each word, all its occurrences are visited in turn and their neighbours added up in one
    row of V numbers, which stays in the cache. So no list of pairs is ever formed: what is needed
    beyond the result is four bytes a position of one chunk, twice.

    Args:
        chunks: Pieces of one sequence of ids below `vocab_size`, int32, with `BREAK` between
            documents and `GAP` for positions whose word is not counted.
        vocab_size: Number of words V.
        window: Largest distance.
        linear: Whether near neighbours weigh more.

    Returns:
        (V, V) int64 in canonical form (indices sorted, no duplicates, no stored zeros).
    """
    total: scipy.sparse.csr_array | None = None
    context = np.empty(0, np.int32)
    for chunk in chunks:
        ids = np.concatenate([context, chunk])
        part = _chunk_counts(ids, len(context), vocab_size, window, linear)
        total = part if total is None else total + part
        context = ids[-window:]
    if total is None:
        return scipy.sparse.csr_array((vocab_size, vocab_size), dtype=np.int64)
    return total


def _chunk_counts(
    ids: np.ndarray, first_new: int, vocab_size: int, window: int, linear: bool
) -> scipy.sparse.csr_array:
    """Pairs of which at least one position is `first_new` or later."""
    starts, order = occurrences(ids, vocab_size)
    indptr = np.zeros(vocab_size + 1, np.int64)
    none, nothing = np.empty(0, np.int32), np.empty(0, np.int64)
    _fill_rows(ids, first_new, starts, order, window, linear, indptr, none, nothing)
    np.cumsum(indptr, out=indptr)
    small = indptr[-1] <= np.iinfo(np.int32).max
    indices = np.empty(indptr[-1], np.int32 if small else np.int64)
    data = np.empty(indptr[-1], np.int64)
    _fill_rows(ids, first_new, starts, order, window, linear, indptr, indices, data)
    shape = (vocab_size, vocab_size)
    counts = scipy.sparse.csr_array((data, indices, indptr.astype(indices.dtype)), shape=shape)
    counts.sort_indices()  # here, since a sort inside the kernel doubles the time to compile it
    counts.has_canonical_format = True  # by construction; spares a scan of all indices
    return counts


# Compiled in each process (about a second): a cache on disk needs a folder that can be written,
# and site-packages may be none.
@numba.njit(nogil=True)
def occurrences(ids: np.ndarray, vocab_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of each word, rising: those of word a are order[starts[a]:starts[a + 1]]."""
    starts = np.zeros(vocab_size + 1, np.int64)
    for word in ids:
        if word >= 0:
            starts[word + 1] += 1
    starts = np.cumsum(starts)
    following = starts[:-1].copy()
    order = np.empty(starts[-1], np.int32)
    for position in range(len(ids)):
        word = ids[position]
        if word >= 0:
            order[following[word]] = position
            following[word] += 1
    return starts, order


@numba.njit(nogil=True)
def _fill_rows(
    ids: np.ndarray,
    first_new: int,
    starts: np.ndarray,
    order: np.ndarray,
    window: int,
    linear: bool,
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
) -> None:
    """Write the rows, their indices in order of meeting.

    Where `data` is empty, write only the length of row a to indptr[a + 1].
    """
    vocab_size = len(indptr) - 1
    row = np.zeros(vocab_size, np.int64)
    met = np.empty(vocab_size, np.int32)
    for word in range(vocab_size):
        count = 0
        for at in order[starts[word] : starts[word + 1]]:
            for step in (-1, 1):
                for distance in range(1, window + 1):
                    other = at + step * distance
                    if other < 0 or other >= len(ids) or ids[other] == BREAK:
                        break
                    neighbour = ids[other]
                    if neighbour >= 0 and max(at, other) >= first_new:
                        if row[neighbour] == 0:
                            met[count] = neighbour
                            count += 1
                        row[neighbour] += window + 1 - distance if linear else 1
        if len(data) == 0:
            indptr[word + 1] = count
            row[met[:count]] = 0
        else:
            begin = indptr[word]
            for k in range(count):
                indices[begin + k] = met[k]
                data[begin + k] = row[met[k]]
                row[met[k]] = 0
