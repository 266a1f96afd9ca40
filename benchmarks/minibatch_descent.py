"""Steps a second of minibatch descent, beside the same estimator written in the plainest way.

    python benchmarks/minibatch_descent.py --text corpus.txt

The paper's estimator (karkada2025): V = 5,000, d = 100, 20,000 positive pairs a batch and as many
shuffled negatives, plain descent. "plain" draws its batches with NumPy and leaves gather, gradient
and scatter to JAX; "host" and "xla" are the two backends of `train`. They take turns, so that
whatever else the machine does slows all of them, and for the same reason the processor time of a
step is told. Without a text, one of 7 million words is made up, with Zipf's frequencies.
"""

import argparse
import functools
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus, read_corpus
from gradflow.training import PaperPairs, Training, Word2vecPairs, train

WINDOW, RATE = 16, 1e-8  # so small that the uniform weights, of size V², do no harm


def made_up_text(vocab_size: int, tokens: int, document: int = 500) -> TokenCorpus:
    """Independent words with Zipf's frequencies, in documents of equal length."""
    rng = np.random.default_rng(0)
    p = 1 / np.arange(1, vocab_size + 1)
    ids = rng.choice(vocab_size, tokens, p=p / p.sum()).astype(np.int32)
    ids[:vocab_size] = np.arange(vocab_size)
    counts = np.bincount(ids, minlength=vocab_size)
    flat = np.insert(ids, np.arange(document, tokens + 1, document), -1)
    words = tuple(f"w{i}" for i in range(vocab_size))
    return TokenCorpus(words, flat.astype(np.int32), counts, {"source": "made up"})


def plain_steps(
    corpus: TokenCorpus, stats: CooccurrenceStatistics, weighting: str, batch: int
) -> Callable[[jax.Array, jax.Array | None, int], None]:
    """The estimator in NumPy and JAX as a reader would write it first."""
    rng = np.random.default_rng(0)
    ids = corpus.ids
    document = np.cumsum(ids < 0)
    offsets = np.concatenate([np.arange(-WINDOW, 0), np.arange(1, WINDOW + 1)])
    near = WINDOW + 1 - np.abs(offsets)
    p, joint = stats.unigram_probabilities, stats.pair_probabilities
    marginal = joint.sum(axis=1)

    def draw() -> tuple[np.ndarray, np.ndarray]:
        pairs = np.empty((0, 2), np.int32)
        while len(pairs) < batch:
            word = rng.integers(0, len(ids), batch)
            other = word + rng.choice(offsets, batch, p=near / near.sum())
            there = (other >= 0) & (other < len(ids))
            word, other = word[there], other[there]
            good = (ids[word] >= 0) & (ids[other] >= 0) & (document[word] == document[other])
            pairs = np.concatenate([pairs, np.stack([ids[word], ids[other]], axis=1)[good]])
        return pairs[:batch, 0], pairs[:batch, 1]

    def weights(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        noise = p[i] * p[j]
        return 1 / (joint[i, j] + noise) if weighting == "uniform" else np.ones(len(i))

    def loss(parameters: tuple, i: jax.Array, j: jax.Array, m: jax.Array, a: jax.Array,
             b: jax.Array) -> jax.Array:  # fmt: skip
        w, c = parameters[0], parameters[-1]
        positive, noise = jnp.sum(w[i] * c[j], axis=1), jnp.sum(w[i] * c[m], axis=1)
        return jnp.mean(a * jax.nn.softplus(-positive) + b * jax.nn.softplus(noise))

    @jax.jit
    def step(parameters: tuple, *batch: jax.Array) -> tuple:
        _, gradient = jax.value_and_grad(loss)(parameters, *batch)
        return jax.tree.map(lambda leaf, g: leaf - RATE * g, parameters, gradient)

    def run(w: jax.Array, c: jax.Array | None, steps: int) -> None:
        parameters = (w,) if c is None else (w, c)
        for _ in range(steps):
            i, j = draw()
            m = rng.permutation(j)
            mend = p[i] * p[m] / (marginal[i] * marginal[m])
            psi = (weights(i, j), weights(i, m) * mend)
            parameters = step(parameters, i, j, m, *(jnp.asarray(each, w.dtype) for each in psi))
        jax.block_until_ready(parameters)

    return run


Cost = tuple[float, float]  # steps a second; milliseconds of processor time a step, all threads


def cost_of_training(learn: Callable[..., Training], steps: int) -> tuple[Cost, float]:
    """Without what is done once a run; and the share of time waited for batches."""
    begin = time.process_time()
    learn([0])
    middle = time.process_time()
    run = learn([steps])
    used = time.process_time() - middle - (middle - begin)
    return (run.updates_per_second, 1e3 * used / steps), run.waiting


def cost_of_plain(plain: Callable[[int], None], steps: int) -> Cost:
    """Return what a step costs where nothing is overlapped."""
    begin, used = time.perf_counter(), time.process_time()
    plain(steps)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    return steps / seconds, 1e3 * used / steps


def compare(corpus: TokenCorpus, options: argparse.Namespace) -> None:
    """A row for every estimator and precision."""
    stats = corpus.count(WINDOW)
    print(
        f"{'pairs':<10}{'weights':<9}{'':<8}{'dtype':<9}"
        + "".join(f"{way + '/s':>9}{'(cpu ms)':>9}" for way in ("host", "plain"))
        + f"{'xla/s':>9}"
        + f"{'ratio':>7}{'waiting':>9}"
    )
    cases = [("none", True), ("none", False), ("uniform", True), ("word2vec", False)]
    for weighting, tied in cases:
        for dtype in (jnp.float32, jnp.float64):
            row(corpus, stats, weighting, tied, dtype, options)


def row(
    corpus: TokenCorpus,
    stats: CooccurrenceStatistics,
    weighting: str,
    tied: bool,
    dtype: jnp.dtype,
    options: argparse.Namespace,
) -> None:
    """Rounds of each way in turn; the medians, without the first round, which compiles."""
    keys = jax.random.split(jax.random.key(0))
    w0, c0 = (gf.gaussian_init(k, corpus.vocab_size, options.dim, 0.1, dtype) for k in keys)
    start = w0 if tied else (w0, c0)
    paper = weighting != "word2vec"
    pairs = (
        PaperPairs(WINDOW, weighting, stats=stats)
        if paper
        else Word2vecPairs(WINDOW, negatives=1.0)
    )
    learn = functools.partial(
        train, corpus, pairs, start, optimizer=optax.sgd(RATE), batch=options.batch,
        loss=lambda w, c: 0.0, throw=False,
    )  # fmt: skip
    steps_of = plain_steps(corpus, stats, weighting, options.batch)
    plain = functools.partial(steps_of, w0, None if tied else c0)
    costs: dict[str, list[Cost]] = {"host": [], "xla": [], "plain": []}
    waiting: list[float] = []
    for key in range(options.rounds + 1):
        for way, share in (("host", 1), ("xla", 5)):
            run = functools.partial(learn, key=key, backend=way)
            cost, waited = cost_of_training(run, options.steps // share)
            costs[way].append(cost)
            waiting += [waited] if way == "host" else []
        if paper:
            costs["plain"].append(cost_of_plain(plain, options.steps // 10))
    nothing = (float("nan"), float("nan"))
    middle = {
        way: np.median(rows[1:], axis=0) if rows else np.array(nothing)
        for way, rows in costs.items()
    }
    print(
        f"{'paper' if paper else 'word2vec':<10}{weighting if paper else 'k = 1':<9}"
        f"{'tied' if tied else 'untied':<8}{np.dtype(dtype).name:<9}"
        + "".join(f"{rate:>9.1f}{cost:>9.1f}" for rate, cost in (middle["host"], middle["plain"]))
        + f"{middle['xla'][0]:>9.1f}"
        + f"{middle['host'][0] / middle['plain'][0]:>7.1f}{np.median(waiting[1:]):>9.0%}",
        flush=True,
    )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", help="a text file; else a made-up text")
    parser.add_argument("--vocab-size", type=int, default=5000)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=300, help="steps of one round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.text:
        corpus = read_corpus(options.text, options.vocab_size)
    else:
        corpus = made_up_text(options.vocab_size, 7_000_000)
    print(f"{corpus}, d = {options.dim}, {options.batch} positive pairs a batch")
    compare(corpus, options)


if __name__ == "__main__":
    main()
