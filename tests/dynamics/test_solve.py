"""The verb itself: what it accepts, what it refuses, and that it may be traced."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.dynamics import solve
from gradflow.initialisation import gaussian_init
from gradflow.methods import Exact, Modes, Snapshots, Status
from gradflow.problems import Quadratic
from gradflow.targets import Target

PROBLEM = Quadratic(Target(np.diag([4.0, 3.0, 2.0, 1.0, 0.0, -1.0])))
TIMES = np.array([0.0, 1.0, 3.0, 5.0])
W0 = gaussian_init(jax.random.key(0), 6, 2, 1e-2)

METHODS = pytest.mark.parametrize(
    "method", [Modes(), pytest.param(Exact(), marks=pytest.mark.slow)], ids=["modes", "exact"]
)


def assert_same(found, wanted):
    np.testing.assert_allclose(found.singular_values, wanted.singular_values, rtol=1e-12)
    np.testing.assert_allclose(found.loss, wanted.loss, rtol=1e-12)
    np.testing.assert_array_equal(found.status, wanted.status)


@METHODS
def test_under_jit_it_gives_what_it_gives_outside(method):
    wanted = solve(PROBLEM, W0, TIMES, method=method)
    assert_same(jax.jit(lambda w0: solve(PROBLEM, w0, TIMES, method=method))(W0), wanted)
    closed_over = jax.jit(lambda: solve(PROBLEM, np.asarray(W0), TIMES, method=method))()
    assert_same(closed_over, wanted)
    assert_same(jax.jit(lambda: solve(PROBLEM, W0, TIMES, method=method))(), wanted)


@METHODS
def test_under_vmap_it_gives_what_it_gives_outside(method):
    starts = jnp.stack([W0, 2 * W0, W0[::-1]])
    many = jax.vmap(lambda w0: solve(PROBLEM, w0, TIMES, method=method))(starts)
    for index, start in enumerate(starts):
        lane = jax.tree.map(lambda leaf, at=index: leaf[at], many)
        assert_same(lane, solve(PROBLEM, start, TIMES, method=method))


def test_under_jit_nothing_is_raised():
    failed = jax.jit(lambda w0: solve(PROBLEM, w0, TIMES, method=Modes()))(W0 * jnp.nan)
    assert failed.status == Status.not_finite


def test_derivatives_are_forward_mode():
    def last(scale):
        return solve(PROBLEM, scale * W0, TIMES, method=Modes()).singular_values[-1]

    step = 1e-6
    wanted = (last(1 + step) - last(1 - step)) / (2 * step)
    np.testing.assert_allclose(jax.jacfwd(last)(1.0), wanted, rtol=1e-5)


def test_times_may_not_be_traced():
    wanted = r"^times: wanted numbers known before tracing, .*, got a traced array"
    for function in (
        lambda times: solve(PROBLEM, W0, times, method=Modes()),
        lambda times: solve(PROBLEM, W0, list(times), method=Modes()),
    ):
        with pytest.raises(ArgumentError, match=wanted):
            jax.jit(function)(jnp.asarray(TIMES))


def test_starts_that_miss_the_head_are_repeated_in_full():
    start = np.zeros((60, 1))
    start[40] = 1e-3
    problem = Quadratic(Target(np.diag(np.linspace(3.0, 1.0, 60))))
    exact = Exact()
    assert solve(problem, start, TIMES, method=exact).status == Status.ok


@pytest.mark.parametrize(
    ("w0", "got"),
    [
        (np.ones((6, 2), complex), "ndarray of dtype complex128"),
        (jnp.ones((6, 2), complex), "ArrayImpl of dtype complex128"),
        (np.full((6, 2), None), "ndarray of dtype object"),
        (None, "NoneType of dtype object"),
        ([["a", "b"]] * 6, "list of dtype <U1"),
        ([[1.0, 2.0]] * 5 + [[1.0]], "[[1.0, 2.0], [1.0, 2.0], "),
        ([[10**400, 1]] * 6, "list of dtype object"),
        (np.ones((6, 2), np.float16), "ndarray of dtype float16"),
        (jnp.ones((6, 2), jnp.bfloat16), "ArrayImpl of dtype bfloat16"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_starts_that_are_no_numbers_are_refused(w0, got):
    with pytest.raises(ArgumentError) as caught:
        solve(PROBLEM, w0, TIMES, method=Modes())
    assert str(caught.value).startswith(f"w0: wanted an array of float32 or float64, got {got}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"w0": np.ones((5, 2))}, "w0: wanted shape (V, d) with V = 6 and 1 ≤ d ≤ V, got shape (5"),
        ({"w0": np.ones(6)}, "w0: wanted shape (V, d)"),
        ({"w0": np.full((6, 2), np.nan)}, "w0: wanted finite entries, got nan or infinity"),
        ({"w0": np.full((6, 2), np.inf)}, "w0: wanted finite entries, got nan or infinity"),
        ({"times": ["0", "1"]}, "times: wanted an array of numbers, got ['0', '1']"),
        ({"times": [0.0, None]}, "times: wanted an array of numbers, got [0.0, None]"),
        ({"times": []}, "times: wanted shape (T,) with T ≥ 1, got shape (0,)"),
        ({"times": [-1.0]}, "times: wanted finite numbers of at least 0, got from -1.0"),
        ({"times": [1.0, 1.0]}, "times: wanted rising numbers, got 1 then 1"),
        (
            {"times": [1.0, 1 + 1e-9], "w0": np.ones((6, 2), np.float32)},
            "times: wanted rising numbers in float32, got 1 then 1.000000001",
        ),
        (
            {"times": [1.0, 1e300], "w0": np.ones((6, 2), np.float32)},
            "times: wanted finite numbers of at least 0",
        ),
        ({"embeddings": 1}, "embeddings: wanted True or False, got 1"),
        ({"embeddings": "no"}, "embeddings: wanted True or False, got 'no'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_arguments_are_refused_with_one_line(changes, message):
    arguments = {"problem": PROBLEM, "w0": W0, "times": TIMES, "method": Modes(), **changes}
    with pytest.raises(ArgumentError) as caught:
        solve(**arguments)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [int, bool, np.int8])
def test_whole_numbers_become_the_default_dtype(kind):
    found = solve(PROBLEM, np.eye(6, 2, dtype=kind), TIMES, method=Modes())
    assert found.singular_values.dtype == np.float64
    assert_same(found, solve(PROBLEM, np.eye(6, 2), TIMES, method=Modes()))


def test_numpy_truth_values_are_truth_values():
    assert solve(PROBLEM, W0, TIMES, method=Modes(), embeddings=np.False_).embeddings is None
    assert solve(PROBLEM, W0, TIMES, method=Modes(), embeddings=np.True_).embeddings.shape[0] == 4


@METHODS
@pytest.mark.parametrize("embeddings", [False, True])
def test_snapshots_have_their_times_in_a_dataset(method, embeddings):
    """Those of their own or those of the run; the embeddings that a solve keeps are none."""
    rows = {"row": lambda state: state.embeddings[0]}
    for own_times in ([0.0, 2.0], None):
        snapshots = Snapshots(rows, own_times)
        solution = solve(
            PROBLEM, W0, TIMES, method=method, snapshots=snapshots, embeddings=embeddings
        )
        data = solution.to_dataset()
        np.testing.assert_array_equal(data.snapshot_t, TIMES if own_times is None else own_times)
        assert data.row.dims == ("snapshot", "row_0")
        assert data.snapshot_t.attrs["long_name"] == "time of a snapshot"
    assert solve(PROBLEM, W0, TIMES, method=method).snapshot_times is None
