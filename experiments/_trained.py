"""Tied embeddings trained on the whole loss of given counts, for those who look at the end alone.

Every step takes the gradient of the full-batch loss, so that nothing is left to chance but the
start. Between start and end this is no gradient flow: rows are scaled and momentum is used.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.sparse.linalg
import xarray as xr
from jaxtyping import Float, Float64

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics
from gradflow.problems import AbstractProblem
from gradflow.targets import pair_weights

# Constants of the paper's code: stronger subsampling than word2vec.c's default of 1e-3.
WORD2VEC = gf.targets.Word2vecWeighting(subsample=1e-5, power=0.75)
WORD2VEC_NAME, UNIFORM_NAME, QWEM_NAME = "word2vec", "SGNS, uniform", "QWEM"
QUADRATIC_NAME = "word2vec, order 2"

# Weighting, and whether both logarithms are cut off after the second order.
_LOSSES: dict[str, tuple[Any, bool]] = {
    WORD2VEC_NAME: (WORD2VEC, False),
    QUADRATIC_NAME: (WORD2VEC, True),
    UNIFORM_NAME: ("uniform", False),
    QWEM_NAME: ("uniform", True),
}


@dataclasses.dataclass(frozen=True)
class Descent:
    """How long and how fast full-batch descent goes, from a small Gaussian start.

    Attributes:
        scale: σ of the start.
        seed: Of the start.
        steps: How many, a multiple of `looks`.
        looks: How often W and the loss are looked at, equally spaced, beside the start.
        momentum: Nesterov's.
        step: In units of the inverse of the largest curvature that the quadratic loss has between
            the origin and its minimum. Momentum 0.9 is stable below 4/3.
    """

    scale: float = 0.1
    seed: int = 0
    steps: int = 300
    looks: int = 10
    momentum: float = 0.9
    step: float = 0.7


def train(name: str, stats: CooccurrenceStatistics, dim: int, descent: Descent) -> xr.Dataset:
    """Train one loss with tied weights and one negative, and return what was seen on the way.

    Args:
        name: "word2vec" is SGNS with word2vec's subsampling (s = 1e-5) and noise ∝ p^0.75;
            "SGNS, uniform" the same loss in the paper's Setting 3.1; "word2vec, order 2" and
            "QWEM" are their second Taylor orders.
        stats: Co-occurrence counts.
        dim: d.
        descent: How.

    Returns:
        `w` (step, word, column) and `loss` (step), in units of that of the origin.
    """
    weighting, second_order = _LOSSES[name]
    problem: AbstractProblem
    if second_order:
        problem = gf.Taylor(stats, 2, weighting)
    else:
        problem = gf.Contrastive(stats, weighting)
    # A word whose pairs weigh little learns slowly: its steps are as much longer.
    sizes = pair_weights(stats, weighting).symmetrised().summed().mean(axis=1)
    rate = descent.step / _curvature(problem, sizes)
    scales = sizes[:, None].astype(np.float32)
    optimizer = optax.chain(
        optax.stateless(lambda updates, _: updates / scales),
        optax.sgd(rate, descent.momentum, nesterov=True),
    )
    start = gf.gaussian_init(jax.random.key(descent.seed), stats.vocab_size, dim, descent.scale)
    steps = np.linspace(0, descent.steps, descent.looks + 1)
    method = gf.Descent(optimizer, updates_per_unit_time=1.0)
    # float32 is exact enough for where training ends, and takes a third of the time.
    run = gf.solve(problem, start.astype(np.float32), steps, method=method, embeddings=True)
    origin = float(problem.loss(jnp.zeros((stats.vocab_size, 1))))
    return xr.Dataset(
        {
            "w": (("step", "word", "column"), np.asarray(run.embeddings)),
            "loss": ("step", np.asarray(run.loss, float) / origin),
        },
        {"step": steps.astype(int)},
    )


def _curvature(problem: AbstractProblem, sizes: Float64[np.ndarray, " V"]) -> float:
    """Return the largest curvature of the scaled quadratic loss on its way to the minimum.

    It is −λ_V/2 at the origin and (λ₁ − λ_V)/2 at the minimum; where the mean is positive, λ₁
    itself is the largest.
    """
    scaled = problem.linearisation.scaled(1 / np.sqrt(sizes))
    size = problem.rows
    operator = scipy.sparse.linalg.LinearOperator(
        (size, size), lambda x: scaled.product(x.reshape(size, 1)).ravel(), dtype=np.float64
    )
    lowest, highest = scipy.sparse.linalg.eigsh(
        operator, 2, which="BE", tol=1e-3, v0=np.ones(size), return_eigenvectors=False
    )
    return float(max(highest, (highest - lowest) / 2))


def features(vectors: Float[np.ndarray, "V d"]) -> Float[np.ndarray, "V d"]:
    """Return eigen-features: left singular vectors of W, by falling singular values."""
    return np.linalg.svd(vectors, full_matrices=False)[0]
