"""Leading eigenpairs of an operator to a tolerance, or an error where it cannot be met."""

import math

import numpy as np
import scipy.linalg

from gradflow._errors import ArgumentError
from gradflow._parallel import one_blas_thread
from gradflow.targets._block_lanczos import (
    Apply,
    BlockLanczos,
    Eigenpairs,
    Limits,
    SearchProgress,
    Which,
    kept_at_restart,
    ordered,
    small_against,
)
from gradflow.targets._tall_skinny import combined, overlaps

BLOCK = 16  # vectors multiplied at a time
_SMALL = 1500  # words, for which LAPACK takes less than a second
_SHARE = 20  # LAPACK is faster where k is more than V over this
_SINGLE = 5e-5  # tolerances that float32 can meet: it reached 1e-5 to 2e-5 on M* of 50,000 words
_MARGIN = 0.5  # estimates stop at this share of the tolerance, since rounding adds to residuals
_MOST_PRODUCTS = 100  # times k + BLOCK, but at least four times V, before a search is given up


def worth_iterating(size: int, k: int) -> bool:
    """Return whether a search is faster than LAPACK: V is not small, and k at most V/20."""
    return size > _SMALL and _SHARE * k <= size


def partial_eigenpairs(
    apply: Apply,
    size: int,
    k: int,
    *,
    which: Which,
    tolerance: float,
    progress: SearchProgress | None = None,
) -> Eigenpairs:
    """Return the k leading eigenpairs, every ‖Mu − λu‖ at most tolerance·|λ|.

    The search runs in float32 where that can meet the tolerance. The result is float64, and so are
    its residuals, which come from products with the final vectors.

    Args:
        apply: The operator, X ↦ M X, of X's dtype.
        size: V, at least 5k + 6 blocks.
        k: The number of eigenpairs.
        which: "largest" λ, or largest |λ| for "magnitude".
        tolerance: The largest relative residual; relative to 1e-4 of the largest |λ| where |λ| is
            smaller than that.
        progress: Called as progress(products, largest relative residual).

    Raises:
        ArgumentError: The tolerance was not met.
    """
    spent, reached = 0, math.inf
    for dtype in (np.float32, np.float64) if tolerance >= _SINGLE else (np.float64,):
        try:
            with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
                search = BlockLanczos(apply, size, limits(size, k, dtype))
                eigenpairs = _searched(search, apply, k, which, tolerance, progress)
        except (FloatingPointError, np.linalg.LinAlgError):
            if dtype is np.float64:
                raise ArgumentError(
                    "target", "entries whose squares are finite", "others"
                ) from None
            continue  # entries are beyond the range of float32
        reached = float(small_against(eigenpairs.values, eigenpairs.residuals).max())
        spent += eigenpairs.products
        if reached <= tolerance:
            return eigenpairs._replace(products=spent)
    wanted = f"a largest relative residual that {spent} products reach"
    raise ArgumentError("tolerance", wanted, f"{tolerance:.1e} (reached {reached:.1e})")


def limits(size: int, k: int, dtype: type) -> Limits:
    """Return sizes with five times as many basis vectors as eigenpairs.

    Restarts then cost few more products than a basis that is never restarted.
    """
    columns = min(5 * k + 6 * BLOCK, size - BLOCK)
    most = max(_MOST_PRODUCTS * (k + BLOCK), 4 * size)
    return Limits(BLOCK, columns // BLOCK * BLOCK, most, dtype)


def _searched(
    search: BlockLanczos,
    apply: Apply,
    k: int,
    which: Which,
    tolerance: float,
    progress: SearchProgress | None,
) -> Eigenpairs:
    """Extend the basis until estimated residuals meet the tolerance or products run out."""
    history: list[tuple[int, float]] = []
    # No eigenpair converges before the basis has a few times k vectors.
    blocks = math.ceil(2.5 * k / search.limits.block) + 2
    while True:
        search.extend(blocks)
        values, coordinates, estimates = search.ritz(which)
        worst = float(small_against(values[:k], estimates[:k]).max())
        history.append((search.products, worst))
        if progress is not None:
            progress(search.products, worst)
        if worst <= _MARGIN * tolerance or search.products > search.limits.products:
            return _polished(apply, search.vectors(coordinates[:, :k]), which, search.products)
        if search.full:
            most = min(2 * k + 2 * search.limits.block, len(values) - 2 * search.limits.block)
            pairs = kept_at_restart(values, k, which, most)
            search.restart(values[pairs], coordinates[:, pairs])
        blocks = _blocks_ahead(history, _MARGIN * tolerance, search.limits)


def _blocks_ahead(history: list[tuple[int, float]], wanted: float, limits: Limits) -> int:
    """Return how many blocks to add before the next estimate, by how fast the last ones helped."""
    if len(history) < 2:
        return math.ceil(history[0][0] / 2 / limits.block)
    (before, larger), (now, smaller) = history[-2:]
    fallen = math.log(larger / smaller) if smaller < larger else 0.0
    if fallen == 0:
        return limits.columns
    # The logarithm of the residual falls at least as fast as before. An estimate costs less than
    # two blocks, so estimates that come too early do little harm.
    products = 0.8 * (now - before) * math.log(smaller / wanted) / fallen
    return max(2, math.ceil(min(products, limits.products) / limits.block))


def _polished(apply: Apply, approximate: np.ndarray, which: Which, products: int) -> Eigenpairs:
    """Return the Rayleigh–Ritz pairs of approximate vectors in float64, with true residuals.

    A search in float32 leaves vectors that are orthonormal to single precision alone, so the
    generalised eigenproblem is solved, whose matrices are nearly the identity and nearly diagonal.
    """
    basis = approximate.astype(np.float64)
    image = apply(basis)
    rows = basis.T
    gram, small = overlaps(rows, basis), overlaps(rows, image)
    values, rotation = scipy.linalg.eigh((small + small.T) / 2, gram)
    order = ordered(values, which)
    values, rotation = values[order], rotation[:, order]
    vectors = combined(rows, rotation)
    residuals = np.linalg.norm(combined(image.T, rotation) - vectors * values, axis=0)
    return Eigenpairs(values, vectors, residuals, products + len(values))
