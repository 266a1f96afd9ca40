"""Training from text: check, then draw, update and look in turns."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np
import optax
from jaxtyping import Array, Float, Real

from gradflow._checks import shown
from gradflow._errors import ArgumentError
from gradflow._files import StrPath
from gradflow.corpus import TokenCorpus
from gradflow.initialisation import RandomKey
from gradflow.methods import Snapshots
from gradflow.problems import AbstractProblem
from gradflow.training._arguments import (
    Options,
    Setup,
    Start,
    checked_corpus,
    checked_loss,
    checked_options,
    checked_parameters,
    checked_snapshots,
    checked_updates,
    make_setup,
)
from gradflow.training._backends import AbstractBackend, HostBackend, XlaBackend
from gradflow.training._checkpoint import make_folder
from gradflow.training._objective import AbstractObjective
from gradflow.training._pairs import AbstractPairs
from gradflow.training._pipeline import Pipeline, Segment, segments
from gradflow.training._recorder import LossFunction, Recorder
from gradflow.training._run_state import RunState, digest
from gradflow.training._training import Training, training_solution


class Progress(Protocol):
    """A function that is called as progress(updates made, last update)."""

    def __call__(self, done: int, total: int, /) -> object: ...


def train(
    corpus: TokenCorpus,
    pairs: AbstractPairs,
    w0: Start,
    updates: Sequence[int] | Real[np.ndarray, " T"],
    *,
    optimizer: optax.GradientTransformation,
    batch: int,
    key: RandomKey | int,
    objective: AbstractObjective | None = None,
    updates_per_unit_time: float = 1.0,
    loss: AbstractProblem | LossFunction | None = None,
    embeddings: bool = False,
    snapshots: Snapshots | None = None,
    checkpoint: StrPath | None = None,
    checkpoint_every: int | None = None,
    backend: str | None = None,
    chunk: int = 16,
    progress: Progress | None = None,
    throw: bool = True,
) -> Training:
    """Train on a text, minibatch by minibatch, with any optax optimiser.

    The batches of a run depend on the text, `pairs`, `batch` and `key` alone, not on the number of
    threads, on `chunk` or on what is looked at; and on one machine so do all bits of the result.

    Args:
        corpus: The text, from `read_corpus`.
        pairs: How pairs are drawn: `Word2vecPairs` or `PaperPairs`.
        w0: Where training starts, (V, d) with d ≤ V; a pair (W₀, C₀) of such for untied weights.
            Its dtype, float32 or float64, is that of the run.
        updates: After how many updates to look, (T,), rising; the last is the end.
        optimizer: An optax optimiser. Plain descent, `optax.sgd(η)`, on `PaperPairs` follows the
            gradient flow of the full-batch loss: an update is η of its time.
        batch: B, positive pairs an update, or windows for `Cbow`. Their noise comes on top.
        key: A JAX random key, or a whole number of at least 0.
        objective: `SkipGram()` unless told otherwise.
        updates_per_unit_time: How many updates make one unit of time; 1/η for plain descent.
        loss: The loss to report: a problem such as `Contrastive` for its full-batch loss, or a
            function loss(w, c), with c = w where weights are tied. None takes the batch loss on
            one batch that is set aside, always the same: what `evaluation_loss` gives.
        embeddings: Keep W and C whenever the state is looked at.
        snapshots: Functions of the state whose results are kept, at times of their own if need be.
        checkpoint: A folder, made if need be. If it holds a checkpoint of this run, the run goes
            on from there, to the same bits; optimisers are only compared by what their states look
            like.
        checkpoint_every: Updates between checkpoints; None writes one at the end.
        backend: "host" for compiled loops, "xla" for XLA; None takes "host" on CPU.
        chunk: Updates a dispatch.
        progress: Called as progress(updates made, last update).
        throw: Raise where a state that is looked at is not finite.

    Returns:
        A solution, with what was asked for at these updates, and what the run cost.

    Raises:
        ArgumentError: An argument has the wrong shape, type or value.
        DataError: The text has no pairs, or the checkpoint is another run's, or damaged.
        SolveError: The run met a number that is not finite, and `throw` is set.

    Example:
        >>> import jax, optax, gradflow as gf
        >>> corpus = gf.read_corpus(["the cat sat on the mat", "the dog sat on the cat"])
        >>> w0 = gf.gaussian_init(jax.random.key(0), corpus.vocab_size, dim=2, scale=0.1)
        >>> run = gf.train(corpus, gf.training.PaperPairs(window=2), w0, [0, 50, 100],
        ...                optimizer=optax.sgd(0.5), batch=32, key=1)
        >>> run.singular_values.shape, bool(run.loss[-1] < run.loss[0])
        ((3, 2), True)
    """
    parameters = checked_parameters(checked_corpus(corpus), w0)
    looked_at = checked_updates(updates)
    options = checked_options(
        optimizer, backend, chunk, updates_per_unit_time, checkpoint, checkpoint_every
    )
    reported = checked_loss(loss, len(parameters) == 1, corpus.vocab_size)
    pace = options.updates_per_unit_time
    functions, snapshots_at = checked_snapshots(snapshots, looked_at, pace)
    if not isinstance(embeddings, bool | np.bool_):
        raise ArgumentError("embeddings", "True or False", shown(embeddings))
    setup = make_setup(corpus, pairs, objective, batch, key, np.dtype(parameters[0].dtype))
    recorder = Recorder(reported or setup.evaluation(), functions, bool(embeddings))
    settings = setup.settings | {
        "start": digest(parameters),
        "backend": options.backend,
        "updates_per_unit_time": pace,
        "embeddings": bool(embeddings),
        "snapshots": list(functions),
        "loss": "of a batch"
        if loss is None
        else getattr(loss, "__qualname__", type(loss).__name__),
    }
    if checkpoint is not None:
        make_folder(checkpoint)  # a folder that cannot be written is told before the work
    state = optimizer.init(parameters)
    run = RunState(
        parameters, state, 0, looked_at, snapshots_at, pace, recorder, settings, checkpoint
    )
    arguments = (optimizer, setup.objective, setup.offset, parameters)
    if options.backend == "host":
        cost = _descend(run, setup, HostBackend(*arguments), options, progress, throw)
    else:
        cost = _descend(run, setup, XlaBackend(*arguments, options.chunk), options, progress, throw)
    return _training(run, cost)


def evaluation_loss(
    corpus: TokenCorpus,
    pairs: AbstractPairs,
    w: Start,
    *,
    batch: int,
    key: RandomKey | int,
    objective: AbstractObjective | None = None,
) -> Float[Array, ""]:
    """Return the loss that `train` reports for a state unless it is given another one.

    It is the batch loss on a batch of `batch` pairs that no update of that run takes.

    Args:
        corpus: The text.
        pairs: How pairs are drawn.
        w: W (V, d), or a pair (W, C).
        batch: B, as in the run.
        key: As in the run.
        objective: As in the run.

    Returns:
        The loss of this state.

    Raises:
        ArgumentError: An argument has the wrong shape, type or value.

    Example:
        >>> import jax, optax, gradflow as gf
        >>> corpus = gf.read_corpus(["the cat sat on the mat", "the dog sat on the cat"])
        >>> w0 = gf.gaussian_init(jax.random.key(0), corpus.vocab_size, dim=2, scale=0.1)
        >>> pairs = gf.training.PaperPairs(window=2)
        >>> run = gf.train(corpus, pairs, w0, [0], optimizer=optax.sgd(0.5), batch=32, key=1)
        >>> loss = gf.training.evaluation_loss(corpus, pairs, w0, batch=32, key=1)
        >>> bool(abs(loss - run.loss[0]) < 1e-12)
        True
    """
    parameters = checked_parameters(checked_corpus(corpus), w)
    setup = make_setup(corpus, pairs, objective, batch, key, np.dtype(parameters[0].dtype))
    return setup.evaluation()(parameters[0], parameters[-1])


class _Cost(NamedTuple):
    """Updates made, the seconds that took, and those of them spent waiting for batches."""

    updates: int
    seconds: float
    waited: float


def _descend(
    run: RunState,
    setup: Setup,
    backend: AbstractBackend,
    options: Options,
    progress: Progress | None,
    throw: bool,
) -> _Cost:
    """Make all updates that are left, looking and saving on the way."""
    resumed = run.resume()
    if not resumed:
        run.look(throw)
    first, last, every = run.updates, int(run.looked_at[-1]), options.checkpoint_every

    def prepare(segment: Segment) -> Any:
        return backend.prepare([setup.source(update) for update in range(*segment)])

    looks = [*run.looked_at.tolist(), *run.snapshots_at.tolist()]
    stops = [*looks, *(range(every, last, every) if every else ())]
    begin, aside = time.perf_counter(), 0.0
    with Pipeline(prepare, segments(first, last, options.chunk, stops)) as pipeline:
        for (_, run.updates), prepared in pipeline:
            run.parameters, run.optimizer = backend.advance(run.parameters, run.optimizer, prepared)
            jax.block_until_ready(run.parameters)  # or chunks would queue up, batches and all
            paused = time.perf_counter()
            run.look(throw)
            if every and run.updates % every == 0 and run.updates < last:
                run.save()
            if progress is not None:
                progress(run.updates, last)
            aside += time.perf_counter() - paused
    seconds = time.perf_counter() - begin - aside
    if not resumed or first < last:
        run.save()
    return _Cost(last - first, seconds, pipeline.waited)


def _training(run: RunState, cost: _Cost) -> Training:
    """Return what was recorded, and what it cost."""
    pace = run.updates_per_unit_time
    return Training(
        solution=training_solution(
            run.recorder.stacked(),
            run.looked_at / pace,
            run.snapshots_at / pace,
            int(run.looked_at[-1]),
        ),
        updates=run.looked_at,
        snapshot_updates=run.snapshots_at,
        state=run.state,
        seconds=cost.seconds,
        updates_taken=cost.updates,
        waiting=cost.waited / cost.seconds if cost.updates else 0.0,
    )
