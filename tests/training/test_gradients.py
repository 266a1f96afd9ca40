"""Three ways to a gradient: compiled loops, XLA's scatter, and autodiff of the loss."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow.losses import TaylorSoftplus
from gradflow.losses._softplus import AbstractSoftplus, Softplus
from gradflow.problems import NCE, Contrastive, Taylor
from gradflow.targets import pair_weights
from gradflow.training import Cbow, PaperPairs, SkipGram, Word2vecPairs
from gradflow.training._arguments import make_setup
from gradflow.training._numba_gradients import HostGradient
from tests.training.problems import check_mean, short_documents

pytestmark = pytest.mark.slow

DIM = 3


@pytest.fixture(scope="module")
def short():
    return short_documents()


def embeddings(corpus, dtype=np.float64, scale=0.7):
    rng = np.random.default_rng(0)
    return rng.normal(0, scale, (2, corpus.vocab_size, DIM)).astype(dtype)


@pytest.mark.parametrize(
    ("kind", "contrast", "softplus", "dtype"),
    [
        (SkipGram, "negative-sampling", Softplus(), np.float32),
        (SkipGram, "negative-sampling", TaylorSoftplus(1), np.float64),
        (SkipGram, "negative-sampling", TaylorSoftplus(6), np.float32),
        (SkipGram, "nce", Softplus(), np.float64),
        (Cbow, "negative-sampling", Softplus(), np.float32),
        (Cbow, "negative-sampling", TaylorSoftplus(2), np.float64),
        (Cbow, "nce", Softplus(), np.float64),
    ],
)
def test_gradients_agree(short, kind, contrast, softplus, dtype):
    objective = kind(contrast, softplus)
    setup = make_setup(short, Word2vecPairs(3, negatives=2.5), objective, 64, 0, np.dtype(dtype))
    batch, offset = setup.source(0), jnp.asarray(setup.offset, dtype)
    w, c = embeddings(short, dtype)
    wanted = jax.grad(objective.loss, (0, 1))(*map(jnp.asarray, (w, c)), batch, offset)
    tolerance = {"rtol": 1e-4, "atol": 1e-6} if dtype == np.float32 else {"atol": 1e-14}
    by_xla = jax.jit(objective.gradients)(w, c, batch, offset)
    shape = w.shape
    untied = HostGradient(shape, np.dtype(dtype), softplus, setup.offset, tied=False)
    by_loops = untied(w, c, untied.plan(batch))
    for found in (by_xla, by_loops):
        for one, other in zip(found, wanted, strict=True):
            assert one.dtype == dtype
            np.testing.assert_allclose(one, other, **tolerance)
    tied = HostGradient(shape, np.dtype(dtype), softplus, setup.offset, tied=True)
    both = jax.grad(lambda w: objective.loss(w, w, batch, offset))(jnp.asarray(w))
    np.testing.assert_allclose(tied(w, w, tied.plan(batch))[0], both, **tolerance)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_share_rows_and_change_no_bit(short, monkeypatch, threads):
    monkeypatch.setattr("gradflow._parallel._WORTH_THREADS", 0)
    w, c = embeddings(short)
    for objective in (SkipGram(), Cbow()):
        setup = make_setup(short, Word2vecPairs(3), objective, 100, 0, np.dtype(np.float64))
        batch, found = setup.source(0), []
        for number in (1, threads):
            monkeypatch.setattr("gradflow._parallel.compiled_threads", lambda number=number: number)
            gradient = HostGradient(w.shape, w.dtype, Softplus(), setup.offset, tied=False)
            found.append([each.tobytes() for each in gradient(w, c, gradient.plan(batch))])
        assert found[0] == found[1]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("weighting", ["none", "uniform"])
@pytest.mark.parametrize("order", [None, 4])
def test_the_mean_gradient_is_that_of_the_full_loss(short, weighting, order, tied):
    """Tied gradients count both sides."""
    stats = short.count(4)
    softplus = Softplus() if order is None else TaylorSoftplus(order)
    options = {"weighting": weighting, "negatives": 2.0, "tied": tied}
    problem = Contrastive(stats, **options) if order is None else Taylor(stats, order, **options)
    w, c = embeddings(short)
    state = w if tied else np.concatenate([w, c])
    pairs = PaperPairs(4, weighting, 2.0, stats)
    setup = make_setup(short, pairs, SkipGram(softplus=softplus), 200, 0, np.dtype(np.float64))
    gradient = HostGradient(w.shape, w.dtype, softplus, setup.offset, tied)
    found, losses = [], []
    for step in range(150):
        batch = setup.source(step)
        parts = gradient(w, w if tied else c, gradient.plan(batch))
        found.append(parts[0].copy() if tied else np.concatenate(parts))
        sides = jnp.asarray(w), jnp.asarray(w if tied else c)
        losses.append(setup.objective.loss(*sides, batch, jnp.asarray(setup.offset)))
    check_mean(found, np.asarray(problem.gradient(jnp.asarray(state))))
    error = np.std(losses) / np.sqrt(len(losses))
    np.testing.assert_allclose(np.mean(losses), problem.loss(jnp.asarray(state)), atol=4 * error)


@pytest.mark.parametrize("log_partition", [0.0, np.float64(2.0)])
def test_the_mean_gradient_of_nce_is_that_of_its_full_loss(short, log_partition):
    stats, negatives = short.count(4), 2.0
    problem = NCE(stats, "none", negatives, tied=False, log_partition=log_partition)
    w, c = embeddings(short)
    objective = SkipGram("nce", log_partition=log_partition)
    pairs = PaperPairs(4, "none", negatives, stats)
    setup = make_setup(short, pairs, objective, 200, 0, np.dtype(np.float64))
    gradient = HostGradient(w.shape, w.dtype, Softplus(), setup.offset, tied=False)
    state = jnp.asarray(np.concatenate([w, c]))
    batches = [setup.source(step) for step in range(150)]
    found = [np.concatenate(gradient(w, c, gradient.plan(batch))) for batch in batches]
    check_mean(found, np.asarray(problem.gradient(state)))
    w, c = jnp.asarray(w), jnp.asarray(c)
    offset = jnp.asarray(setup.offset)
    losses = [objective.loss(w, c, batch, offset) for batch in batches]
    error = np.std(losses) / np.sqrt(len(losses))
    np.testing.assert_allclose(np.mean(losses), problem.loss(state), atol=4 * error)


def test_nce_has_the_noise_of_its_pairs(short):
    """q ∝ p^0.75, in the text as in the full loss of its counts."""
    pairs = Word2vecPairs(3, negatives=2.0)
    weights = pair_weights(short.count(3), pairs.weighting, 2.0)
    ours = SkipGram("nce", log_partition=1.0).offset(pairs.noise(short), 2.0)
    np.testing.assert_allclose(ours, np.log(2.0 * weights.noise) + 1.0)


def test_loops_know_the_softplus_and_its_series_only(short):
    class Other(AbstractSoftplus):
        def value(self, x):
            return x

        def slope(self, x):
            return x

    with pytest.raises(ValueError, match=r"^objective: wanted Softplus\(\) or .* got Other$"):
        HostGradient((7, 2), np.dtype(np.float64), Other(), np.zeros(7), tied=True)
