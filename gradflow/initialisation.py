"""Where training starts."""

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Key, Shaped

from gradflow._checks import at_most_words, finite_float, nonnegative_float, positive_int
from gradflow._precision import default_dtype, qr, qr_triangle

# What `jax.random.key` makes, or the raw integers of `jax.random.PRNGKey`.
RandomKey = Key[Array, ""] | Shaped[Array, "2"]


def gaussian_init(
    key: RandomKey,
    vocab_size: int,
    dim: int,
    scale: float | Float[Array, ""],
    dtype: DTypeLike | None = None,
) -> Float[Array, "V d"]:
    """Embeddings with independent entries N(0, scale²/dim), so that E‖w_i‖² = scale².

    Args:
        key: Random key.
        vocab_size: V.
        dim: d, at most V.
        scale: σ, zero or above. May be traced, so one compilation serves every scale.
        dtype: float64 unless told otherwise.

    Returns:
        W₀ of shape (V, d).

    Raises:
        ArgumentError: d > V, a size below one, or a negative or infinite scale.

    Source: the initialisation of karkada2025.

    Example:
        >>> import jax, gradflow as gf
        >>> gf.gaussian_init(jax.random.key(0), vocab_size=5, dim=2, scale=1e-4).shape
        (5, 2)
    """
    shape, scale, dtype = _checked(vocab_size, dim, scale, dtype)
    return jax.random.normal(key, shape, dtype) * (scale / jnp.sqrt(jnp.asarray(dim, dtype)))


def word2vec_init(
    key: RandomKey,
    vocab_size: int,
    dim: int,
    scale: float | Float[Array, ""] = 1.0,
    dtype: DTypeLike | None = None,
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Where word2vec.c starts: W₀ uniform in ±1/(2d), C₀ zero; both times `scale`.

    WᵀW − CᵀC is then about scale² V/(12d²) times the identity; its eigenvalues spread around that
    by some ±2√(d/V) of it.

    Args:
        key: Random key.
        vocab_size: V.
        dim: d, at most V.
        scale: What W₀ is multiplied with; one is word2vec.c's own start.
        dtype: float64 unless told otherwise.

    Returns:
        W₀ and C₀, each (V, d).

    Raises:
        ArgumentError: d > V, a size below one, or a negative or infinite scale.

    Source: InitNet in word2vec.c [mikolov2013distributed].

    Example:
        >>> import jax, gradflow as gf
        >>> w0, c0 = gf.word2vec_init(jax.random.key(0), vocab_size=5, dim=2)
        >>> bool(abs(w0).max() <= 0.25), bool((c0 == 0).all())
        (True, True)
    """
    shape, scale, dtype = _checked(vocab_size, dim, scale, dtype)
    uniform = jax.random.uniform(key, shape, dtype, -0.5, 0.5)
    return uniform * (scale / dim), jnp.zeros(shape, dtype)


def balanced_init(
    key: RandomKey,
    vocab_size: int,
    dim: int,
    scale: float | Float[Array, ""],
    dtype: DTypeLike | None = None,
    *,
    imbalance: float = 0.0,
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Gaussian embeddings in independent directions with W₀ᵀW₀ − C₀ᵀC₀ = λI exactly.

    The smaller of the two has entries N(0, scale²/d), like `gaussian_init`; the other has random
    orthogonal directions and the Gram matrix that this leaves.

    Args:
        key: Random key.
        vocab_size: V.
        dim: d, at most V.
        scale: σ, zero or above.
        dtype: float64 unless told otherwise.
        imbalance: λ, of any sign. Zero: balanced.

    Returns:
        W₀ and C₀, each (V, d).

    Raises:
        ArgumentError: d > V, a size below one, a negative or infinite scale, λ not finite.

    Source: λ-balanced starts: braun2022, domine2024.

    Example:
        >>> import jax, gradflow as gf
        >>> w0, c0 = gf.balanced_init(jax.random.key(0), 5, 2, 1e-3, imbalance=0.5)
        >>> abs(w0.T @ w0 - c0.T @ c0).round(12)
        Array([[0.5, 0. ],
               [0. , 0.5]], dtype=float64)
    """
    finite_float("imbalance", imbalance)
    small_key, frame_key = jax.random.split(key)
    small = gaussian_init(small_key, vocab_size, dim, scale, dtype)
    frame = qr(jax.random.normal(frame_key, small.shape, small.dtype))[0]
    # R of [small; √|λ| I] = QR has RᵀR = smallᵀ small + |λ|I, without squaring anything small.
    rest = jnp.sqrt(jnp.asarray(abs(imbalance), small.dtype)) * jnp.eye(dim, dtype=small.dtype)
    large = frame @ qr_triangle(jnp.concatenate([small, rest]))
    return (large, small) if imbalance >= 0 else (small, large)


def _checked(
    vocab_size: int, dim: int, scale: float | Float[Array, ""], dtype: DTypeLike | None
) -> tuple[tuple[int, int], Float[Array, ""], jnp.dtype]:
    vocab_size = positive_int("vocab_size", vocab_size)
    dim = at_most_words("dim", dim, vocab_size)
    if not isinstance(scale, jax.Array):
        nonnegative_float("scale", scale)
    dtype = default_dtype() if dtype is None else jnp.dtype(dtype)
    return (vocab_size, dim), jnp.asarray(scale, dtype), dtype


def independent_init(
    key: RandomKey,
    vocab_size: int,
    dim: int,
    scale: float | Float[Array, ""],
    dtype: DTypeLike | None = None,
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Two independent `gaussian_init`s, W₀ and C₀; balanced on average only.

    Args:
        key: Random key.
        vocab_size: V.
        dim: d, at most V.
        scale: σ, zero or above.
        dtype: float64 unless told otherwise.

    Returns:
        W₀ and C₀, each (V, d).

    Raises:
        ArgumentError: d > V, a size below one, or a negative or infinite scale.

    Example:
        >>> import jax, gradflow as gf
        >>> w0, c0 = gf.independent_init(jax.random.key(0), 5, 2, 1e-3)
        >>> w0.shape, bool((w0 == c0).any())
        ((5, 2), False)
    """
    word_key, context_key = jax.random.split(key)
    w0 = gaussian_init(word_key, vocab_size, dim, scale, dtype)
    return w0, gaussian_init(context_key, vocab_size, dim, scale, dtype)
