"""The laws of noise: against quadrature, a self-consistent equation, simulation, tables."""

import numpy as np
import pytest
from scipy.integrate import quad

import gradflow as gf
from gradflow.evaluation import MarchenkoPastur
from gradflow.evaluation._coloured_noise import ColouredNoise
from gradflow.evaluation._tracy_widom import tracy_widom
from gradflow.evaluation._wishart import largest_and_moments

RATIOS = [0.1, 0.9, 1.0, 3.0, 40.0]


@pytest.mark.parametrize("ratio", RATIOS)
def test_density_integrates_to_one_and_its_integral_is_the_distribution(ratio):
    law = MarchenkoPastur(2.0, ratio)
    low, high = law.edges
    assert quad(law.density, low, high)[0] == pytest.approx(1, abs=1e-7)
    for share in (0.05, 0.5, 0.95):
        x = float(law.quantile(share))
        assert law.cdf(x) == pytest.approx(share, abs=1e-12)
        # From the upper edge: near the lower one the density is infinite at ratio 1.
        assert quad(law.density, x, high)[0] == pytest.approx(1 - share, abs=1e-7)
    assert law.cdf([low - 1, high + 1]) == pytest.approx([0, 1], abs=1e-14)
    assert law.density([low - 1, high + 1]).tolist() == [0, 0]


@pytest.mark.parametrize("ratio", RATIOS)
def test_density_solves_the_self_consistent_equation(ratio):
    """m(z) = 1/(σ²(1 − γ − γ z m) − z), solved by iteration next to the real axis, Im m/π."""
    law = MarchenkoPastur(1.5, ratio)
    points = law.quantile([0.2, 0.5, 0.8])
    z, m = points + 1e-3j, np.full(3, 1j)
    for _ in range(20_000):
        m = 0.9 * m + 0.1 / (1.5 * (1 - ratio - ratio * z * m) - z)
    # m is that of all p eigenvalues of XᵀX/n, of which min(1, n/p) are not zero.
    found = m.imag / np.pi / min(1.0, 1 / ratio)
    np.testing.assert_allclose(found, law.density(points), rtol=0.01)


@pytest.mark.parametrize("shape", [(600, 200), (200, 600)])
def test_it_is_the_law_of_a_large_random_matrix(shape):
    """Eigenvalues are rigid: their distribution is that of the law to a few times 1/200."""
    x = np.random.default_rng(0).standard_normal(shape) * 3
    found = np.linalg.svd(x, compute_uv=False)[::-1] ** 2 / shape[0]
    law = MarchenkoPastur(9.0, shape[1] / shape[0])
    assert abs(law.cdf(found) - (np.arange(200) + 0.5) / 200).max() < 0.02
    # Mean less three deviations of Tracy and Widom's law, in the widths of the two edges.
    np.testing.assert_allclose(found[0], law.edges[0], rtol=0.15)
    np.testing.assert_allclose(found[-1], law.edges[1], rtol=0.06)


@pytest.mark.parametrize("ratio", [0.2, 1.0, 5.0])
def test_coloured_noise_of_one_colour_is_white(ratio):
    """All of it in closed form on the other side; the grid's error is below 1e-3."""
    white = MarchenkoPastur(2.0, ratio)
    law = ColouredNoise(np.full(int(60 * ratio), 2.0), 60)
    np.testing.assert_allclose(law.edges, white.edges, rtol=1e-9, atol=1e-9)
    points = white.quantile([0.05, 0.5, 0.95])
    np.testing.assert_allclose(law.density(points), white.density(points), rtol=1e-5)
    np.testing.assert_allclose(law.cdf(points), [0.05, 0.5, 0.95], atol=1e-3)
    np.testing.assert_allclose(law.quantile([0.05, 0.5, 0.95]), points, rtol=5e-3)
    rows, columns = np.sqrt(60), np.sqrt(60 * ratio)
    width = 2 * (rows + columns) * (1 / rows + 1 / columns) ** (1 / 3) / 60
    assert law.upper[1] == pytest.approx(width, rel=1e-9), "Johnstone's scale"


@pytest.mark.parametrize("shape", [(300, 150), (150, 600)])
def test_coloured_noise_is_that_of_a_large_random_matrix(shape):
    n, p = shape
    variances = 1 / np.arange(1, p + 1) ** 0.5
    x = np.random.default_rng(9).standard_normal(shape) * np.sqrt(variances)
    found = np.linalg.svd(x, compute_uv=False)[::-1] ** 2 / n
    law = ColouredNoise(variances, n)
    assert abs(law.cdf(found) - (np.arange(150) + 0.5) / 150).max() < 0.03
    low, high = law.edges
    assert found[-1] == pytest.approx(high, abs=5 * law.upper[1])
    assert found[0] == pytest.approx(low, rel=0.1), "fluctuates on a narrower scale than that"
    assert law.density(high - law.upper[1] / 2) > 0, "up to the very edge"
    angle = np.linspace(0, np.pi, 400)
    x = (low + high - (high - low) * np.cos(angle)) / 2
    assert np.trapezoid(law.density(x), x) == pytest.approx(1, abs=1e-3)


def test_tracy_widom_has_the_published_moments_and_quantiles():
    """Mean and variance of F₁ to ten digits; quantiles as tabulated, to four."""
    cdf = lambda x: tracy_widom(x)[0]  # noqa: E731
    above, below = quad(lambda x: 1 - cdf(x), 0, 9)[0], quad(cdf, -10, 0)[0]
    mean = above - below
    assert mean == pytest.approx(-1.2065335745820, abs=1e-8)
    square = (
        2 * quad(lambda x: x * (1 - cdf(x)), 0, 9)[0] - 2 * quad(lambda x: x * cdf(x), -10, 0)[0]
    )
    assert square - mean**2 == pytest.approx(1.6077810345810, abs=1e-7)
    np.testing.assert_allclose(
        cdf(np.array([0.4501, 0.9793, 2.0234])), [0.9, 0.95, 0.99], atol=1e-4
    )


def test_second_derivative_is_that_of_the_distribution():
    x, step = np.linspace(-5, 4, 7), 1e-3
    (left, _), (here, curvature), (right, _) = (tracy_widom(x + s) for s in (-step, 0, step))
    np.testing.assert_allclose(curvature, (left - 2 * here + right) / step**2, atol=1e-5)


def test_drawn_spectra_are_those_of_random_matrices():
    """Means over 4,000 draws against 4,000 matrices, within four standard errors."""
    n, p, draws = 5, 9, 4000
    rng = np.random.default_rng(1)
    x = rng.standard_normal((draws, n, p))
    spectra = np.linalg.eigvalsh(x @ x.transpose(0, 2, 1))
    made = spectra[:, -1], spectra.sum(axis=1), (spectra**2).sum(axis=1)
    for drawn, wanted in zip(largest_and_moments(rng, draws, n, p), made, strict=True):
        error = np.hypot(drawn.std(), wanted.std()) / draws**0.5
        assert abs(drawn.mean() - wanted.mean()) < 4 * error
        assert drawn.std() == pytest.approx(wanted.std(), rel=0.1)


@pytest.mark.parametrize(
    ("variance", "ratio", "named"),
    [(0.0, 1.0, "variance"), (1.0, -1.0, "ratio"), (1.0, "x", "ratio")],
)
def test_bad_parameters_are_named(variance, ratio, named):
    with pytest.raises(gf.ArgumentError, match=f"^{named}: "):
        MarchenkoPastur(variance, ratio)


@pytest.mark.parametrize("variances", [[-1.0, 1.0], [0.0, 0.0], [[1.0]], [np.nan, 1.0]])
def test_bad_variances_are_named(variances):
    with pytest.raises(gf.ArgumentError, match=r"^variances: "):
        ColouredNoise(variances, 5)


@pytest.mark.parametrize("law", [MarchenkoPastur(1.0, 1.0), ColouredNoise([1.0, 2.0], 5)])
def test_bad_shares_are_named(law):
    with pytest.raises(gf.ArgumentError, match=r"^share: wanted numbers from 0 to 1"):
        law.quantile([0.5, 1.5])
