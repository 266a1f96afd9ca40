"""Contrastive problems from counts: negative sampling, its Taylor orders, noise contrast."""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import finite_float
from gradflow._precision import default_dtype
from gradflow.corpus import CooccurrenceStatistics
from gradflow.losses import (
    AbstractSoftplus,
    PairCosts,
    Softplus,
    TaylorSoftplus,
    tied_gradient,
    tied_loss,
    untied_gradient,
    untied_loss,
)
from gradflow.problems._problem import AbstractProblem, OnHost, joined
from gradflow.targets import BipartiteTarget, PairWeights, Target, Weighting, pair_weights


class PairProblem(AbstractProblem):
    """L = Σ_ij [A_ij φ(b_j − x_ij) + B_ij φ(x_ij − b_j)], whatever φ and b are."""

    _linearisation: OnHost = eqx.field(static=True)
    costs: PairCosts
    tied: bool = eqx.field(static=True)
    _quadratic: bool = eqx.field(static=True)

    def _set(
        self,
        name: str,
        stats: CooccurrenceStatistics,
        weights: PairWeights,
        tied: bool,
        softplus: AbstractSoftplus,
        offset: Float[np.ndarray, " V"] | None = None,
        quadratic: bool = False,
    ) -> None:
        """All fields.

        Where x is symmetric, only the symmetric part of the weights counts, unless b is not.
        """
        weights = weights.symmetrised() if tied and offset is None else weights
        self.costs = PairCosts(
            weights.positive,
            weights.left,
            weights.right,
            total=weights.total,
            offset=offset,
            share=weights.share,
            softplus=softplus,
            dtype=default_dtype(),
        )
        self.tied = bool(tied)
        self._quadratic = quadratic
        slopes = at_the_origin(weights.positive, weights.summed(), softplus, offset)
        self._linearisation = OnHost(linearised(slopes, tied, stats.words, f"{name} at the origin"))

    @property
    def quadratic_constant(self) -> float | None:
        """V² ln 2 − ⅛‖M‖², as the loss of the origin is V² ln 2; None where L is not quadratic."""
        if not self._quadratic:
            return None
        squared_norm = self.linearisation.squared_norm * (1 if self.tied else 2)
        return self.vocab_size**2 * math.log(2) - squared_norm / 8

    def temporaries(self, dim: int) -> int:
        """A tile of scores, slopes and residual; the state cut up and transposed, and its sums."""
        return 3 * self.costs.positive.length**2 + 6 * self.rows * dim

    def loss(self, state: Float[Array, "R d"]) -> Float[Array, ""]:
        """L."""
        if self.tied:
            return tied_loss(state, self.costs)
        w, c = self.sides(state)
        return untied_loss(w, c, self.costs)

    def gradient(self, state: Float[Array, "R d"]) -> Float[Array, "R d"]:
        """(R + Rᵀ)W, or RC above RᵀW, with R = ∂L/∂x."""
        if self.tied:
            return tied_gradient(state, self.costs)
        w, c = self.sides(state)
        return joined(untied_gradient(w, c, self.costs))


class Contrastive(PairProblem):
    """Full-batch skip-gram with negative sampling from counts.

    L = Σ_ij [A_ij log(1 + e^{−x_ij}) + B_ij log(1 + e^{x_ij})], A = Ψ⁺P, B = kΨ⁻Π, with x = WWᵀ, or
    x = WCᵀ where untied.

    Args:
        stats: Co-occurrence counts.
        weighting: "uniform", "none", "unigram", "word2vec", a `Word2vecWeighting` or a pair of
            arrays Ψ± (`gradflow.targets.pair_weights`). With "none" and "word2vec" the entries of
            A and B are probabilities, so time runs slower, by up to about V²/(1 + k); less for
            modes of frequent words (V = 2,000: 6e4 for the first mode, 1e6 for the twentieth).
        negatives: k, negatives per positive; any number above zero.
        tied: Whether words and contexts share their embeddings.

    Raises:
        ArgumentError: stats are not counts, the weighting is unknown, or negatives not positive.

    Source: mikolov2013distributed in expectation; karkada2025, equation 1.
    """

    def __init__(
        self,
        stats: CooccurrenceStatistics,
        weighting: Weighting = "uniform",
        negatives: float = 1.0,
        *,
        tied: bool = True,
    ) -> None:
        weights = pair_weights(stats, weighting, negatives)
        self._set("SGNS", stats, weights, tied, Softplus())


class Taylor(PairProblem):
    """`Contrastive` with both logarithms cut off after order n of their Taylor series in x.

    Order 1 is linear in x: everything grows for ever. Order 2 with uniform weighting is
    `Quadratic(mstar(stats, negatives))` up to a constant, and so has a closed form. At orders 4, 8,
    12, … the loss has no lower bound.

    Args:
        stats: Co-occurrence counts.
        order: n: 1, 2, 4, 6, ….
        weighting: As for `Contrastive`.
        negatives: k, negatives per positive.
        tied: Whether words and contexts share their embeddings.

    Raises:
        ArgumentError: As for `Contrastive`, or there is no such order.

    Source: karkada2025, section 3, for order 2.
    """

    def __init__(
        self,
        stats: CooccurrenceStatistics,
        order: int = 2,
        weighting: Weighting = "uniform",
        negatives: float = 1.0,
        *,
        tied: bool = True,
    ) -> None:
        softplus = TaylorSoftplus(order)
        weights = pair_weights(stats, weighting, negatives)
        uniform = isinstance(weighting, str) and weighting == "uniform"
        self._set(
            f"Taylor order {order}",
            stats,
            weights,
            tied,
            softplus,
            quadratic=order == 2 and uniform,
        )


class NCE(PairProblem):
    """Full-batch noise-contrastive estimation from counts.

    As `Contrastive`, but x_ij is the logarithm of p(j|i) up to ln Z, so that the odds of a pair
    being seen and not noise are e^{x_ij} / (Z k q_j): L has x_ij − ln(k q_j) − ln Z where
    negative sampling has x_ij. q is the distribution that noise is drawn from: ∝ p^0.75 with
    "word2vec", p elsewhere.

    Args:
        stats: Co-occurrence counts.
        weighting: As for `Contrastive`.
        negatives: k, negatives per positive.
        tied: Whether words and contexts share their embeddings.
        log_partition: ln Z. Zero is the usual choice; ln V makes all words equally likely at
            the origin.

    Raises:
        ArgumentError: As for `Contrastive`, or log_partition is not a finite number.

    Source: gutmann2010; mnih2013 for word embeddings.
    """

    def __init__(
        self,
        stats: CooccurrenceStatistics,
        weighting: Weighting = "uniform",
        negatives: float = 1.0,
        *,
        tied: bool = True,
        log_partition: float = 0.0,
    ) -> None:
        weights = pair_weights(stats, weighting, negatives)
        offset = np.log(negatives * weights.noise) + finite_float("log_partition", log_partition)
        self._set("NCE", stats, weights, tied, Softplus(), offset)


def at_the_origin(
    positive: Float[np.ndarray, "V V"],
    total: Float[np.ndarray, "V V"],
    softplus: AbstractSoftplus,
    offset: Float[np.ndarray, " V"] | Float[Array, " V"] | None,
) -> Float[np.ndarray, "V V"]:
    """R = ∂L/∂x at x = 0 of weights A and A + B."""
    shift = np.zeros(len(total)) if offset is None else np.asarray(offset)
    slope = np.asarray(softplus.slope(jnp.asarray(-shift, default_dtype())), np.float64)
    return total * slope - positive


def linearised(
    slopes: Float[np.ndarray, "V V"], tied: bool, words: tuple[str, ...] | None, name: str
) -> Target | BipartiteTarget:
    """N of dQ/dt = ½NQ: −2(R + Rᵀ) tied, −2[[0, R], [Rᵀ, 0]] untied."""
    if tied:
        return Target(-2 * (slopes + slopes.T), words, name)
    return BipartiteTarget(-2 * slopes, words, name)
