"""Checks of the arguments of `train`."""

import functools
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Real

from gradflow._checks import one_of, positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import TokenCorpus
from gradflow.initialisation import RandomKey
from gradflow.methods import Snapshots, State
from gradflow.problems import AbstractProblem
from gradflow.problems._validate_start import Start, checked_pair, checked_side
from gradflow.training._backends import Parameters
from gradflow.training._batch import Batch
from gradflow.training._objective import AbstractObjective, Cbow, SkipGram
from gradflow.training._pairs import AbstractPairs
from gradflow.training._recorder import LossFunction
from gradflow.training._sources import EVALUATION, AbstractSource, make_source

BACKENDS = ("host", "xla")


class Setup(NamedTuple):
    """What is learned, from which batches.

    Attributes:
        objective: The objective.
        source: Batches by the number of their update.
        offset: b (V,) float64.
        settings: What makes two runs the same, as far as it is known here, as JSON values.
    """

    objective: AbstractObjective
    source: AbstractSource
    offset: np.ndarray
    settings: dict[str, Any]

    def evaluation(self) -> Callable[[Array, Array], Float[Array, ""]]:
        """Return loss(w, c) on the batch that is set aside."""
        batch = jax.tree.map(jnp.asarray, self.source(EVALUATION))
        offset = jnp.asarray(self.offset, batch.weights.dtype)
        return lambda w, c: _batch_loss(self.objective, w, c, batch, offset)


@jax.jit
def _batch_loss(
    objective: AbstractObjective, w: Array, c: Array, batch: Batch, offset: Array
) -> Float[Array, ""]:
    return objective.loss(w, c, batch, offset)


def make_setup(
    corpus: TokenCorpus,
    pairs: AbstractPairs,
    objective: AbstractObjective | None,
    batch: int,
    key: RandomKey | int,
    dtype: np.dtype,
) -> Setup:
    """Return objective, batches and offsets, or raise an error about one of them."""
    objective = SkipGram() if objective is None else objective
    if not isinstance(objective, SkipGram | Cbow):
        raise ArgumentError("objective", "SkipGram() or Cbow()", type(objective).__name__)
    batch, seed = positive_int("batch", batch), seed_of(key)
    source = make_source(corpus, pairs, isinstance(objective, Cbow), batch, seed, dtype)
    settings = {
        "text": hashlib.sha256(np.ascontiguousarray(corpus.ids).data).hexdigest(),
        "vocabulary": corpus.vocab_size,
        "pairs": repr(pairs),
        "objective": repr(objective),
        "batch": batch,
        "key": seed,
    }
    return Setup(
        objective, source, objective.offset(pairs.noise(corpus), pairs.negatives), settings
    )


def seed_of(key: RandomKey | int) -> int:
    """Return 64 bits of a JAX random key, or the whole number itself."""
    if isinstance(key, jax.Array) and not isinstance(key, jax.core.Tracer):
        typed = jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)
        bits = np.asarray(jax.random.key_data(key) if typed else key)
        if bits.ndim == 1 and bits.dtype == np.uint32:
            digest = hashlib.sha256(bits.tobytes()).digest()
            return int.from_bytes(digest[:8], "little")
        raise ArgumentError("key", "one random key", f"shape {key.shape} of {key.dtype}")
    if isinstance(key, bool) or not isinstance(key, int | np.integer) or key < 0:
        raise ArgumentError("key", "a JAX random key, or a whole number of at least 0", shown(key))
    return positive_int("key", key, least=0)


def checked_corpus(corpus: TokenCorpus) -> TokenCorpus:
    """Return the corpus, once it is sure that it is one."""
    if not isinstance(corpus, TokenCorpus):
        got = type(corpus).__name__
        raise ArgumentError("corpus", "a TokenCorpus, as read_corpus gives", got)
    return corpus


def checked_parameters(corpus: TokenCorpus, w0: Start) -> Parameters:
    """Return W₀ and, unless tied, C₀ as finite JAX arrays of one shape and dtype."""
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(w0)):
        raise ArgumentError("w0", "numbers known before tracing", "a traced array")
    if isinstance(w0, tuple):
        return checked_pair(corpus.vocab_size, w0)
    return (checked_side("w0", corpus.vocab_size, w0),)


def checked_updates(
    updates: Sequence[int] | Real[np.ndarray, " T"],
) -> Int[np.ndarray, " T"]:
    """Return rising whole numbers from zero or later, as int64."""
    values = real_array("updates", updates)
    if values.ndim != 1 or values.size == 0:
        raise ArgumentError("updates", "shape (T,) with T ≥ 1", f"shape {values.shape}")
    integral = np.isfinite(values).all() and (values == np.rint(values)).all()
    # Above 2⁵³ float64 holds not every whole number.
    if not integral or values[0] < 0 or values[-1] >= 2**53 or (np.diff(values) <= 0).any():
        raise ArgumentError("updates", "rising whole numbers of at least 0", shown(updates))
    return values.astype(np.int64)


class Options(NamedTuple):
    """How a run proceeds."""

    backend: str
    chunk: int
    updates_per_unit_time: float
    checkpoint_every: int | None


def checked_options(
    optimizer: optax.GradientTransformation,
    backend: str | None,
    chunk: int,
    updates_per_unit_time: float,
    checkpoint: Any,
    checkpoint_every: int | None,
) -> Options:
    """Return the options, checked as far as that needs no data."""
    if not hasattr(optimizer, "init") or not hasattr(optimizer, "update"):
        raise ArgumentError("optimizer", "an optax optimiser", type(optimizer).__name__)
    if checkpoint_every is not None:
        positive_int("checkpoint_every", checkpoint_every)
        if checkpoint is None:
            wanted = "a folder in `checkpoint` beside it"
            raise ArgumentError("checkpoint_every", wanted, checkpoint_every)
    return Options(
        _default_backend() if backend is None else one_of("backend", backend, BACKENDS),
        positive_int("chunk", chunk),
        positive_float("updates_per_unit_time", updates_per_unit_time),
        checkpoint_every,
    )


@functools.cache
def _default_backend() -> str:
    return "host" if jax.default_backend() == "cpu" else "xla"


@eqx.filter_jit
def _loss_of(problem: AbstractProblem, state: Array) -> Array:
    return problem.loss(state)


def checked_loss(loss: Any, tied: bool, vocab_size: int) -> LossFunction | None:
    """Return a function loss(w, c), also where a problem was given."""
    if isinstance(loss, AbstractProblem):
        if loss.tied != tied:
            wanted = "a problem that is tied" if tied else "a problem that is not tied"
            raise ArgumentError("loss", f"{wanted}, as w0 is", type(loss).__name__)
        if loss.vocab_size != vocab_size:
            wanted = f"a problem of the {vocab_size} words of the corpus"
            raise ArgumentError("loss", wanted, f"one of {loss.vocab_size}")
        return lambda w, c: _loss_of(loss, w if tied else jnp.concatenate([w, c]))
    if loss is not None and not callable(loss):
        raise ArgumentError("loss", "a problem, or a function loss(w, c)", shown(loss))
    return loss


def checked_snapshots(
    snapshots: Snapshots | None, updates: np.ndarray, updates_per_unit_time: float
) -> tuple[dict[str, Callable[[State], Any]], np.ndarray]:
    """Return the functions, and after how many updates (S,) they look."""
    if snapshots is None:
        return {}, updates[:0]
    if not isinstance(snapshots, Snapshots):
        raise ArgumentError("snapshots", "gradflow.Snapshots", shown(snapshots))
    if snapshots.times is None:
        return dict(snapshots.functions), updates
    times = np.asarray(snapshots.times)
    looks = np.rint(times * updates_per_unit_time).astype(np.int64)
    if looks[-1] > updates[-1]:
        last = updates[-1] / updates_per_unit_time
        wanted = f"times up to the last one of the run, {last:g}"
        raise ArgumentError("snapshots", wanted, f"{times[-1]:g}")
    if (np.diff(looks) == 0).any():
        raise ArgumentError("snapshots", "times an update or more apart", shown(times.tolist()))
    return dict(snapshots.functions), looks
