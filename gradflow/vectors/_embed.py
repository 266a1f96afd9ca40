"""Word vectors in closed form: the minimum of the quadratic loss, where training would end."""

import dataclasses
from typing import Any

import numpy as np
from jaxtyping import Float64

from gradflow._checks import at_most_words
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.targets import AbstractTarget, Spectrum, mstar, pmi, ppmi, shifted_ppmi, spectrum
from gradflow.vectors._embed_settings import (
    POWER,
    PSEUDO_COUNT,
    SMOOTHING,
    TOLERANCE,
    WEIGHTING_POWER,
    EmbedSettings,
    TargetName,
)
from gradflow.vectors._word_vectors import WordVectors

_UNUSED: dict[TargetName, tuple[str, ...]] = {
    "mstar": (), "shifted_ppmi": ("pseudo_count",),
    "ppmi": ("pseudo_count", "negatives"), "pmi": ("pseudo_count", "negatives"),
}  # fmt: skip
# An eigenvalue below this multiple of the norm of the target counts as zero.
_ZERO = 1e-12
# Up to so many words all eigenvalues take a moment, so an error can say how many are positive.
_FEW_WORDS = 2000


def embed(
    stats: CooccurrenceStatistics,
    dim: int = 200,
    *,
    target: TargetName = "mstar",
    negatives: float | None = None,
    smoothing: float = SMOOTHING,
    pseudo_count: float = PSEUDO_COUNT,
    weighting_power: float = WEIGHTING_POWER,
    power: float = POWER,
    tolerance: float = TOLERANCE,
) -> WordVectors:
    """Return word vectors without training: the leading eigenvectors of a target made of counts.

    With M = UΛUᵀ and eigenvalues in falling order, the vectors are the rows of U_d Λ_d^power. At
    power ½ and weighting_power 0 they are the end of gradient flow of the quadratic loss from a
    small start: the best approximation WWᵀ of M of rank d. With G = g gᵀ, g ∝ p^c (c the weighting
    power), errors are weighted, Σ G_ij (w_i·w_j − M_ij)², of which diag(√g)⁻¹ U_d Λ_d^½ is the
    minimum, with the eigenpairs of diag(√g) M diag(√g).

    The defaults are not those of the theory (k = 1, smoothing 1, pseudo_count 0, power ½): they
    were chosen on one half of the usual questions, and do better on the other half
    (benchmarks/README.md).

    Args:
        stats: Co-occurrence counts.
        dim: d, at most the number of positive eigenvalues.
        target: "mstar", "ppmi", "shifted_ppmi" or "pmi", the functions of those names.
        negatives: k, negatives per positive, of "mstar" (2 unless given) and "shifted_ppmi" (1).
        smoothing: a from 0 to 1: noise is q ∝ p^a, symmetrised as (p_i q_j + q_i p_j)/2.
        pseudo_count: Counts of noise added to those of every pair, for "mstar" alone.
        weighting_power: c, as above.
        power: Power of the eigenvalues.
        tolerance: Largest residual ‖Mu − λu‖/|λ| of an eigenpair.

    Returns:
        Vectors of the V words; columns in falling order of eigenvalues. The provenance has the
        eigenvalues, their residuals, the settings, and the source of the counts.

    Raises:
        ArgumentError: An option has no usable value, or `dim` is above the number of positive
            eigenvalues.
        DataError: There is no positive eigenvalue, as for a single word.

    Source: karkada2025; levy2014 for PPMI and its shift, levy2015 for smoothing and powers.

    Example:
        >>> import gradflow as gf
        >>> vecs = gf.embed(gf.load_statistics("wikipedia-2k").top(500), dim=50)
        >>> vecs
        WordVectors(500 words, 50 dimensions)
    """
    settings = EmbedSettings(
        dim, target, negatives, smoothing, pseudo_count, weighting_power, power, tolerance
    )
    return embed_with(stats, settings)


def embed_with(stats: CooccurrenceStatistics, settings: EmbedSettings) -> WordVectors:
    """Return word vectors as `embed` does, from settings that were checked.

    Raises:
        ArgumentError: `dim` is above the number of positive eigenvalues, or the first argument is
            no statistics.
        DataError: There is no positive eigenvalue.
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    matrix = _target(stats, settings)
    factors = _factors(stats, settings.weighting_power)
    if factors is not None:
        matrix = matrix.scaled(factors)
    spec = _positive_spectrum(matrix, settings)
    rows = spec.eigenvectors * spec.eigenvalues**settings.power
    if factors is not None:
        rows = rows / factors[:, None]
    return WordVectors(stats.words, rows, _provenance(stats, settings, spec))


def _target(stats: CooccurrenceStatistics, settings: EmbedSettings) -> AbstractTarget:
    """Return the target that the settings name."""
    smoothing, negatives = settings.smoothing, settings.negatives
    assert negatives is not None  # `EmbedSettings` replaces None by the default
    if settings.target == "mstar":
        return mstar(stats, negatives, smoothing=smoothing, pseudo_count=settings.pseudo_count)
    if settings.target == "shifted_ppmi":
        return shifted_ppmi(stats, negatives, smoothing=smoothing)
    make = ppmi if settings.target == "ppmi" else pmi
    return make(stats, smoothing=smoothing)


def _factors(stats: CooccurrenceStatistics, power: float) -> Float64[np.ndarray, " V"] | None:
    """Return √g with mean one, or None for ones: a common factor changes nothing at power ½."""
    if power == 0:
        return None
    factors = stats.unigram_probabilities ** (power / 2)
    return factors / factors.mean()


def _positive_spectrum(matrix: AbstractTarget, settings: EmbedSettings) -> Spectrum:
    """Return the d largest eigenpairs, of which all eigenvalues must be above zero."""
    size, dim = matrix.vocab_size, settings.dim
    if size > _FEW_WORDS:
        at_most_words("dim", dim, size)
    spec = spectrum(matrix, min(dim, size), tolerance=settings.tolerance)
    least = _ZERO * float(np.sqrt(matrix.squared_norm))
    positive = int((spec.eigenvalues > least).sum())
    if not positive:
        wanted = f"a target {spec.name} with positive eigenvalues"
        raise DataError("stats", wanted, f"none among {size} words")
    if dim > positive:
        wanted = f"at most {positive}, the number of positive eigenvalues of {spec.name}"
        raise ArgumentError("dim", wanted, dim)
    return spec


def _provenance(
    stats: CooccurrenceStatistics, settings: EmbedSettings, spec: Spectrum
) -> dict[str, Any]:
    """Return what the vectors were made of, as JSON values."""
    used = dataclasses.asdict(settings)
    for name in _UNUSED[settings.target]:
        del used[name]
    return {
        "embed": used,
        "eigenvalues": spec.eigenvalues.tolist(),
        "residuals": [] if spec.residuals is None else spec.residuals.tolist(),
        "counts": {
            "words": stats.vocab_size,
            "tokens": stats.total_tokens,
            "window": stats.window,
            "weighting": stats.weighting,
            **stats.provenance,
        },
    }
