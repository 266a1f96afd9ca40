"""A bulk of noise fitted to a spectrum, and the eigenvalues that stand out of it."""

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

# So many draws are made for a p-value that 10 of them are expected to be false alarms,
_DRAWS_PER_ALARM = 10
# within these bounds.
_FEWEST_DRAWS, _MOST_DRAWS = 200, 2000
# An estimate of p is bounded, since equal eigenvalues are those of infinitely many dimensions.
_MOST_DIMENSIONS = 1e9
# What stands out: the p-value of an eigenvalue, and the eigenvalue whose p-value is the rate.
_Test = tuple[float, float]


@dataclasses.dataclass(frozen=True, eq=False)
class _Noise:
    """Variances of noise in its principal directions, of mean one, with their multiplicities."""

    variances: Float64[np.ndarray, " a"]
    weights: Float64[np.ndarray, " a"]

    @property
    def dimension(self) -> float:
        """(tr Σ)²/tr Σ²: how many directions of equal variance would fluctuate as these do."""
        first, second = (self.weights @ self.variances**power for power in (1, 2))
        return float(first**2 / second)

    def without(self, k: int) -> Float64[np.ndarray, " a"]:
        """Return the multiplicities after k average directions are taken away."""
        return self.weights * (1 - k / self.weights.sum())


@dataclasses.dataclass(frozen=True, eq=False)
class MarchenkoPasturFit:
    """A bulk of noise, and what stands out of it.

    Attributes:
        eigenvalues: (m,), the eigenvalues, falling.
        outliers: How many of the largest are not noise.
        p_values: (outliers + 1,), for each tested eigenvalue the probability that the largest of
            noise alone is larger. The last belongs to the largest eigenvalue of the bulk; it is at
            most the stated rate only where `most_outliers` stopped the search.
        variance: σ², the variance of noise in one coordinate of one sample, averaged over
            coordinates.
        law: The law of the bulk, whose edges are those of noise.
        threshold: The eigenvalue that noise exceeds at the stated rate.
        samples: n.
        dimension: p, given or estimated; for coloured noise (tr Σ)²/tr Σ².
        estimated: Whether the dimension was estimated.
        distance: The Kolmogorov–Smirnov distance of the bulk from its law. Eigenvalues repel each
            other, so it is smaller than for as many independent draws.
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
    """Fit the law of noise to eigenvalues of which a few large ones may not be noise.

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
        most_outliers: The largest number of outliers; by default half of the eigenvalues.
        seed: The seed of the draws, used where p is None.

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
        >>> fit = gf.evaluation.fit_marchenko_pastur(np.linalg.eigvalsh(x @ x.T / 20), 20, 80)
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
    draws = int(np.clip(_DRAWS_PER_ALARM / rate, _FEWEST_DRAWS, _MOST_DRAWS))
    rng = np.random.default_rng(positive_int("seed", seed, least=0))
    tests: list[_Test] = []
    for k in range(most + 1):
        bulk = falling[k:]
        if noise is None:
            test = _test_against_draws(bulk, n, k, rate, draws, rng)
        else:
            test = _test_against_edge(bulk, n, noise, k, rate)
        tests.append(test)
        if test[0] > rate:
            break
    outliers = min(sum(value <= rate for value, _ in tests), most)
    return _fitted(falling, outliers, tests, n, noise, rate)


def _fitted(
    falling: Float64[np.ndarray, " m"],
    outliers: int,
    tests: list[_Test],
    n: int,
    noise: _Noise | None,
    rate: float,
) -> MarchenkoPasturFit:
    """Return the fit, after the tests have said how many eigenvalues are outliers."""
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
    # Noise of p dimensions has at most p eigenvalues above zero, so only as many are compared; the
    # trace of the rest is in the variance.
    compared = np.sort(bulk[: max(1, int(np.ceil(min(n_left, p_left))))])
    below = law.cdf(compared)
    empirical = np.arange(len(compared) + 1) / len(compared)
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
        distance=float(max((empirical[1:] - below).max(), (below - empirical[:-1]).max())),
        false_alarms=rate,
    )


def _test_against_edge(
    bulk: Float64[np.ndarray, " m"], n: int, noise: _Noise, k: int, rate: float
) -> _Test:
    """Test the largest eigenvalue of the bulk against the Tracy–Widom law, noise being known.

    The ratio r of the largest eigenvalue to the trace is independent of the trace T (of coloured
    noise nearly so), whose relative variance is 2/(np): averaging F_r over T gives F₁, so
    F_r = F₁ − (r²/np) F₁'' to first order.
    """
    n, all_samples = n - k, n
    variances, weights = noise.variances, noise.without(k)
    # Half a sample and half a dimension less give the edge of white noise to second order in 1/n,
    # so the law holds at tens of samples.
    limit = ColouredNoise(variances, n - 0.5, weights * (1 - 0.5 / weights.sum()))
    middle, width = ((n - 0.5) * each for each in limit.upper)
    freedom = n * (weights @ variances) ** 2 / (weights @ variances**2)

    def tail(x: float) -> float:
        """Return 1 − F_r, the p-value of a height x above the edge in units of its width."""
        cdf, curvature = tracy_widom(x)
        value = 1 - cdf + (middle / width + x) ** 2 / freedom * curvature
        return float(np.clip(value, 0, 1))

    unit = all_samples * bulk.sum() / (n * (weights @ variances))
    x = (all_samples * bulk[0] / unit - middle) / width
    highest = brentq(lambda point: tail(point) - rate, -4.0, 9.0)
    return tail(x), float((middle + width * highest) * unit / all_samples)


def _test_against_draws(
    bulk: Float64[np.ndarray, " m"],
    n: int,
    k: int,
    rate: float,
    draws: int,
    rng: np.random.Generator,
) -> _Test:
    """Test the largest eigenvalue of the bulk against drawn white noise, noise being unknown.

    σ² and p are estimated from the first two moments of the eigenvalues below the tested one. Drawn
    noise is treated likewise, so the error of the estimates is in the distribution it is compared
    with.
    """
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
    """Return the height of the largest eigenvalue above the edge, by the moments of those below."""
    p = _dimensions(trace, squares, n - 1) + 1
    middle, width = _centring(n, p)
    return (largest / trace * (n - 1) * (p - 1) - middle) / width


def _dimensions(trace: Any, squares: Any, n: int) -> Any:
    """Return p by the moments Σℓ and Σℓ² of the n eigenvalues of XXᵀ.

    For unit noise E Σℓ = np and E Σℓ² = np(n + p + 1), so n Σℓ²/(Σℓ)² − 1 is (n + 1)/p.
    """
    excess = np.maximum(n * squares / trace**2 - 1, (n + 1) / _MOST_DIMENSIONS)
    return np.maximum((n + 1) / excess, n)


def _centring(n: int, p: Any) -> tuple[Any, Any]:
    """Return the edge of XXᵀ with unit noise, and the width of the largest eigenvalue there.

    Johnstone's constants, with the halves that make them right to second order.
    """
    rows, columns = np.sqrt(n - 0.5), np.sqrt(p - 0.5)
    return (rows + columns) ** 2, (rows + columns) * (1 / rows + 1 / columns) ** (1 / 3)


def _falling(eigenvalues: Any, n: int) -> Float64[np.ndarray, " m"]:
    """Return the largest n eigenvalues, falling; at least three are above zero."""
    values = real_array("eigenvalues", eigenvalues)
    if values.ndim != 1:
        raise ArgumentError("eigenvalues", "shape (m,)", f"shape {values.shape}")
    falling = np.sort(values)[::-1][:n]
    scale = falling[0] if falling.size else 0.0
    noise = 1e-10 * scale  # rounding makes such numbers of zeros
    if not np.isfinite(falling).all() or (falling < -noise).any() or (falling > noise).sum() < 3:
        wanted = "at least three above 0, none below"
        raise ArgumentError("eigenvalues", wanted, shown(falling.tolist()))
    return np.maximum(falling, 0)


def _noise(dimension: Any) -> _Noise | None:
    """Return the noise that p or its variances stand for, or None where it is to be estimated."""
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
    """Return the rate of false alarms, which must be one that draws and the law can resolve."""
    if not is_real(false_alarms) or not 1e-4 <= false_alarms <= 0.5:
        raise ArgumentError("false_alarms", "a rate from 0.0001 to 0.5", shown(false_alarms))
    return float(false_alarms)
