"""Descent from a text comes ever closer to the flow of its counts, for all four losses."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import gradflow as gf
from experiments import ablation

pytestmark = pytest.mark.slow


def themes(documents=400, length=200, words=60, seed=0):
    """Documents on one of four themes of 8 to 20 words; half of all words are of no theme."""
    rng = np.random.default_rng(seed)
    sizes = np.array([20, 16, 12, 8])
    themes = np.split(np.arange(sizes.sum()), np.cumsum(sizes)[:-1])
    texts = []
    for _ in range(documents):
        theme = themes[rng.integers(4)]
        own = rng.random(length) < 0.5
        ids = np.where(own, rng.choice(theme, length), rng.integers(0, words, length))
        texts.append([f"w{i:02d}" for i in ids])
    return texts


@pytest.fixture(scope="module")
def results():
    return ablation.run(ablation.QUICK, gf.read_corpus(themes(), ablation.QUICK.vocab_size))


def test_descent_comes_closer_as_the_rate_falls_and_the_batch_grows(results):
    """Each halving of the rate with twice the batch should halve noise and bias alike."""
    errors = ablation.errors(results)
    assert (errors["values"].isel(rung=-1) < 0.5 * errors["values"].isel(rung=0)).all()
    assert (errors["values"].isel(rung=-1) < 0.05).all()
    steps = abs(errors["steps"].isel(rung=-1)).max("mode")
    assert (steps < 0.05).all()


def test_the_second_order_learns_when_sgns_does(results):
    """Plateaus differ by more than times do."""
    for weighting in ("", ", uniform"):
        exact = results["flow_step"].sel(loss="SGNS" + weighting)
        second = results["flow_step"].sel(loss="Taylor 2" + weighting)
        np.testing.assert_allclose(exact, second, rtol=0.05)


def test_the_flow_ends_at_the_eigenvalues(results):
    """Taylor 2 with uniform weighting ends at s_k² = λ_k, whatever text it was."""
    corpus = gf.read_corpus(themes(), ablation.QUICK.vocab_size)
    rates = gf.spectrum(gf.mstar(corpus.count(ablation.QUICK.window)), 2).eigenvalues
    ends = results["flow"].sel(loss="Taylor 2, uniform").isel(time=-1).values[:2] ** 2
    np.testing.assert_allclose(ends, rates, rtol=0.01)


def test_what_is_written_is_what_was_found(results, tmp_path):
    ablation.write(results, tmp_path / "out")
    with xr.open_dataset(tmp_path / "out" / "results.nc", engine="h5netcdf") as kept:
        np.testing.assert_array_equal(kept["descent"], results["descent"])
    rows = 4 * (1 + results.sizes["rung"])
    assert len(pd.read_csv(tmp_path / "out" / "table.csv")) == rows
    assert (tmp_path / "out" / "ablation.png").stat().st_size > 10_000


def test_without_a_text_there_is_one_line_of_error(monkeypatch):
    monkeypatch.setattr("sys.argv", ["ablation.py"])
    with pytest.raises(SystemExit, match=r"^ablation.py: --text FILE .*$"):
        ablation.main()
