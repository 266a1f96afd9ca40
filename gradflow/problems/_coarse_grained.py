"""A pair problem on a smaller vocabulary: words that behave alike share one embedding.

Where w_i = ŵ_g for all words i of a group g, the loss is one of groups, with the weights of pairs
of words summed over pairs of groups: nothing is neglected but differences within groups. Its
gradient costs (groups/V)² of the whole. With rows z_g = √n_g ŵ_g (n_g words in group g) the
restricted flow is the gradient flow of Z, and Z has the singular values of W.
"""

import warnings

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import scipy.sparse.linalg
from jaxtyping import Array, Float, Int
from scipy.cluster.vq import kmeans2

from gradflow._checks import at_most_words, positive_int
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.losses._pairs import PairCosts, tied_gradient, tied_loss, untied_gradient, untied_loss
from gradflow.losses._tiles import untiled
from gradflow.problems._pairs import check_pairs, linearised, origin_residual
from gradflow.problems._problem import AbstractProblem, OnHost, Rows, stack_sides

# Words alike: by their rows in this many leading directions of the pairs' own optima, and by their
# weights, to this power (of 0, ¼, ½ and ¾ what kept step times best, on 2,000 words).
_DIRECTIONS, _POWER, _OF_WEIGHT = 10, 0.75, 1.5
_ROUNDS = 30


class CoarseGrained(AbstractProblem):
    """A pair problem on fewer words: those of one group share an embedding.

    Args:
        problem: `Contrastive`, `Taylor` or `NCE`.
        groups: (V,), the group of each word, 0, 1, …

    Raises:
        ArgumentError: Another problem, or groups that are not numbered from 0 without gaps.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> from gradflow.problems._coarse_grained import CoarseGrained, cluster_words
        >>> problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(100), "none")
        >>> coarse = CoarseGrained(problem, cluster_words(problem, 20))
        >>> coarse.rows, coarse.coarsen(np.ones((100, 2))).shape
        (20, (20, 2))
    """

    _linearisation: OnHost = eqx.field(static=True)
    costs: PairCosts
    roots: Float[Array, " g"]
    groups: Int[Array, " V"]
    tied: bool = eqx.field(static=True)

    def __init__(self, problem: AbstractProblem, groups: Int[np.ndarray, " V"]) -> None:
        pairs = check_pairs(problem)
        labels = _checked_groups(groups, pairs.vocab_size)
        counts = np.bincount(labels)
        self.tied = pairs.tied
        self.groups = jnp.asarray(labels)
        self.roots = jnp.asarray(np.sqrt(counts), default_dtype())
        self.costs = _summed(pairs.costs, labels)
        name = f"{pairs.linearisation.name}, {len(counts)} groups of words"
        costs, roots = self.costs, np.sqrt(counts)
        # By the chain rule, ∂L/∂x̂ of groups becomes that of z zᵀ by dividing by √n on both sides.
        residual = origin_residual(
            untiled(costs.positive), _total(costs), costs.softplus, costs.offset
        ) / np.outer(roots, roots)
        self._linearisation = OnHost(linearised(residual, self.tied, None, name))

    @property
    def quadratic_constant(self) -> None:
        """None: the loss is not known to be quadratic."""
        return None

    def coarsen(self, state: Rows) -> Float[Array, "g d"]:
        """Return the state of groups that is nearest to one of words: sums over words, over √n_g.

        Args:
            state: W (V, d), or W above C (2V, d) where they are untied.

        Raises:
            ArgumentError: Not one row for each word.
        """
        words = self.groups.size
        rows = words if self.tied else 2 * words
        if state.ndim != 2 or state.shape[0] != rows:
            raise ArgumentError("state", f"shape ({rows}, d)", f"shape {state.shape}")
        array = jnp.asarray(state)
        sides = (array,) if self.tied else (array[:words], array[words:])
        return stack_sides(tuple(self._grouped(side) for side in sides))

    def words(self, side: Float[Array, "g d"]) -> Float[Array, "V d"]:
        """Return the embeddings of all words from one side of the state."""
        return self._shared(side)[self.groups]

    def temporaries(self, dim: int) -> int:
        """Return what the problem itself needs, with fewer words."""
        return 3 * self.costs.positive.length**2 + 6 * self.rows * dim

    def loss(self, state: Rows) -> Float[Array, ""]:
        """Return L of the embeddings that groups share."""
        if self.tied:
            return tied_loss(self._shared(self.sides(state)[0]), self.costs)
        w, c = self.sides(state)
        return untied_loss(self._shared(w), self._shared(c), self.costs)

    def gradient(self, state: Rows) -> Float[Array, "R d"]:
        """Return ∇L with respect to Z."""
        if self.tied:
            return self._shared(tied_gradient(self._shared(self.sides(state)[0]), self.costs))
        w, c = self.sides(state)
        of_w, of_c = untied_gradient(self._shared(w), self._shared(c), self.costs)
        return stack_sides((self._shared(of_w), self._shared(of_c)))

    def _grouped(self, w: Float[Array, "V d"]) -> Float[Array, "g d"]:
        sums = jnp.zeros((self.roots.size, w.shape[1]), w.dtype).at[self.groups].add(w)
        return sums / self.roots[:, None].astype(w.dtype)

    def _shared(self, z: Float[Array, "g d"]) -> Float[Array, "g d"]:
        """Return ŵ of Z; by the chain rule also ∂L/∂Z of ∂L/∂ŵ."""
        return z / self.roots[:, None].astype(z.dtype)


def cluster_words(problem: AbstractProblem, count: int, seed: int = 0) -> Int[np.ndarray, " V"]:
    """Return groups of words that a flow treats alike, by k-means.

    Two words are alike if the pairs they are in have the same optima, x̂ = 2(A − B)/(A + B) by rows
    in its leading directions, and the same weights Σ_j (A + B)_ij, which set how fast they learn;
    differences between words of much weight count more.

    Args:
        problem: `Contrastive`, `Taylor` or `NCE`.
        count: How many groups at most.
        seed: Of k-means' first centres.

    Returns:
        (V,), numbered from 0 without gaps.

    Raises:
        ArgumentError: Another problem, or count is not an integer from 1 to V.
    """
    pairs = check_pairs(problem)
    positive_int("seed", seed, least=0)
    count = at_most_words("count", count, pairs.vocab_size)
    if count == pairs.vocab_size:
        return np.arange(count)
    features = _features(pairs.costs)
    features = features.round(12 - int(np.log10(np.abs(features).max() or 1.0)))
    kinds, same = np.unique(features, axis=0, return_inverse=True)
    if len(kinds) <= count:
        return same.reshape(-1)
    with warnings.catch_warnings():
        # Fewer kinds of words than groups that were asked for leave some groups empty.
        warnings.filterwarnings("ignore", message="One of the clusters is empty")
        labels = kmeans2(features, count, minit="++", iter=_ROUNDS, rng=seed)[1]
    return np.unique(labels, return_inverse=True)[1]


def _features(costs: PairCosts) -> Float[np.ndarray, "V n"]:
    """Return rows that lie near each other where words are alike."""
    positive, total = untiled(costs.positive), _total(costs)
    # Pairs without any weight have no optimum and do not matter.
    shares = np.divide(positive, total, out=np.full_like(total, 0.5), where=total > 0)
    optima = 2 * (2 * shares - 1)
    size = len(optima)
    number = min(_DIRECTIONS, size - 1)
    # A few digits are enough here, and a start of its own would make groups differ between runs.
    values, vectors = scipy.sparse.linalg.eigsh(
        (optima + optima.T) / 2, number, which="LA", v0=np.ones(size), tol=1e-4
    )
    rows = vectors * np.sqrt(np.maximum(values, 0.0))
    weights = total.sum(axis=0) + total.sum(axis=1)
    weights = np.maximum(weights / weights.max(), np.finfo(float).tiny)
    unit = np.abs(rows).mean() or 1.0
    features = np.column_stack([rows, _OF_WEIGHT * unit * np.log(weights)])
    return features * weights[:, None] ** _POWER


def _checked_groups(groups: Int[np.ndarray, " V"], size: int) -> Int[np.ndarray, " V"]:
    labels = np.asarray(groups)
    fine = labels.shape == (size,) and labels.dtype.kind in "iu"
    if not fine or not np.array_equal(np.unique(labels), np.arange(labels.max() + 1)):
        wanted = f"shape ({size},), integers from 0 without gaps"
        raise ArgumentError("groups", wanted, f"shape {labels.shape} of {labels.dtype}")
    return labels


def _total(costs: PairCosts) -> Float[np.ndarray, "V V"]:
    """Return A + B, dense."""
    if costs.total is not None:
        return untiled(costs.total)
    products = np.asarray(costs.left, float).T @ np.asarray(costs.right, float)
    return costs.share * untiled(costs.positive) + products


def _summed(costs: PairCosts, labels: Int[np.ndarray, " V"]) -> PairCosts:
    """Return the weights of pairs of groups; an offset becomes the weighted mean of its words'."""
    total = _both_sides(_total(costs), labels)
    offset = None
    if costs.offset is not None:
        weights = _total(costs).sum(axis=0)
        sums = _by_group(np.asarray(costs.offset, float) * weights, labels)
        offset = sums / _by_group(weights, labels)
    return PairCosts(
        _both_sides(untiled(costs.positive), labels),
        _by_group(np.asarray(costs.left, float).T, labels),
        _by_group(np.asarray(costs.right, float).T, labels),
        total=None if costs.total is None else total,
        offset=offset,
        share=costs.share,
        softplus=costs.softplus,
        dtype=default_dtype(),
    )


def _both_sides(matrix: Float[np.ndarray, "V V"], labels: np.ndarray) -> np.ndarray:
    """Return sums over pairs of groups, symmetric to the last bit where the matrix is."""
    sums = _by_group(_by_group(matrix, labels).T, labels).T
    return (sums + sums.T) / 2 if np.array_equal(matrix, matrix.T) else sums


def _by_group(rows: Float[np.ndarray, "V ..."], labels: np.ndarray) -> np.ndarray:
    """Return sums over the rows of each group."""
    order = np.argsort(labels, kind="stable")
    return np.add.reduceat(rows[order], np.searchsorted(labels[order], np.arange(labels.max() + 1)))
