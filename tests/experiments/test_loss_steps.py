"""The loss of QWEM falls when eigenvalues say and as far; that of word2vec then, but further."""

import jax
import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import loss_steps
from gradflow.experiments.loss_steps import _draw, _run

pytestmark = pytest.mark.slow

EXPERIMENT = loss_steps.EXPERIMENT


def test_qwem_goes_down_the_predicted_steps(results):
    """Times to 1e-4, heights to 5e-3 where modes rise together; Σλ²/8 but for overlaps."""
    qwem = {name: _draw.errors(results, name).sel(run="QWEM") for name in ("time", "height")}
    assert results.sizes["jump"] >= 6
    assert float(abs(qwem["time"]).max()) < 1e-2
    assert float(abs(qwem["height"]).median()) < 1e-2
    assert float(abs(qwem["height"]).max()) < 0.5
    clear = results["jump_height"].sel(run="QWEM") / results["stairs"] - 1
    assert float(abs(clear).median()) < 0.06


def test_steps_of_word2vec_come_at_the_same_times(results):
    """To one percent; they are higher every time, and all modes end above λ."""
    assert float(abs(_draw.errors(results, "time").sel(run="word2vec")).max()) < 1
    assert (_draw.errors(results, "height").sel(run="word2vec") > 0).all()
    word2vec = results.sel(run="word2vec")
    assert (word2vec["end"] > 1.05 * word2vec["eigenvalue"]).all()
    first = word2vec.isel(mode=slice(6))
    np.testing.assert_allclose(first["measured"], first["predicted"], rtol=0.02)
    assert (word2vec["loss"][-1] < results["loss"].sel(run="QWEM")[-1]).all()


def test_the_flow_in_the_span_of_the_first_modes_is_that_of_all(results, wikipedia):
    """From the whole start, with all eigenvectors: what was left out never mattered."""
    config = _run.QUICK
    problem = gf.Quadratic(gf.mstar(wikipedia.top(config.vocab_size)))
    w0 = gf.gaussian_init(jax.random.key(config.seed), config.vocab_size, config.dim, config.scale)
    every_mode = gf.solve(problem, w0, results["time"].values).singular_values
    ours = results["singular_values"].sel(run="QWEM")
    np.testing.assert_allclose(ours, every_mode, atol=1e-5 * float(ours.max()))


def test_words_are_a_point_then_a_line_then_a_cloud(results):
    """Spread on the second shown axis over that on the first, and of the first over its end."""
    spread = results["coordinates"].std("word")
    first, second = (spread.sel(axis=axis) for axis in _run.QUICK.axes)
    assert (first.sel(slice="point") < 1e-3 * first.sel(slice="cloud")).all()
    assert (second.sel(slice="line") < 0.01 * first.sel(slice="line")).all()
    assert (second.sel(slice="cloud") > 0.3 * first.sel(slice="cloud")).all()


def test_steps_of_a_curve_with_known_steps():
    """Two logistic falls, ten rises apart: at 1 and at 3, of heights 5 and 2."""
    times = np.geomspace(0.1, 10, 2000)
    loss = -5 / (1 + np.exp(-50 * (times - 1))) - 2 / (1 + np.exp(-50 * (times - 3)))
    edges, modes = _run.stretches(np.array([1.0, 3.0, 8.0]), np.full(3, 0.1), 0.1)
    assert modes == [(1, 1), (2, 2)]
    when, height = _run.jumps(times, loss, edges)
    np.testing.assert_allclose(when, [1, 3], rtol=1e-4)
    np.testing.assert_allclose(height, [5, 2], rtol=1e-4)


def test_modes_that_rise_together_are_one_step_of_the_loss():
    edges, modes = _run.stretches(np.array([1.0, 1.1, 3.0]), np.full(3, 0.5), 0.1)
    assert modes == [(1, 2)]
    assert edges[0] == 0.1
    assert 1.1 < edges[1] < 3


def test_the_report_counts_and_the_figures_show_both(results, figures):
    assert f"of {results.sizes['jump']} steps of the loss" in _draw.report(results)
    assert list(_draw.mode_table(results)["mode"]) == list(range(1, _run.QUICK.dim + 1))
    assert set(figures) == {"training", "qwem", "word2vec"}
    assert len(figures["training"].axes) == 4
