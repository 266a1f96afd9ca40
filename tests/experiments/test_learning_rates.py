"""Steps delay the flow by what linear growth says; noise goes as the rate over the batch."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import learning_rates
from gradflow.experiments.learning_rates import _draw, _run
from tests.experiments.themes import themes

pytestmark = pytest.mark.slow

EXPERIMENT = learning_rates.EXPERIMENT

QUICK = _run.QUICK


@pytest.fixture(scope="module")
def corpus():
    return gf.read_corpus(themes((20, 10), words=40), QUICK.vocab_size)


def test_descent_is_late_by_what_growth_in_steps_says(results):
    """Plain and with momentum; saturation is no linear growth, hence a few percent.

    Without the correction, plain descent would be off by 12 % and momentum by 120.
    """
    ratio = results["descent_step"] / results["flow_step"]
    assert float(abs(ratio / results["late"] - 1).max()) < 0.03
    assert float(ratio.min()) > 1.05


def test_descent_is_stable_as_long_as_the_curvature_at_the_minimum_allows(results, corpus):
    """The curvature, from all eigenvalues; momentum 0.9 allows 1.9/0.1 times the rate."""
    values, _ = gf.mstar(corpus.count(QUICK.window)).top_eigenpairs(corpus.vocab_size)
    wanted = 2 * values[0] / max(values[0], (values[0] - values[-1]) / 2)
    limits = results["limit_found"]
    assert float(limits.sel(beta_kind="plain")) == pytest.approx(wanted, rel=0.005)
    assert float(limits.sel(beta_kind="momentum")) == pytest.approx(19 * wanted, rel=0.005)


def test_negative_modes_can_set_the_limit():
    """With λ_V = −2λ₁ descent at the minimum is already unstable at 4/3λ₁, not 2/λ₁."""
    matrix = np.diag([1.0, 0.5, -2.0])
    problem = gf.Quadratic(gf.Target(matrix))
    start = np.diag([1.0, np.sqrt(0.5), 0.0])[:, :2]
    start[2, 0] = 1e-8
    sizes = []
    for rate in (1.30, 1.37):
        method = gf.Descent(_run.optimizer(rate, 0.0), 1.0)
        solution = gf.solve(problem, start, [0.0, 200.0], method=method, embeddings=True)
        sizes.append(abs(float(solution.embeddings[-1, 2, 0])))
    assert sizes[0] < 1e-8 < sizes[1]


def test_noise_goes_as_the_rate_over_the_batch(results):
    """Eight times the rate with eight times the batch: the same error, here within a factor of two;

    with the same batch it is several times larger. Colder runs meet the flow.
    """
    value = _draw.errors(results)["value"]
    same = [float(value.sel(batch=8, rate=0.5)), float(value.sel(batch=64, rate=4.0))]
    cold, hot = float(value.sel(batch=64, rate=0.5)), float(value.sel(batch=8, rate=4.0))
    assert max(same) < 2 * min(same)
    assert hot > 4 * max(same)
    assert cold < min(same)
    assert cold < 0.1


def test_cold_runs_step_when_the_flow_does_and_hot_ones_early(results):
    off = _draw.errors(results)["step"]
    assert float(abs(off.sel(batch=64, rate=0.5)).max()) < 0.05
    assert float(off.sel(batch=8, rate=4.0).min()) < -0.1


def test_levels_are_crossed_where_straight_lines_of_logarithms_are():
    """An error of 2x passes 0.1 at x = 0.05; pairs at one x are averaged; nan is left out."""
    x = np.array([0.01, 0.1, 0.1, 1.0])
    assert _draw.where_crossed(x, 2 * x, 0.1) == pytest.approx(0.05)
    assert _draw.where_crossed(x, np.array([0.02, 0.1, 0.4, np.nan]), 0.1) == pytest.approx(0.05)
    assert np.isnan(_draw.where_crossed(x, x / 100, 0.1)), "never"
    assert np.isnan(_draw.where_crossed(x, x * 100, 0.1)), "before the first"


def test_tables_and_figures_hold_every_run(results, figures):
    assert len(_draw.table(results)) == len(QUICK.rates) * len(QUICK.batches)
    runs = len(QUICK.paces) + len(QUICK.momentum_paces)
    assert len(_draw.descent_table(results)) == runs
    panels = figures["minibatches"].axes
    dots = [line for line in panels[0].lines if line.get_linestyle() == "None"]
    assert len(dots) == len(QUICK.rates) * len(QUICK.batches)
    assert len(figures["full_batch"].axes) == 3
