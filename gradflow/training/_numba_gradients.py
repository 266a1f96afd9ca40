"""Gradients of batches by compiled loops on the host, where XLA's scatter takes long on CPU."""

from typing import NamedTuple

import numpy as np

from gradflow._errors import ArgumentError
from gradflow._parallel import by_rows
from gradflow.losses import TaylorSoftplus
from gradflow.losses._softplus import AbstractSoftplus, Softplus
from gradflow.training._batch import Batch, WindowBatch


class Shares(NamedTuple):
    """Where each row of W finds the windows it is in.

    Attributes:
        starts: (V + 1,), word v is at the flat places order[starts[v]:starts[v + 1]].
        order: Flat places of all contexts, sorted by word.
        windows: The window of each flat place.
        shares: One over the size of that window, by flat place.
        sizes: (B,), sizes of the windows.
    """

    starts: np.ndarray
    order: np.ndarray
    windows: np.ndarray
    shares: np.ndarray
    sizes: np.ndarray


class Planned(NamedTuple):
    """A batch, and where each row of the gradients finds its terms.

    Attributes:
        batch: The batch.
        row_starts: (r + 1,), the pairs of row i are row_starts[i] … row_starts[i + 1] − 1.
        col_starts: (V + 1,), the pairs of word j are by_col[col_starts[j]:col_starts[j + 1]].
        by_col: (n,).
        shares: Where each row of W finds its windows; None for pairs.
    """

    batch: Batch
    row_starts: np.ndarray
    col_starts: np.ndarray
    by_col: np.ndarray
    shares: Shares | None


class HostGradient:
    """Computes ∂L/∂W and ∂L/∂C of one batch after another, in buffers it owns.

    Args:
        shape: (V, d).
        dtype: float32 or float64.
        softplus: φ, `Softplus` or `TaylorSoftplus`.
        offset: b (V,).
        tied: Whether C = W; there is then one gradient, the sum of both.

    Raises:
        ArgumentError: A softplus of another kind.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        dtype: np.dtype,
        softplus: AbstractSoftplus,
        offset: np.ndarray,
        tied: bool,
    ) -> None:
        self._vocab_size, self._dtype, self._tied = shape[0], dtype, tied
        self._series = slope_series(softplus).astype(dtype)
        self._offset = offset.astype(dtype)
        self._on_w = np.empty(shape, dtype)
        self._on_c = self._on_w if tied else np.empty(shape, dtype)

    def plan(self, batch: Batch) -> Planned:
        """Sort the terms of a batch; may run in any thread."""
        from gradflow.corpus._window_counting import occurrences

        shares = self._shares(batch) if isinstance(batch, WindowBatch) else None
        rows = self._vocab_size if shares is None else len(shares.sizes)
        row_starts = np.zeros(rows + 1, np.int64)
        np.cumsum(np.bincount(batch.rows, minlength=rows), out=row_starts[1:])
        return Planned(batch, row_starts, *occurrences(batch.cols, self._vocab_size), shares)

    def _shares(self, batch: WindowBatch) -> Shares:
        from gradflow.corpus._window_counting import occurrences

        number, width = batch.contexts.shape
        sizes = np.sum(batch.contexts >= 0, axis=1).astype(self._dtype)
        windows = np.repeat(np.arange(number, dtype=np.int32), width)
        starts, order = occurrences(batch.contexts.ravel(), self._vocab_size)
        return Shares(starts, order, windows, 1 / sizes[windows], sizes)

    def __call__(
        self, w: np.ndarray, c: np.ndarray, planned: Planned
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return ∂L/∂W and ∂L/∂C, valid until the next call.

        Where weights are tied both are one array, the sum.
        """
        from gradflow.training._kernels import gather_rows

        batch, shares, dim = planned.batch, planned.shares, w.shape[1]
        if shares is None:
            h, on_inputs = w, self._on_w
        else:
            assert isinstance(batch, WindowBatch)
            h = self._means(w, batch.contexts, shares.sizes)
            on_inputs = np.empty_like(h)
        slopes = self._score(h, c, planned, on_inputs)
        if shares is not None:
            terms = (shares.starts, shares.order, shares.windows, shares.shares)
            by_rows(gather_rows, shares.starts, dim, *terms, on_inputs, False, self._on_w)
        terms = (planned.col_starts, planned.by_col, batch.rows, slopes)
        by_rows(gather_rows, planned.col_starts, dim, *terms, h, self._tied, self._on_c)
        return self._on_w, self._on_c

    def _score(
        self, h: np.ndarray, c: np.ndarray, planned: Planned, on_inputs: np.ndarray
    ) -> np.ndarray:
        from gradflow.training._kernels import score_rows

        batch, starts = planned.batch, planned.row_starts
        slopes = np.empty(len(batch.rows), self._dtype)
        pairs = (batch.cols, batch.weights, batch.labels)
        given = (starts, h, c, *pairs, self._offset, self._series)
        by_rows(score_rows, starts, h.shape[1], *given, slopes, on_inputs)
        return slopes

    def _means(self, w: np.ndarray, contexts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        from gradflow.training._kernels import mean_rows

        h = np.empty((len(contexts), w.shape[1]), w.dtype)
        starts = np.arange(len(h) + 1) * contexts.shape[1]
        by_rows(mean_rows, starts, w.shape[1], contexts, w, sizes, h)
        return h


def slope_series(softplus: AbstractSoftplus) -> np.ndarray:
    """Return coefficients of φ′ by powers of x; none where φ′ is the logistic function."""
    if isinstance(softplus, Softplus):
        return np.empty(0)
    if isinstance(softplus, TaylorSoftplus):
        return np.array(softplus.slope_coefficients)
    wanted = "Softplus() or TaylorSoftplus(order), or backend='xla'"
    raise ArgumentError("objective", wanted, type(softplus).__name__)
