"""How pairs are drawn from a text, as settings; `_sources` draws them."""

import abc
import dataclasses

import numpy as np

from gradflow._checks import nonnegative_float, one_of, positive_float, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.targets import Word2vecWeighting

PAPER_WEIGHTINGS = ("none", "unigram", "uniform")


class AbstractPairs(abc.ABC):
    """A way to draw pairs from a text, as frozen settings."""

    negatives: float

    @abc.abstractmethod
    def noise(self, corpus: TokenCorpus) -> np.ndarray:
        """Return q (V,), the distribution that negatives are drawn from, sum 1."""


@dataclasses.dataclass(frozen=True)
class Word2vecPairs(AbstractPairs):
    """Pairs and windows as word2vec.c draws them, one position of the text at a time.

    The window of a centre has a width uniform in 1 … L, so that a pair at distance δ comes in
    proportion to L + 1 − δ, as where pairs are counted with linear weights. Noise words come in
    proportion to count^power and may be the word itself, which word2vec.c leaves out.

    In expectation the batch loss is Σ_ij [A_ij φ(−x_ij) + B_ij φ(x_ij)] with A the joint
    distribution of the pairs drawn, B_ij = k q_j Σ_l A_il. With `closing=False` A_ij is in
    proportion to κ_i κ_j P_ij, with κ the survival and P the statistics of the text.

    Args:
        window: Largest width L on either side.
        dynamic: Whether widths vary; if not, all are L and all distances equally likely.
        subsample: s of the probability min(1, √(s/p) + s/p) with which an occurrence of a word of
            frequency p survives; None or infinity keeps all.
        noise_power: Exponent of the noise distribution, zero or above.
        negatives: k, noise words a positive pair. Where k is not whole, the next larger number is
            drawn and weighted down.
        closing: Whether words that do not survive leave no place behind in the text, as in
            word2vec.c, so that windows reach further.

    Raises:
        ArgumentError: An argument is out of its range.

    Source: mikolov2013distributed and word2vec.c.

    Example:
        >>> import gradflow as gf
        >>> corpus = gf.read_corpus(["the cat sat on the mat", "the dog sat on the cat"])
        >>> gf.Word2vecPairs(window=2, noise_power=0.0).noise(corpus).round(3)
        array([0.167, 0.167, 0.167, 0.167, 0.167, 0.167])
    """

    window: int = 5
    dynamic: bool = True
    subsample: float | None = 1e-3
    noise_power: float = 0.75
    negatives: float = 5.0
    closing: bool = True

    def __post_init__(self) -> None:
        positive_int("window", self.window)
        positive_float("negatives", self.negatives)
        for name in ("dynamic", "closing"):
            if not isinstance(getattr(self, name), bool):
                raise ArgumentError(name, "True or False", shown(getattr(self, name)))
        nonnegative_float("noise_power", self.noise_power)  # elsewhere it has another name
        Word2vecWeighting(self.subsample)

    @property
    def weighting(self) -> Word2vecWeighting:
        """The weights of counts that make the same loss; exactly so with `closing=False`."""
        return Word2vecWeighting(self.subsample, self.noise_power)

    def survival(self, corpus: TokenCorpus) -> np.ndarray:
        """Return κ (V,), the probability that an occurrence of each word survives."""
        return self.weighting.survival(_frequencies(corpus))

    def noise(self, corpus: TokenCorpus) -> np.ndarray:
        """Return q ∝ count^power."""
        return self.weighting.noise(_frequencies(corpus))


@dataclasses.dataclass(frozen=True)
class PaperPairs(AbstractPairs):
    """The paper's estimator: pairs drawn by position, shuffled into negatives, and weighted.

    A batch of B pairs (i, j) comes from the text with probability P_ij. Its negatives are the same
    words with the contexts rotated by a random number of places. Both are weighted such that the
    batch loss has the expectation

        L = Σ_ij [A_ij φ(−x_ij) + B_ij φ(x_ij)],  A = Ψ⁺P,  B = kΨ⁻Π,

    exactly, with P and Π_ij = p_i p_j as counted in the same text, for all words that have a
    neighbour in it. (Rotated contexts come with the marginals m of P, which document edges make
    different from p; a weight p_i p_j / (m_i m_j) mends that.) So an update of plain descent with
    rate η advances the time of the gradient flow of L, dW/dt = −∇L, by η.

    Args:
        window: Largest distance L of a pair; one at distance δ weighs L + 1 − δ.
        weighting: "none" for Ψ± = 1, "unigram" for 1/((1 + k)Π), "uniform" for 1/(P + kΠ).
        negatives: k, positive; it is a weight, and need not be whole.
        stats: The text's own statistics with this window and linear weights, where they have been
            counted before; None counts them.

    Raises:
        ArgumentError: An argument is out of its range.

    Source: karkada2025 and its code, where "uniform" is called omniscient.

    Example:
        >>> import gradflow as gf
        >>> corpus = gf.read_corpus(["the cat sat on the mat", "the dog sat on the cat"])
        >>> gf.training.PaperPairs(window=2).noise(corpus).round(3)
        array([0.333, 0.167, 0.167, 0.167, 0.083, 0.083])
    """

    window: int = 16
    weighting: str = "none"
    negatives: float = 1.0
    stats: CooccurrenceStatistics | None = dataclasses.field(default=None, repr=False)

    def __post_init__(self) -> None:
        positive_int("window", self.window)
        one_of("weighting", self.weighting, PAPER_WEIGHTINGS)
        positive_float("negatives", self.negatives)
        if self.stats is None:
            return
        if not isinstance(self.stats, CooccurrenceStatistics):
            raise ArgumentError("stats", "co-occurrence statistics", type(self.stats).__name__)
        if self.stats.window != self.window or self.stats.weighting != "linear":
            wanted = f"statistics of window {self.window} with linear weights"
            got = f"window {self.stats.window}, {self.stats.weighting!r}"
            raise ArgumentError("stats", wanted, got)

    def statistics(self, corpus: TokenCorpus) -> CooccurrenceStatistics:
        """Return the statistics that were given, if they fit the text; or else count them."""
        if self.stats is None:
            return corpus.count(self.window)
        same_counts = np.array_equal(self.stats.unigram_counts, corpus.unigram_counts)
        if self.stats.words != corpus.words or not same_counts:
            wanted = "statistics of the text that is trained on"
            raise ArgumentError("stats", wanted, f"{self.stats} for {corpus}")
        return self.stats

    def noise(self, corpus: TokenCorpus) -> np.ndarray:
        """Return p, the frequencies of the words."""
        return _frequencies(corpus)


def _frequencies(corpus: TokenCorpus) -> np.ndarray:
    return corpus.unigram_counts / corpus.total_tokens
