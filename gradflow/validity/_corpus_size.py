"""Whether a corpus is large enough for its vocabulary."""

import dataclasses

import numpy as np

from gradflow.corpus import CooccurrenceStatistics
from gradflow.validity._verdict import Verdict, graded

# A word that occurs n times has its frequency known to one part in √n: 10 and 22 %.
DOUBTFUL_TOKENS, TOO_FEW_TOKENS = 100, 20
# Under independence n co-occurrences leave noise of 1/√n in an entry of M*, whose range is 4.
DOUBTFUL_COOCCURRENCES = 1.0
_QUANTILES = (0.05, 0.5, 0.95)


@dataclasses.dataclass(frozen=True)
class CorpusSize:
    """How much text stands behind each word and each pair.

    Attributes:
        words: V.
        tokens: Sum of the unigram counts.
        tokens_per_word: tokens / V.
        rarest: Occurrences of the rarest word.
        expected_cooccurrences: N p_i p_j, the co-occurrences that a pair would have if words were
            independent: quantiles 5, 50 and 95 % over all pairs. N is the number of co-occurrences,
            the pair weight over the mean weight of one.
        zero_share: Share of the entries of X that are zero; M* is −2 there.
        zero_share_expected: The same if words were independent (Poisson): zeros that more text
            would fill.
    """

    words: int
    tokens: int
    tokens_per_word: float
    rarest: int
    expected_cooccurrences: tuple[float, float, float]
    zero_share: float
    zero_share_expected: float

    def verdict(self) -> Verdict:
        """Judge by tokens per word, and by how often a typical pair can be expected to occur."""
        typical = self.expected_cooccurrences[1]
        level = graded(self.tokens_per_word, DOUBTFUL_TOKENS, TOO_FEW_TOKENS)
        reason = (
            f"{self.tokens:,} tokens are {_number(self.tokens_per_word)} per vocabulary word "
            f"(fine from {DOUBTFUL_TOKENS}, too few below {TOO_FEW_TOKENS}), {typical:.2g} "
            "co-occurrences of a typical pair expected under independence"
        )
        if level == "fine" and typical < DOUBTFUL_COOCCURRENCES:
            level = "doubtful"
            reason += f" (below {DOUBTFUL_COOCCURRENCES:g}, most zeros mean too little text)"
        return Verdict("corpus", level, reason)

    def lines(self) -> list[str]:
        """Return what a report says of the size of the corpus, a sentence a line."""
        low, middle, high = self.expected_cooccurrences
        return [
            f"{self.tokens:,} tokens for {self.words:,} words: {_number(self.tokens_per_word)} a "
            f"word, {self.rarest:,} of the rarest.",
            f"If words were independent, a typical pair would co-occur {middle:.3g} times (5 to 95 "
            f"% of pairs: {low:.2g} to {high:.3g}).",
            f"{_percent(self.zero_share)} of all pairs never co-occur, and M* is -2 there; "
            f"{_percent(self.zero_share_expected)} would not if words were independent, as the "
            "text is too short.",
        ]


def corpus_size(stats: CooccurrenceStatistics) -> CorpusSize:
    """Count how much text stands behind words and pairs: O(V²), no eigenvalues."""
    p = stats.unigram_probabilities
    expected = stats.total_pairs / mean_weight(stats) * np.outer(p, p)
    low, middle, high = np.quantile(expected, _QUANTILES).tolist()
    return CorpusSize(
        words=stats.vocab_size,
        tokens=stats.total_tokens,
        tokens_per_word=stats.total_tokens / stats.vocab_size,
        rarest=int(stats.unigram_counts.min()),
        expected_cooccurrences=(low, middle, high),
        zero_share=1 - stats.pair_counts.nnz / stats.vocab_size**2,
        zero_share_expected=float(np.exp(-expected).mean()),
    )


def mean_weight(stats: CooccurrenceStatistics) -> float:
    """Return the mean weight of one co-occurrence: (L + 1)/2 where weights run from L to 1, else 1.

    Every distance up to the window is about as frequent as every other.
    """
    return (stats.window + 1) / 2 if stats.weighting == "linear" else 1.0


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
