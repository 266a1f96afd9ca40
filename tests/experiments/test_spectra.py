"""Eigenvalues fall as a power of their rank, and the fit finds powers that are known."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import spectra
from tests.experiments.themes import themes

EXPERIMENT = spectra.EXPERIMENT


def test_the_fit_finds_a_known_power():
    """Exact where the law is; the misfit is that of one eigenvalue moved by a tenth."""
    values = 7.0 * np.arange(1, 301.0) ** -0.6
    alpha, factor, misfit = spectra.power_law(values, 10, 300)
    assert (alpha, factor) == pytest.approx((0.6, 7.0), rel=1e-12)
    assert misfit < 1e-12
    values[299] *= 1.1
    alpha, _, misfit = spectra.power_law(values, 10, 300)
    assert alpha == pytest.approx(0.6, abs=0.01)
    assert misfit == pytest.approx(np.log(1.1), abs=0.02)


def test_exponents_grow_with_the_corpus(results):
    """Counts thinned to a 64th, a 16th, a quarter: noise flattens all three, M* to less than half.

    Nowhere is a power of the rank off by more than a fifth, over ranks 10 to 200.
    """
    rising = results.sortby("tokens")
    assert (rising["exponent"].diff("case") > 0.02).all()
    assert (results["misfit"] < 0.2).all()
    few, many = (rising["exponent"].sel(target="M*")[case] for case in (0, -1))
    assert float(many / few) > 2


def test_eigenvalues_are_those_of_the_targets(results, wikipedia):
    """And half of those of M* and PMI are above zero."""
    stats = wikipedia.top(spectra.QUICK.words)
    wanted = gf.spectrum(gf.mstar(stats), 5).eigenvalues
    np.testing.assert_allclose(results["eigenvalue"].sel(target="M*")[0, :5], wanted, rtol=1e-10)
    assert (abs(results["positive"].sel(target=["M*", "PMI"]) - 0.5) < 0.05).all()


def test_a_text_gives_a_case_for_each_size_and_each_window():
    corpus = gf.read_corpus(themes((16, 12, 8), words=40))
    config = spectra.Config(
        words=30, every=(4, 1), windows=(2, 4), window=4, kept=12, fitted=(3, 10)
    )
    results = spectra.run(config, corpus)
    rows = spectra.table(results)
    assert list(rows["window"][::3]) == [4, 2, 4, 4]
    assert list(rows["made"][::3]) == [*["documents"] * 3, "thinned"]
    tokens = rows["tokens"][::3].tolist()
    assert 3.5 < tokens[1] / tokens[0] < 4.5
    assert tokens[3] == pytest.approx(tokens[1] / 4, abs=len(corpus.words))
    assert len(spectra.draw(results).axes) == 6
    lines = [axes.get_lines() for axes in spectra.draw_exponents(results).axes]
    assert [len(panel) for panel in lines] == [2, 2, 2]
