"""The main job, small: what it holds, that it repeats, and what it refuses."""

import dataclasses

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import rank_increments

pytestmark = pytest.mark.slow

SETTINGS = rank_increments.QUICK.study  # of the study that tests share


@pytest.fixture(scope="module")
def stats(small_stats):
    return small_stats


@pytest.fixture(scope="module")
def study(small_study):
    return small_study


def test_every_step_is_measured_and_predicted(study):
    assert len(study.steps) == 3 * 2 * 8
    assert np.isfinite(study.steps.to_numpy(dtype=float)).all()
    assert (study.sweep.status == 0).all()


def test_measured_steps_are_those_of_a_single_solve(study, stats):
    import jax

    target = gf.mstar(stats)
    w0 = gf.gaussian_init(jax.random.key(1), 200, 12, 1e-4)
    times = study.sweep.t.sel(scale=1e-4).values
    alone = gf.measure_steps(gf.solve(gf.Quadratic(target), w0, times), modes=8)
    swept = study.sweep.measured.sel(scale=1e-4, seed=1).values[:8]
    np.testing.assert_allclose(swept, alone, rtol=1e-10)


def test_the_loss_falls_from_the_first_stair_to_the_last(study):
    loss, stairs = study.sweep.loss, study.shown.staircase.values
    np.testing.assert_allclose(loss.isel(time=0, scale=1), stairs[0], rtol=1e-6)
    np.testing.assert_allclose(loss.isel(time=-1), stairs[-1], rtol=1e-3)
    assert (loss.diff("time") <= 1e-9 * stairs[0]).all()


def test_the_lane_that_is_shown_is_predicted_from_its_own_start(study):
    """As the sweep predicts it inside the lane, from the W₀ that it drew itself."""
    scale, modes = study.settings.shown_scale, slice(1, study.settings.modes)
    swept = study.sweep.predicted.sel(rule="qr", scale=scale, seed=0, mode=modes)
    np.testing.assert_allclose(study.shown.predicted.sel(mode=modes), swept, rtol=1e-10)
    axes = study.embeddings.axis.values
    np.testing.assert_array_equal(study.embeddings.step, study.shown.predicted.sel(mode=axes))


def test_the_slices_are_a_point_a_line_and_a_cloud(study):
    size = study.embeddings.coordinates.std("word").values
    assert size[0].max() < 0.05 * size[2].max(), "a point"
    assert size[1, 1] < 0.3 * size[1, 0], "a line"
    assert size[2, 1] > 0.3 * size[2, 0], "a cloud"


def test_sgns_steps_come_when_the_eigenvalues_say(study):
    sgns = study.sgns
    assert int(sgns.status) == 0
    error = abs(sgns.predicted.sel(rule="qr") / sgns.measured - 1)
    assert float(error.median()) < 0.1
    assert (sgns.plateaus > 0).all()


def test_equal_settings_give_equal_numbers(study, stats):
    again = gf.study_rank_increments(stats, SETTINGS)
    np.testing.assert_array_equal(again.steps, study.steps)


def test_progress_begins_and_ends_every_phase(stats):
    calls = []
    settings = dataclasses.replace(SETTINGS, sgns_words=0)
    study = gf.study_rank_increments(stats, settings, lambda *call: calls.append(call))
    assert study.sgns is None
    for phase in ("spectrum", "sweep", "embeddings"):
        assert (phase, 0, 1) in calls
        assert (phase, 1, 1) in calls
        assert study.seconds[phase] > 0


def test_the_study_says_how_far_the_theory_applies(study, stats):
    """The report is the one that the settings would get by themselves."""
    settings = study.settings
    again = gf.validity_report(
        stats,
        negatives=settings.negatives,
        scales=settings.scales,
        dim=settings.dim,
        modes=settings.modes,
        target=gf.mstar(stats, settings.negatives),
    )
    assert study.validity.lines() == again.lines()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modes": 0}, "modes: wanted an integer of at least 1, got 0"),
        ({"dim": 0}, "dim: wanted an integer of at least 1, got 0"),
        ({"negatives": -1.0}, "negatives: wanted a finite number above 0, got -1.0"),
        ({"scales": (1e-2, -1e-3)}, "scales: wanted a finite number above 0, got -0.001"),
        ({"scales": ()}, r"scales: wanted different numbers, at least one, got \(\)"),
        ({"seeds": 0}, "seeds: wanted an integer of at least 1, got 0"),
        ({"num_times": 5}, "num_times: wanted an integer of at least 8, got 5"),
        ({"scales": (1e-2, 1e-2)}, r"scales: wanted different numbers, .*, got \(0.01, 0.01\)"),
        ({"scales": 0.0}, r"scales: wanted a finite number above 0, got 0.0"),
        ({"scales": "12"}, r"scales: wanted an array of numbers, got '12'"),
        ({"seeds": (0, 1)}, r"seeds: wanted an integer of at least 1, got \(0, 1\)"),
        ({"dim": 201}, "dim: wanted at most the vocabulary size 200, got 201"),
    ],
)
def test_bad_settings_are_one_line(stats, changes, message):
    fields = {name: getattr(SETTINGS, name) for name in SETTINGS.__dataclass_fields__}
    with pytest.raises(gf.ArgumentError, match=f"^{message}$"):
        gf.study_rank_increments(stats, gf.StudySettings(**fields | changes))


def test_what_are_no_settings_and_no_counts_are_refused(stats):
    with pytest.raises(gf.ArgumentError, match=r"^settings: wanted StudySettings, got dict$"):
        gf.study_rank_increments(stats, {"dim": 4})
    with pytest.raises(gf.ArgumentError, match=r"^stats: wanted co-occurrence statistics, got str"):
        gf.study_rank_increments("wikipedia-2k")


def test_fewer_dimensions_have_fewer_modes():
    """`--dim 20` alone is enough: the fifty modes of the default become twenty."""
    assert gf.StudySettings(dim=20).modes == 20
    assert gf.StudySettings(dim=20, modes=7).modes == 7
