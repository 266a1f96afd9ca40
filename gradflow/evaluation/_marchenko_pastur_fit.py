"""Which eigenvalues are no noise: a Marchenko–Pastur bulk fitted beneath spikes."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.optimize import brentq

from gradflow._checks import is_real, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow.evaluation._coloured_noise import ColouredNoise
from gradflow.evaluation._marchenko_pastur import MarchenkoPastur
from gradflow.evaluation._tracy_widom import tracy_widom
from gradflow.evaluation._wishart import largest_and_moments

# Draws behind one p-value, for each false alarm that is expected among them.
_DRAWS_EACH = 10
_FEWEST_DRAWS, _MOST_DRAWS = 200, 2000
# Equal eigenvalues would be those of infinitely many dimensions.
_MOST_DIMENSIONS = 1e9


@dataclasses.dataclass(frozen=True, eq=False)
class _Noise:
    """Variances of mean one, and how often each is there."""

    variances: Float64[np.ndarray, " a"]
    weights: Float64[np.ndarray, " a"]

    @property
    def dimension(self) -> float:
        """(tr Σ)²/tr Σ²."""
        first, second = (self.weights @ self.variances**power for power in (1, 2))
        return float(first**2 / second)

    def without(self, k: int) -> Float64[np.ndarray, " a"]:
        """Weights without k average directions."""
        return self.weights * (1 - k / self.weights.sum())


@dataclasses.dataclass(frozen=True, eq=False)
class MarchenkoPasturFit:
    """A bulk of noise, and what stands out of it.

    Attributes:
        eigenvalues: (m,), falling.
        outliers: How many of the first are no noise.
        p_values: (outliers + 1,), of each tested eigenvalue: how often noise alone has a larger
            one; the last is of the first that was not counted, at most the stated rate only where
            `most_outliers` stopped the search.
        variance: σ², of the noise in one coordinate of one sample, mean over coordinates.
        law: Of the eigenvalues that are noise; its edges are those of the bulk.
        threshold: Which eigenvalue noise exceeds at the stated rate.
        samples: n.
        dimension: p, given or estimated; of coloured noise (tr Σ)²/tr Σ².
        estimated: Whether it was estimated.
        distance: Kolmogorov–Smirnov distance of the bulk from its law. Eigenvalues repel each
            other, so it is smaller than that of as many independent draws.
        false_alarms: The stated rate.
    """

    eigenvalues: Float64[np.ndarray, " m"]
    outliers: int
    p_values: Float64[np.ndarray, " tests"]
    variance: float
    law: MarchenkoPastur | ColouredNoise
    threshold: float
    samples: int
    dimension: float
    estimated: bool
    distance: float
    false_alarms: float


def fit_marchenko_pastur(
    eigenvalues: Float64[np.ndarray, " m"],
    samples: int,
    dimension: float | Float64[np.ndarray, " p"] | None = None,
    *,
    false_alarms: float = 0.01,
    most_outliers: int | None = None,
    seed: int = 0,
) -> MarchenkoPasturFit:
    """Fit the law of noise to eigenvalues of which a few large ones may be no noise.

    From the largest down, each eigenvalue is tested against those below it, until one passes as
    noise. With k outliers taken away, the others are those of n − k samples of p − k dimensions.

    * p given, or the variances of noise up to a factor: σ² is the mean square that is left, and
      n ℓ/σ² is compared with the Tracy–Widom law at the edge of the noise, corrected for σ²
      coming from the same eigenvalues.
    * p None: p and σ² come from the first two moments of those below, and the height of the tested
      eigenvalue above the edge of their law is compared with that of white noise of these
      parameters, drawn at random.

    How often noise alone gave an outlier, at n = 10 to 60, p = 30 to 400: with p given 1.2 to
    1.7 % of 4,000 spectra each for a stated 1 %, 4.7 to 5.5 % for 5 %; with p estimated 0.4 to
    1.5 % of 1,000 and 2.4 to 6.4 %. Differences of random words with the variances of all words,
    unit vectors, d = 25 to 400: 0 to 0.7 % of 150 for 1 %; taken as white, 7 to 82 %.
    A signal of squared singular value θ² in X is visible from about θ² = σ²√(np) on.

    Args:
        eigenvalues: (m,), of XᵀX/n or XXᵀ/n, X (n, p) not centred, in any order; zeros that only
            the larger one has may be left out.
        samples: n, rows of X; at least 3.
        dimension: p, if noise is white, which need not be an integer; or the variances (p,) of
            noise in its principal directions, up to a common factor; or None to estimate the p of
            white noise, where p is n or more.
        false_alarms: How often noise alone may give one outlier or more.
        most_outliers: Where to stop; by default at half of the eigenvalues.
        seed: Of the draws, with p None.

    Returns:
        The law, the outliers, and how well the law fits.

    Raises:
        ArgumentError: An argument has no usable value, or there are fewer than three non-zero
            eigenvalues.

    Source: marchenko1967; johnstone2001, ma2012 for the centring; kritchman2008 for the sequence
    of tests; nadler2011 for the correction; elkaroui2007 for coloured noise; benaych2012 for what
    is visible.

    Example:
        >>> import gradflow as gf, numpy as np
        >>> x = np.random.default_rng(0).standard_normal((20, 80)) + 1.0
        >>> fit = gf.fit_marchenko_pastur(np.linalg.eigvalsh(x @ x.T / 20), 20, 80)
        >>> fit.outliers, round(fit.variance, 2)
        (1, 0.96)
    """
    n = positive_int("samples", samples, least=3)
    noise = _noise(dimension)
    rate = _rate(false_alarms)
    falling = _falling(eigenvalues, n)
    if noise is None and (falling > 1e-10 * falling[0]).sum() < n:
        wanted = f"p or variances, as fewer than n = {n} eigenvalues are above zero"
        raise ArgumentError("dimension", wanted, "None")
    most = len(falling) // 2 if most_outliers is None else most_outliers
    most = min(positive_int("most_outliers", most, least=0), len(falling) - 3)
    draws = int(np.clip(_DRAWS_EACH / rate, _FEWEST_DRAWS, _MOST_DRAWS))
    rng = np.random.default_rng(positive_int("seed", seed, least=0))
    tests = []
    for k in range(most + 1):
        bulk = falling[k:]
        if noise is None:
            test = _drawn(bulk, n, k, rate, draws, rng)
        else:
            test = _edge(bulk, n, noise, k, rate)
        tests.append(test)
        if test[0] > rate:
            break
    outliers = min(sum(value <= rate for value, _ in tests), most)
    return _fitted(falling, outliers, tests, n, noise, rate)


def _fitted(
    falling: Float64[np.ndarray, " m"],
    outliers: int,
    tests: list[tuple[float, float]],
    n: int,
    noise: _Noise | None,
    rate: float,
) -> MarchenkoPasturFit:
    bulk, n_left, noise_given = falling[outliers:], n - outliers, noise
    if noise is None:
        p = float(_dimensions(bulk.sum(), (bulk**2).sum(), n_left)) + outliers
        noise = _Noise(np.ones(1), np.array([p]))
    variances, weights = noise.variances, noise.without(outliers)
    p_left = weights.sum()
    variance = float(n * bulk.sum() / (n_left * (weights @ variances)))
    # Eigenvalues were divided by n, of which only so many are left.
    scale = variance * n_left / n
    law: MarchenkoPastur | ColouredNoise = MarchenkoPastur(scale, p_left / n_left)
    if len(variances) > 1:
        law = ColouredNoise(scale * variances, n_left, weights)
    # Noise of p dimensions has no more than p; the trace of the rest is in the variance.
    kept = np.sort(bulk[: max(1, int(np.ceil(min(n_left, p_left))))])
    below = law.cdf(kept)
    steps = np.arange(len(kept) + 1) / len(kept)
    return MarchenkoPasturFit(
        eigenvalues=falling,
        outliers=outliers,
        p_values=np.array([value for value, _ in tests[: outliers + 1]]),
        variance=variance,
        law=law,
        threshold=tests[-1][1],
        samples=n,
        dimension=noise.dimension,
        estimated=noise_given is None,
        distance=float(max((steps[1:] - below).max(), (below - steps[:-1]).max())),
        false_alarms=rate,
    )


def _edge(
    bulk: Float64[np.ndarray, " m"], n: int, noise: _Noise, k: int, rate: float
) -> tuple[float, float]:
    """p-value of the first of the bulk, and the eigenvalue with the p-value `rate`.

    The ratio r of the largest eigenvalue to the trace is independent of the trace T (of coloured
    noise nearly so), whose relative variance is 2/(np): averaging F_r over T gives F₁, so
    F_r = F₁ − (r²/np) F₁'' to first order.
    """
    n, whole = n - k, n
    variances, weights = noise.variances, noise.without(k)
    # Halves less of both are the second-order centring of white noise.
    limit = ColouredNoise(variances, n - 0.5, weights * (1 - 0.5 / weights.sum()))
    middle, width = ((n - 0.5) * each for each in limit.upper)
    freedom = n * (weights @ variances) ** 2 / (weights @ variances**2)

    def tail(x: float) -> float:
        cdf, curvature = tracy_widom(x)
        value = 1 - cdf + (middle / width + x) ** 2 / freedom * curvature
        return float(np.clip(value, 0, 1))

    unit = whole * bulk.sum() / (n * (weights @ variances))
    x = (whole * bulk[0] / unit - middle) / width
    highest = brentq(lambda point: tail(point) - rate, -4.0, 9.0)
    return tail(x), float((middle + width * highest) * unit / whole)


def _drawn(
    bulk: Float64[np.ndarray, " m"],
    n: int,
    k: int,
    rate: float,
    draws: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The same, with parameters from those below the first, by drawing white noise."""
    n -= k
    below = bulk.sum() - bulk[0], (bulk**2).sum() - bulk[0] ** 2
    p = float(_dimensions(*below, n - 1)) + 1
    largest, traces, squares = largest_and_moments(rng, draws, n, p)
    noise = _height(largest, traces - largest, squares - largest**2, n)
    above = int((noise >= _height(bulk[0], *below, n)).sum())
    limit, (middle, width) = np.quantile(noise, 1 - rate), _centring(n, p)
    return (above + 1) / (draws + 1), float(
        below[0] * (middle + width * limit) / ((n - 1) * (p - 1))
    )


def _height(largest: Any, trace: Any, squares: Any, n: int) -> Any:
    """The largest eigenvalue in the units of its fluctuation, by what is below it."""
    p = _dimensions(trace, squares, n - 1) + 1
    middle, width = _centring(n, p)
    return (largest / trace * (n - 1) * (p - 1) - middle) / width


def _dimensions(trace: Any, squares: Any, n: int) -> Any:
    """p from Σℓ and Σℓ² of n eigenvalues: E Σℓ² = np(n + p + 1) where E Σℓ = np."""
    excess = np.maximum(n * squares / trace**2 - 1, (n + 1) / _MOST_DIMENSIONS)
    return np.maximum((n + 1) / excess, n)


def _centring(n: int, p: Any) -> tuple[Any, Any]:
    """Where the largest eigenvalue of XXᵀ lies with unit noise, and how far it fluctuates."""
    rows, columns = np.sqrt(n - 0.5), np.sqrt(p - 0.5)
    return (rows + columns) ** 2, (rows + columns) * (1 / rows + 1 / columns) ** (1 / 3)


def _falling(eigenvalues: Any, n: int) -> Float64[np.ndarray, " m"]:
    """The largest n of them, which are not all zero."""
    values = real_array("eigenvalues", eigenvalues)
    if values.ndim != 1:
        raise ArgumentError("eigenvalues", "shape (m,)", f"shape {values.shape}")
    falling = np.sort(values)[::-1][:n]
    scale = falling[0] if falling.size else 0.0
    noise = 1e-10 * scale  # what rounding makes of zeros
    if not np.isfinite(falling).all() or (falling < -noise).any() or (falling > noise).sum() < 3:
        wanted = "at least three above 0, none below"
        raise ArgumentError("eigenvalues", wanted, shown(falling.tolist()))
    return np.maximum(falling, 0)


def _noise(dimension: Any) -> _Noise | None:
    if dimension is None:
        return None
    values = real_array("dimension", dimension)
    wanted = "a finite number above 2, or at least three variances, none negative"
    good = np.isfinite(values).all() and (values >= 0).all() and values.ndim <= 1
    if not good or (values <= 2 if values.ndim == 0 else (values > 0).sum() < 3):
        raise ArgumentError("dimension", wanted, shown(dimension))
    if values.ndim == 0:
        return _Noise(np.ones(1), values[None])
    values = values[values > 1e-12 * values.max()]
    return _Noise(values / values.mean(), np.ones(len(values)))


def _rate(false_alarms: Any) -> float:
    if not is_real(false_alarms) or not 1e-4 <= false_alarms <= 0.5:
        raise ArgumentError("false_alarms", "a rate from 0.0001 to 0.5", shown(false_alarms))
    return float(false_alarms)
