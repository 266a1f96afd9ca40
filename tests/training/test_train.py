"""Runs: they follow the flow, report what they hold, and end in the same bits however they ran."""

import hashlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gradflow._machine import compiled_threads
from gradflow.analysis import measure
from gradflow.corpus import read_corpus
from gradflow.dynamics import solve
from gradflow.initialisation import gaussian_init, word2vec_init
from gradflow.losses import TaylorSoftplus
from gradflow.methods import Overlaps, Snapshots, Status, imbalance
from gradflow.problems import Contrastive, Quadratic
from gradflow.targets import mstar
from gradflow.training import (
    Cbow,
    PaperPairs,
    SkipGram,
    Word2vecPairs,
    evaluation_loss,
    train,
)
from tests.training.problems import short_documents, topics

pytestmark = pytest.mark.slow

PAIRS = Word2vecPairs(3, negatives=2.0)


@pytest.fixture(scope="module")
def short():
    return short_documents()


@pytest.fixture(scope="module")
def four_topics():
    return read_corpus(topics())


def both(corpus, dim=3, dtype=None):
    keys = jax.random.split(jax.random.key(0))
    return tuple(gaussian_init(key, corpus.vocab_size, dim, 0.5, dtype) for key in keys)


def bits(run):
    arrays = [
        run.singular_values, run.loss, *run.snapshots.values(), run.state.embeddings,
        run.state.context if run.state.context is not None else 0.0,
    ]  # fmt: skip
    return [np.asarray(array).tobytes() for array in arrays]


def test_plain_descent_follows_the_gradient_flow(four_topics):
    """An update is η of the flow's time: at half the rate half the error, from 2 % downwards."""
    stats = four_topics.count(5)
    problem = Quadratic(mstar(stats))
    w0 = gaussian_init(jax.random.key(0), four_topics.vocab_size, 3, 0.05)
    times = np.linspace(0, 8, 9)
    flow = solve(problem, w0, times)
    errors = []
    for rate in (0.04, 0.02):
        run = train(
            four_topics, PaperPairs(5, "uniform", stats=stats), w0, np.rint(times / rate),
            optimizer=optax.sgd(rate), batch=8000, key=1, loss=problem,
            objective=SkipGram(softplus=TaylorSoftplus(2)), updates_per_unit_time=1 / rate,
        )  # fmt: skip
        np.testing.assert_allclose(run.times, times, rtol=1e-12)
        errors.append(np.abs(run.singular_values - flow.singular_values).max())
    size = np.max(flow.singular_values)
    assert errors[1] < 0.05 * size
    assert errors[1] < 0.75 * errors[0]


@pytest.mark.parametrize("backend", ["host", "xla"])
@pytest.mark.parametrize("kind", [SkipGram, Cbow])
def test_training_learns_topics(four_topics, kind, backend):
    """Words of one topic end near each other, and the loss falls."""
    pairs = Word2vecPairs(5, subsample=None, negatives=2.0)
    run = train(
        four_topics, pairs, word2vec_init(jax.random.key(0), 30, 4), [0, 150],
        optimizer=optax.adam(0.05), batch=500, key=0, objective=kind(), backend=backend,
    )  # fmt: skip
    assert run.loss[1] < 0.95 * run.loss[0]
    pmi = np.log(np.maximum(four_topics.count(5).pair_probabilities, 1e-9))
    p = four_topics.unigram_counts / four_topics.total_tokens
    pmi -= np.log(np.outer(p, p))
    w, c = run.state.embeddings, run.state.context
    scores = np.asarray(w @ c.T)
    off = ~np.eye(30, dtype=bool)
    assert np.corrcoef(scores[off], pmi[off])[0, 1] > 0.6


@pytest.mark.parametrize(
    ("objective", "tied", "dtype"),
    [(SkipGram("nce"), True, jnp.float64), (Cbow(), False, jnp.float32)],
)
def test_backends_give_the_same_numbers(short, objective, tied, dtype):
    w0 = both(short, dtype=dtype)
    runs = [
        train(
            short,
            PAIRS,
            w0[0] if tied else w0,
            [10, 20],
            optimizer=optax.sgd(0.5, momentum=0.9),
            batch=50,
            key=0,
            objective=objective,
            backend=backend,
        )
        for backend in ("host", "xla")
    ]
    tolerance = 2e-4 if dtype == jnp.float32 else 1e-11
    for name in ("singular_values", "loss"):
        first, second = (getattr(run, name) for run in runs)
        assert first.dtype == dtype
        np.testing.assert_allclose(first, second, rtol=tolerance)


@pytest.mark.parametrize("backend", ["host", "xla"])
def test_the_size_of_chunks_changes_no_bit(short, backend):
    schedule = optax.sgd(optax.linear_schedule(0.5, 0.1, 20))
    options = {"optimizer": schedule, "batch": 40, "key": 5, "backend": backend}
    runs = [
        bits(train(short, PAIRS, both(short), [0, 7, 20], chunk=chunk, **options))
        for chunk in (1, 4, 50)
    ]
    assert runs[0] == runs[1] == runs[2]


def trained_on_threads():
    """How many threads there are, and a digest of what they trained."""
    corpus = read_corpus(topics(30))
    w0 = gaussian_init(jax.random.key(0), 30, 30, 0.1, "float32")
    run = train(
        corpus, Word2vecPairs(3, negatives=2.0), w0, [20], optimizer=optax.sgd(0.5), batch=3000,
        key=1, loss=lambda w, c: 0.0,
    )  # fmt: skip
    return compiled_threads(), hashlib.sha256(run.state.embeddings.tobytes()).hexdigest()


def test_the_number_of_threads_changes_no_bit(run_python):
    code = "from tests.training.test_train import *; print(*trained_on_threads())"
    threads, digest = trained_on_threads()
    told = run_python(code, NUMBA_NUM_THREADS=str(threads + 1))
    assert told == f"{threads + 1} {digest}"


def stop_at(step):
    def progress(done, total):
        if done >= step:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("backend", ["host", "xla"])
@pytest.mark.parametrize("tied", [True, False])
def test_a_resumed_run_ends_in_the_same_bits(short, tmp_path, backend, tied):
    """Adam's moments, schedule, earlier results and snapshots included."""
    kept = Snapshots({"gram": lambda state: state.embeddings.T @ state.embeddings}, [0.0, 0.5, 2.0])

    def run(**more):
        return train(
            short, PAIRS, both(short)[0] if tied else both(short), [0, 3, 11, 20],
            optimizer=optax.adam(optax.cosine_decay_schedule(0.1, 20)), batch=30, key=2, chunk=4,
            snapshots=kept, updates_per_unit_time=10, embeddings=True, backend=backend, **more,
        )  # fmt: skip

    whole = run()
    folder = tmp_path / "run"
    for stop in (6, 11):  # after checkpoints at 5 and 10
        with pytest.raises(KeyboardInterrupt):
            run(checkpoint=folder, checkpoint_every=5, progress=stop_at(stop))
    resumed = run(checkpoint=folder, checkpoint_every=5)
    assert resumed.updates_taken == 10
    assert bits(resumed) == bits(whole)
    assert resumed.embeddings.tobytes() == whole.embeddings.tobytes()
    assert resumed.snapshot_updates.tolist() == [0, 5, 20]
    again = run(checkpoint=folder, checkpoint_every=5)
    assert again.updates_taken == 0
    assert np.isnan(again.updates_per_second)
    assert bits(again) == bits(whole)


def test_the_loss_is_that_of_the_state_that_was_kept(short):
    stats = short.count(4)
    problem = Contrastive(stats, "none", tied=False)
    w0, pairs = both(short), PaperPairs(4, stats=stats)
    options = {"optimizer": optax.sgd(0.3), "batch": 50, "key": 3, "embeddings": True}
    run = train(short, pairs, w0, [0, 5, 9], loss=problem, **options)
    for w, c, loss in zip(run.embeddings, run.context.embeddings, run.loss, strict=True):
        np.testing.assert_allclose(problem.loss(jnp.concatenate([w, c])), loss, rtol=1e-14)
    run = train(short, pairs, w0, [0, 5, 9], loss=lambda w, c: (w * c).sum(), **options)
    np.testing.assert_allclose(run.loss, (run.embeddings * run.context.embeddings).sum((1, 2)))
    run = train(short, pairs, w0[0], [0, 5, 9], **options)
    for w, loss in zip(run.embeddings, run.loss, strict=True):
        assert evaluation_loss(short, pairs, w, batch=50, key=3) == loss
    assert run.context is None
    wanted = np.linalg.svd(run.embeddings, compute_uv=False)
    np.testing.assert_allclose(run.singular_values, wanted, rtol=1e-12)


@pytest.mark.parametrize("backend", ["host", "xla"])
def test_what_a_snapshot_sees_does_not_change_under_it(short, backend):
    seen, copies, seen_times = [], [], []

    def look(state):
        seen.append(state)
        copies.append((np.array(state.embeddings), np.array(state.context)))
        seen_times.append(float(state.time))
        return state.embeddings[0]

    functions = {"look": look, "imbalance": imbalance, "overlaps": Overlaps(jnp.eye(7)[:, :2])}
    run = train(
        short, PAIRS, both(short), [4, 12], optimizer=optax.sgd(0.5), batch=30, key=0,
        snapshots=Snapshots(functions), updates_per_unit_time=2, embeddings=True, backend=backend,
    )  # fmt: skip
    assert seen_times == [2, 6]
    for state, (w, c) in zip(seen, copies, strict=True):
        np.testing.assert_array_equal(state.embeddings, w)
        np.testing.assert_array_equal(state.context, c)
    np.testing.assert_array_equal(run.snapshots["look"], run.embeddings[:, 0])
    assert run.snapshots["imbalance"].shape == (2, 3, 3)
    assert run.snapshots["overlaps"].shape == (2, 2, 3)


def test_a_run_holds_a_solution(short):
    """With everything that `solve` gives, and measured as that is."""
    kept = Snapshots({"first": lambda state: state.embeddings[0]}, [0.0, 2.0])
    run = train(
        short, PAIRS, both(short), [0, 4], optimizer=optax.sgd(0.5), batch=30, key=0,
        snapshots=kept, updates_per_unit_time=2,
    )  # fmt: skip
    solution = run.solution
    assert solution.status == Status.ok
    np.testing.assert_array_equal(solution.times, [0.0, 2.0])
    np.testing.assert_array_equal(solution.snapshot_times, [0.0, 2.0])
    np.testing.assert_array_equal(solution.snapshots["first"], run.snapshots["first"])
    assert run.context is solution.context
    np.testing.assert_allclose(solution(2.0), run.singular_values[1], rtol=1e-12)
    heights = run.singular_values[1] ** 2
    measured, again = (measure(one, plateaus=heights) for one in (run, solution))
    np.testing.assert_array_equal(measured.steps, again.steps)
    assert measured.context.steps.shape == (3,)


def test_progress_counts_updates_and_rates_are_told(short):
    told = []
    run = train(
        short, PAIRS, both(short), [5, 9], optimizer=optax.sgd(0.5), batch=30, key=0, chunk=4,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(4, 9), (5, 9), (9, 9)]
    assert run.updates_taken == 9
    assert 0 <= run.waiting <= 1
    assert run.updates_per_second > 0
    assert repr(run).startswith("Training(9 updates, 2 looked at, ")


def test_a_random_number_generator_in_the_optimiser_is_resumed(short, tmp_path):
    optimizer = optax.chain(optax.add_noise(0.1, 0.5, jax.random.key(3)), optax.sgd(0.1))
    options = {"optimizer": optimizer, "batch": 30, "key": 0}
    whole = train(short, PAIRS, both(short), [2, 8], **options)
    train(short, PAIRS, both(short), [2, 4], checkpoint=tmp_path, **options)
    resumed = train(short, PAIRS, both(short), [2, 4, 8], checkpoint=tmp_path, **options)
    assert resumed.updates_taken == 4
    np.testing.assert_array_equal(resumed.state.embeddings, whole.state.embeddings)
