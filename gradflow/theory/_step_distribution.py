"""Step times before W₀ is drawn: their distribution over random starts."""

import dataclasses
import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.special
from jaxtyping import Array, Float

from gradflow._checks import positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.initialisation import RandomKey
from gradflow.methods._logistic import LOG_81
from gradflow.theory._coupled_modes import crossing_times
from gradflow.theory._stepness import Stepness, stepness

# Draws that are worked on together.
_DRAWS_AT_ONCE = 4
# Scales between which the loss of stepness is looked for, as powers of ten.
_LEAST_POWER, _MOST_POWER = -150.0, 1.0
_HALVINGS = 60


@dataclasses.dataclass(frozen=True, eq=False)
class StepDistribution:
    """The distribution of step times over Gaussian starts of one scale, mode by mode.

    What the first k − 1 modes leave free of a Gaussian start to mode k is |R_kk|² = (σ²/d)·χ², with
    d − k + 1 degrees of freedom, and t_k = ln(p_k/|R_kk|² − 1)/λ_k falls as it rises. So all
    quantiles are known. Neighbours closer than about a rise time take turns with each other, and
    then `sample` knows more, where there is a closed form.

    Attributes:
        rates: λ (n,), falling; those beyond the first min(d, n) compete with the last modes.
        scale: σ: entries of W₀ are N(0, σ²/d).
        dim: d.
        tied: Whether words and contexts share their embeddings; where not, starts are those of
            `balanced_init` or `independent_init`.
        curvatures: ρ (min(d, n),) of a loss without a closed form, the pair weight that each mode
            feels: p_k = λ_k/ρ_k tied, 2λ_k/ρ_k untied. None for least squares, ρ = 1.

    Raises:
        ArgumentError: scale is not a positive number, or dim not a positive integer.

    Source: Bartlett's decomposition of a Gaussian matrix [bartlett1934].

    Example:
        >>> import numpy as np, gradflow as gf
        >>> spec = gf.spectrum(gf.Target(np.diag([3.0, 2.0, 1.0])), k=2)
        >>> steps = gf.predict(spec, scale=1e-3, dim=2)
        >>> steps.median.round(2), steps.interval(0.9).round(2)
        (array([5.09, 7.99]), array([[ 4.61,  6.93],
               [ 5.96, 10.37]]))
        >>> steps.stepness().separations.round(2)
        array([1.58])
    """

    rates: Float[np.ndarray, " n"]
    scale: float
    dim: int
    tied: bool = True
    curvatures: Float[np.ndarray, " k"] | None = None

    def __post_init__(self) -> None:
        positive_float("scale", self.scale)
        positive_int("dim", self.dim)

    @property
    def eigenvalues(self) -> Float[np.ndarray, " k"]:
        """λ_k of the k = min(d, n) modes that have a step."""
        return self.rates[: self.dim]

    @property
    def freedom(self) -> Float[np.ndarray, " k"]:
        """Degrees of freedom d − k + 1."""
        return self.dim - np.arange(self.eigenvalues.size, dtype=float)

    @property
    def log_unit(self) -> float:
        """ln of the variance of UᵀW₀, σ²/d; of the half of [W₀; C₀] that counts where untied."""
        # The square of 1e-170 would underflow.
        variance = 2 * math.log(self.scale) - math.log(self.dim)
        return variance if self.tied else variance - math.log(4)

    @property
    def median(self) -> Float[np.ndarray, " k"]:
        """Times that half of all starts are earlier than."""
        return self.quantile(0.5)

    @property
    def mean(self) -> Float[np.ndarray, " k"]:
        """Mean times, up to a share s₀²/p_k, from E ln χ²_n = ψ(n/2) + ln 2."""
        return self._time(np.log(2) + scipy.special.digamma(self.freedom / 2), small=True)

    @property
    def std(self) -> Float[np.ndarray, " k"]:
        """Standard deviations, up to a share s₀²/p_k, from Var ln χ²_n = ψ′(n/2)."""
        positive = np.where(self.eigenvalues > 0, self.eigenvalues, np.nan)
        return np.sqrt(scipy.special.polygamma(1, self.freedom / 2)) / positive

    def quantile(self, q: float | Float[np.ndarray, "..."]) -> Float[np.ndarray, "... k"]:
        """Return the times that a share q of all starts is not later than.

        Args:
            q: One number, or any shape of them, between zero and one.

        Returns:
            (..., k); zero where a start is at half height at once, nan where λ_k ≤ 0.

        Raises:
            ArgumentError: A share is not between zero and one.
        """
        shares = real_array("q", q)
        if not ((shares > 0) & (shares < 1)).all():
            raise ArgumentError("q", "between zero and one", shown(q))
        # What scipy.stats.chi2 does, without the second that scipy.stats takes to load.
        return self._time(np.log(scipy.special.chdtri(self.freedom, shares[..., None])))

    def interval(self, level: float = 0.9) -> Float[np.ndarray, "2 k"]:
        """Return both ends of the central interval that holds this share of all starts.

        Raises:
            ArgumentError: The level is not between zero and one.
        """
        if not 0 < positive_float("level", level) < 1:
            raise ArgumentError("level", "between zero and one", level)
        return self.quantile(np.array([(1 - level) / 2, (1 + level) / 2]))

    def sample(self, key: RandomKey, n: int) -> Float[Array, "n k"]:
        """Draw step times of random starts, without drawing any start or following any flow.

        Only R of W₀ᵀU = QR is drawn: roots of χ² on its diagonal, normal numbers behind. Each mode
        is then solved with its neighbours, as under the rule "clusters" (a few milliseconds a draw
        at d = 50); without a closed form, alone.

        Args:
            key: Random key.
            n: How many starts. Eigenvalues beyond d are competitors of the last modes: the spectrum
                should have some fifty more than d.

        Returns:
            (n, k).

        Raises:
            ArgumentError: n is not a positive integer.

        Source: bartlett1934 for R.
        """
        keys = jax.random.split(key, positive_int("n", n))
        dtype = default_dtype()
        if self.curvatures is not None:
            freedom = jnp.asarray(self.freedom, dtype)
            squares = jax.random.chisquare(keys[0], freedom, (n, freedom.size), dtype)
            return jnp.asarray(self._time(np.log(np.asarray(squares))), dtype)
        rates, log_unit = jnp.asarray(self.rates, dtype), jnp.asarray(self.log_unit, dtype)
        return _sampled(keys, rates, log_unit, self.dim)

    def stepness(self, modes: int = 10, gap: float = 0.01) -> Stepness:
        """Judge how stepwise a typical start is: every step at its median over starts.

        Args:
            modes: How many modes, at most.
            gap: Neighbours whose eigenvalues differ by less than this share are one step.

        Returns:
            Stepness of the first modes with eigenvalues above zero.

        Raises:
            ArgumentError: There is no such mode, or an argument is not a positive number.
        """
        count = min(positive_int("modes", modes), int((self.eigenvalues > 0).sum()))
        if count == 0:
            raise ArgumentError("spec", "an eigenvalue above zero", f"{self.rates[:1]}")
        rates = self.eigenvalues[:count]
        return stepness(self.median[:count], LOG_81 / rates, rates, gap)

    def largest_stepwise_scale(self, modes: int = 10, gap: float = 0.01) -> float:
        """Return the initialisation scale above which learning stops being stepwise.

        There the median separation of the first modes, which grows with ln(1/σ), is one rise time.
        The scale of this distribution does not matter.

        Args:
            modes: As for `stepness`.
            gap: As for `stepness`.

        Returns:
            σ; nan where no scale from 1e-150 to 10 is at that point.

        Raises:
            ArgumentError: As for `stepness`.
        """

        def is_stepwise(power: float) -> bool:
            there = dataclasses.replace(self, scale=10.0**power)
            return there.stepness(modes, gap).index > 1

        low, high = _LEAST_POWER, _MOST_POWER
        if not is_stepwise(low) or is_stepwise(high):
            return float("nan")
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if is_stepwise(middle) else (low, middle)
        return 10.0**low

    def _time(
        self, log_squares: Float[np.ndarray, "... k"], small: bool = False
    ) -> Float[np.ndarray, "... k"]:
        """Return the half-height times of logistics that begin at these multiples of σ²/d."""
        positive = np.where(self.eigenvalues > 0, self.eigenvalues, np.nan)
        curvatures: Any = 1.0 if self.curvatures is None else self.curvatures
        held = np.where(curvatures > 0, curvatures, np.nan)  # nothing holds the mode
        ratio = np.log(positive / held) - log_squares - self.log_unit
        # ln(e^x − 1), or x where s₀² is taken to be small beside the plateau.
        logs = ratio if small else ratio + np.log1p(-np.exp(-np.maximum(ratio, np.log(2.0))))
        return np.maximum(logs, 0.0) / positive


@functools.partial(jax.jit, static_argnames="dim")
def _sampled(
    keys: Array, rates: Float[Array, " n"], log_unit: Float[Array, ""], dim: int
) -> Float[Array, "draws k"]:
    rows = min(dim, rates.size)
    freedom = dim - jnp.arange(rows)

    def draw(key: Array) -> Float[Array, " k"]:
        diagonal_key, rest_key = jax.random.split(key)
        squares = jax.random.chisquare(diagonal_key, freedom, dtype=rates.dtype)
        rest = jax.random.normal(rest_key, (rows, rates.size), rates.dtype)
        triangle = jnp.triu(rest, 1) + jnp.eye(rows, rates.size) * jnp.sqrt(squares)[:, None]
        return crossing_times(rates, triangle, log_unit / 2)[:rows]

    return jax.lax.map(draw, keys, batch_size=_DRAWS_AT_ONCE)
