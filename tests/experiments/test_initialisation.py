"""A tiny start learns one direction at a time, as theory says; a large one does not; ends agree."""

import numpy as np
import pytest

from gradflow.experiments import initialisation

pytestmark = pytest.mark.slow

EXPERIMENT = initialisation.EXPERIMENT

LARGE, SMALL = initialisation.QUICK.scales


def test_only_the_small_start_goes_in_steps(results):
    """Steps lie more than 1.5 rise times apart, as foreseen; of the large start within one."""
    measured = results["index"].sel(run=["word2vec", "QWEM"])
    assert (measured.sel(scale=SMALL) > 1.5).all()
    assert (measured.sel(scale=LARGE) < 0.7).all()
    qwem = results["index"].sel(run="QWEM")
    np.testing.assert_allclose(qwem, results["foreseen"], rtol=0.2)


def test_theory_is_that_of_small_starts(results):
    """QWEM within half a percent of it, ten times as far from a large one; word2vec when, too."""
    apart = initialisation.distance(results, "QWEM", "theory")
    assert float(apart.sel(scale=SMALL)) < 0.005
    assert float(apart.sel(scale=LARGE)) > 0.05
    steps = results["step"].sel(mode=slice(1, initialisation.QUICK.modes))
    errors = abs(steps.sel(run="word2vec") / steps.sel(run="theory") - 1).median("mode")
    assert float(errors.sel(scale=SMALL)) < 0.01
    assert float(errors.sel(scale=LARGE)) > float(errors.sel(scale=SMALL))


def test_the_small_start_learns_one_eigenvector_at_a_time(results):
    """Principal axis k is eigenvector k when mode k is half learned; mixed from a large start."""
    first = results["aligned"].sel(mode=slice(1, initialisation.QUICK.modes)).median("mode")
    assert (first.sel(scale=SMALL) > 0.98).all()
    assert (first.sel(scale=LARGE) < 0.8).all()


def test_both_starts_end_in_the_same_place(results):
    """Modes have the same size in the end, and the spans are shared but for the last of eight."""
    ends = results["singular_values"].isel(time=-1).astype(float)
    ends = ends.sel(run=["word2vec", "QWEM"])
    apart = abs(ends.sel(scale=LARGE) / ends.sel(scale=SMALL) - 1)
    assert float(apart.median("mode").max()) < 0.01
    assert float(apart.max()) < 0.05
    assert (results["same_end"] > 0.9).all()


def test_the_distance_of_curves_that_are_known(results):
    """A curve half as high is half away."""
    values = results["singular_values"]
    halved = results.assign(singular_values=values.where(values["run"] != "QWEM", 0))
    halved["singular_values"].loc[{"run": "QWEM"}] = values.sel(run="theory").values / 2
    np.testing.assert_allclose(initialisation.distance(halved, "QWEM", "theory"), 0.5, rtol=1e-6)


def test_the_figure_has_three_columns_and_two_rows(results, figures):
    panels = figures["initialisation"].axes
    lines = initialisation.QUICK.dim + initialisation.QUICK.modes
    assert [len(panel.lines) for panel in panels] == 6 * [lines]
    assert "both starts end" in initialisation.report(results)
