"""Checks of the arrays that co-occurrence statistics are made of."""

import copy
import json
from typing import Any

import numpy as np
import scipy.sparse

from gradflow._errors import DataError


def is_sparse(values: Any) -> bool:
    """Return whether these are counts in one of SciPy's sparse formats."""
    return bool(scipy.sparse.issparse(values))


def integers(argument: str, values: Any) -> np.ndarray:
    """Return integers, which may come as floats."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "f" and np.array_equal(array, np.rint(array)):
        return array.astype(np.int64)
    got = f"numbers like {_first_fraction(array):.6g}" if array.dtype.kind == "f" else array.dtype
    raise DataError(argument, "whole numbers", got)


def _first_fraction(array: np.ndarray) -> float:
    """Return the first number that is not an integer."""
    flat = array.ravel()
    return float(flat[np.flatnonzero(flat != np.rint(flat))[0]])


def _frozen(array: np.ndarray) -> np.ndarray:
    """Return a read-only view; the caller's array stays writeable."""
    view = array.view()
    view.flags.writeable = False
    return view


def checked_unigrams(counts: Any, size: int) -> np.ndarray:
    """Return (V,) counts above zero, read-only."""
    counts = np.asarray(counts)
    if counts.dtype.kind not in "iu":
        raise DataError("unigram_counts", "integers", f"dtype {counts.dtype}")
    if counts.shape != (size,):
        raise DataError("unigram_counts", f"shape ({size},), one a word", f"shape {counts.shape}")
    if counts.min() <= 0:
        got = f"{counts.min()} at position {counts.argmin()}"
        raise DataError("unigram_counts", "counts above zero", got)
    return _frozen(counts.astype(np.int64, copy=False))


def checked_pairs(counts: Any, size: int) -> scipy.sparse.csr_array:
    """Return symmetric counts in canonical form, read-only."""
    if not is_sparse(counts):
        raise DataError("pair_counts", "a scipy.sparse array", type(counts).__name__)
    if counts.dtype.kind not in "iu":
        raise DataError("pair_counts", "integers", f"dtype {counts.dtype}")
    if counts.shape != (size, size):
        wanted = f"shape ({size}, {size}), one row a word"
        raise DataError("pair_counts", wanted, f"shape {counts.shape}")
    counts = scipy.sparse.csr_array(counts).astype(np.int64, copy=False)
    if not counts.has_canonical_format:
        counts = counts.copy()
        counts.sum_duplicates()
    if counts.nnz and counts.data.min() < 0:
        raise DataError("pair_counts", "counts of at least zero", f"{counts.data.min()}")
    if counts.nnz and counts.data.min() == 0:
        counts = counts.copy()
        counts.eliminate_zeros()
    if not counts.nnz:
        raise DataError("pair_counts", "at least one pair of words", "none")
    mirrored = counts.T.tocsr()
    if not all(
        np.array_equal(getattr(mirrored, name), getattr(counts, name))
        for name in ("indptr", "indices", "data")
    ):
        raise DataError("pair_counts", "a symmetric matrix", _asymmetry(counts))
    return frozen_pairs(counts)


def frozen_pairs(counts: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    """Return a read-only view of canonical counts."""
    parts = (_frozen(counts.data), _frozen(counts.indices), _frozen(counts.indptr))
    frozen = scipy.sparse.csr_array(parts, shape=counts.shape)
    frozen.has_canonical_format = True
    return frozen


def _asymmetry(counts: scipy.sparse.csr_array) -> str:
    """Return two entries that differ, for a message."""
    difference = (counts - counts.T).tocoo()
    first = np.flatnonzero(difference.data)[0]
    i, j = int(difference.row[first]), int(difference.col[first])
    return f"{counts[i, j]} at [{i}, {j}] and {counts[j, i]} at [{j}, {i}]"


def checked_window(window: Any) -> int:
    """Return the window, 0 where it is not known."""
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 0:
        raise DataError("window", "an integer of at least 0", repr(window))
    return int(window)


def checked_provenance(provenance: Any) -> dict[str, Any]:
    """Return a copy of a dictionary that JSON can hold."""
    try:
        if isinstance(provenance, dict) and json.dumps(provenance, allow_nan=False):
            return copy.deepcopy(provenance)
        got = type(provenance).__name__
    except (TypeError, ValueError) as error:
        got = str(error)
    raise DataError("provenance", "a dictionary of JSON values", got)
