"""The effective number of directions that embeddings use."""

from collections.abc import Sequence

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float, Real


def effective_rank(
    singular_values: Real[ArrayLike, "... d"] | Sequence[float] | Sequence[Sequence[float]],
) -> Float[np.ndarray, "..."] | np.float64:
    """Return the exponential of the entropy of s_k / Σ s_k: 1 at rank one, d if all are equal.

    Args:
        singular_values: Non-negative, along the last axis.

    Returns:
        One number for each set; nan where all are zero or one is nan.

    Source: roy2007.

    Example:
        >>> import gradflow as gf
        >>> gf.analysis.effective_rank([[1.0, 0.0, 0.0], [2.0, 2.0, 0.0]]).round(6)
        array([1., 2.])
    """
    values = np.asarray(singular_values, dtype=np.float64)
    total = values.sum(axis=-1, keepdims=True)
    shares = values / np.where(total > 0, total, np.nan)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    return np.exp(-np.sum(shares * logs, axis=-1))
