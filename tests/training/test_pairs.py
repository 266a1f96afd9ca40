"""What is drawn has, in expectation, exactly the counts of the same text."""

import itertools

import jax
import numpy as np
import pytest

from gradflow.corpus import read_corpus
from gradflow.targets import Word2vecWeighting, pair_weights
from gradflow.training import Cbow, PaperPairs, SkipGram, Word2vecPairs
from gradflow.training._arguments import make_setup
from tests.training.problems import check_mean, draw, pair_sums, short_documents

FLOAT = np.dtype(np.float64)


@pytest.fixture(scope="module")
def short():
    return short_documents()


def check_expectation(corpus, pairs, positive, negative):
    sums = [pair_sums(batch, corpus.vocab_size) for batch in draw(corpus, pairs)]
    check_mean([each[0] for each in sums], positive)
    check_mean([each[1] for each in sums], negative)


@pytest.mark.parametrize("weighting", ["none", "unigram", "uniform"])
@pytest.mark.parametrize("negatives", [1.0, 2.5])
def test_the_papers_batches_have_the_weights_of_the_full_loss(short, weighting, negatives):
    pairs = PaperPairs(4, weighting, negatives)
    wanted = pair_weights(short.count(4), weighting, negatives)
    check_expectation(short, pairs, wanted.positive, wanted.negative())


def test_the_edges_of_these_documents_do_matter(short):
    """Or the test above would pass without the weights that mend the marginals."""
    stats = short.count(4)
    marginal = stats.pair_probabilities.sum(axis=1)
    assert np.abs(marginal / stats.unigram_probabilities - 1).max() > 0.1


def test_sparse_and_dense_counts_weigh_alike(short, monkeypatch):
    pairs = PaperPairs(4, "uniform")
    dense = draw(short, pairs, number=1)[0]
    monkeypatch.setattr("gradflow.training._sources._DENSE_BYTES", 0)
    sparse = draw(short, PaperPairs(4, "uniform", stats=short.count(4)), number=1)[0]
    for one, other in zip(dense, sparse, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


@pytest.mark.parametrize("dynamic", [True, False])
@pytest.mark.parametrize("negatives", [2.0, 0.5])
def test_word2vec_pairs_without_subsampling(short, dynamic, negatives):
    pairs = Word2vecPairs(4, dynamic=dynamic, subsample=None, negatives=negatives)
    joint = short.count(4, "linear" if dynamic else "flat").pair_probabilities
    powers = short.unigram_counts**0.75
    noise = powers / powers.sum()
    check_expectation(short, pairs, joint, negatives * np.outer(joint.sum(axis=1), noise))


def test_word2vec_pairs_that_keep_places_have_the_weights_of_the_counts(short):
    pairs = Word2vecPairs(4, subsample=1e-2, closing=False, negatives=1.0)
    p = short.unigram_counts / short.total_tokens
    kept = np.minimum(1, np.sqrt(1e-2 / p) + 1e-2 / p)
    np.testing.assert_allclose(pairs.survival(short), kept, rtol=1e-13)
    positive = short.count(4).pair_probabilities * np.outer(kept, kept)
    positive /= positive.sum()
    noise = p**0.75 / (p**0.75).sum()
    check_expectation(short, pairs, positive, np.outer(positive.sum(axis=1), noise))


def every_survival(corpus, keep):
    """All ways to drop words of a small text: probability, and the documents that are left."""
    documents = [part for part in " ".join(map(str, corpus.ids)).split("-1") if part.strip()]
    ids = [[int(word) for word in part.split()] for part in documents]
    for document in ids:
        ways = []
        for survives in itertools.product([False, True], repeat=len(document)):
            chances = [
                keep[w] if s else 1 - keep[w] for w, s in zip(document, survives, strict=True)
            ]
            ways.append((np.prod(chances), list(itertools.compress(document, survives))))
        yield ways


@pytest.fixture(scope="module")
def tiny():
    return read_corpus([list("abcabdaab"), list("ba"), list("acbbad")])


def test_word2vec_pairs_as_word2vec_c_draws_them(tiny):
    """Words are dropped, then the window is laid: all ways of dropping, one by one."""
    pairs = Word2vecPairs(3, subsample=0.05, negatives=1.0)
    keep, size = pairs.survival(tiny), tiny.vocab_size
    assert keep.min() < 0.6
    wanted = np.zeros((size, size))
    for ways in every_survival(tiny, keep):
        for chance, left in ways:
            for i, j in itertools.permutations(range(len(left)), 2):
                wanted[left[i], left[j]] += chance * max(0, 4 - abs(i - j))
    wanted /= wanted.sum()
    noise = pairs.noise(tiny)
    check_expectation(tiny, pairs, wanted, np.outer(wanted.sum(axis=1), noise))


def test_windows_reach_over_long_gaps():
    """By the probabilities of how many of the words between two survive, place by place."""
    rng = np.random.default_rng(0)
    words = np.where(rng.random(150) < 0.9, "a", rng.choice(list("bcd"), 150)).tolist()
    corpus, window = read_corpus([words[:90], words[90:]]), 6
    pairs = Word2vecPairs(window, subsample=0.01, negatives=1.0)
    keep, wanted = pairs.survival(corpus), np.zeros((4, 4))
    assert keep.min() < 0.15
    for ids in (corpus.ids[:90], corpus.ids[91:151]):
        for centre, context in itertools.permutations(range(len(ids)), 2):
            between = ids[min(centre, context) + 1 : max(centre, context)]
            survivors = np.ones(1)
            for word in between:
                survivors = np.convolve(survivors, [1 - keep[word], keep[word]])[:window]
            weight = survivors @ (window - np.arange(len(survivors)))
            pair = ids[centre], ids[context]
            wanted[pair] += keep[pair[0]] * keep[pair[1]] * weight
    wanted /= wanted.sum()
    check_expectation(corpus, pairs, wanted, np.outer(wanted.sum(axis=1), pairs.noise(corpus)))


def test_windows_wider_than_documents(short):
    """Every pair of a document, about equally often."""
    pairs = Word2vecPairs(30, subsample=None, negatives=1.0)
    joint = short.count(30).pair_probabilities
    check_expectation(short, pairs, joint, np.outer(joint.sum(axis=1), pairs.noise(short)))


def test_none_and_infinity_keep_all_words(short):
    for subsample in (None, np.inf):
        pairs = Word2vecPairs(3, subsample=subsample)
        np.testing.assert_array_equal(pairs.survival(short), 1)
        assert pairs.weighting == Word2vecWeighting(subsample)


@pytest.mark.parametrize("subsample", [None, 0.05])
@pytest.mark.parametrize("dynamic", [True, False])
def test_windows_as_word2vec_c_draws_them(tiny, dynamic, subsample):
    """How often a word is in a window of so many words around another one."""
    pairs = Word2vecPairs(3, dynamic=dynamic, subsample=subsample)
    keep, size = pairs.survival(tiny), tiny.vocab_size
    wanted = np.zeros((7, size, size))
    widths = (1, 2, 3) if dynamic else (3,)
    for ways in every_survival(tiny, keep):
        for (chance, left), width in itertools.product(ways, widths):
            for i, centre in enumerate(left):
                around = left[max(0, i - width) : i] + left[i + 1 : i + 1 + width]
                for word in around:
                    wanted[len(around), centre, word] += chance / len(around)
    wanted /= wanted.sum()
    found = []
    for batch in draw(tiny, pairs, objective=Cbow()):
        centres = np.empty(400, int)
        chosen = batch.labels == 1
        centres[batch.rows[chosen]] = batch.cols[chosen]
        sizes = (batch.contexts >= 0).sum(axis=1)
        sums = np.zeros_like(wanted)
        for place in range(6):
            there = batch.contexts[:, place] >= 0
            at = (sizes[there], centres[there], batch.contexts[there, place])
            np.add.at(sums, at, 1 / (400 * sizes[there]))
        found.append(sums)
    check_mean(found, wanted)


def test_a_batch_depends_on_key_and_step_alone(short):
    for pairs, objective in [
        (PaperPairs(4), None),
        (Word2vecPairs(4), SkipGram()),
        (Word2vecPairs(4), Cbow()),
    ]:
        first, again, other = (
            make_setup(short, pairs, objective, 50, key, FLOAT).source for key in (3, 3, 4)
        )
        for step in (5, 0, 5, -1):
            for one, same in zip(first(step), again(step), strict=True):
                np.testing.assert_array_equal(one, same)
        assert (first(0).cols != first(1).cols).any()
        assert (first(0).cols != other(0).cols).any()


def test_any_random_key_will_do(short):
    """Typed keys, raw keys, whole numbers, NumPy's too."""
    drawn = [
        draw(short, PaperPairs(4), 20, 1, key=key)[0].cols.tolist()
        for key in (jax.random.key(1), jax.random.PRNGKey(1), 1, np.int64(1))
    ]
    assert drawn[0] == drawn[1] != drawn[2] == drawn[3]
