"""Contrastive problems from counts: negative sampling, its Taylor orders, noise contrast."""

import math

import equinox as eqx
import numpy as np

from gradflow._checks import finite_float
from gradflow.corpus import CooccurrenceStatistics
from gradflow.losses import TaylorSoftplus
from gradflow.losses._pairs import PairCosts
from gradflow.losses._softplus import Softplus
from gradflow.problems._pairs import AbstractPairProblem, costs_and_linearisation
from gradflow.problems._problem import OnHost
from gradflow.targets import pair_weights
from gradflow.targets._pair_weights import Weighting


class Contrastive(AbstractPairProblem):
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

    Example:
        >>> import gradflow as gf
        >>> problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(50), "none")
        >>> problem.rows
        50
    """

    _linearisation: OnHost = eqx.field(static=True)
    costs: PairCosts
    tied: bool = eqx.field(static=True)

    def __init__(
        self,
        stats: CooccurrenceStatistics,
        weighting: Weighting = "uniform",
        negatives: float = 1.0,
        *,
        tied: bool = True,
    ) -> None:
        weights = pair_weights(stats, weighting, negatives)
        self.tied = bool(tied)
        self.costs, self._linearisation = costs_and_linearisation(
            "SGNS", stats.words, weights, self.tied, Softplus()
        )

    @property
    def quadratic_constant(self) -> None:
        """None: the loss is not quadratic in x."""
        return None


class Taylor(AbstractPairProblem):
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

    Example:
        >>> import gradflow as gf
        >>> problem = gf.Taylor(gf.load_statistics("wikipedia-2k").top(50), order=4)
        >>> problem.rows
        50
    """

    _linearisation: OnHost = eqx.field(static=True)
    costs: PairCosts
    tied: bool = eqx.field(static=True)
    _quadratic: bool = eqx.field(static=True)

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
        self.tied = bool(tied)
        self.costs, self._linearisation = costs_and_linearisation(
            f"Taylor order {order}", stats.words, weights, self.tied, softplus
        )
        self._quadratic = order == 2 and uniform

    @property
    def quadratic_constant(self) -> float | None:
        """V² ln 2 − ⅛‖M‖², as the loss of the origin is V² ln 2; None where L is not quadratic."""
        if not self._quadratic:
            return None
        squared_norm = self.linearisation.squared_norm * (1 if self.tied else 2)
        return self.vocab_size**2 * math.log(2) - squared_norm / 8


class NCE(AbstractPairProblem):
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

    Example:
        >>> import gradflow as gf
        >>> problem = gf.NCE(gf.load_statistics("wikipedia-2k").top(50), "unigram")
        >>> problem.rows
        50
    """

    _linearisation: OnHost = eqx.field(static=True)
    costs: PairCosts
    tied: bool = eqx.field(static=True)

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
        self.tied = bool(tied)
        self.costs, self._linearisation = costs_and_linearisation(
            "NCE", stats.words, weights, self.tied, Softplus(), offset
        )

    @property
    def quadratic_constant(self) -> None:
        """None: the loss is not quadratic in x."""
        return None
