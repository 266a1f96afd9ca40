"""What the theory can be trusted with, for a corpus and a setting, before any run."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float

from gradflow._checks import at_most_words, positive_float, positive_int, positive_scales, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.targets import AbstractTarget, Target, mstar, pair_weights, spectrum
from gradflow.targets._pair_weights import Weighting
from gradflow.theory import Stepness
from gradflow.validity._corpus_size import CorpusSize, corpus_size
from gradflow.validity._expected_stepness import ExpectedStepness, expected_stepness
from gradflow.validity._sampling_noise import SamplingNoise, sampling_noise
from gradflow.validity._truncation import Truncation, truncation
from gradflow.validity._verdict import Level, Verdict, worst
from gradflow.validity._weight_spread import WeightSpread, weight_spread

# Modes beyond those asked for, which mix with the last of them.
BEYOND = 20
# Weightings whose A/B is P/(kΠ), so that M* is that of the counts.
_OF_THE_COUNTS = ("uniform", "none", "unigram")


Part = TypeVar("Part")


@dataclasses.dataclass(frozen=True)
class ValidityReport:
    """How far the theory applies, in numbers and in words.

    `print(report)` says all of it; `report.as_dict()` is plain JSON.

    Attributes:
        setting: What was asked for: weighting, negatives, scales, dim, modes, seed.
        corpus: Whether the corpus is large enough for its vocabulary.
        noise: Which modes another corpus of this size would reproduce.
        stepness: How stepwise learning is, for each scale, in the order of `setting["scales"]`.
        weights: How unequally pairs are weighted.
        order: How far the second order ends from the logarithms.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.count_cooccurrence(["the cat sat on the mat"] * 9, window=2)
        >>> report = gf.validity_report(stats, dim=2)
        >>> report.setting["dim"], len(report.verdicts), report.verdict
        (2, 5, 'does not apply')
    """

    setting: dict[str, Any]
    corpus: CorpusSize
    noise: SamplingNoise
    stepness: tuple[ExpectedStepness, ...]
    weights: WeightSpread
    order: Truncation

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One verdict for each part; stepness is judged at the smallest scale."""
        smallest = min(self.stepness, key=lambda expected: expected.scale)
        judged = (self.corpus, self.noise, smallest, self.weights, self.order)
        return tuple(limit.verdict() for limit in judged)

    @property
    def verdict(self) -> Level:
        """The worst of the verdicts."""
        return worst(self.verdicts)

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line for each verdict that the theory does not apply."""
        return tuple(
            f"the theory does not apply ({verdict.topic}): {verdict.reason}"
            for verdict in self.verdicts
            if verdict.level == "does not apply"
        )

    def lines(self) -> list[str]:
        """Return everything that is known, a sentence or two a line."""
        return [
            *self.corpus.lines(),
            *self.noise.lines(),
            *(line for expected in self.stepness for line in expected.lines()),
            *self.weights.lines(),
            *self.order.lines(),
            *(f"Verdict on {verdict}." for verdict in self.verdicts),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def as_dict(self) -> dict[str, Any]:
        """Return numbers, verdicts and sentences as JSON; None for a number that is not finite."""
        return {
            **_plain(dataclasses.asdict(self)),
            "trustworthy_modes": [self.noise.trustworthy_cautious, self.noise.trustworthy],
            "verdict": self.verdict,
            "verdicts": [dataclasses.asdict(verdict) for verdict in self.verdicts],
            "lines": self.lines(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ValidityReport":
        """Return the report of which `as_dict` made these values; None stands for nan.

        Raises:
            KeyError: A part is missing.
            TypeError: A part has other fields.
        """
        return cls(
            setting=dict(values["setting"]),
            corpus=_part(CorpusSize, values["corpus"]),
            noise=_part(SamplingNoise, values["noise"]),
            stepness=tuple(_expected(fields) for fields in values["stepness"]),
            weights=_part(WeightSpread, values["weights"]),
            order=_part(Truncation, values["order"]),
        )


def validity_report(
    stats: CooccurrenceStatistics,
    *,
    weighting: Weighting = "uniform",
    negatives: float = 1.0,
    scales: float | Sequence[float] | Float[np.ndarray, "..."] = (1e-4,),
    dim: int = 100,
    modes: int = 50,
    seed: int = 0,
    target: AbstractTarget | None = None,
) -> ValidityReport:
    """Judge, before any run, how far the theory applies to a corpus and a setting.

    Costs the first eigenpairs of M*, unless its target has them already; the rest takes a second or
    two at V = 2,000.

    Args:
        stats: Co-occurrence counts.
        weighting: Of pairs, as for `Contrastive`.
        negatives: k, negatives per positive.
        scales: One initialisation scale σ, entries N(0, σ²/d), or several.
        dim: d, at most V.
        modes: How many modes are looked at; d where that is fewer.
        seed: Of the thinning that finds the sampling noise.
        target: M* for this weighting and k, if it was made before; its eigenpairs are reused.

    Returns:
        The report.

    Raises:
        ArgumentError: An argument has no usable value, or does not fit the counts.

    Source: karkada2025, Setting 3.1 and Lemma 3.1; the thresholds stand with the verdicts.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.count_cooccurrence(["the cat sat on the mat"] * 9, window=2)
        >>> report = gf.validity_report(stats, dim=2)
        >>> print(report.verdicts[0])
        corpus: does not apply: 54 tokens are 10.8 per vocabulary word (fine from 100, too few
        below 20), 4.7 co-occurrences of a typical pair expected under independence
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    dim = at_most_words("dim", dim, stats.vocab_size)
    modes = min(positive_int("modes", modes), dim)
    seed = positive_int("seed", seed, least=0)
    negatives = positive_float("negatives", negatives)
    sigmas = positive_scales("scales", scales)
    target, total = _target_and_weights(stats, weighting, negatives, target)
    spec = spectrum(target, min(stats.vocab_size, max(dim, modes + BEYOND)))
    return ValidityReport(
        setting={
            "weighting": _name(weighting),
            "negatives": negatives,
            "scales": list(sigmas),
            "dim": dim,
            "modes": modes,
            "seed": seed,
        },
        corpus=corpus_size(stats),
        noise=sampling_noise(stats, target.todense(), spec, modes, seed),
        stepness=tuple(expected_stepness(spec.eigenvalues[:modes], scale, dim) for scale in sigmas),
        weights=WeightSpread(1.0, 0.0, 0.0, 0.0) if total is None else weight_spread(total),
        order=truncation(target.todense(), spec, dim, total),
    )


def _target_and_weights(
    stats: CooccurrenceStatistics,
    weighting: Weighting,
    negatives: float,
    target: AbstractTarget | None,
) -> tuple[AbstractTarget, np.ndarray | None]:
    """Return M* = 2(A − B)/(A + B), and A + B unless it is constant."""
    if target is not None and getattr(target, "vocab_size", None) != stats.vocab_size:
        raise ArgumentError("target", f"a target of {stats.vocab_size} words", shown(target))
    if isinstance(weighting, str) and weighting == "uniform":
        return target or mstar(stats, negatives), None
    weights = pair_weights(stats, weighting, negatives).symmetrised()
    total = weights.summed()
    if target is not None:
        return target, total
    if isinstance(weighting, str) and weighting in _OF_THE_COUNTS:
        return mstar(stats, negatives), total
    safe = np.where(total > 0, total, 1.0)
    matrix = np.where(total > 0, 4 * weights.positive / safe - 2, 0.0)
    return Target(matrix, stats.words, "M*"), total


def _part(kind: Callable[..., Part], fields: Mapping[str, Any]) -> Part:
    return kind(**{name: _number(value) for name, value in fields.items()})


def _expected(fields: Mapping[str, Any]) -> ExpectedStepness:
    numbers = {name: fields[name] for name in ("scale", "modes", "rising")}
    typical = dict(fields["typical"])
    for name in ("times", "rises", "separations"):
        typical[name] = np.array(_number(typical[name]), np.float64)
    groups = tuple(tuple(group) for group in typical.pop("groups"))
    index = _number(typical.pop("index"))
    return ExpectedStepness(typical=Stepness(groups=groups, index=index, **typical), **numbers)


def _number(value: Any) -> Any:
    """Return nan for None, and a tuple of such for a list."""
    if isinstance(value, list):
        return tuple(map(_number, value))
    return float("nan") if value is None else value


def _name(weighting: Weighting) -> str:
    return weighting if isinstance(weighting, str) else shown(weighting)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
