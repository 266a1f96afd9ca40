"""What a grid of problems and starts holds."""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any, Literal

from gradflow._checks import one_of, positive_float, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.targets._weightings import WEIGHTINGS, WeightingName

LossName = Literal["sgns", "nce", "taylor"]
SideName = Literal["tied", "untied"]
InitName = Literal["gaussian", "balanced", "word2vec"]
MethodName = Literal["auto", "exact", "adaptive", "stabilised"]
LOSSES: tuple[LossName, ...] = ("sgns", "nce", "taylor")
INITS: tuple[InitName, ...] = ("gaussian", "balanced", "word2vec")
METHODS: tuple[MethodName, ...] = ("auto", "exact", "adaptive", "stabilised")


@dataclasses.dataclass(frozen=True)
class GridSettings:
    """What a grid holds: all combinations of the values of its axes.

    Attributes:
        loss: Losses: sgns, nce (noise-contrastive, with ln Z = ln V) and taylor (both logarithms
            cut off).
        order: Orders of taylor: 1, 2, 4, 6, ...; each is a loss of its own.
        weighting: Weightings of the pairs: uniform, none, unigram, word2vec.
        negatives: Numbers of negatives per positive, k.
        tied: Follow embeddings that words and contexts share; where neither this nor untied is
            asked for, it is what is done.
        untied: Follow embeddings that they do not share.
        dim: Dimensions d.
        scale: Initialisation scales.
        seeds: Random starts for each scale: seeds 0, 1, ...
        init: Start of untied embeddings: gaussian, balanced, or word2vec's own times the scale.
        words: Vocabulary, the most frequent words.
        modes: Time is chosen to cover the steps of this many modes.
        stretch: How much longer than the linearisation promises: losses that bend rise later, and
            their plateaus must settle to be measured.
        num_times: Times at which each run is looked at.
        rtol: Relative error per step where a flow is integrated.
        method: How flows are followed: exact, adaptive, stabilised, or auto: the closed form where
            there is one, adaptive elsewhere.
    """

    loss: tuple[LossName, ...] = ("sgns",)
    order: tuple[int, ...] = (2,)
    weighting: tuple[WeightingName, ...] = ("uniform",)
    negatives: tuple[float, ...] = (1.0,)
    tied: bool = False
    untied: bool = False
    dim: tuple[int, ...] = (12,)
    scale: tuple[float, ...] = (1e-4,)
    seeds: int = 1
    init: InitName = "balanced"
    words: int = 500
    modes: int = 6
    stretch: float = 2.0
    num_times: int = 400
    rtol: float = 1e-6
    method: MethodName = "auto"

    def __post_init__(self) -> None:
        for name in ("loss", "order", "weighting", "negatives", "dim", "scale"):
            _check_axis(name, getattr(self, name))
        for name, allowed in (("loss", LOSSES), ("weighting", WEIGHTINGS)):
            for value in getattr(self, name):
                one_of(name, value, allowed)
        one_of("init", self.init, INITS)
        if one_of("method", self.method, METHODS) == "exact":
            self._check_starts()
        for name in ("negatives", "scale"):
            for value in getattr(self, name):
                positive_float(name, value)
        for order in self.order:
            if positive_int("order", order) > 1 and order % 2:
                raise ArgumentError("order", "1 or even numbers", order)
        for name in ("seeds", "words", "modes"):
            positive_int(name, getattr(self, name))
        positive_int("num_times", self.num_times, least=20)
        positive_float("rtol", self.rtol)
        if positive_float("stretch", self.stretch) < 1:
            raise ArgumentError("stretch", "at least 1", self.stretch)
        for dim in self.dim:
            if positive_int("dim", dim) > self.words:
                raise ArgumentError("dim", f"at most the number of words {self.words}", dim)

    def _check_starts(self) -> None:
        """Untied, there is a closed form from balanced starts only."""
        if self.untied and self.init != "balanced":
            wanted = "balanced, where untied embeddings are followed by the method exact"
            raise ArgumentError("init", wanted, self.init)

    @property
    def sides(self) -> tuple[SideName, ...]:
        """Labels along the axis "side"."""
        if self.tied and self.untied:
            return ("tied", "untied")
        return ("untied",) if self.untied else ("tied",)

    @property
    def losses(self) -> tuple[str, ...]:
        """Labels along the axis "loss": taylor once for each order."""
        labels = [
            [f"taylor {order}" for order in self.order] if loss == "taylor" else [loss]
            for loss in self.loss
        ]
        return tuple(itertools.chain(*labels))


def _check_axis(name: str, values: Any) -> None:
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ArgumentError(name, "a sequence of at least one value", shown(values))
    if len(set(values)) < len(values):
        raise ArgumentError(name, "different values", shown(values))
