"""How vectors are made of counts. Nothing here needs SciPy, so that a command's help is quick."""

import dataclasses
from typing import Literal

from gradflow._checks import finite_float, nonnegative_float, one_of, positive_float, positive_int
from gradflow._errors import ArgumentError

TargetName = Literal["mstar", "ppmi", "shifted_ppmi", "pmi"]
TARGETS: tuple[TargetName, ...] = ("mstar", "ppmi", "shifted_ppmi", "pmi")
# Chosen by benchmarks/embedding_options.py, table in benchmarks/README.md.
SMOOTHING, PSEUDO_COUNT, WEIGHTING_POWER, POWER = 0.5, 4.0, 0.0, 0.4
NEGATIVES = 2.0  # of M*; what is shifted by it is worse by far
TOLERANCE = 1e-4


@dataclasses.dataclass(frozen=True)
class EmbedSettings:
    """How vectors are made of counts.

    Attributes:
        dim: Dimension d of the vectors.
        target: Matrix whose eigenvectors they are: M*, PPMI, shifted PPMI, or PMI.
        negatives: k, negatives per positive, of M* (2 unless given) and shifted PPMI (1).
        smoothing: a: noise words are drawn as their frequency to this power, 0 to 1 (none).
        pseudo_count: Counts of noise added to those of every pair of M*: rare ones weigh less.
        weighting_power: c: errors of a word weigh as its frequency to this power; 0 for all alike.
        power: Of the eigenvalues, which scales the columns; 0.5 is where training ends.
        tolerance: Largest residual of an eigenpair, |Mu - λu| / λ.

    Example:
        >>> from gradflow.vectors import EmbedSettings
        >>> EmbedSettings(dim=50).negatives, EmbedSettings(dim=50, target="ppmi").negatives
        (2.0, 1.0)
    """

    dim: int = 200
    target: TargetName = "mstar"
    negatives: float | None = None
    smoothing: float = SMOOTHING
    pseudo_count: float = PSEUDO_COUNT
    weighting_power: float = WEIGHTING_POWER
    power: float = POWER
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        numbers: dict[str, float] = {"dim": positive_int("dim", self.dim)}
        one_of("target", self.target, TARGETS)
        if self.negatives is None:
            numbers["negatives"] = NEGATIVES if self.target == "mstar" else 1.0
        else:
            numbers["negatives"] = positive_float("negatives", self.negatives)
        for name in ("smoothing", "pseudo_count", "weighting_power"):
            numbers[name] = nonnegative_float(name, getattr(self, name))
        if numbers["smoothing"] > 1:
            raise ArgumentError("smoothing", "a power from 0 to 1", self.smoothing)
        numbers["power"] = finite_float("power", self.power)
        numbers["tolerance"] = positive_float("tolerance", self.tolerance)
        for name, value in numbers.items():
            object.__setattr__(self, name, value)  # the way into a frozen dataclass
        if self.target in ("ppmi", "pmi") and self.negatives != 1:
            wanted = f"1 with target {self.target!r}, which has none"
            raise ArgumentError("negatives", wanted, self.negatives)
        if self.target != "mstar" and self.pseudo_count not in (0, PSEUDO_COUNT):
            wanted = "target 'mstar' beside it"
            raise ArgumentError("pseudo_count", wanted, f"{self.pseudo_count} for {self.target!r}")
