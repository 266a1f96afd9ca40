"""Lanes share one limit of BLAS threads, and give it back."""

import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from gradflow._parallel import let_any_thread_set_limits
from gradflow.dynamics import _batched_map
from gradflow.dynamics._batched_map import map_lanes
from gradflow.methods import Modes
from gradflow.problems import Quadratic
from gradflow.studies import sweep
from gradflow.targets import Target


def blas_threads():
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {pool["filepath"]: pool["num_threads"] for pool in pools}


@pytest.fixture
def two_threads():
    """A limit other than one, to see it come back."""
    limits = threadpool_limits(2, user_api="blas")
    let_any_thread_set_limits()
    yield blas_threads()
    limits.restore_original_limits()
    let_any_thread_set_limits()


@pytest.mark.parametrize("first_out", [0, 1])
def test_overlapping_sweeps_leave_the_threads_as_they_were(two_threads, first_out):
    """Both are inside before either leaves; the one that came first leaves first, or last."""
    problem = Quadratic(Target(np.diag([3.0, 2.0, 1.0])))
    inside = [threading.Event(), threading.Event()]
    leave = [threading.Event(), threading.Event()]

    def run(index):
        def progress(done, total):
            if done:
                inside[index].set()
                assert leave[index].wait(60)

        sweep(problem, [1e-2], 2, 2, times=[0.0, 1.0], method=Modes(), progress=progress)

    threads = [threading.Thread(target=run, args=(index,)) for index in (0, 1)]
    for index, thread in enumerate(threads):
        thread.start()
        inside[index].wait(60)
    within = set(blas_threads().values())
    for index in (first_out, 1 - first_out):
        leave[index].set()
        threads[index].join(60)
    assert within == {1}
    assert blas_threads() == two_threads


def test_a_failure_gives_the_threads_back(two_threads):
    def function(shared, lane):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        map_lanes(function, 0, np.arange(3), lanes_at_once=2)
    assert blas_threads() == two_threads


def test_other_devices_have_no_blas_to_limit(two_threads):
    with _batched_map._one_blas_thread({"gpu"}):
        assert blas_threads() == two_threads


def test_shared_arrays_are_put_on_the_devices_once(monkeypatch):
    seen = []
    run = _batched_map._run_chunk

    def noting(function, mesh, shared, chunk):
        seen.append(shared)
        return run(function, mesh, shared, chunk)

    monkeypatch.setattr(_batched_map, "_run_chunk", noting)
    found = map_lanes(
        lambda shared, lane: shared["a"] * lane,
        {"a": jnp.arange(3.0), "name": "kept"},
        np.arange(5),
        lanes_at_once=2,
    )
    np.testing.assert_array_equal(found, np.arange(5)[:, None] * np.arange(3.0))
    assert len(seen) >= 1
    assert all(shared["a"] is seen[0]["a"] for shared in seen)
    assert seen[0]["a"].sharding.device_set <= set(jax.local_devices())
