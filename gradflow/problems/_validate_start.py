"""Where training starts, checked: W₀, or (W₀, C₀) where they are untied."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Real

from gradflow._checks import shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.problems._problem import AbstractProblem, stack_sides

# One side of a start: an array of either library, of whole numbers or truth values too, or rows.
Side = Real[ArrayLike, "V d"] | Bool[ArrayLike, "V d"] | Sequence[Sequence[float]]
# W₀, or (W₀, C₀) where they are untied.
Start = Side | tuple[Side, Side]


def checked_start(problem: AbstractProblem, w0: Start) -> Float[Array, "R d"]:
    """Return the state: W₀, or W₀ above C₀, of float32 or float64, finite where it is known."""
    if problem.tied:
        if isinstance(w0, tuple):
            raise ArgumentError("w0", "one array, since W and C are tied", shown_pair(w0))
        return checked_side("w0", problem.vocab_size, w0)
    return stack_sides(checked_pair(problem.vocab_size, w0))


def checked_pair(size: int, w0: Any) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Return W₀ and C₀ of one shape and dtype."""
    if not isinstance(w0, tuple) or len(w0) != 2:
        raise ArgumentError("w0", "a pair (W₀, C₀), since they are not tied", shown_pair(w0))
    w, c = (checked_side(f"w0[{i}]", size, side) for i, side in enumerate(w0))
    if w.shape != c.shape or w.dtype != c.dtype:
        got = f"{w.shape} of {w.dtype} and {c.shape} of {c.dtype}"
        raise ArgumentError("w0", "two arrays of one shape and dtype", got)
    return w, c


def shown_pair(w0: Any) -> str:
    """Return what came in place of a pair, without its numbers."""
    if isinstance(w0, tuple):
        return f"a tuple of {len(w0)}"
    return f"shape {w0.shape}" if hasattr(w0, "shape") else type(w0).__name__


def checked_side(argument: str, size: int, w0: Any) -> Float[Array, "V d"]:
    """Return W₀ or C₀, (V, d), checked."""
    array = _floating(argument, w0)
    if array.ndim != 2 or array.shape[0] != size or not 1 <= array.shape[1] <= size:
        wanted = f"shape (V, d) with V = {size} and 1 ≤ d ≤ V"
        raise ArgumentError(argument, wanted, f"shape {array.shape}")
    if not isinstance(array, jax.core.Tracer) and not np.isfinite(np.asarray(array)).all():
        raise ArgumentError(argument, "finite entries", "nan or infinity")
    return jnp.asarray(array)


def _floating(argument: str, w0: Any) -> Float[Array, "..."] | Float[np.ndarray, "..."]:
    try:
        array = w0 if isinstance(w0, jax.Array) else np.asarray(w0)
    except (TypeError, ValueError) as error:  # ragged, mostly
        raise ArgumentError(argument, "an array of float32 or float64", shown(w0)) from error
    dtype = array.dtype
    if jnp.issubdtype(dtype, jnp.bool_) or jnp.issubdtype(dtype, jnp.integer):
        return array.astype(default_dtype())
    if dtype not in (jnp.float32, jnp.float64):
        got = f"{type(w0).__name__} of dtype {dtype}"
        raise ArgumentError(argument, "an array of float32 or float64", got)
    with np.errstate(over="ignore"):  # what is not finite then is refused
        return array if dtype == jnp.float32 else array.astype(default_dtype())
