"""Stabilised steps: their coefficients, their tolerance, and agreement with other methods."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow._errors import ArgumentError
from gradflow.dynamics._solve import run_lane
from gradflow.methods import Stabilised, Status
from gradflow.methods._snapshots import embeddings_of
from gradflow.methods.stabilised._linear_phase import linear_phase_of
from gradflow.methods.stabilised._tableaus import MEMBERS, family

SIZE, DIM = 40, 4

# --- coefficients --------------------------------------------------------------------------------

# Trees up to order 4, by the vectors that their right-hand sides are: 1, c, c², Ac, ….
TREES = {
    "1": (lambda A, c: 1 + 0 * c, 1),
    "c": (lambda A, c: c, 1 / 2),
    "cc": (lambda A, c: c**2, 1 / 3),
    "Ac": (lambda A, c: A @ c, 1 / 6),
    "ccc": (lambda A, c: c**3, 1 / 4),
    "cAc": (lambda A, c: c * (A @ c), 1 / 8),
    "Acc": (lambda A, c: A @ c**2, 1 / 12),
    "AAc": (lambda A, c: A @ (A @ c), 1 / 24),
}
UP_TO_ORDER_3 = ("1", "c", "cc", "Ac")


def butcher(member):
    """A (s + 1, s + 1) with the weights as its last row, and the error weights (s + 1,)."""
    steps = len(member.euler)
    A = np.zeros((steps + 5, steps + 5))
    A[:, :steps] = np.tril(np.ones((steps + 5, steps)), -1) * member.euler
    rows, columns = np.tril_indices(5, -1)
    A[steps + rows, steps + columns] = member.finisher
    return A, np.concatenate([np.zeros(steps), member.error])


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: f"{len(member.euler) + 4}")
def test_members_are_of_order_4_with_an_error_of_order_3(member):
    A, error = butcher(member)
    c = A.sum(axis=1)
    for name, (vector, wanted) in TREES.items():
        assert A[-1] @ vector(A, c) == pytest.approx(wanted, abs=1e-12), name
    missed = {name: error @ vector(A, c) for name, (vector, _) in TREES.items()}
    assert all(abs(missed[name]) < 1e-11 for name in UP_TO_ORDER_3)
    assert abs(missed["ccc"]) > 1e-3


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: f"{len(member.euler) + 4}")
def test_members_damp_their_whole_interval(member):
    """R(z) is what a step does to dy/dt = zy; no partial result grows much either."""
    A, _ = butcher(member)
    for z in np.linspace(-member.reach, 0, 3001):
        inside = np.linalg.solve(np.eye(len(A)) - z * A, np.ones(len(A)))
        assert abs(inside[-1]) <= (0.501 if z < -1.05 else 1)
        assert np.abs(inside).max() < 1e3
    assert member.reach > 0.2 * (len(member.euler) + 4) ** 2


def test_padding_changes_nothing():
    padded = family(jnp.dtype(jnp.float64))
    assert (np.diff(padded.reach) > 0).all()
    for i, member in enumerate(MEMBERS):
        A, _ = butcher(member)
        np.testing.assert_allclose(padded.moments[i], A.sum(axis=1)[-5:], rtol=1e-13)
        assert padded.stages[i] == len(member.euler) + 4


# --- agreement -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stats(wikipedia):
    return wikipedia.top(SIZE)


def grid(problem, scale):
    """Twenty times, like everywhere here: compilations are what these tests wait for."""
    return gf.time_grid(gf.spectrum(problem.linearisation, DIM), scale, DIM, num=20)


def close(found, wanted, rtol):
    """Singular values, of C as well, and the loss."""
    np.testing.assert_allclose(found.singular_values, wanted.singular_values, rtol=rtol)
    np.testing.assert_allclose(found.loss, wanted.loss, rtol=rtol)
    if wanted.context is not None:
        close(found.context, wanted.context, rtol)


@pytest.mark.slow
@pytest.mark.parametrize("tied", [True, False])
def test_agrees_with_the_closed_form(stats, tied):
    problem = gf.Quadratic(gf.mstar(stats), tied=tied)
    draw = gf.gaussian_init if tied else gf.balanced_init
    for scale in (1e-1, 1e-6):
        start, times = draw(jax.random.key(0), SIZE, DIM, scale), grid(problem, scale)
        wanted = gf.solve(problem, start, times, method=gf.Exact())
        close(gf.solve(problem, start, times, method=Stabilised(rtol=1e-6)), wanted, 1e-5)


CASES = {
    "sgns, none": lambda stats: gf.Contrastive(stats, "none"),
    "sgns, word2vec, untied": lambda stats: gf.Contrastive(stats, "word2vec", 2.0, tied=False),
    "NCE": lambda stats: gf.NCE(stats, "unigram", log_partition=np.log(SIZE)),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_adaptive_steps(stats, case):
    problem = CASES[case](stats)
    start = gf.gaussian_init(jax.random.key(0), problem.rows, DIM, 1e-3)
    start = start if problem.tied else (start[:SIZE], start[SIZE:])
    fastest = problem.linearisation.top_eigenpairs(1)[0][0]
    times = np.linspace(0, 80 / fastest, 20)
    wanted = gf.solve(problem, start, times, method=gf.Adaptive(rtol=1e-9))
    assert wanted.singular_values[-1, 0] > 1e2 * wanted.singular_values[0, 0]
    found = gf.solve(problem, start, times, method=Stabilised(rtol=1e-6))
    close(found, wanted, 1e-5)
    assert found.evaluations < wanted.evaluations


# --- tolerance and cost --------------------------------------------------------------------------


@pytest.mark.slow
def test_errors_follow_the_tolerance(stats):
    """And the cost follows the order: a tolerance 100 times smaller, steps 100^(1/p) times shorter.

    The classical order is p = 4. On stiff problems, where a step is long against the decay of what
    has been learned, less shows, as single stages are of order 1 (order reduction; about 3.3 was
    measured). So p = 3 bounds the cost. Steps controlled as if of order 2 would fail: 10 times.
    """
    problem, scale = gf.Quadratic(gf.mstar(stats)), 1e-4
    start, times = gf.gaussian_init(jax.random.key(0), SIZE, DIM, scale), grid(problem, scale)
    wanted = gf.solve(problem, start, times).singular_values
    tolerances = (1e-4, 1e-6, 1e-8)
    found = [gf.solve(problem, start, times, method=Stabilised(rtol=rtol)) for rtol in tolerances]
    errors = np.array([np.abs(each.singular_values / wanted - 1).max() for each in found])
    assert (errors < 20 * np.array(tolerances)).all()
    assert (errors[1:] < errors[:-1] / 10).all()
    evaluations = [int(each.evaluations) for each in found]
    assert evaluations[2] < evaluations[1] * 100 ** (1 / 3)


def test_small_scales_cost_little_more(lane):
    """What lies between 1e-3 and 1e-12 is mostly plateaus."""
    problem, _, _, wide = lane
    start = gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1e-12)
    tiny = gf.solve(problem, start, grid(problem, 1e-12), method=Stabilised())
    assert tiny.evaluations < 2 * wide.evaluations


def test_the_first_plateau_costs_nothing(lane):
    problem = lane[0]
    values, vectors = problem.linearisation.top_eigenpairs(SIZE)
    start = np.asarray(gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1e-12))
    times = np.linspace(0, 35 / values[0], 20)
    found = gf.solve(problem, start, times, method=Stabilised())
    assert found.evaluations == 1
    states = np.exp(values * times[:, None] / 2)[:, :, None] * (vectors.T @ start)
    wanted = np.linalg.svd(states, compute_uv=False)
    np.testing.assert_allclose(found.singular_values[:, :2], wanted[:, :2], rtol=1e-9)


@pytest.mark.slow
def test_what_is_linear_stays_linear(stats):
    """A Taylor series of order 1 has no cubic term: its first plateau is all there is."""
    problem = gf.Taylor(stats, 1)
    assert np.isinf(Stabilised().plan(problem, DIM, 1.0).validity_radius)
    start = gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1.0)
    found = gf.solve(problem, start, np.linspace(0, 1, 20), method=Stabilised())
    assert found.evaluations == 1


def test_the_validity_radius_is_where_the_cubic_term_stops_the_linear_one():
    """For ⅛‖WWᵀ − M‖² that is λ₁ itself."""
    problem = gf.Quadratic(gf.Target(np.diag([300.0, 2.0, -1.0])))
    plan = Stabilised().plan(problem, 1, 1.0)
    assert float(plan.validity_radius) == pytest.approx(300.0, rel=1e-6)
    start = jnp.array([[1e-6], [0.0], [0.0]])
    exit_time = linear_phase_of(plan, start, 1e-4, jnp.asarray(1.0)).exit_time
    assert float(exit_time) == pytest.approx(np.log(1e-5 * 300 / 1e-12) / 300, rel=1e-9)


# --- the contract --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lane(stats):
    """A problem, a start, times and what comes of them."""
    problem = gf.Contrastive(stats, "uniform")
    start = gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1e-3)
    times = grid(problem, 1e-3)
    return problem, start, times, gf.solve(problem, start, times, method=Stabilised())


KEEP = gf.Snapshots({"weights": embeddings_of, "time": lambda state: state.time})


def test_a_rotated_start_changes_nothing(lane):
    """And what is reported of a time is of the state that is kept, in the frame of the start."""
    problem, start, times, wanted = lane
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(DIM, DIM)))[0]
    straight = gf.solve(problem, start, times, method=Stabilised(), snapshots=KEEP)
    turned = gf.solve(problem, start @ rotation, times, method=Stabilised(), snapshots=KEEP)
    close(straight, wanted, 1e-12)
    close(turned, wanted, 1e-8)
    weights = straight.snapshots["weights"]
    np.testing.assert_allclose(weights[0], start, atol=1e-17)
    np.testing.assert_allclose(turned.snapshots["weights"], weights @ rotation, atol=1e-7)
    np.testing.assert_allclose(straight.loss, jax.lax.map(problem.loss, weights), rtol=1e-12)
    values = np.linalg.svd(weights, compute_uv=False)
    np.testing.assert_allclose(straight.singular_values[:, 0], values[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(straight.snapshots["time"], times)


@pytest.mark.slow
def test_snapshots_have_times_of_their_own(lane):
    problem, start, times, wanted = lane
    own = np.array([0.0, times[4], (times[4] + times[5]) / 2, times[15]])
    kept = gf.Snapshots(KEEP.functions, own)
    found = gf.solve(problem, start, times, method=Stabilised(), snapshots=kept)
    np.testing.assert_array_equal(found.snapshots["time"], own)
    close(found, wanted, 1e-12)
    values = np.linalg.svd(found.snapshots["weights"], compute_uv=False)
    same = wanted.singular_values[np.array([0, 4, 15])]
    np.testing.assert_allclose(values[[0, 1, 3], 0], same[:, 0], rtol=1e-12)
    assert values[1, 0] < values[2, 0] < wanted.singular_values[5, 0]


@pytest.mark.slow
def test_vmap_is_a_loop(lane):
    problem, _, times, _ = lane
    method, times = Stabilised(), jnp.asarray(times)
    plan = method.plan(problem, DIM, float(times[-1]))
    starts = jax.vmap(lambda key: gf.gaussian_init(key, SIZE, DIM, 1e-3))(
        jax.random.split(jax.random.key(1), 3)
    )
    run = lambda start: run_lane(method, problem, plan, start, times)  # noqa: E731
    together = jax.vmap(run)(starts)
    assert len(set(np.asarray(together.evaluations).tolist())) > 1
    for i, start in enumerate(starts):
        alone = run(start)
        # Whether a substep is accepted may hang on rounding, which differs between the two.
        np.testing.assert_allclose(together.evaluations[i], alone.evaluations, rtol=0.1)
        np.testing.assert_allclose(
            together.singular_values[i], alone.singular_values, rtol=1e-9, atol=0
        )


@pytest.mark.slow
def test_gives_up_after_max_steps(lane):
    problem, start, times, wanted = lane
    found = gf.solve(problem, start, times, method=Stabilised(max_steps=5), throw=False)
    assert found.status == Status.too_many_steps
    seen = np.isfinite(np.asarray(found.loss))
    assert 0 < seen.sum() < times.size
    np.testing.assert_allclose(found.loss[seen], wanted.loss[seen], rtol=1e-12)


@pytest.mark.slow
def test_a_flow_that_leaves_for_infinity_ends_the_lane(stats):
    problem = gf.Taylor(stats, 4)
    start = gf.gaussian_init(jax.random.key(0), SIZE, DIM, 30.0)
    times = np.linspace(0, 50, 20)
    found = gf.solve(problem, start, times, method=Stabilised(), throw=False)
    assert found.status in (Status.not_finite, Status.too_many_steps)


@pytest.mark.parametrize("start", [np.zeros((SIZE, DIM)), np.ones((SIZE, DIM)) * 1e-3])
def test_starts_without_rank_are_followed(lane, start):
    problem, _, times, _ = lane
    found = gf.solve(problem, start, times, method=Stabilised(), throw=False)
    assert found.status == Status.ok
    assert (np.asarray(found.singular_values[:, 0]) > 0).all() == start.any()


@pytest.mark.slow
def test_float32_stays(lane):
    problem, start, times, wanted = lane
    found = gf.solve(problem, start.astype(jnp.float32), times, method=Stabilised())
    assert found.singular_values.dtype == found.loss.dtype == jnp.float32
    np.testing.assert_allclose(found.singular_values[:, 0], wanted.singular_values[:, 0], rtol=1e-3)


@pytest.mark.slow
def test_many_rows_start_without_an_eigenbasis(lane, monkeypatch):
    problem, start, times, wanted = lane
    monkeypatch.setattr("gradflow.methods.stabilised._linear_phase._MOST_ROWS", SIZE - 1)
    close(gf.solve(problem, start, times, method=Stabilised()), wanted, 1e-3)


@pytest.mark.parametrize("wrong", [{"rtol": 0.0}, {"max_steps": 0}])
def test_settings_are_checked(wrong):
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        Stabilised(**wrong)
