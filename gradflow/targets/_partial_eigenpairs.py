"""Leading eigenpairs of an operator to a tolerance, and what happens where it is not met."""

import numpy as np

from gradflow._errors import ArgumentError
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

_BLOCK = 32
_SINGLE = 1e-5  # tolerances that float32 reaches
_MOST_PRODUCTS = 100_000


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
    its residuals, from products with the vectors that are returned.

    Args:
        apply: X ↦ M X, of X's dtype.
        size: V.
        k: How many.
        which: "largest" λ, or largest |λ| for "magnitude".
        tolerance: Largest relative residual; relative to 1e-4 of the largest |λ| where |λ| is
            smaller than that.
        progress: Called as progress(products, largest relative residual).

    Raises:
        ArgumentError: The tolerance was not met.
    """
    found = None
    for dtype in (np.float32, np.float64):
        if dtype is np.float32 and tolerance < _SINGLE:
            continue
        search = BlockLanczos(apply, size, _limits(size, k, dtype))
        found = _searched(search, apply, k, which, tolerance, progress)
        reached = small_against(found.values, found.residuals).max()
        if reached <= tolerance:
            return found
    assert found is not None
    wanted = f"a largest relative residual that {found.products} products reach"
    raise ArgumentError("tolerance", wanted, f"{tolerance:.1e} (reached {reached:.1e})")


def _limits(size: int, k: int, dtype: type) -> Limits:
    columns = min(max(5 * k, k + 10 * _BLOCK), size - _BLOCK)
    return Limits(_BLOCK, columns // _BLOCK * _BLOCK, _MOST_PRODUCTS, dtype)


def _searched(
    search: BlockLanczos,
    apply: Apply,
    k: int,
    which: Which,
    tolerance: float,
    progress: Progress | None,
) -> Eigenpairs:
    while True:
        search.extend()
        values, coordinates, estimates = search.ritz(which)
        worst = small_against(values[:k], estimates[:k]).max()
        if progress is not None:
            progress(search.products, float(worst))
        if worst <= 0.5 * tolerance or search.products > search.limits.products:
            return _polished(apply, search.vectors(coordinates[:, :k]), which, search.products)
        most = min(2 * k + 2 * search.limits.block, len(values) - 2 * search.limits.block)
        kept = kept_at_restart(values, k, which, most)
        search.restart(values[kept], coordinates[:, kept])


def _polished(apply: Apply, vectors: np.ndarray, which: Which, products: int) -> Eigenpairs:
    """Rayleigh–Ritz in float64, and true residuals."""
    basis = np.linalg.qr(vectors.astype(np.float64))[0]
    image = apply(basis)
    small = basis.T @ image
    values, rotation = np.linalg.eigh((small + small.T) / 2)
    order = ordered(values, which)
    values, rotation = values[order], rotation[:, order]
    vectors = basis @ rotation
    residuals = np.linalg.norm(image @ rotation - vectors * values, axis=0)
    return Eigenpairs(values, vectors, residuals, products + len(values))
