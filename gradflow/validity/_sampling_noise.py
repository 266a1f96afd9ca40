"""How much of M* another corpus of the same size and language would reproduce."""

import dataclasses

import numpy as np
import scipy.sparse
from jaxtyping import Float64
from scipy.sparse.linalg import LinearOperator, eigsh

from gradflow.corpus import CooccurrenceStatistics
from gradflow.targets import Spectrum
from gradflow.validity._thinning import PairWeight, pair_weight, thin, thinning_unit
from gradflow.validity._verdict import LEVELS, Verdict, graded

# Halves of a text differ more than independent co-occurrences would, since words come in bursts.
# 16,253 Wikipedia articles, even against odd, window 16, noise along the first twenty modes: 1.4 to
# 2.2 times as much (V = 2,000), 1.6 to 2.7 times (V = 5,000). With a factor of 2, the first 50
# modes of one half are predicted to keep 17 and 28 that can be trusted; found in both halves were
# 22 and 24. Without it, 30 and 49.
BURSTINESS = 2.0
_TRUSTED = 0.5
_SHARE_TRUSTED, _SHARE_TOO_FEW = 0.5, 0.1
# Eigenvalues set the step times, so these are the errors of times for a larger corpus.
_BIASED, _FAR_OFF = 0.1, 0.3
_DENSE = 100
_FEW = 10


@dataclasses.dataclass(frozen=True)
class SamplingNoise:
    """Noise of M* from the finite number of co-occurrences, by thinning the counts.

    Two halves of the counts, drawn at random, give M*₁ and M*₂. Their difference holds the noise
    and not the signal; a further halving says how the noise changes with the size of the corpus,
    which extends it to the whole. Co-occurrences are taken to be independent. They are not: words
    come in bursts, by document. So all this is the least noise there can be, and what carries the
    suffix `cautious` assumes `BURSTINESS` times as much along the modes.

    Attributes:
        unit: Weight of one independent co-occurrence.
        growth: Variance of the noise in half of the corpus over that in a quarter: ½ where noise
            is small, near 1 where most entries are noise and cannot grow.
        entry: Root mean square of the noise of an entry of M*, whose range is −2 to 2.
        edge: ‖noise‖₂: eigenvalues below it may be nothing but noise.
        looked_at: How many eigenvalues were compared with it.
        above: How many of them exceed it.
        overlaps: (m,) |u_k·v_k| to be expected between the eigenvectors of the counts and those of
            an infinite corpus: noise behind them, and neighbours that mix.
        overlaps_cautious: (m,).
        eigenvalue_bias: Relative change of the first eigenvalues if half of the corpus is left
            out, median: what is not noise but grows with the corpus, since pairs not seen in a
            smaller one have M* = −2.
        seed: Of the thinning.
    """

    unit: float
    growth: float
    entry: float
    edge: float
    looked_at: int
    above: int
    overlaps: tuple[float, ...]
    overlaps_cautious: tuple[float, ...]
    eigenvalue_bias: float
    seed: int

    @property
    def trustworthy(self) -> int:
        """Number of the first m modes that have an overlap of more than a half."""
        return sum(overlap > _TRUSTED for overlap in self.overlaps)

    @property
    def trustworthy_cautious(self) -> int:
        """Number of those that keep it with `BURSTINESS` times the noise."""
        return sum(overlap > _TRUSTED for overlap in self.overlaps_cautious)

    def verdict(self) -> Verdict:
        """Judge by the cautious share of modes to be trusted, and by what eigenvalues lose."""
        modes = len(self.overlaps)
        levels = (
            graded(
                self.trustworthy_cautious, _SHARE_TRUSTED * modes, max(1.0, _SHARE_TOO_FEW * modes)
            ),
            graded(-abs(self.eigenvalue_bias), -_BIASED, -_FAR_OFF),
        )
        reason = (
            f"{self.trustworthy_cautious} to {self.trustworthy} of {modes} modes would come out of "
            f"another corpus of this size (fine from {100 * _SHARE_TRUSTED:.0f} %, too few below "
            f"{100 * _SHARE_TOO_FEW:.0f} %), and half of it would move the first eigenvalues by "
            f"{100 * self.eigenvalue_bias:.2g} % (fine to {100 * _BIASED:.0f} %, too much from "
            f"{100 * _FAR_OFF:.0f} %)"
        )
        return Verdict("noise", max(levels, key=LEVELS.index), reason)

    def lines(self) -> list[str]:
        """Return what a report says of the noise, a sentence or two a line."""
        return [
            f"Sampling noise of an entry of M*: {self.entry:.2g} (M* lies between -2 and 2); "
            f"eigenvalues up to {self.edge:.4g} may be nothing else.",
            f"{self.above} of the first {self.looked_at} eigenvalues are above that.",
            f"{self.trustworthy} of {len(self.overlaps)} modes can be trusted (overlap above "
            f"{_TRUSTED:g} with those of an infinite corpus) if co-occurrences are independent; "
            f"{self.trustworthy_cautious} if words come in bursts, which makes "
            f"{BURSTINESS:g} times the noise.",
            f"Half of the corpus would have first eigenvalues {100 * self.eigenvalue_bias:+.2g} % "
            "off these: about that much, they depend on its size.",
        ]


def sampling_noise(
    stats: CooccurrenceStatistics,
    target: Float64[np.ndarray, "V V"],
    spec: Spectrum,
    modes: int,
    seed: int = 0,
) -> SamplingNoise:
    """Measure the noise of counts by thinning: O(pairs · modes), one sparse eigenvalue.

    Args:
        stats: Counts.
        target: M* of these counts, of any weighting: −2 where a pair is not seen.
        spec: Its first eigenpairs, better some more than `modes`: modes mix with what follows them.
        modes: m, how many overlaps to predict.
        seed: Of the thinning.
    """
    random = np.random.default_rng(seed)
    unit, pairs = thinning_unit(stats), pair_weight(stats)
    first = thin(pairs.weight, unit, random)
    quarter = thin(first, unit, random)
    ratio = _seen_over_noise(target, pairs)
    halves = [_above_floor(ratio, half, pairs.weight, 2) for half in (first, pairs.weight - first)]
    quarters = [
        _above_floor(ratio, fourth, pairs.weight, 4) for fourth in (quarter, first - quarter)
    ]
    growth = _squares(pairs, np.subtract(*halves)) / _squares(pairs, np.subtract(*quarters))
    # The difference has twice the variance of a half, and a half 1/growth of that of the whole.
    noise = np.subtract(*halves) * np.sqrt(growth / 2)
    bias = sum(halves) / 2 - _above_floor(ratio, pairs.weight, pairs.weight, 1)
    edge = _norm(_operator(pairs, noise, stats.vocab_size), random)
    few = spec.eigenvectors[:, :_FEW]
    moved = _operator(pairs, bias, stats.vocab_size) @ few
    shifts = np.einsum("ik,ik->k", few, moved) / np.abs(spec.eigenvalues[:_FEW])
    spread = _operator(pairs, noise**2, stats.vocab_size) @ spec.eigenvectors**2
    return SamplingNoise(
        unit=unit,
        growth=float(growth),
        entry=float(np.sqrt(_squares(pairs, noise)) / stats.vocab_size),
        edge=edge,
        looked_at=spec.eigenvalues.size,
        above=int((spec.eigenvalues > edge).sum()),
        overlaps=expected_overlaps(spec, spread, edge, modes),
        overlaps_cautious=expected_overlaps(spec, BURSTINESS**2 * spread, edge, modes),
        eigenvalue_bias=float(np.median(shifts)),
        seed=seed,
    )


def expected_overlaps(
    spec: Spectrum, spread: Float64[np.ndarray, "V k"], edge: float, modes: int
) -> tuple[float, ...]:
    """Return |u_k·v_k| of eigenvectors of signal plus noise and of signal, root mean square.

    Noise E of independent entries, variances S, mixes two modes by u_kᵀEu_l, whose variance is
    Σ S_ij u_ki² u_lj²: alone they would turn by φ, tan 2φ = 2 u_kᵀEu_l/(λ_k − λ_l). What goes into
    the directions beyond is ‖Eu_k‖²/θ_k² = Σ S_ij u_kj²/θ_k², where θ_k + edge²/(4θ_k) = λ_k, as a
    mode of size θ_k stands out of noise with that edge; nothing is left below the edge.

    Args:
        spec: Signal plus noise.
        spread: Σ_j S_ij u_kj².
        edge: ‖E‖₂.
        modes: How many to predict; all of the spectrum may mix with them.

    Source: benaych2011 for θ; first order in E for the rest.
    """
    eigenvalues, squares = spec.eigenvalues, spec.eigenvectors**2
    gaps = eigenvalues[:modes, None] - eigenvalues
    mixing = squares[:, :modes].T @ spread
    size = np.hypot(gaps, 2 * np.sqrt(mixing))
    # cos² φ of the angle by which each pair of modes turns, (1 + |gap|/size)/2.
    unmixed = (1 + np.divide(np.abs(gaps), size, out=np.ones_like(size), where=size > 0)) / 2
    np.fill_diagonal(unmixed, 1.0)
    leading = eigenvalues[:modes]
    above = leading > edge
    signal = (leading + np.sqrt(np.where(above, leading**2 - edge**2, 0.0))) / 2
    lost = spread[:, :modes].sum(axis=0) / np.where(above, signal, 1.0) ** 2
    left = np.where(above, np.clip(1 - lost, 0.0, 1.0), 0.0)
    return tuple(np.sqrt(left * unmixed.prod(axis=1)).tolist())


def _seen_over_noise(
    target: Float64[np.ndarray, "V V"], pairs: PairWeight
) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Return 2 + M and 2 − M of the pairs that occur: A and B but for a factor."""
    entries = target[pairs.row, pairs.column]
    return 2 + entries, 2 - entries


def _above_floor(
    ratio: tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]],
    subset: Float64[np.ndarray, " n"],
    weight: Float64[np.ndarray, " n"],
    times: int,
) -> Float64[np.ndarray, " n"]:
    """Return M + 2 where a pair weighs `times · subset`, not `weight`: A grows in proportion."""
    positive = times * subset / weight * ratio[0]
    total = positive + ratio[1]
    return 4 * np.divide(positive, total, out=np.zeros_like(total), where=total > 0)


def _operator(pairs: PairWeight, entries: Float64[np.ndarray, " n"], size: int) -> LinearOperator:
    """Return the symmetric matrix of these entries, of which a triangle is held, as an operator."""
    halved = np.where(pairs.row == pairs.column, entries / 2, entries)
    upper = scipy.sparse.csr_array((halved, (pairs.row, pairs.column)), shape=(size, size))

    def product(columns: np.ndarray) -> np.ndarray:
        return np.asarray(upper @ columns + upper.T @ columns)

    return LinearOperator((size, size), product, matmat=product, dtype=np.float64)


def _squares(pairs: PairWeight, entries: Float64[np.ndarray, " n"]) -> float:
    """Return the sum of squares over the symmetric matrix, both triangles."""
    return float(np.sum(np.where(pairs.row == pairs.column, 1.0, 2.0) * entries**2))


def _norm(matrix: LinearOperator, random: np.random.Generator) -> float:
    """Return the largest |eigenvalue|, to a percent."""
    size = matrix.shape[0]
    if size <= _DENSE:
        return float(np.abs(np.linalg.eigvalsh(matrix @ np.eye(size))).max())
    start = random.standard_normal(size)
    extreme = eigsh(matrix, 1, which="LM", v0=start, tol=1e-2, return_eigenvectors=False)
    return float(abs(extreme[0]))
