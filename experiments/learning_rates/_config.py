"""Optimisers, rates and batches."""

import dataclasses

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest distance of a pair.
        dim: d.
        seed: Of the starts and of the batches.
        scale: σ of the start on the full batch: the quadratic loss on M*, tied.
        paces: ηλ₁ of plain descent on it.
        momentum: β of descent with momentum.
        momentum_paces: The same, of its effective rate η/(1 − β).
        adam_rates: Learning rates of Adam.
        compared: How many modes are compared there.
        span: Where these runs end, λ₁t.
        travel: Where those of Adam end, rate × steps: at least `looks` steps of the largest rate.
        subsample: s of word2vec's subsampling, with minibatches.
        noise_power: Exponent of the noise distribution.
        negatives: k.
        minibatch_scale: σ of the balanced, untied start with minibatches.
        rates: η, rising.
        batches: B, rising: positive pairs a step.
        last_time: Where the runs with minibatches end, in the time of the flow.
        most_steps: A rate and batch that take more steps are left out;
        most_pairs: or more positive pairs.
        modes: How many of the first modes are compared there.
        looks: Times at which singular values are compared.
        rtol: Tolerance of the flow.
    """

    vocab_size: int = 300
    window: int = 5
    dim: int = 10
    seed: int = 0
    scale: float = 1e-3
    paces: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0, 1.6)
    momentum: float = 0.9
    momentum_paces: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)
    adam_rates: tuple[float, ...] = (1e-4, 1e-3, 1e-2)
    compared: int = 8
    span: float = 160.0
    travel: float = 1.5
    subsample: float = 1e-3
    noise_power: float = 0.75
    negatives: float = 5.0
    minibatch_scale: float = 1e-2
    rates: tuple[float, ...] = (0.025, 0.1, 0.4, 1.6, 6.4)
    batches: tuple[int, ...] = (1, 8, 64, 512)
    last_time: float = 18_000.0
    most_steps: float = 8e5
    most_pairs: float = 2.5e7
    modes: int = 4
    looks: int = 150
    rtol: float = 1e-7

    @property
    def pairs(self) -> gf.Word2vecPairs:
        """word2vec's own, but for its way of closing the gaps that subsampling leaves."""
        return gf.Word2vecPairs(
            self.window, True, self.subsample, self.noise_power, self.negatives, closing=False
        )

    def problem(self, stats: CooccurrenceStatistics) -> gf.Contrastive:
        """Their full-batch loss."""
        return gf.Contrastive(stats, self.pairs.weighting, self.negatives, tied=False)

    def is_run(self, rate: float, batch: int) -> bool:
        """Whether a rate and a batch are affordable."""
        steps = self.last_time / rate
        return steps <= self.most_steps and steps * batch <= self.most_pairs


FULL = Config()
# As many looks everywhere: what measures steps is compiled once.
QUICK = Config(
    vocab_size=40, window=3, dim=4, paces=(0.5,), momentum_paces=(0.5,), adam_rates=(1e-2,),
    compared=2, span=80.0, travel=1.6, subsample=1.0, negatives=1.0, rates=(0.5, 4.0),
    batches=(8, 64), last_time=4000.0, modes=2, looks=160, rtol=1e-6,
)  # fmt: skip
