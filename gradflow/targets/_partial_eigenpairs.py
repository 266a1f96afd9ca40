"""Leading eigenpairs of an operator to a tolerance, and what happens where it is not met."""

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
    Progress,
    Which,
    kept_at_restart,
    ordered,
    small_against,
)
from gradflow.targets._tall_skinny import combined, overlaps

BLOCK = 16
_SMALL = 1500  # words: LAPACK takes less than a second
_SHARE = 20
_SINGLE = 5e-5  # float32 reached 1e-5 to 2e-5 on M* of 50,000 words
_MARGIN = 0.5  # of the tolerance, for what rounding adds to an estimate
_MOST_PRODUCTS = 100  # times k + BLOCK; but as many as four times V in any case


def worth_iterating(size: int, k: int) -> bool:
    """Whether a search beats LAPACK: V is not small, and k no more than a twentieth of it."""
    return size > _SMALL and _SHARE * k <= size


def partial_eigenpairs(
    apply: Apply,
    size: int,
    k: int,
    *,
    which: Which,
    tolerance: float,
    progress: Progress | None = None,
) -> Eigenpairs:
    """The k leading eigenpairs, every ‖Mu − λu‖ at most tolerance·|λ|.

    The search runs in float32 where that reaches the tolerance. The result is float64, and so are
    its residuals, from products with the vectors found.

    Args:
        apply: X ↦ M X, of X's dtype.
        size: V, at least 5k + 6 blocks.
        k: How many.
        which: "largest" λ, or largest |λ| for "magnitude".
        tolerance: Largest relative residual; relative to 1e-4 of the largest |λ| where |λ| is
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
                found = _searched(search, apply, k, which, tolerance, progress)
        except (FloatingPointError, np.linalg.LinAlgError):
            if dtype is np.float64:
                raise ArgumentError(
                    "target", "entries whose squares are finite", "others"
                ) from None
            continue  # beyond the range of float32
        reached = float(small_against(found.values, found.residuals).max())
        spent += found.products
        if reached <= tolerance:
            return found._replace(products=spent)
    wanted = f"a largest relative residual that {spent} products reach"
    raise ArgumentError("tolerance", wanted, f"{tolerance:.1e} (reached {reached:.1e})")


def limits(size: int, k: int, dtype: type) -> Limits:
    """Five times as many basis vectors as eigenpairs: restarts then cost few more products."""
    columns = min(5 * k + 6 * BLOCK, size - BLOCK)
    most = max(_MOST_PRODUCTS * (k + BLOCK), 4 * size)
    return Limits(BLOCK, columns // BLOCK * BLOCK, most, dtype)


def _searched(
    search: BlockLanczos,
    apply: Apply,
    k: int,
    which: Which,
    tolerance: float,
    progress: Progress | None,
) -> Eigenpairs:
    """Search until estimates say that the tolerance is met, or that rounding forbids it."""
    history: list[tuple[int, float]] = []
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
            kept = kept_at_restart(values, k, which, most)
            search.restart(values[kept], coordinates[:, kept])
        blocks = _blocks_ahead(history, _MARGIN * tolerance, search.limits)


def _blocks_ahead(history: list[tuple[int, float]], wanted: float, limits: Limits) -> int:
    """After how many blocks to look again, by how fast the residual fell since the last time."""
    if len(history) < 2:
        return math.ceil(history[0][0] / 2 / limits.block)
    (before, larger), (now, smaller) = history[-2:]
    fallen = math.log(larger / smaller) if smaller < larger else 0.0
    if fallen == 0:
        return limits.columns
    # Convergence speeds up, and a look costs less than two blocks.
    products = 0.8 * (now - before) * math.log(smaller / wanted) / fallen
    return max(2, math.ceil(min(products, limits.products) / limits.block))


def _polished(apply: Apply, found: np.ndarray, which: Which, products: int) -> Eigenpairs:
    """Rayleigh–Ritz in float64, and true residuals."""
    basis = found.astype(np.float64)
    image = apply(basis)
    rows = basis.T
    gram, small = overlaps(rows, basis), overlaps(rows, image)  # nearly identity, nearly diagonal
    values, rotation = scipy.linalg.eigh((small + small.T) / 2, gram)
    order = ordered(values, which)
    values, rotation = values[order], rotation[:, order]
    vectors = combined(rows, rotation)
    residuals = np.linalg.norm(combined(image.T, rotation) - vectors * values, axis=0)
    return Eigenpairs(values, vectors, residuals, products + len(values))
