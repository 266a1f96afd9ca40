"""Step times before W₀ is drawn: their distribution over random starts."""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from jaxtyping import Array, Float

from gradflow._checks import positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.targets import Spectrum
from gradflow.theory._coupled_modes import crossing_times

# Draws that are worked on together.
_DRAWS_AT_ONCE = 4


@dataclasses.dataclass(frozen=True)
class StepDistribution:
    """Step times of modes that are alone, over Gaussian starts of one scale.

    What the first k − 1 modes leave free of a Gaussian start to mode k is |R_kk|² = (σ²/d)·χ², with
    d − k + 1 degrees of freedom, and t_k = ln(λ_k/|R_kk|² − 1)/λ_k falls as it rises. So all
    quantiles are known. Neighbours closer than about a rise time take turns with each other, and
    then `sample_steps` knows more.

    Attributes:
        eigenvalues: λ (k,), falling.
        log_unit: ln σ²/d, or of a quarter of it where W and C are untied.
        freedom: d − k + 1 (k,), degrees of freedom.
    """

    eigenvalues: Float[np.ndarray, " k"]
    log_unit: float
    freedom: Float[np.ndarray, " k"]

    def quantile(self, share: float | Float[np.ndarray, "..."]) -> Float[np.ndarray, "... k"]:
        """Times that this share of all starts is not later than.

        Args:
            share: One number, or any shape of them, between zero and one.

        Returns:
            (..., k); zero where a start is at half height at once, nan where λ_k ≤ 0.

        Raises:
            ArgumentError: A share is not between zero and one.
        """
        shares = real_array("share", share)
        if not ((shares > 0) & (shares < 1)).all():
            raise ArgumentError("share", "between zero and one", shown(share))
        squares = scipy.special.chdtri(
            self.freedom, shares[..., None]
        )  # scipy.stats loads for a second
        return self._time(self.log_unit + np.log(squares))

    def interval(self, level: float = 0.9) -> Float[np.ndarray, "2 k"]:
        """Both ends of the central interval that holds this share of all starts.

        Raises:
            ArgumentError: The level is not between zero and one.
        """
        if not 0 < positive_float("level", level) < 1:
            raise ArgumentError("level", "between zero and one", level)
        return self.quantile(np.array([(1 - level) / 2, (1 + level) / 2]))

    @property
    def median(self) -> Float[np.ndarray, " k"]:
        """Half of all starts are earlier."""
        return self.quantile(0.5)

    @property
    def mean(self) -> Float[np.ndarray, " k"]:
        """Up to a share s₀²/λ_k, from E ln χ²_n = ψ(n/2) + ln 2."""
        logs = np.log(2) + scipy.special.digamma(self.freedom / 2)
        return self._time(self.log_unit + logs, small=True)

    @property
    def std(self) -> Float[np.ndarray, " k"]:
        """Up to a share s₀²/λ_k, from Var ln χ²_n = ψ′(n/2)."""
        positive = np.where(self.eigenvalues > 0, self.eigenvalues, np.nan)
        return np.sqrt(scipy.special.polygamma(1, self.freedom / 2)) / positive

    def _time(
        self, log_square: Float[np.ndarray, "... k"], small: bool = False
    ) -> Float[np.ndarray, "... k"]:
        positive = np.where(self.eigenvalues > 0, self.eigenvalues, np.nan)
        ratio = np.log(positive) - log_square
        # ln(e^x − 1)
        late = ratio if small else ratio + np.log1p(-np.exp(-np.maximum(ratio, np.log(2.0))))
        return np.maximum(late, 0.0) / positive


def step_distribution(
    spec: Spectrum, scale: float, dim: int, *, tied: bool = True
) -> StepDistribution:
    """When each mode is learned, over all Gaussian starts of a scale, in closed form.

    Args:
        spec: Spectrum of the target; of the problem's `linearisation` where untied.
        scale: σ: entries of W₀ are N(0, σ²/d).
        dim: d.
        tied: Whether words and contexts share their embeddings; where not, starts are
            `balanced_init`s or `independent_init`s.

    Returns:
        The distribution, of the first min(k, d) modes.

    Raises:
        ArgumentError: scale is not a positive number, or dim not an integer from 1 to V.

    Source: Bartlett's decomposition of a Gaussian matrix [bartlett1934].

    Example:
        >>> import numpy as np, gradflow as gf
        >>> spec = gf.spectrum(gf.Target(np.diag([3.0, 2.0, 1.0])), k=2)
        >>> late = gf.step_distribution(spec, scale=1e-3, dim=2)
        >>> late.median.round(2), late.interval(0.9).round(2)
        (array([5.09, 7.99]), array([[ 4.61,  6.93],
               [ 5.96, 10.37]]))
    """
    dim, log_unit = _checked(spec, scale, dim, tied)
    count = min(dim, spec.eigenvalues.size)
    freedom = dim - np.arange(count, dtype=float)
    return StepDistribution(spec.eigenvalues[:count], log_unit, freedom)


def sample_steps(
    key: Array, spec: Spectrum, scale: float, dim: int, draws: int, *, tied: bool = True
) -> Float[Array, "draws r"]:
    """Step times of random starts, each mode solved with its neighbours, without any flow.

    Only R of W₀ᵀU = QR is drawn: roots of χ² on its diagonal, normal numbers behind. So neither
    eigenvectors nor starts are needed, and a draw costs a few milliseconds at d = 50.

    Args:
        key: Random key.
        spec: As for `step_distribution`. Eigenvalues beyond d are competitors of the last modes:
            give some fifty more than d.
        scale: σ.
        dim: d.
        draws: How many starts.
        tied: As for `step_distribution`.

    Returns:
        (draws, r), r = min(d, k); as `predict_steps` with the rule "clusters".

    Raises:
        ArgumentError: As for `step_distribution`, or draws is not a positive integer.

    Source: bartlett1934 for R.
    """
    dim, log_unit = _checked(spec, scale, dim, tied)
    keys = jax.random.split(key, positive_int("draws", draws))
    return _sampled(
        keys, jnp.asarray(spec.eigenvalues, default_dtype()), jnp.asarray(log_unit), dim
    )


@functools.partial(jax.jit, static_argnames="dim")
def _sampled(
    keys: Array, eigenvalues: Float[Array, " k"], log_unit: Float[Array, ""], dim: int
) -> Float[Array, "draws r"]:
    count = eigenvalues.size
    rows = min(dim, count)
    freedom = dim - jnp.arange(rows)

    def one(key: Array) -> Float[Array, " r"]:
        diagonal_key, rest_key = jax.random.split(key)
        squares = jax.random.chisquare(diagonal_key, freedom, dtype=eigenvalues.dtype)
        rest = jax.random.normal(rest_key, (rows, count), eigenvalues.dtype)
        triangle = jnp.triu(rest, 1) + jnp.eye(rows, count) * jnp.sqrt(squares)[:, None]
        return crossing_times(eigenvalues, triangle, log_unit / 2)[:rows]

    return jax.lax.map(one, keys, batch_size=_DRAWS_AT_ONCE)


def _checked(spec: Spectrum, scale: float, dim: int, tied: bool) -> tuple[int, float]:
    """d, and ln of the variance of the entries of UᵀW₀: of half of [W₀; C₀] where untied."""
    if not isinstance(spec, Spectrum):
        raise ArgumentError("spec", "a gradflow.Spectrum", type(spec).__name__)
    vocab_size = spec.eigenvectors.shape[0] // (1 if tied else 2)
    if positive_int("dim", dim) > vocab_size:
        raise ArgumentError("dim", f"at most the vocabulary size {vocab_size}", dim)
    # Squares of 1e-170 would underflow.
    logs = 2 * math.log(positive_float("scale", scale)) - math.log(dim)
    return dim, logs - (0.0 if tied else math.log(4))
