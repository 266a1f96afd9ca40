"""Problems: what is minimised, as the flow of tied embeddings sees it."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.corpus import CooccurrenceStatistics
from gradflow.losses import (
    contrastive_gradient,
    contrastive_loss,
    quadratic_gradient,
    quadratic_loss,
)
from gradflow.targets import AbstractTarget, Target, Weighting, contrastive_weights


class _OnHost:
    """A target that plans read on the host and compiled code never sees.

    All compare equal, or every new problem would be a new static argument and compile again.
    """

    def __init__(self, target: AbstractTarget) -> None:
        self.target = target

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _OnHost)

    def __hash__(self) -> int:
        return hash(_OnHost)


class AbstractProblem(eqx.Module):
    """A loss L(W) whose gradient flow dW/dt = −∇L(W) is followed.

    Arrays are leaves, so that one compilation serves every problem of one kind and size.
    """

    _linearisation: eqx.AbstractVar[_OnHost]

    @property
    def linearisation(self) -> AbstractTarget:
        """N of the flow near the origin, dW/dt ≈ ½NW. For the host: not inside compiled code.

        Raises:
            ArgumentError: JAX is tracing this problem, so its arrays are not known.
        """
        if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(self)):
            raise ArgumentError("problem", "one that is not traced (close over it)", "a traced one")
        return self._linearisation.target

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return self._linearisation.target.vocab_size

    @abc.abstractmethod
    def temporaries(self, dim: int) -> int:
        """How many numbers one gradient holds beside W and its result."""

    @abc.abstractmethod
    def loss(self, w: Float[Array, "V d"]) -> Float[Array, ""]:
        """L(W)."""

    @abc.abstractmethod
    def gradient(self, w: Float[Array, "V d"]) -> Float[Array, "V d"]:
        """∇L(W)."""

    @abc.abstractmethod
    def plateaus(self, dim: int) -> Float[np.ndarray, " d"]:
        """Where each s_k² ends, nan where that is not known before the run."""


class Quadratic(AbstractProblem):
    """L = ⅛‖WWᵀ − M‖²_F: dW/dt = ½(M − WWᵀ)W.

    Args:
        target: The target M.

    Source: karkada2025, Setting 3.1 and Lemma 3.1.
    """

    _linearisation: _OnHost = eqx.field(static=True)
    matrix: Float[Array, "V V"]

    def __init__(self, target: AbstractTarget) -> None:
        if not isinstance(target, AbstractTarget):
            raise ArgumentError("target", "a gradflow target", type(target).__name__)
        self._linearisation = _OnHost(target)
        self.matrix = jnp.asarray(target.todense(), default_dtype())

    def temporaries(self, dim: int) -> int:
        """M W and W WᵀW."""
        return 2 * self.vocab_size * dim

    def loss(self, w: Float[Array, "V d"]) -> Float[Array, ""]:
        """⅛‖WWᵀ − M‖²_F."""
        return quadratic_loss(w, self.matrix)

    def gradient(self, w: Float[Array, "V d"]) -> Float[Array, "V d"]:
        """½(WWᵀ − M)W."""
        return quadratic_gradient(w, self.matrix)

    def plateaus(self, dim: int) -> Float[np.ndarray, " d"]:
        """max(λ_k, 0) for the d largest eigenvalues."""
        return np.maximum(self.linearisation.top_eigenpairs(dim)[0], 0.0)


class Contrastive(AbstractProblem):
    """Full-batch skip-gram with negative sampling from counts, tied weights.

    L = Σ_ij [A_ij log(1 + e^{−x_ij}) + B_ij log(1 + e^{x_ij})] with x = WWᵀ, A = Ψ⁺P, B = kΨ⁻Π.

    Args:
        stats: Co-occurrence counts.
        weighting: "uniform", Ψ± = 1/(P + kΠ), or "none", Ψ± = 1. With "none" the entries of A and B
            are probabilities, so time runs slower, by up to about V²/(1 + k); less for modes of
            frequent words (V = 2,000: 6e4 for the first mode, 1e6 for the twentieth).
        negatives: k, negatives per positive.

    Raises:
        ArgumentError: stats are not counts, the weighting is unknown, or negatives not positive.

    Source: mikolov2013distributed in expectation; karkada2025, equation 1.
    """

    _linearisation: _OnHost = eqx.field(static=True)
    positive: Float[Array, "V V"]
    negative: Float[Array, "V V"]

    def __init__(
        self,
        stats: CooccurrenceStatistics,
        weighting: Weighting = "uniform",
        negatives: float = 1.0,
    ) -> None:
        if not isinstance(stats, CooccurrenceStatistics):
            raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
        positive, negative = contrastive_weights(stats, weighting, negatives)
        name = f"SGNS at the origin, weighting {weighting}"
        target = Target(2 * (positive - negative), stats.words, name)
        self._linearisation = _OnHost(target)
        self.positive = jnp.asarray(positive, default_dtype())
        self.negative = jnp.asarray(negative, default_dtype())

    def temporaries(self, dim: int) -> int:
        """WWᵀ, its logistic function and the residual."""
        return 3 * self.vocab_size**2

    def loss(self, w: Float[Array, "V d"]) -> Float[Array, ""]:
        """Σ_ij [A_ij log(1 + e^{−x_ij}) + B_ij log(1 + e^{x_ij})]."""
        return contrastive_loss(w, self.positive, self.negative)

    def gradient(self, w: Float[Array, "V d"]) -> Float[Array, "V d"]:
        """2[(A + B) σ(WWᵀ) − A]W."""
        return contrastive_gradient(w, self.positive, self.negative)

    def plateaus(self, dim: int) -> Float[np.ndarray, " d"]:
        """Unknown: each is where the run itself puts it."""
        return np.full(dim, np.nan)
