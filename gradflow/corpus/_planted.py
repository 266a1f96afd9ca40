"""Statistics whose target matrix has given eigenvalues."""

from collections.abc import Sequence

import numpy as np
import scipy.optimize
import scipy.sparse

from gradflow._checks import is_real, positive_float, positive_int
from gradflow._errors import ArgumentError
from gradflow.corpus._provenance import gradflow_version
from gradflow.corpus._statistics import CooccurrenceStatistics


def planted_statistics(
    eigenvalues: Sequence[float] | np.ndarray,
    vocab_size: int,
    *,
    negatives: float = 1.0,
    total_pairs: int = 10**9,
    seed: int = 0,
    sampling: bool = True,
) -> CooccurrenceStatistics:
    """Return counts whose target M* = 2(P − kΠ)/(P + kΠ) has given eigenvalues.

    All words are equally frequent, p = 1/V. With the orthonormal columns U of `planted_vectors`,
    all orthogonal to the vector 1 of ones,

        M = U diag(λ) Uᵀ + (c/V) 11ᵀ,   P = kΠ (2 + M)/(2 − M),

    and c is the only number for which P sums to one. So besides the λ and zeros the spectrum holds
    **one more eigenvalue, c, with eigenvector 1/√V**, which no choice of vectors avoids: it is
    at most 2V(1 − k)/(1 + k), hence never above zero for k ≥ 1, and for k = 1 about −Σλ²/(2V)
    where |M| is small. It is stored in `provenance["constant_mode"]`.

    The marginals of P are exactly p where V is a power of two, and otherwise differ from it by
    about λ²/V² of their size; M* is unaffected, since its p is that of the unigram counts.

    Drawing a finite number of pairs N adds to M* a noise of standard deviation σ = V/√N an entry
    where |M| is small (at k = 1, and less at others). An eigenvalue then comes out with standard
    error √2 σ, about σ²V/λ too large in size, and must be well above the edge 2√V σ of the
    noise's own spectrum to be seen.

    Args:
        eigenvalues: Up to V − 1 numbers other than zero, of either sign. The mean of all M_ii is
            (c + Σλ)/V and must stay below 2.
        vocab_size: The number of words V; entries of M are smallest where it is a power of two.
        negatives: k, the number of negatives of the target that has the eigenvalues.
        total_pairs: N, the sum of all pair counts, an even number.
        seed: The seed of the random numbers.
        sampling: Whether to draw the pairs from P. If not, the expected counts are rounded, which
            leaves an error of about V²/N an entry.

    Returns:
        Statistics as from a text with window 1.

    Raises:
        ArgumentError: The eigenvalues are so large that some P_ij would have to be negative
            (|M_ij| ≥ 2), of which the message says by how much; or another argument has no usable
            value.

    Example:
        >>> import numpy as np
        >>> stats = planted_statistics([30.0, 20.0, -10.0], 64, sampling=False)
        >>> P, p = stats.pair_probabilities, stats.unigram_probabilities
        >>> M = 2 * (P - np.outer(p, p)) / (P + np.outer(p, p))
        >>> np.linalg.eigvalsh(M)[[-1, -2, 0, 1]].round(3)
        array([ 30.   ,  20.   , -10.   ,  -8.929])
        >>> round(stats.provenance["constant_mode"], 3)
        -8.929
    """
    positive_int("vocab_size", vocab_size)
    wanted = _checked_eigenvalues(eigenvalues, vocab_size)
    k = positive_float("negatives", negatives)
    if positive_int("total_pairs", total_pairs) % 2:
        raise ArgumentError("total_pairs", "an even number, each pair counts twice", total_pairs)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ArgumentError("seed", "an integer of at least 0", repr(seed))
    U = planted_vectors(vocab_size, len(wanted))
    free = (U * wanted) @ U.T
    free = (free + free.T) / 2
    shift = _normalising_shift(free, k)
    if shift is None:
        raise ArgumentError("eigenvalues", *_too_large(free, wanted, k))
    P = k * _ratio(free + shift) / vocab_size**2
    draw = _drawn if sampling else _rounded
    pairs = draw(P / P.sum(), total_pairs, np.random.default_rng(seed))
    digits = len(str(vocab_size - 1))
    return CooccurrenceStatistics(
        words=tuple(f"word{i:0{digits}d}" for i in range(vocab_size)),
        unigram_counts=np.full(vocab_size, max(1, total_pairs // (2 * vocab_size))),
        pair_counts=scipy.sparse.csr_array(pairs),
        window=1,
        weighting="flat",
        provenance={
            "source": "planted spectrum",
            "eigenvalues": wanted.tolist(),
            "constant_mode": shift * vocab_size,
            "negatives": k,
            "seed": int(seed) if sampling else None,
            "gradflow": gradflow_version(),
        },
    )


def planted_vectors(vocab_size: int, count: int) -> np.ndarray:
    """Return orthonormal vectors with small entries, all orthogonal to the vector of ones.

    They are Walsh functions, with entries ±1/√V, where V is a power of two, and otherwise cosines,
    with entries up to √(2/V).

    Args:
        vocab_size: The number of words V.
        count: The number of vectors n, at most V − 1.

    Returns:
        (V, n) float64, in the order in which `planted_statistics` uses them.

    Example:
        >>> planted_vectors(4, 2)
        array([[ 0.5,  0.5],
               [-0.5,  0.5],
               [ 0.5, -0.5],
               [-0.5, -0.5]])
    """
    word, mode = np.arange(vocab_size), np.arange(1, count + 1)
    # Walsh function m at word i is (−1)^(number of bits that i and m have in common).
    if vocab_size & (vocab_size - 1) == 0:
        parity = np.bitwise_count(word[:, None] & mode[None, :]) % 2
        return (1.0 - 2.0 * parity) / np.sqrt(vocab_size)
    angle = np.pi / vocab_size * (word[:, None] + 0.5) * mode[None, :]
    return np.sqrt(2 / vocab_size) * np.cos(angle)


def _checked_eigenvalues(eigenvalues: Sequence[float] | np.ndarray, size: int) -> np.ndarray:
    """Return the eigenvalues as an array, which must be fewer than words and not zero."""
    values = list(np.atleast_1d(np.asarray(eigenvalues, dtype=object)).ravel())
    for value in values:
        if not is_real(value) or value == 0:
            raise ArgumentError("eigenvalues", "finite numbers other than zero", repr(value))
    if not 1 <= len(values) < size:
        wanted = f"from 1 to {size - 1} numbers, less than vocab_size"
        raise ArgumentError("eigenvalues", wanted, len(values))
    return np.array(values, dtype=float)


def _ratio(M: np.ndarray) -> np.ndarray:
    """Return P/(kΠ) for a given M*."""
    return (2 + M) / (2 - M)


def _normalising_shift(free: np.ndarray, negatives: float) -> float | None:
    """Return the shift c/V of all entries for which Σ P = 1, or None if a P_ij is then negative."""
    low, high = -2 - free.min(), 2 - free.max()

    def excess(shift: float) -> float:
        """Return (Σ P − 1)/k."""
        return float(np.mean(_ratio(free + shift))) - 1 / negatives

    # The mean of (2 + m)/(2 − m) rises from its value at `low`, where the smallest P_ij is zero,
    # to infinity at `high`.
    if low >= high or excess(low) > 0:
        return None
    margin = high - low
    while excess(high - margin) < 0:
        margin /= 2
    return float(scipy.optimize.brentq(excess, low, high - margin, xtol=1e-15, rtol=1e-14))


def _too_large(free: np.ndarray, wanted: np.ndarray, negatives: float) -> tuple[str, str]:
    """Return the parts of an error that says, found by bisection, by how much all are too large."""
    fits, fails = 0.0, 1.0
    for _ in range(30):
        middle = (fits + fails) / 2
        if _normalising_shift(middle * free, negatives) is None:
            fails = middle
        else:
            fits = middle
    largest = wanted[np.argmax(np.abs(wanted))]
    want = f"no more than {fits:.3g} times these for vocab_size={len(free)}, negatives={negatives}"
    return f"{want} (so that all P_ij > 0)", f"{largest:g} as the largest of {len(wanted)}"


def _drawn(P: np.ndarray, total: int, random: np.random.Generator) -> np.ndarray:
    """Draw total/2 unordered pairs of words, and enter each in both directions."""
    row, column = np.triu_indices(len(P))
    chance = np.where(row == column, 1.0, 2.0) * P[row, column]
    drawn = np.zeros(P.shape, np.int64)
    drawn[row, column] = random.multinomial(total // 2, chance / chance.sum())
    return drawn + drawn.T


def _rounded(P: np.ndarray, total: int, random: np.random.Generator) -> np.ndarray:
    """Return the expected counts, rounded."""
    return np.rint(total * P).astype(np.int64)
