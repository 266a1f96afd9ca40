"""Untied embeddings: signs, the |M| limit, step times, and what their imbalance changes."""

import numpy as np
import pytest

from gradflow.experiments import input_output
from gradflow.experiments.input_output import _draw, _run
from gradflow.experiments.input_output._run import HALF

pytestmark = pytest.mark.slow

EXPERIMENT = input_output.EXPERIMENT

UNTIED = ["balanced", "word2vec", "small word2vec", "unequal"]
SMALL = ["balanced", "word2vec", "small word2vec"]


def test_modes_of_negative_eigenvalues_are_learned_with_opposite_signs(results):
    """u_kᵀC = sign(λ_k) u_kᵀW at the end, from every untied start; tied, they are not learned."""
    signs = np.sign(results["eigenvalue"])
    assert (signs < 0).sum() == 1
    cosines = results["mode_cosine"].sel(start=UNTIED)
    np.testing.assert_allclose(cosines, np.tile(signs, (4, 1)), atol=1e-3)
    last = results["share"].isel(time=-1)
    assert float(last.sel(start=SMALL).min()) > 0.999
    assert (abs(last.sel(start="tied").where(signs < 0, drop=True)) < 1e-6).all()


def test_both_gram_matrices_tend_to_the_absolute_value_of_the_target(results):
    """From a balanced start both are equally far from |M|_d, by what the last modes still lack."""
    near = results["limit"].sel(start=["balanced", "word2vec", "small word2vec"])
    assert float(near.max()) < 0.15
    balanced = near.sel(start="balanced")
    assert float(balanced[0]) == pytest.approx(float(balanced[1]), rel=1e-9)


def test_what_two_sides_differ_by_is_conserved(results):
    """WᵀW − CᵀC: to rounding by the closed form, to 1e-6 of the largest s² where integrated."""
    drift = results["drift"]
    assert float(drift.sel(start=["balanced", "unequal"]).max()) < 1e-12
    assert float(drift.sel(start=["word2vec", "small word2vec"]).max()) < 1e-6
    words, dim = _run.QUICK.words, _run.QUICK.dim
    imbalance = float(results["imbalance"].sel(start="word2vec"))
    assert imbalance == pytest.approx(words / (12 * dim**2), rel=0.1)
    assert float(results["spread"].sel(start="word2vec")) > 0.1, "but not a multiple of I"


def test_steps_are_those_of_both_starts_together_at_half_the_rate(results):
    """ "clusters" from [W₀; C₀]/2: 1e-7 balanced, 1e-5 small; 0.5 % at word2vec.c's own size.

    There the two sides step at different times, as λ/|λ_k| is a hundredth: C the later one.
    """
    errors = abs(results["predicted"].sel(rule="clusters") / results["steps"] - 1)
    assert float(errors.sel(start="balanced").max()) < 1e-7
    assert float(errors.sel(start="small word2vec").max()) < 1e-5
    assert 1e-4 < float(errors.sel(start="word2vec").max()) < 6e-3
    steps = results["steps"].sel(start="word2vec")
    assert (steps.sel(side="C") > steps.sel(side="W")).all()


def test_times_grow_with_the_imbalance_where_it_is_large(results):
    """Lazy: ten times λ is ten times later, exactly so in the limit, as λ_k²/λ is the rate."""
    middle = results["crossed"].isel(level=HALF).median("seed")
    lazy = middle.sel(relative=[1e2, 1e3])
    np.testing.assert_allclose(lazy[1] / lazy[0], 10.0, rtol=1e-3)
    assert float(middle.sel(relative=1e-2)[0]) < float(middle.sel(relative=1e-6)[0])


def test_tables_and_figures_show_every_start_and_every_imbalance(results, figures):
    assert list(_draw.by_start(results)["start"]) == ["tied", *UNTIED]
    assert len(_draw.by_imbalance(results)) == len(_run.QUICK.imbalances)
    panels = figures["learning"].axes
    assert [len(panel.lines) for panel in panels[3:]] == [2 * _run.QUICK.modes] * 3
    assert len(figures["imbalance"].axes) == 2, "no scores of so few words"
