"""The four losses, and the sizes of the experiment."""

import dataclasses

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics
from gradflow.losses import Softplus
from gradflow.problems import AbstractProblem


@dataclasses.dataclass(frozen=True)
class Case:
    """One of the four losses, and how far it is followed.

    Attributes:
        title: Its name in tables and figures.
        weighting: "none" or "uniform".
        taylor: Whether both logarithms are cut off after the second order.
        span: Where the run ends, λ₁t, with λ₁ the fastest rate at the origin.
        modes: How many of the first modes are compared.
        step: ηλ₁ on the first rung.
    """

    title: str
    weighting: str
    taylor: bool
    span: float
    modes: int
    step: float

    def problem(self, stats: CooccurrenceStatistics, negatives: float) -> AbstractProblem:
        """Its full-batch loss."""
        if self.taylor:
            return gf.Taylor(stats, 2, self.weighting, negatives)
        return gf.Contrastive(stats, self.weighting, negatives)

    @property
    def objective(self) -> gf.SkipGram:
        """Its loss of a batch."""
        return gf.SkipGram(softplus=gf.TaylorSoftplus(2) if self.taylor else Softplus())


def cases(plain: tuple[float, int, float], uniform: tuple[float, int, float]) -> tuple[Case, ...]:
    """The four losses, with (span, modes, step) of each weighting."""
    return (
        Case("SGNS", "none", False, *plain),
        Case("Taylor 2", "none", True, *plain),
        Case("SGNS, uniform", "uniform", False, *uniform),
        Case("Taylor 2, uniform", "uniform", True, *uniform),
    )


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest distance of a pair.
        negatives: k.
        dim: d.
        scale: σ of the start.
        seed: Of the start and of the batches.
        cases: The losses.
        looks: Times, equally spaced, at which singular values are compared.
        rungs: How often the rate is halved and the batch doubled.
        batch: Pairs a step on the first rung.
        rtol: Tolerance of the flows that have no closed form.
    """

    vocab_size: int = 500
    window: int = 16
    negatives: float = 1.0
    dim: int = 12
    scale: float = 1e-2
    seed: int = 0
    cases: tuple[Case, ...] = cases(plain=(128.0, 3, 0.16), uniform=(32.0, 4, 0.08))
    looks: int = 100
    rungs: int = 4
    batch: int = 5000
    rtol: float = 1e-7


FULL = Config()
QUICK = Config(
    vocab_size=60,
    window=4,
    dim=6,
    cases=cases(plain=(32.0, 2, 0.32), uniform=(24.0, 3, 0.24)),
    looks=40,
    rungs=3,
    batch=1000,
    rtol=1e-6,
)
