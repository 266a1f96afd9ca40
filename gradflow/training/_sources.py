"""Where batches come from: `source(update)` is the same whenever and wherever it is called."""

import abc
import math

import numpy as np

from gradflow._errors import ArgumentError, DataError
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.training._batch import Batch, PairBatch, WindowBatch, sorted_pairs
from gradflow.training._pairs import AbstractPairs, PaperPairs, Word2vecPairs

EVALUATION = -1  # the update whose batch is set aside for evaluation

_DENSE_BYTES = 1 << 28


class AbstractSource(abc.ABC):
    """Draws the batch of any update."""

    @abc.abstractmethod
    def __call__(self, update: int) -> Batch:
        """Return the batch of an update, in host memory."""


def make_source(
    corpus: TokenCorpus, pairs: AbstractPairs, windows: bool, batch: int, seed: int, dtype: np.dtype
) -> AbstractSource:
    """Return a source of `batch` positive pairs an update, or of windows for CBOW.

    Raises:
        ArgumentError: These pairs do not make windows, or the batch is too small to be shuffled.
        DataError: The text has no two words beside each other.
    """
    _check_has_pairs(corpus)
    if isinstance(pairs, Word2vecPairs):
        draws = _Word2vecDraws(corpus, pairs, batch, seed, dtype)
        return _WindowSource(draws, pairs.window) if windows else _PairSource(draws)
    if not isinstance(pairs, PaperPairs):
        raise ArgumentError("pairs", "Word2vecPairs or PaperPairs", type(pairs).__name__)
    if windows:
        raise ArgumentError("pairs", "Word2vecPairs, which make windows for Cbow", repr(pairs))
    if batch < 2:
        raise ArgumentError("batch", "at least 2 pairs to be shuffled", batch)
    return _PaperSource(corpus, pairs, batch, seed, dtype)


def _check_has_pairs(corpus: TokenCorpus) -> None:
    ids = corpus.ids
    if not ((ids[1:] >= 0) & (ids[:-1] >= 0)).any():
        wanted = "a text with two words of the vocabulary in one document"
        raise DataError("corpus", wanted, "no pair of words")


class _Word2vecDraws:
    """What both kinds of word2vec batches share: the text, who survives, and the noise."""

    def __init__(
        self, corpus: TokenCorpus, pairs: Word2vecPairs, batch: int, seed: int, dtype: np.dtype
    ) -> None:
        from gradflow.training._sampling import alias_table, marked_text, survival_thresholds

        self.batch, self.vocab_size = batch, corpus.vocab_size
        survival = pairs.survival(corpus)
        closing = pairs.closing and bool(survival.min() < 1)  # the same, and slower, where all do
        # The leading arguments of `draw_pairs` and of `draw_windows`.
        self.text = (
            marked_text(corpus.ids, corpus.vocab_size), pairs.window, pairs.dynamic,
            survival_thresholds(survival), closing, np.uint64(seed),
        )  # fmt: skip
        self._seed = np.uint64(seed)
        self._alias = alias_table(pairs.noise(corpus))
        self._noise_words = math.ceil(pairs.negatives)
        # Each pair is followed by its noise: the same weights and labels at every update.
        noise = np.full(self._noise_words, pairs.negatives / self._noise_words)
        self._weights = np.tile(np.append(1, noise) / batch, batch).astype(dtype)
        self._labels = np.tile(np.append(1, np.zeros(self._noise_words)), batch).astype(dtype)

    def with_noise(
        self, update: int, rows: np.ndarray, cols: np.ndarray, num_rows: int
    ) -> PairBatch:
        """Return positive pairs, sorted by row, each followed by its noise."""
        from gradflow.training._sampling import draw_noise, join_noise

        noise = np.empty(self.batch * self._noise_words, np.int32)
        draw_noise(*self._alias, self._seed, update, noise)
        all_rows, all_cols = np.empty((2, len(self._weights)), np.int32)
        join_noise(rows, cols, noise, num_rows, all_rows, all_cols)
        return PairBatch(all_rows, all_cols, self._weights, self._labels)


class _PairSource(AbstractSource):
    """Positives (centre, context) and noise for the same centres."""

    def __init__(self, draws: _Word2vecDraws) -> None:
        self._draws = draws

    def __call__(self, update: int) -> PairBatch:
        from gradflow.training._sampling import draw_pairs

        draws = self._draws
        centres, contexts = np.empty((2, draws.batch), np.int32)
        draw_pairs(*draws.text, update, centres, contexts)
        return draws.with_noise(update, centres, contexts, draws.vocab_size)


class _WindowSource(AbstractSource):
    """Windows, their middle words, and noise for the same windows."""

    def __init__(self, draws: _Word2vecDraws, window: int) -> None:
        self._draws, self._width = draws, 2 * window

    def __call__(self, update: int) -> WindowBatch:
        from gradflow.training._sampling import draw_windows

        draws = self._draws
        centres = np.empty(draws.batch, np.int32)
        contexts = np.empty((draws.batch, self._width), np.int32)
        draw_windows(*draws.text, update, centres, contexts)
        windows = np.arange(draws.batch, dtype=np.int32)
        return WindowBatch(contexts, *draws.with_noise(update, windows, centres, draws.batch))


class _PaperSource(AbstractSource):
    """Positives by position, negatives by rotation, weights Ψ."""

    def __init__(
        self, corpus: TokenCorpus, pairs: PaperPairs, batch: int, seed: int, dtype: np.dtype
    ) -> None:
        from gradflow.training._sampling import marked_text, survival_thresholds

        stats = pairs.statistics(corpus)
        self._text = marked_text(corpus.ids, corpus.vocab_size)
        self._vocab_size = corpus.vocab_size
        self._thresholds = survival_thresholds(np.ones(corpus.vocab_size))  # all survive
        self._pairs, self._batch, self._seed = pairs, batch, np.uint64(seed)
        self._p, self._dtype = stats.unigram_probabilities, dtype
        self._marginal = np.asarray(stats.pair_counts.sum(axis=1)) / stats.total_pairs
        self._joint = _Joint(stats) if pairs.weighting == "uniform" else None
        self._labels = np.repeat([1.0, 0.0], batch).astype(dtype)

    def __call__(self, update: int) -> PairBatch:
        from gradflow.training._sampling import draw_pairs, shuffle_shift

        centres, contexts = np.empty((2, self._batch), np.int32)
        draw_pairs(
            self._text, self._pairs.window, True, self._thresholds, False, self._seed, update,
            centres, contexts,
        )  # fmt: skip
        rotated = np.roll(contexts, shuffle_shift(self._seed, update, self._batch))
        rows, cols = np.concatenate([centres, centres]), np.concatenate([contexts, rotated])
        pairs = sorted_pairs(rows, cols, self._labels, self._labels, self._vocab_size)
        return pairs._replace(weights=self._weights(pairs))

    def _weights(self, pairs: PairBatch) -> np.ndarray:
        from gradflow.training._importance_weights import paper_weights

        joint = self._joint(pairs.rows, pairs.cols) if self._joint is not None else np.empty(0)
        weights = np.empty(len(pairs.rows), self._dtype)
        unigram, k = self._pairs.weighting == "unigram", self._pairs.negatives
        paper_weights(
            pairs.rows, pairs.cols, pairs.labels, unigram, k, self._p, self._marginal, joint,
            weights,
        )  # fmt: skip
        return weights


class _Joint:
    """P_ij of single pairs, from dense counts where these take little more memory."""

    def __init__(self, stats: CooccurrenceStatistics) -> None:
        counts = stats.pair_counts
        self._total = float(stats.total_pairs)
        size = 4 * stats.vocab_size**2
        fits = counts.data.max() < 2**32
        dense = fits and size <= min(_DENSE_BYTES, 4 * 12 * counts.nnz)
        self._dense = counts.astype(np.uint32).toarray() if dense else None
        self._sparse = counts

    def __call__(self, rows: np.ndarray, cols: np.ndarray) -> np.ndarray:
        from gradflow.training._importance_weights import dense_joint, sparse_joint

        joint = np.empty(len(rows))
        if self._dense is not None:
            dense_joint(rows, cols, self._dense, self._total, joint)
        else:
            csr = (self._sparse.indptr, self._sparse.indices, self._sparse.data)
            sparse_joint(rows, cols, *csr, self._total, joint)
        return joint
