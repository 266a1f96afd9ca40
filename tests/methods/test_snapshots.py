"""What is kept of a run beside singular values: right values, right times, every method."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gradflow as gf
from gradflow.methods._snapshots import embeddings_of

PROBLEM = gf.Quadratic(gf.Target(np.diag([4.0, 3.0, 2.0, 1.0, 0.0, -1.0])))
W0 = gf.gaussian_init(jax.random.key(0), 6, 2, 1e-2)
TIMES = np.array([0.0, 1.0, 3.0, 5.0])
METHODS = {
    "exact": gf.Exact(),
    "modes": gf.Modes(),
    "adaptive": gf.Adaptive(rtol=1e-9),
    "descent": gf.Descent(optax.sgd(1e-2), 100),
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def product(state):
    return state.embeddings @ state.embeddings.T


@every_method
def test_kept_at_other_times_is_what_a_run_to_there_ends_with(method):
    """Functions see the state of their own times, in order, and the clock."""
    own = [0.5, 3.0, 4.5]
    functions = {"product": product, "clock": lambda state: state.time}
    kept = gf.Snapshots(functions, own)
    found = gf.solve(PROBLEM, W0, TIMES, method=method, snapshots=kept).snapshots
    np.testing.assert_allclose(found["clock"], own, rtol=1e-14)
    assert found["product"].shape == (3, 6, 6)
    wanted = gf.solve(PROBLEM, W0, own, method=method, embeddings=True).embeddings
    np.testing.assert_allclose(found["product"], wanted @ wanted.mT, atol=1e-8)


@every_method
def test_kept_at_the_times_of_the_run_by_default(method):
    def squares(state):
        return jnp.linalg.norm(state.embeddings) ** 2

    solution = gf.solve(PROBLEM, W0, TIMES, method=method, snapshots=gf.Snapshots({"s": squares}))
    wanted = jnp.sum(solution.singular_values**2, axis=1)
    np.testing.assert_allclose(solution.snapshots["s"], wanted, rtol=1e-9)
    assert solution.embeddings is None


def test_overlaps_with_eigenvectors_turn_into_the_identity():
    """At the end the principal axes of W are the first eigenvectors."""
    spec = gf.spectrum(gf.Target(np.diag([4.0, 3.0, 2.0, 1.0, 0.0, -1.0])), 3)
    overlaps = gf.methods.Overlaps(jnp.asarray(spec.eigenvectors))
    kept = gf.Snapshots({"overlaps": overlaps}, times=[0.0, 40.0])
    found = gf.solve(PROBLEM, W0, [40.0], snapshots=kept).snapshots["overlaps"]
    np.testing.assert_allclose(found[1], np.eye(3)[:, :2], atol=1e-9)
    assert found[0].max() < 0.999
    np.testing.assert_allclose(found.sum(axis=1).max(), 1, atol=0.01)


def test_principal_axes_are_the_left_singular_vectors():
    """Those of NumPy's SVD of the kept embeddings, up to sign; at the end the eigenvectors."""
    functions = {
        "axes": gf.methods.PrincipalAxes(2),
        "first": gf.methods.PrincipalAxes(1),
        "w": embeddings_of,
    }
    kept = gf.Snapshots(functions, times=[0.0, 1.0, 40.0])
    found = gf.solve(PROBLEM, W0, [40.0], snapshots=kept).snapshots
    wanted = np.linalg.svd(found["w"], full_matrices=False)[0]
    assert found["axes"].shape == (3, 6, 2)
    np.testing.assert_allclose(abs(found["axes"].mT @ wanted), [np.eye(2)] * 3, atol=1e-9)
    np.testing.assert_allclose(found["first"], found["axes"][:, :, :1], atol=1e-14)
    np.testing.assert_allclose(abs(found["axes"][-1]), np.eye(6)[:, :2], atol=1e-9)


def test_principal_axes_of_fewer_words_than_dimensions():
    w = jax.random.normal(jax.random.key(0), (3, 5))
    axes = gf.methods.PrincipalAxes(3)(gf.methods.State(jnp.asarray(0.0), w))
    np.testing.assert_allclose(abs(axes.T @ np.linalg.svd(w)[0]), np.eye(3), atol=1e-12)


def test_embeddings_and_snapshots_together():
    kept = gf.Snapshots({"w": embeddings_of}, times=[2.0])
    solution = gf.solve(PROBLEM, W0, TIMES, snapshots=kept, embeddings=True)
    assert solution.embeddings.shape == (4, 6, 2)
    assert list(solution.snapshots) == ["w"]


def test_sweeps_keep_them_with_axes_of_their_own():
    kept = gf.Snapshots({"product": product, "size": lambda state: state.embeddings[0, 0] ** 2},
                        times=[0.0, 1.5])  # fmt: skip
    data = gf.sweep(PROBLEM, scales=[1e-2, 1e-3], seeds=2, dims=2, num_times=20, snapshots=kept)
    assert data["product"].dims == ("scale", "seed", "snapshot", "product_0", "product_1")
    np.testing.assert_array_equal(data.snapshot_t, [0.0, 1.5])
    assert data["size"].dims == ("scale", "seed", "snapshot")
    w0 = gf.gaussian_init(jax.random.key(1), 6, 2, 1e-3)
    alone = gf.solve(PROBLEM, w0, [1.5], embeddings=True).embeddings[0]
    found = data["product"].sel(scale=1e-3, seed=1).isel(snapshot=1)
    np.testing.assert_allclose(found, alone @ alone.T, rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gf.Snapshots({}), "functions: wanted a mapping from names to functions"),
        (lambda: gf.Snapshots({"a": 1}), r"functions\['a'\]: wanted a function of a State, got 1"),
        (lambda: gf.Snapshots({1: product}), "functions: wanted strings as names, got 1"),
        (lambda: gf.Snapshots({"a": product}, [2.0, 1.0]), "times: wanted rising numbers"),
        (lambda: gf.Snapshots({"a": product}, [-1.0]), "times: wanted rising numbers"),
        (lambda: gf.solve(PROBLEM, W0, [1.0], snapshots={"a": product}), "snapshots: wanted"),
        (
            lambda: gf.solve(PROBLEM, W0, [1.0], snapshots=gf.Snapshots({"a": product}, [2.0])),
            "snapshots: wanted times up to the last one of the run, 1, got 2",
        ),
        (
            lambda: gf.solve(PROBLEM, W0, [1.0], snapshots=gf.Snapshots({"embeddings": product})),
            "snapshots: wanted names that a solution does not use itself, got 'embeddings'",
        ),
        (
            lambda: gf.sweep(PROBLEM, [1e-2], 1, 2, snapshots=gf.Snapshots({"a": product})),
            "snapshots: wanted snapshots with times of their own",
        ),
        (lambda: gf.methods.PrincipalAxes(0), "modes: wanted an integer of at least 1, got 0"),
        (
            lambda: gf.solve(
                PROBLEM, W0, [1.0], snapshots=gf.Snapshots({"a": gf.methods.PrincipalAxes(3)})
            ),
            "modes: wanted at most 2, the axes that W has, got 3",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(make, message):
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        make()
