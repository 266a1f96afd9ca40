"""What is trained on the text, and the sizes of the experiment."""

import dataclasses

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics

RUNS = ("flow", "skip-gram", "CBOW")
CONTRASTS = ("negative-sampling", "nce")


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest width of a window on either side; each has a width uniform in 1 … window.
        subsample: s of word2vec's subsampling.
        noise_power: Exponent of the noise distribution.
        negatives: k.
        dim: d.
        scale: σ of the balanced start.
        seed: Of the start and of the batches.
        modes: How many of the first modes are compared.
        span: Where the runs end, λ₁t, with λ₁ the fastest rate at the origin of skip-gram by
            negative sampling.
        step: ηλ₁.
        batch: Pairs a step for skip-gram, windows for CBOW.
        looks: Times, equally spaced, at which singular values and vectors are kept.
        rtol: Tolerance of the flow.
    """

    vocab_size: int = 500
    window: int = 5
    subsample: float = 1e-3
    noise_power: float = 0.75
    negatives: float = 1.0
    dim: int = 12
    scale: float = 1e-2
    seed: int = 0
    modes: int = 4
    span: float = 80.0
    step: float = 0.04
    batch: int = 10_000
    looks: int = 160
    rtol: float = 1e-7

    @property
    def pairs(self) -> gf.Word2vecPairs:
        """How both draw, but for word2vec.c's way of closing the gaps that subsampling leaves."""
        return gf.Word2vecPairs(
            self.window, True, self.subsample, self.noise_power, self.negatives, closing=False
        )

    @property
    def weighting(self) -> gf.Word2vecWeighting:
        """The same in expectation."""
        return self.pairs.weighting

    def problem(self, stats: CooccurrenceStatistics, contrast: str) -> gf.Contrastive | gf.NCE:
        """Skip-gram's full-batch loss."""
        kind = gf.NCE if contrast == "nce" else gf.Contrastive
        return kind(stats, self.weighting, self.negatives, tied=False)


FULL = Config()
QUICK = Config(
    vocab_size=40, window=3, subsample=1.0, dim=6, modes=2, span=32.0, step=0.025, batch=4000,
    looks=64, rtol=1e-6,
)  # fmt: skip
