"""Sweeps: the numbers of a loop over `solve`, one compilation, lanes that fail alone."""

import json
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.dynamics import solve, time_grid
from gradflow.dynamics._batched_map import map_lanes
from gradflow.initialisation import gaussian_init
from gradflow.methods import Adaptive, Exact, Modes, Status
from gradflow.problems import Quadratic, Taylor
from gradflow.studies import sweep
from gradflow.targets import Target, spectrum

TARGET = Target(np.diag([4.0, 3.0, 2.0, 1.0, 0.0, -1.0]))
PROBLEM = Quadratic(TARGET)
TIMES = np.array([0.0, 1.0, 3.0, 5.0])
SCALES, SEEDS = [1e-1, 1e-4, 1e-2], [0, 7, 3]


class CountingInit:
    """The Gaussian initialiser, counting how often it is traced.

    That is once a sweep, to see its shape, and once a compilation.
    """

    def __init__(self):
        self.traced = 0

    def __call__(self, *arguments):
        self.traced += 1
        return gaussian_init(*arguments)


def assert_is_the_loop(data, method, rtol):
    for scale in SCALES:
        for seed in SEEDS:
            w0 = gaussian_init(jax.random.key(seed), 6, 2, scale)
            alone = solve(PROBLEM, w0, TIMES, method=method)
            lane = data.sel(scale=scale, seed=seed)
            np.testing.assert_allclose(lane.singular_values, alone.singular_values, rtol=rtol)
            np.testing.assert_allclose(lane.loss, alone.loss, rtol=1e-12)
            np.testing.assert_allclose(lane.plateaus, alone.plateaus, rtol=1e-15)
            assert lane.status == Status.ok
            assert lane.evaluations == alone.evaluations


@pytest.mark.parametrize(
    "method",
    [
        Modes(),
        pytest.param(Exact(), marks=pytest.mark.slow),
        pytest.param(Adaptive(rtol=1e-6), marks=pytest.mark.slow),
    ],
    ids=["modes", "exact", "adaptive"],
)
def test_a_sweep_is_a_loop_of_solves(method):
    """Lanes land at their own scale and seed, nine of them in three chunks, the last one padded."""
    data = sweep(PROBLEM, SCALES, SEEDS, 2, times=TIMES, method=method, lanes_at_once=4)
    assert_is_the_loop(data, method, 1e-12)


@pytest.fixture(scope="module")
def modes_sweep():
    """Cheap to compile, with every label."""
    return sweep(PROBLEM, SCALES, SEEDS, 2, times=TIMES, method=Modes())


def test_axes_labels_and_units(modes_sweep):
    data = modes_sweep
    assert data.singular_values.dims == ("scale", "seed", "time", "mode")
    assert data.loss.dims == ("scale", "seed", "time")
    assert data.plateaus.dims == ("scale", "seed", "mode")
    assert data.status.dims == data.evaluations.dims == ("scale", "seed")
    assert data.t.dims == ("scale", "time")
    assert dict(data.sizes) == {"scale": 3, "seed": 3, "time": 4, "mode": 2, "rule": 1}
    np.testing.assert_array_equal(data.scale, SCALES)
    np.testing.assert_array_equal(data.seed, SEEDS)
    np.testing.assert_array_equal(data["mode"], [1, 2])
    np.testing.assert_array_equal(data.t, np.tile(TIMES, (3, 1)))
    assert data.singular_values.dtype == data.loss.dtype == np.float64
    assert data.t.attrs["units"]
    assert dict(zip(data.status.flag_values, data.status.flag_meanings.split(), strict=True)) == {
        int(status): status.name for status in Status
    }


def test_the_same_seed_draws_the_same_numbers_at_every_scale(modes_sweep):
    first = modes_sweep.singular_values.isel(time=0)
    np.testing.assert_allclose(
        first.sel(scale=1e-1) / 1e-1, first.sel(scale=1e-4) / 1e-4, rtol=1e-13
    )


def test_default_times_are_the_grid_of_each_scale():
    data = sweep(PROBLEM, SCALES, 1, 2, num_times=9, method=Modes())
    spec = spectrum(TARGET, 2)
    for scale in SCALES:
        grid = time_grid(spec, scale, 2, 9)
        np.testing.assert_allclose(data.t.sel(scale=scale), grid, rtol=1e-13)
    np.testing.assert_array_equal(data.seed, [0])


@pytest.mark.slow
def test_times_may_differ_by_scale():
    times = TIMES + np.array([0.0, 1.0, 2.0])[:, None]
    data = sweep(PROBLEM, SCALES, [0], 2, times=times, method=Modes())
    np.testing.assert_array_equal(data.t, times)
    later = sweep(PROBLEM, SCALES[2:], [0], 2, times=times[2], method=Modes())
    np.testing.assert_allclose(data.singular_values[2], later.singular_values[0], rtol=1e-14)


# --- compilation ---------------------------------------------------------------------------------


def test_one_compilation_serves_all_chunks_and_the_next_sweep():
    init = CountingInit()
    arguments = {"times": TIMES, "method": Modes(), "init": init, "lanes_at_once": 2}
    chunked = sweep(PROBLEM, SCALES, SEEDS, 2, **arguments)
    assert init.traced == 2
    sweep(PROBLEM, [1e-3, 1e-5], [1, 2, 8], 2, **{**arguments, "times": TIMES + 1})
    assert init.traced == 3, "other scales, seeds and times are no reason to compile"
    whole = sweep(PROBLEM, SCALES, SEEDS, 2, times=TIMES, method=Modes())
    np.testing.assert_allclose(chunked.singular_values, whole.singular_values, rtol=1e-14)
    np.testing.assert_allclose(chunked.loss, whole.loss, rtol=1e-14)


def test_one_compilation_serves_problems_of_one_kind_and_size():
    init = CountingInit()
    problems = {c: Quadratic(Target(c * TARGET.todense())) for c in (1.0, 2.0, 3.0)}
    sweep(problems, [1e-2], 1, 2, times=TIMES, method=Modes(), init=init)
    assert init.traced == 2


@pytest.mark.slow
def test_one_compilation_serves_closed_forms_with_other_constants(wikipedia):
    """The constant is a number of the plan: other k compile nothing, and each has its own loss."""
    init = CountingInit()
    problems = {k: Taylor(wikipedia.top(6), 2, negatives=k) for k in (1.0, 3.0)}
    data = sweep(problems, [1e-2], 1, 2, times=TIMES, init=init)
    assert init.traced == 2
    assert (data.evaluations == 0).all()
    w0 = gaussian_init(jax.random.key(0), 6, 2, 1e-2)
    for k, problem in problems.items():
        np.testing.assert_allclose(data.loss.sel(problem=k)[0, 0, 0], problem.loss(w0), rtol=1e-13)


@pytest.mark.parametrize("size", [1, 2, 5, 9, 50])
def test_the_chunk_size_changes_nothing(size):
    """Every lane once and in its place, whatever is left over for the last chunk."""
    lanes = {"a": np.arange(9.0), "b": np.arange(18).reshape(9, 2)}

    def function(shared, lane):
        return {"sum": shared * lane["a"] + lane["b"].sum(), "b": lane["b"]}

    seen = []
    found = map_lanes(
        function,
        jnp.asarray(10.0),
        lanes,
        lanes_at_once=size,
        progress=lambda *numbers: seen.append(numbers),
    )
    np.testing.assert_array_equal(found["sum"], 10 * lanes["a"] + lanes["b"].sum(axis=1))
    np.testing.assert_array_equal(found["b"], lanes["b"])
    assert seen == [(min(done, 9), 9) for done in range(0, 9 + size, size)]


def test_memory_limit_sets_the_chunk_size():
    init_lanes = []
    method = Modes()
    per_lane = method.bytes_per_lane(PROBLEM, 2, TIMES.size)
    sweep(
        PROBLEM,
        SCALES,
        SEEDS,
        2,
        times=TIMES,
        method=method,
        memory_limit=2 * per_lane,
        progress=lambda done, total: init_lanes.append(done),
    )
    assert init_lanes == [0, 2, 4, 6, 8, 9]


def test_progress_rises_to_the_end_over_all_problems():
    seen = []
    problems = {"one": PROBLEM, "two": PROBLEM}
    sweep(
        problems,
        SCALES,
        SEEDS,
        2,
        times=TIMES,
        method=Modes(),
        lanes_at_once=4,
        progress=lambda done, total: seen.append((done, total)),
    )
    done, totals = zip(*seen, strict=True)
    assert set(totals) == {18}
    assert list(done) == sorted(done)
    assert (done[0], done[-1]) == (0, 18)


# --- lanes that fail -----------------------------------------------------------------------------


def nan_at_large_scales(key, vocab_size, dim, scale, dtype):
    w0 = gaussian_init(key, vocab_size, dim, scale, dtype)
    return jnp.where(scale > 0.05, jnp.nan, w0)


@pytest.mark.parametrize(
    "method",
    [Modes(), pytest.param(Exact(), marks=pytest.mark.slow)],
    ids=["modes", "exact"],
)
def test_lanes_that_are_not_finite_are_marked_and_the_others_unharmed(method):
    arguments = {"times": TIMES, "method": method}
    data = sweep(PROBLEM, SCALES, SEEDS, 2, init=nan_at_large_scales, **arguments)
    np.testing.assert_array_equal(data.status.sel(scale=1e-1), Status.not_finite)
    np.testing.assert_array_equal(data.status.sel(scale=[1e-4, 1e-2]), Status.ok)
    whole = sweep(PROBLEM, SCALES, SEEDS, 2, **arguments)
    np.testing.assert_allclose(data.singular_values[1:], whole.singular_values[1:], rtol=1e-13)


@pytest.mark.slow
def test_lanes_that_run_out_of_steps_are_marked_and_the_others_unharmed():
    """A start of 0.1 has risen by then, which takes more steps than growing from 1e-8."""
    arguments = {"times": [0.0, 3.0], "lanes_at_once": 4}
    scales, enough = [1e-1, 1e-8], Adaptive(rtol=1e-6)
    whole = sweep(PROBLEM, scales, 2, 2, method=enough, **arguments)
    steps = whole.evaluations // 6
    limit = int(steps.sel(scale=1e-8).max())
    assert limit < steps.sel(scale=1e-1).min()
    tight = Adaptive(rtol=1e-6, max_steps=limit)
    data = sweep(PROBLEM, scales, 2, 2, method=tight, **arguments)
    np.testing.assert_array_equal(data.status.sel(scale=1e-1), Status.too_many_steps)
    np.testing.assert_array_equal(data.status.sel(scale=1e-8), Status.ok)
    np.testing.assert_allclose(data.singular_values[1], whole.singular_values[1], rtol=1e-13)


# --- several problems, measures ------------------------------------------------------------------


def test_several_problems_become_the_leading_axis():
    problems = {c: Quadratic(Target(c * TARGET.todense())) for c in (1.0, 2.0)}
    data = sweep(problems, [1e-2, 1e-3], 2, 2, times=TIMES, method=Modes())
    assert data.singular_values.dims == ("problem", "scale", "seed", "time", "mode")
    np.testing.assert_array_equal(data.problem, [1.0, 2.0])
    np.testing.assert_allclose(data.plateaus.sel(problem=2.0)[0, 0], [8, 6])
    for label, problem in problems.items():
        alone = sweep(problem, [1e-2, 1e-3], 2, 2, times=TIMES, method=Modes())
        np.testing.assert_allclose(
            data.singular_values.sel(problem=label), alone.singular_values, rtol=1e-14
        )


class Label(NamedTuple):
    """Of a problem, with two fields."""

    strength: float
    side: str


def labelled_problems(labels):
    make = {"tied": True, "untied": False}
    return {
        label: Quadratic(Target(label.strength * TARGET.todense()), tied=make[label.side])
        for label in labels
    }


@pytest.fixture(scope="module")
def of_both_sides():
    """Two strengths, both sides, two d: all that may vary."""
    labels = [Label(strength, side) for side in ("tied", "untied") for strength in (1.0, 2.0)]
    problems = labelled_problems(labels)
    return problems, sweep(problems, [1e-2], 2, [2, 3], times=TIMES, rules=("paper", "qr"))


@pytest.mark.slow
def test_fields_of_labels_become_axes_and_what_some_lack_is_nan(of_both_sides):
    """Lanes under their own labels; modes beyond a smaller d, contexts of tied ones are nan."""
    problems, data = of_both_sides
    assert data.measured.dims == ("strength", "side", "dim", "scale", "seed", "mode")
    assert data.predicted.dims == ("rule", *data.measured.dims)
    assert data.t.dims == ("strength", "side", "dim", "scale", "time")
    assert data.status.dtype.kind == "i"
    assert data.singular_values.sel(dim=2, mode=3).isnull().all()
    assert data.context_measured.sel(side="tied").isnull().all()
    assert np.isfinite(data.context_singular_values.sel(side="untied", mode=[1, 2])).all()
    for (strength, side), problem in problems.items():
        alone = sweep(problem, [1e-2], 2, 3, times=TIMES)
        lane = data.sel(strength=strength, side=side, dim=3)
        for name in ("singular_values", "loss", "plateaus", "measured"):
            np.testing.assert_allclose(lane[name], alone[name], rtol=1e-12)
        np.testing.assert_allclose(
            lane.predicted.sel(rule="qr"), alone.predicted.sel(rule="qr"), rtol=1e-12
        )


def test_a_field_of_one_value_is_a_scalar_coordinate():
    problems = labelled_problems([Label(1.0, "tied"), Label(2.0, "tied")])
    data = sweep(problems, [1e-2], 1, 2, times=TIMES, method=Modes())
    assert data.loss.dims == ("strength", "scale", "seed", "time")
    assert data.side.item() == "tied"
    assert data["dim"].item() == 2


def test_labels_that_are_no_product_stay_on_one_axis():
    """No lane is made up for a combination that nobody asked for."""
    problems = labelled_problems([Label(1.0, "tied"), Label(2.0, "tied"), Label(2.0, "untied")][:2])
    problems[Label(3.0, "other")] = PROBLEM
    data = sweep(problems, [1e-2], 1, 2, times=TIMES, method=Modes())
    assert data.loss.dims == ("problem", "scale", "seed", "time")
    np.testing.assert_array_equal(data.strength, [1.0, 2.0, 3.0])
    assert data.side.dims == ("problem",)


def test_steps_are_measured_and_predicted_without_asking():
    data = sweep(PROBLEM, [1e-4], 3, 2, method=Modes(), num_times=60)
    error = abs(data.predicted.sel(rule="qr") / data.measured - 1)
    assert float(error.max()) < 1e-10, "sigmoids from |R_kk| are what the rule describes"
    first = sweep(PROBLEM, [1e-4], 3, 2, method=Modes(), modes=1, rules=())
    assert first.measured.sel(mode=2).isnull().all()
    assert "predicted" not in first


def test_a_measure_may_take_the_place_of_the_steps():
    measure = {"measured": lambda solution, w0: 2.0 * jnp.ones(2)}
    data = sweep(PROBLEM, [1e-2], 1, 2, times=TIMES, method=Modes(), measure=measure)
    np.testing.assert_array_equal(data.measured, 2.0)


def test_data_say_where_they_come_from():
    """Settings, versions and dtype, in words that a netCDF file holds; the time is a coordinate."""
    data = sweep(PROBLEM, [1e-2], 2, 2, times=TIMES, method=Modes())
    assert data.attrs["dtype"] == "float64"
    assert data.attrs["method"].startswith("Modes(")
    assert json.loads(data.attrs["settings"])["seeds"] == [0, 1]
    assert json.loads(data.attrs["problems"]) == ["Quadratic, tied, V = 6, target"]
    assert json.loads(data.attrs["versions"])["gradflow"] == data.attrs["gradflow_version"]
    assert "t" in data.coords
    assert {"scale", "time"} == set(data.singular_values.coords["t"].dims)


@pytest.mark.slow
def test_embeddings_may_be_kept():
    """At the lane's own times, with words, and the ones whose singular values are reported."""
    target = Target(TARGET.todense(), words=list("abcdef"))
    data = sweep(Quadratic(target), [1e-1, 1e-2], 2, 2, num_times=8, embeddings=True)
    assert data.embeddings.dims == ("scale", "seed", "time", "word", "column")
    assert "".join(data.word.values) == "abcdef"
    values = np.linalg.svd(data.embeddings.values, compute_uv=False)
    np.testing.assert_allclose(values, data.singular_values, rtol=1e-10, atol=1e-14)


@pytest.mark.slow
def test_lanes_that_a_method_can_repair_are_followed_again():
    """A start without the first eigenvector fails the compressed form in one lane of two."""

    def init(key, vocab_size, dim, scale, dtype):
        w0 = gaussian_init(key, vocab_size, dim, scale, dtype)
        return jnp.where(scale < 1e-3, w0.at[0].set(0.0), w0)

    values = np.concatenate([[40.0, 30.0, 20.0], np.linspace(-1, 1, 61)])
    problem = Quadratic(Target(np.diag(values)))
    arguments = {"times": np.linspace(0, 2, 9), "init": init, "rules": ()}
    data = sweep(problem, [1e-2, 1e-4], 1, 2, **arguments)
    assert (data.status == Status.ok).all()
    full = sweep(problem, [1e-2, 1e-4], 1, 2, method=Exact(compress=False), **arguments)
    np.testing.assert_allclose(data.singular_values, full.singular_values, rtol=1e-9)


def test_measures_of_every_shape_are_labelled():
    measure = {
        "last_loss": lambda solution, w0: solution.loss[-1],
        "start": lambda solution, w0: jnp.sum(w0**2, axis=0),
        "drop": lambda solution, w0: solution.loss[0] - solution.loss,
        "squares": lambda solution, w0: solution.singular_values**2,
    }
    data = sweep(PROBLEM, SCALES, SEEDS, 2, times=TIMES, method=Modes(), measure=measure)
    axes = {"last_loss": (), "start": ("mode",), "drop": ("time",), "squares": ("time", "mode")}
    for name, inner in axes.items():
        assert data[name].dims == ("scale", "seed", *inner)
    np.testing.assert_allclose(data.last_loss, data.loss[..., -1], rtol=1e-14)
    np.testing.assert_allclose(data["drop"], data.loss.isel(time=0) - data.loss, rtol=1e-12)
    np.testing.assert_allclose(data.squares, data.singular_values**2, rtol=1e-15)
    w0 = gaussian_init(jax.random.key(7), 6, 2, 1e-4)
    np.testing.assert_allclose(
        data.start.sel(scale=1e-4, seed=7), np.sum(np.square(w0), axis=0), rtol=1e-13
    )


def test_a_measure_of_another_shape_is_refused():
    wanted = r"^measure\['w0'\]: wanted shape .* with d = 2 and T = 4, got shape \(6, 2\)$"
    with pytest.raises(ValueError, match=wanted):
        sweep(
            PROBLEM,
            [1e-2],
            1,
            2,
            times=TIMES,
            method=Modes(),
            measure={"w0": lambda solution, w0: w0},
        )


@pytest.mark.parametrize("value", [None, "text", [1.0]])
def test_a_measure_that_returns_no_array_is_refused(value):
    measure = {"mine": lambda solution, w0: value}
    with pytest.raises(ArgumentError) as caught:
        sweep(PROBLEM, [1e-2], 1, 2, times=TIMES, method=Modes(), measure=measure)
    assert str(caught.value) == f"measure['mine']: wanted an array, got {type(value).__name__}"


def test_each_problem_is_planned_for_its_own_last_time():
    """A target a hundred times slower, whose grid ends a hundred times later."""
    asked = []

    class Noting(Modes):
        def plan(self, problem, dim, last_time):
            asked.append(last_time)
            return super().plan(problem, dim, last_time)

    problems = {c: Quadratic(Target(c * TARGET.todense())) for c in (1.0, 0.01)}
    data = sweep(problems, SCALES, 1, 2, num_times=9, method=Noting())
    np.testing.assert_array_equal(asked, data.t.max(("scale", "time")))
    assert asked[1] > 50 * asked[0]


@pytest.mark.slow
def test_double_precision_is_refused_where_it_is_off(run_python):
    code = """
import gradflow as gf, numpy as np
problem = gf.Quadratic(gf.Target(np.eye(3)))
try:
    gf.sweep(problem, [0.1], 1, 2, dtype="float64")
except gf.ArgumentError as error:
    print(error)
"""
    wanted = "dtype: wanted float32, since jax_enable_x64 is off, got float64"
    assert run_python(code, JAX_ENABLE_X64="0") == wanted


@pytest.mark.slow
def test_single_precision_sweeps_give_single_precision():
    data = sweep(PROBLEM, [1e-2], 2, 2, times=TIMES, method=Modes(), dtype=jnp.float32)
    assert data.singular_values.dtype == data.loss.dtype == np.float32
    double = sweep(PROBLEM, [1e-2], 2, 2, times=TIMES, method=Modes())
    # float32 draws other random numbers: only plateaus can be compared.
    np.testing.assert_allclose(data.plateaus, double.plateaus, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scales": []}, "scales: wanted different numbers, at least one"),
        ({"scales": [0.1, 0.1]}, "scales: wanted different numbers, at least one"),
        ({"scales": [0.1, -1.0]}, "scales: wanted a finite number above 0, got -1.0"),
        ({"scales": [0.0]}, "scales: wanted a finite number above 0, got 0.0"),
        ({"scales": [np.nan]}, "scales: wanted a finite number above 0, got nan"),
        ({"seeds": 0}, "seeds: wanted an integer of at least 1, got 0"),
        ({"seeds": [1, 1]}, "seeds: wanted different whole numbers from 0"),
        ({"seeds": []}, "seeds: wanted different whole numbers from 0"),
        ({"seeds": [0, -1]}, "seeds: wanted different whole numbers from 0"),
        ({"seeds": [0.5]}, "seeds: wanted different whole numbers from 0"),
        ({"dims": 7}, "dims: wanted at most the vocabulary size 6, got 7"),
        ({"dims": 0}, "dims: wanted an integer of at least 1, got 0"),
        ({"problems": {}}, "problems: wanted at least one problem, got an empty mapping"),
        ({"problems": {"a": 1}}, "problem: wanted a gradflow problem, got int"),
        ({"method": "exact"}, "method: wanted a gradflow method"),
        ({"method": lambda problem: 1}, "method: wanted a function that returns a gradflow method"),
        ({"rules": "qr"}, "rules: wanted a sequence of rules, got 'qr'"),
        ({"rules": ["best"]}, "rules: wanted one of 'paper', 'row', 'qr', 'clusters', got 'best'"),
        ({"modes": 0}, "modes: wanted an integer of at least 1, got 0"),
        ({"stretch": 0.5}, "stretch: wanted at least 1, got 0.5"),
        ({"dims": [2, 2]}, "dims: wanted different integers, at least one"),
        ({"embeddings": 1}, "embeddings: wanted True or False, got 1"),
        ({"times": [1.0, 0.0]}, "times: wanted rising numbers, got 1 then 0"),
        ({"times": np.zeros((2, 2, 2))}, "times: wanted shape (T,) or (2, T), got shape (2, 2, 2)"),
        ({"times": np.ones((3, 4))}, "times: wanted shape (T,) or (2, T), got shape (3, 4)"),
        ({"memory_limit": 0}, "memory_limit: wanted an integer of at least 1, got 0"),
        ({"num_times": 3}, "num_times: wanted an integer of at least 8, got 3"),
        ({"scales": [[0.1], [0.2, 0.3]]}, "scales: wanted an array of numbers, got [[0.1], [0.2"),
        ({"scales": "0.1"}, "scales: wanted an array of numbers, got '0.1'"),
        ({"scales": [[0.1]]}, "scales: wanted numbers in one row, got shape (1, 1)"),
        ({"scales": [10**400]}, "scales: wanted an array of numbers, got [1000"),
        ({"seeds": [True]}, "seeds: wanted different whole numbers from 0"),
        ({"seeds": True}, "seeds: wanted an integer of at least 1, got True"),
        ({"seeds": [2**64]}, "seeds: wanted different whole numbers from 0"),
        ({"times": ["0", "1"]}, "times: wanted an array of numbers, got ['0', '1']"),
        (
            {"times": [[0.0], [1.0, 2.0]]},
            "times: wanted an array of numbers, got [[0.0], [1.0, 2.0",
        ),
        (
            {"times": [1.0, 1.0 + 1e-9], "dtype": "float32"},
            "times: wanted rising numbers in float32, got 1 then 1.000000001",
        ),
        ({"lanes_at_once": 0}, "lanes_at_once: wanted an integer of at least 1, got 0"),
        ({"lanes_at_once": -1}, "lanes_at_once: wanted an integer of at least 1, got -1"),
        ({"lanes_at_once": 1.5}, "lanes_at_once: wanted an integer of at least 1, got 1.5"),
        (
            {"lanes_at_once": 2, "memory_limit": -1},
            "memory_limit: wanted an integer of at least 1, got -1",
        ),
        ({"devices": []}, "devices: wanted different JAX devices, at least one, got []"),
        ({"devices": "cpu"}, "devices: wanted different JAX devices, at least one, got 'cpu'"),
        ({"devices": jax.devices()[:1] * 2}, "devices: wanted different JAX devices"),
        ({"dtype": "float16"}, "dtype: wanted float32 or float64, got float16"),
        ({"dtype": int}, "dtype: wanted float32 or float64, got int64"),
        ({"dtype": "half a byte"}, "dtype: wanted float32 or float64, got 'half a byte'"),
        ({"progress": True}, "progress: wanted a function (done, total), got True"),
        ({"measure": [len]}, "measure: wanted a mapping from names to functions, got [<"),
        ({"measure": {"loss": len}}, "measure: wanted names that a sweep does not use itself"),
        ({"measure": {1: len}}, "measure: wanted names that a sweep does not use itself, got 1"),
        ({"measure": {"a": 1}}, "measure['a']: wanted a function (solution, w0), got 1"),
        ({"init": 3}, "init: wanted a function (key, vocab_size, dim, scale, dtype), got 3"),
        ({"init": lambda *_: None}, "init: wanted an array (6, 2) of float64, got NoneType"),
        ({"init": lambda *_: "w"}, "init: wanted an array (6, 2) of float64, got TypeError("),
        (
            {"init": lambda *_: jnp.zeros((2, 6))},
            "init: wanted an array (6, 2) of float64, got (2, 6) of float64",
        ),
        (
            {"init": lambda *_: jnp.zeros((6, 2), jnp.float32)},
            "init: wanted an array (6, 2) of float64, got (6, 2) of float32",
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_arguments_are_refused_with_one_line(changes, message):
    arguments = {"problems": PROBLEM, "scales": [0.1, 0.2], "seeds": 1, "dims": 2, **changes}
    with pytest.raises(ArgumentError) as caught:
        sweep(**arguments)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_problems_of_different_size_are_refused():
    small = Quadratic(Target(np.eye(2)))
    with pytest.raises(ArgumentError, match=r"^problems: wanted problems of one vocabulary size"):
        sweep({"a": small, "b": PROBLEM}, [0.1], 1, 1, method=Modes())


def test_an_initialiser_for_both_sides_is_a_mapping():
    """One function cannot return an array and a pair."""
    problems = {"a": PROBLEM, "b": Quadratic(TARGET, tied=False)}
    with pytest.raises(ArgumentError, match=r'^init: wanted a mapping with "tied" and "untied"'):
        sweep(problems, [0.1], 1, 1, method=Modes(), init=gaussian_init)


# --- several devices -----------------------------------------------------------------------------

ON_EIGHT_DEVICES = """
import jax, jax.numpy as jnp, numpy as np
from gradflow.dynamics._batched_map import map_lanes
from gradflow.studies import sweep
from gradflow.methods import Adaptive, Exact
from gradflow.problems import Quadratic
from gradflow.targets import Target

assert len(jax.devices()) == 8
found = map_lanes(
    lambda shared, lane: jax.lax.axis_index("lane"), 0, np.arange(19), lanes_at_once=16
)
assert found.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 0, 0, 1], found
few = map_lanes(lambda shared, lane: jax.lax.axis_index("lane"), 0, np.arange(3), lanes_at_once=9)
assert few.tolist() == [0, 1, 2], few

random = np.random.default_rng(0)
matrix = random.normal(size=(12, 12))
problem = Quadratic(Target(matrix + matrix.T))
settings = dict(scales=[1e-1, 1e-3], seeds=9, dims=3, num_times=8)
one = sweep(problem, **settings, devices=jax.devices()[:1])
for method, rtol in ((Exact(), 1e-12), (Adaptive(rtol=1e-8), 1e-6)):
    seen = []
    report = lambda *numbers: seen.append(numbers)
    many = sweep(problem, **settings, method=method, progress=report, lanes_at_once=10)
    assert (many.status == 0).all()
    np.testing.assert_allclose(many.singular_values, one.singular_values, rtol=rtol)
    np.testing.assert_allclose(many.loss, one.loss, rtol=rtol)
    assert seen == [(0, 18), (16, 18), (18, 18)], seen
print("same on eight devices")
"""


@pytest.mark.slow
def test_eight_devices_share_the_lanes_and_agree_with_one(run_python):
    """Virtual CPU devices in a process of their own; a deadlock would run into the timeout."""
    flags = "--xla_force_host_platform_device_count=8"
    assert run_python(ON_EIGHT_DEVICES, XLA_FLAGS=flags) == "same on eight devices"
