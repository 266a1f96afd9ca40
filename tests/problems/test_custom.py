"""Losses of one's own are the built-in ones where they say the same, on every side and method."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import gradflow as gf
from gradflow.problems import Custom
from gradflow.targets import pair_weights

SIZE, DIM, DECAY = 12, 3, 0.3
SIDES = pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])


def square(x, matrix):
    return jnp.sum((x - matrix) ** 2) / 8


def square_of_sides(*sides_and_matrix):
    *sides, matrix = sides_and_matrix
    return square(sides[0] @ sides[-1].T, matrix)


def decayed(w, c, matrix, strength):
    return square(w @ c.T, matrix) + strength * (jnp.sum(w**2) + jnp.sum(c**2)) / 2


def sgns(x, positive, negative):
    return jnp.sum(positive * jax.nn.softplus(-x) + negative * jax.nn.softplus(x))


@pytest.fixture(scope="module")
def stats(wikipedia):
    return wikipedia.top(SIZE)


@pytest.fixture(scope="module")
def matrix(stats):
    return gf.mstar(stats).todense()


def start(tied, scale=1e-2):
    init = gf.gaussian_init if tied else gf.balanced_init
    return init(jax.random.key(0), SIZE, DIM, scale)


def assert_same_problem(custom, wanted, size=0.7):
    """Loss, gradient and linearisation agree to rounding, at any state."""
    state = size * np.random.default_rng(0).normal(size=(wanted.rows, DIM))
    np.testing.assert_allclose(custom.loss(state), wanted.loss(state), rtol=1e-12)
    slope = np.asarray(wanted.gradient(jnp.asarray(state)))
    atol = 1e-12 * np.abs(slope).max()
    np.testing.assert_allclose(custom.gradient(jnp.asarray(state)), slope, atol=atol)
    matrix = wanted.linearisation.todense()
    atol = 1e-13 * np.abs(matrix).max()
    np.testing.assert_allclose(custom.linearisation.todense(), matrix, atol=atol)
    assert type(custom.linearisation) is type(wanted.linearisation)


@SIDES
@pytest.mark.parametrize("of", ["scores", "embeddings"])
def test_the_square_of_ones_own_is_the_quadratic_problem(matrix, tied, of):
    loss = square if of == "scores" else square_of_sides
    custom = Custom(loss, matrix, vocab_size=SIZE, of=of, tied=tied)
    assert_same_problem(custom, gf.Quadratic(matrix, tied=tied))


@SIDES
def test_negative_sampling_of_ones_own_is_the_contrastive_problem(stats, tied):
    weights = pair_weights(stats, "word2vec", 2.0)
    custom = Custom(sgns, weights.positive, weights.negative(), vocab_size=SIZE, tied=tied)
    wanted = gf.Contrastive(stats, "word2vec", 2.0, tied=tied)
    assert_same_problem(custom, wanted)
    times = np.linspace(0, 40 / wanted.linearisation.top_eigenpairs(1)[0][0], 6)
    for method in (gf.Adaptive(rtol=1e-9), gf.Stabilised(1e-6)):
        flows = [gf.solve(p, start(tied), times, method=method) for p in (custom, wanted)]
        values = [flow.singular_values for flow in flows]
        np.testing.assert_allclose(values[0], values[1], rtol=1e-7)
        np.testing.assert_allclose(flows[0].loss, flows[1].loss, rtol=1e-10)


def test_weight_decay_of_both_sides_shifts_every_rate(matrix):
    """L + ½s(‖W‖² + ‖C‖²) has N − 2s·1: not bipartite, and no built-in problem."""
    custom = Custom(decayed, matrix, DECAY, vocab_size=SIZE, of="embeddings", tied=False)
    plain = gf.Quadratic(matrix, tied=False).linearisation.todense()
    wanted = plain - 2 * DECAY * np.eye(2 * SIZE)
    np.testing.assert_allclose(custom.linearisation.todense(), wanted, atol=1e-12)
    solution = gf.solve(custom, start(False), [0.0, 5.0, 60.0])
    # At the end μ_k = s² + 4s on both sides, with μ_k = |λ_k| of M.
    largest = np.sort(np.abs(np.linalg.eigvalsh(matrix)))[::-1][:DIM]
    ends = np.maximum(largest - 4 * DECAY, 0)
    np.testing.assert_allclose(solution.singular_values[-1, 0] ** 2, ends[0], rtol=1e-6)


def test_every_method_that_integrates_follows_it(matrix):
    custom = Custom(square, matrix, vocab_size=SIZE)
    w0, times = start(True, 1e-1), np.linspace(0, 4, 6)
    wanted = gf.solve(gf.Quadratic(matrix), w0, times)
    for method, rtol in (
        (gf.Auto(), 1e-6),
        (gf.Stabilised(1e-6), 1e-5),
        (gf.Reduced(words=SIZE, rtol=1e-6), 1e-5),
        (gf.Descent(optax.sgd(1e-4), 1e4), 1e-2),
    ):
        flow = gf.solve(custom, w0, times, method=method)
        np.testing.assert_allclose(flow.singular_values, wanted.singular_values, rtol=rtol)
    with pytest.raises(gf.ArgumentError, match=r"^method: wanted one that integrates"):
        gf.solve(custom, w0, times, method=gf.Exact())


def test_one_compilation_serves_other_data(matrix):
    """A sweep over two targets of one loss traces it once more than its problems are made."""
    traced = []

    def loss(x, matrix, factor):
        traced.append(x)
        return factor * square(x, matrix)

    problems = {factor: Custom(loss, matrix, factor, vocab_size=SIZE) for factor in (0.5, 1.0, 2.0)}
    making, traced[:] = len(traced), []
    method = gf.Stabilised(1e-2)
    data = gf.sweep({0.5: problems[0.5]}, [1e-2], 2, DIM, method=method, num_times=8)
    once = len(traced)
    assert making > 0 < once
    both = {factor: problems[factor] for factor in (1.0, 2.0)}
    data = gf.sweep(both, [1e-2], 2, DIM, method=method, num_times=8)
    # Plans look at each problem on the host, eagerly; the lanes are compiled already.
    assert len(traced) <= 2 * once
    assert (data.status == 0).all()


@pytest.mark.parametrize(
    ("loss", "changes", "message"),
    [
        (3, {}, "loss: wanted a function that returns a number, got 3"),
        (
            lambda x: x,
            {},
            "loss: wanted a function (x, *data) that returns one real number",
        ),
        (lambda x, y: 0.0, {}, "loss: wanted a function (x, *data) that returns one real number"),
        (
            lambda w: jnp.sum(w**2),
            {"tied": False, "of": "embeddings"},
            "loss: wanted",
        ),
        (lambda x: jnp.sum(jnp.sqrt(x)), {}, "loss: wanted a function with finite derivatives at"),
        (
            lambda w: jnp.sum(w**4),
            {"of": "embeddings"},
            "loss: wanted a function that does not change when embeddings are rotated on the right",
        ),
        (lambda x: jnp.sum(x), {"of": "x"}, "of: wanted one of 'scores', 'embeddings', got 'x'"),
        (lambda x: jnp.sum(x), {"vocab_size": 0}, "vocab_size: wanted an integer of at least 1"),
        (lambda x: jnp.sum(x), {"words": ["a"]}, "words: wanted 4 words"),
    ],
)
def test_wrong_losses_are_refused_with_one_line(loss, changes, message):
    with pytest.raises(gf.ArgumentError) as caught:
        Custom(loss, **{"vocab_size": 4, **changes})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
