"""What is learned from a batch: skip-gram or CBOW, by negative sampling or noise contrast."""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import finite_float, one_of
from gradflow._errors import ArgumentError
from gradflow.losses._softplus import AbstractSoftplus, Softplus
from gradflow.training._batch import Batch, PairBatch, WindowBatch

CONTRASTS = ("negative-sampling", "nce")
Gradients = tuple[Float[Array, "V d"], Float[Array, "V d"]]


def _log_partition(value: float) -> float:
    return finite_float("log_partition", value)


class AbstractObjective(eqx.Module):
    """A batch loss Σ_n weights_n [φ(s_n) − labels_n s_n] of scores s_n = h_n·c_j − b_j.

    For negative sampling b = 0; for noise-contrastive estimation b_j = ln(k q_j) + ln Z, with q the
    noise distribution, so that h_n·c_j − ln Z become log-probabilities.

    Args:
        contrast: "negative-sampling" or "nce".
        softplus: φ: `Softplus()`, or `TaylorSoftplus(order)`.
        log_partition: ln Z, of "nce" alone. Zero is the usual choice; ln V makes all words equally
            likely at the origin.

    Raises:
        ArgumentError: Neither of these names, not a softplus, log_partition is not a finite number,
            or is given for negative sampling.
    """

    contrast: str = eqx.field(static=True, default="negative-sampling")
    softplus: AbstractSoftplus = Softplus()
    log_partition: float = eqx.field(static=True, default=0.0, converter=_log_partition)

    def __check_init__(self) -> None:
        one_of("contrast", self.contrast, CONTRASTS)
        if not isinstance(self.softplus, AbstractSoftplus):
            raise ArgumentError("softplus", "Softplus() or TaylorSoftplus(order)", self.softplus)
        if self.log_partition and self.contrast != "nce":
            raise ArgumentError(
                "log_partition", 'zero unless contrast is "nce"', self.log_partition
            )

    def offset(self, noise: np.ndarray, negatives: float) -> np.ndarray:
        """Return b (V,)."""
        if self.contrast == "nce":
            return np.log(negatives * noise) + self.log_partition
        return np.zeros_like(noise)

    @abc.abstractmethod
    def inputs(self, w: Float[Array, "V d"], batch: Any) -> Float[Array, "r d"]:
        """Return the vectors h that `batch.rows` points to."""

    @abc.abstractmethod
    def pulled_back(
        self, w: Float[Array, "V d"], batch: Any, gradient: Float[Array, "r d"]
    ) -> Float[Array, "V d"]:
        """Return ∂L/∂W from ∂L/∂h."""

    def loss(
        self,
        w: Float[Array, "V d"],
        c: Float[Array, "V d"],
        batch: Batch,
        offset: Float[Array, " V"],
    ) -> Float[Array, ""]:
        """Return the batch loss; C = W where weights are tied."""
        scores = self._scores(self.inputs(w, batch), c, batch, offset)
        return jnp.sum(batch.weights * (self.softplus.value(scores) - batch.labels * scores))

    def gradients(
        self,
        w: Float[Array, "V d"],
        c: Float[Array, "V d"],
        batch: Batch,
        offset: Float[Array, " V"],
    ) -> Gradients:
        """Return ∂L/∂W and ∂L/∂C, each with the other held; where C = W, add them."""
        h = self.inputs(w, batch)
        scores = self._scores(h, c, batch, offset)
        slopes = (batch.weights * (self.softplus.slope(scores) - batch.labels))[:, None]
        # Rows are sorted, which spares a scatter on accelerators.
        on_inputs = jax.ops.segment_sum(
            slopes * c[batch.cols], batch.rows, len(h), indices_are_sorted=True
        )
        on_outputs = jax.ops.segment_sum(slopes * h[batch.rows], batch.cols, len(c))
        return self.pulled_back(w, batch, on_inputs), on_outputs

    def _scores(self, h: Array, c: Array, batch: Batch, offset: Array) -> Float[Array, " n"]:
        return jnp.sum(h[batch.rows] * c[batch.cols], axis=1) - offset[batch.cols]


class SkipGram(AbstractObjective):
    """Each word of a pair on its own: s = w_i·c_j − b_j.

    Source: mikolov2013distributed.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> gf.training.SkipGram("nce").offset(np.array([0.5, 0.25]), negatives=2.0).round(3)
        array([ 0.   , -0.693])
    """

    def inputs(self, w: Float[Array, "V d"], batch: PairBatch) -> Float[Array, "V d"]:
        """Return W itself."""
        return w

    def pulled_back(
        self, w: Float[Array, "V d"], batch: PairBatch, gradient: Float[Array, "V d"]
    ) -> Float[Array, "V d"]:
        """Return the same gradient, as h is W."""
        return gradient


class Cbow(AbstractObjective):
    """The middle word from the mean of its window: s = mean(w_l)·c_j − b_j.

    The gradient is the true one: the share of each context is divided by their number, which
    word2vec.c leaves out.

    Source: mikolov2013distributed and word2vec.c.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> gf.training.Cbow().offset(np.array([0.5, 0.25]), negatives=2.0)
        array([0., 0.])
    """

    def inputs(self, w: Float[Array, "V d"], batch: WindowBatch) -> Float[Array, "B d"]:
        """Return the means of the windows."""

        def add(total: Array, words: Array) -> tuple[Array, None]:
            return total + jnp.where(words[:, None] >= 0, w[words], 0), None

        start = jnp.zeros((len(batch.contexts), w.shape[1]), w.dtype)
        total = jax.lax.scan(add, start, batch.contexts.T)[0]
        return total / self._sizes(w, batch)

    def pulled_back(
        self, w: Float[Array, "V d"], batch: WindowBatch, gradient: Float[Array, "B d"]
    ) -> Float[Array, "V d"]:
        """Return ∂L/∂W: every word gets an equal share of each window it is in."""
        shares = gradient / self._sizes(w, batch)

        def add(total: Array, words: Array) -> tuple[Array, None]:
            nowhere = len(total)  # out of bounds, hence dropped
            places = jnp.where(words >= 0, words, nowhere)
            return total.at[places].add(shares, mode="drop"), None

        return jax.lax.scan(add, jnp.zeros_like(w), batch.contexts.T)[0]

    def _sizes(self, w: Array, batch: WindowBatch) -> Float[Array, "B 1"]:
        return jnp.sum(batch.contexts >= 0, axis=1, keepdims=True).astype(w.dtype)
