"""A solution is a function of time, and a file that gives back the same run."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

import gradflow as gf
from gradflow.methods._snapshots import embeddings_of
from gradflow.methods._solution import AbstractFlow

PROBLEM = gf.Quadratic(gf.Target(np.diag([4.0, 3.0, 2.0, 1.0, 0.0, -1.0])))
W0 = gf.gaussian_init(jax.random.key(0), 6, 2, 1e-2)
TIMES = np.linspace(0.0, 12.0, 121)
BETWEEN = np.array([3.3, 0.0, 7.7, 12.0])


@pytest.fixture(scope="module", params=["exact", "adaptive"])
def solution(request):
    method = {"exact": gf.Exact(), "adaptive": gf.Adaptive(rtol=1e-10)}[request.param]
    kept = gf.Snapshots({"first": lambda state: state.embeddings[0]}, times=[0.0, 4.0])
    return gf.solve(PROBLEM, W0, TIMES, method=method, embeddings=True, snapshots=kept)


def test_between_the_saved_times_it_is_what_a_solve_to_there_finds(solution):
    """Times in any order, alone and together, against singular values saved at those times."""
    order = np.argsort(BETWEEN)
    wanted = np.empty((4, 2))
    wanted[order] = gf.solve(PROBLEM, W0, BETWEEN[order]).singular_values
    np.testing.assert_allclose(solution(BETWEEN), wanted, rtol=1e-7)
    np.testing.assert_allclose(solution(3.3), wanted[0], rtol=1e-7)
    np.testing.assert_allclose(solution(TIMES[-1]), solution.singular_values[-1], rtol=1e-10)


def test_it_may_be_traced(solution):
    """Inside jit and vmap the values are the same, and nan outside of the saved times."""
    jitted = eqx.filter_jit(lambda run, t: run(t))(solution, jnp.asarray(BETWEEN))
    np.testing.assert_allclose(jitted, solution(BETWEEN), rtol=1e-12)
    mapped = jax.vmap(solution)(jnp.asarray(BETWEEN))
    np.testing.assert_allclose(mapped, solution(BETWEEN), rtol=1e-12)
    assert np.isnan(jax.jit(lambda t: solution(t))(jnp.asarray([-1.0, 12.5]))).all()


def test_a_mode_that_is_absent_is_zero_and_a_failed_flow_is_nan():
    absent = gf.solve(PROBLEM, np.eye(6)[:, :2] * [1e-3, 0.0], TIMES, throw=False)
    np.testing.assert_allclose(absent(BETWEEN)[:, 1], 0, atol=1e-300)
    failed = eqx.tree_at(lambda s: s.flow, absent, Nowhere())
    assert np.isnan(failed(BETWEEN)).all()


class Nowhere(AbstractFlow):
    def log_squared(self, time):
        return jnp.full(2, jnp.nan)


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (12.5, "t: wanted times from 0 to 12, the first and last of the solution, got 12.5"),
        ([1.0, -1.0], "t: wanted times from 0 to 12, the first and last of the solution, got -1"),
        (np.nan, "t: wanted times from 0 to 12, the first and last of the solution, got nan"),
        ([[1.0]], r"t: wanted one time, or times of shape \(T',\), got shape \(1, 1\)"),
        ("late", "t: wanted an array of numbers, got 'late'"),
    ],
)
def test_other_times_are_refused(time, message):
    run = gf.solve(PROBLEM, W0, TIMES, method=gf.Modes())
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        run(time)


def test_the_dataset_is_labelled(solution):
    data = solution.to_dataset(words=list("abcdef"))
    assert data.singular_values.dims == ("time", "mode")
    np.testing.assert_array_equal(data.t, TIMES)
    assert data.t.attrs["units"] == "gradient-flow time, dW/dt = -dL/dW"
    assert data.embeddings.sel(word="c").sizes == {"time": 121, "axis": 2}
    np.testing.assert_array_equal(data["first"], solution.snapshots["first"])
    assert data.status.attrs["meaning"] == "reached the last time"
    with pytest.raises(gf.ArgumentError, match=r"^words: wanted 6 words"):
        solution.to_dataset(words=["a"])


def test_saved_and_loaded_it_is_the_same_run(solution, tmp_path):
    """The same arrays to the bit; between them what interpolation costs (below 1e-7)."""
    solution.save(tmp_path / "run.nc")
    loaded = gf.Solution.load(tmp_path / "run.nc")
    for name in ("times", "singular_values", "loss", "status", "plateaus", "embeddings"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(solution, name))
    np.testing.assert_array_equal(loaded.snapshots["first"], solution.snapshots["first"])
    assert list(loaded.snapshots) == ["first"]
    np.testing.assert_allclose(loaded(BETWEEN), solution(BETWEEN), rtol=1e-7)
    np.testing.assert_allclose(gf.measure_steps(loaded), gf.measure_steps(solution), rtol=1e-7)
    with xr.open_dataset(tmp_path / "run.nc") as data:
        np.testing.assert_array_equal(data.singular_values, solution.singular_values)


def test_both_sides_are_saved(tmp_path):
    problem = gf.Quadratic(gf.Target(np.diag([4.0, 3.0, 2.0])), tied=False)
    start = gf.balanced_init(jax.random.key(0), 3, 2, 1e-2)
    kept = gf.Snapshots({"w": embeddings_of})
    solution = gf.solve(problem, start, TIMES, embeddings=True, snapshots=kept)
    assert "of W and C" in repr(solution)
    solution.save(tmp_path / "run.nc")
    loaded = gf.Solution.load(tmp_path / "run.nc")
    np.testing.assert_array_equal(loaded.context.embeddings, solution.context.embeddings)
    np.testing.assert_allclose(loaded.context(BETWEEN), solution.context(BETWEEN), rtol=1e-5)
    assert list(loaded.snapshots) == ["w"]


def test_what_is_no_solution_is_refused(solution, tmp_path):
    path = tmp_path / "run.nc"
    with pytest.raises(gf.DataError, match=r"^path: wanted a netCDF file, got no file '"):
        gf.Solution.load(path)
    xr.Dataset({"a": 1}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(gf.DataError, match=r"^path: wanted a file that Solution.save wrote"):
        gf.Solution.load(path)
    solution.save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(gf.DataError, match=r"^path: wanted an undamaged netCDF file"):
        gf.Solution.load(path)
    with pytest.raises(gf.DataError, match=r"^path: wanted a path in an existing folder"):
        solution.save(tmp_path / "nowhere" / "run.nc")


def test_it_shows_itself_in_one_line():
    run = gf.solve(PROBLEM, W0, TIMES, method=gf.Modes())
    assert repr(run) == "Solution(121 times from 0 to 12, d = 2, reached the last time)"
    shown = []
    jax.vmap(lambda t: shown.append(repr(eqx.tree_at(lambda s: s.status, run, t))))(jnp.arange(2))
    assert shown[0].startswith("Solution(traced or batched")
