"""A grid of problems, one labelled result: every loss, weighting, k, side, d, scale and seed."""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float

from gradflow._checks import one_of, positive_float, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.analysis._predict import predict_steps
from gradflow.analysis._steps import measure_steps
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import (
    NCE,
    AbstractMethod,
    AbstractProblem,
    Adaptive,
    Contrastive,
    Exact,
    Quadratic,
    Solution,
    Taylor,
    sweep,
    time_grid,
)
from gradflow.initialisation import (
    balanced_init,
    gaussian_init,
    independent_init,
    word2vec_init,
)
from gradflow.targets import WEIGHTINGS, Spectrum, WeightingName, mstar, spectrum

LossName = Literal["sgns", "nce", "taylor"]
SideName = Literal["tied", "untied"]
InitName = Literal["gaussian", "balanced", "word2vec"]
LOSSES: tuple[LossName, ...] = ("sgns", "nce", "taylor")
INITS: tuple[InitName, ...] = ("gaussian", "balanced", "word2vec")

# Of the times, those after the last step that the linearisation promises.
_EXTRA_SHARE = 0.15
_AXES = ("loss", "weighting", "negatives", "side", "dim")

# Called with lanes done and lanes in all.
Progress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True)
class GridSettings:
    """What a grid holds: all combinations of the values of its axes.

    Attributes:
        loss: Losses: sgns, nce (noise-contrastive, with ln Z = ln V) and taylor (both logarithms
            cut off).
        order: Orders of taylor: 1, 2, 4, 6, ...; each is a loss of its own.
        weighting: Weightings of the pairs: uniform, none, unigram, word2vec.
        negatives: Numbers of negatives per positive, k.
        tied: Follow embeddings that words and contexts share; where neither this nor untied is
            asked for, it is what is done.
        untied: Follow embeddings that they do not share.
        dim: Dimensions d.
        scale: Initialisation scales.
        seeds: Random starts for each scale: seeds 0, 1, ...
        init: Start of untied embeddings: gaussian, balanced, or word2vec's own times the scale.
        words: Vocabulary, the most frequent words.
        modes: Time is chosen to cover the steps of this many modes.
        stretch: How much longer than the linearisation promises: losses that bend rise later, and
            their plateaus must settle to be measured.
        num_times: Times at which each run is looked at.
        rtol: Relative error per step where a flow is integrated.
    """

    loss: tuple[LossName, ...] = ("sgns",)
    order: tuple[int, ...] = (2,)
    weighting: tuple[WeightingName, ...] = ("uniform",)
    negatives: tuple[float, ...] = (1.0,)
    tied: bool = False
    untied: bool = False
    dim: tuple[int, ...] = (12,)
    scale: tuple[float, ...] = (1e-4,)
    seeds: int = 1
    init: InitName = "balanced"
    words: int = 500
    modes: int = 6
    stretch: float = 2.0
    num_times: int = 400
    rtol: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("loss", "order", "weighting", "negatives", "dim", "scale"):
            _check_axis(name, getattr(self, name))
        for name, allowed in (("loss", LOSSES), ("weighting", WEIGHTINGS)):
            for value in getattr(self, name):
                one_of(name, value, allowed)
        one_of("init", self.init, INITS)
        for name in ("negatives", "scale"):
            for value in getattr(self, name):
                positive_float(name, value)
        for order in self.order:
            if positive_int("order", order) > 1 and order % 2:
                raise ArgumentError("order", "1 or even numbers", order)
        for name in ("seeds", "words", "modes"):
            positive_int(name, getattr(self, name))
        positive_int("num_times", self.num_times, least=20)
        positive_float("rtol", self.rtol)
        if positive_float("stretch", self.stretch) < 1:
            raise ArgumentError("stretch", "at least 1", self.stretch)
        for dim in self.dim:
            if positive_int("dim", dim) > self.words:
                raise ArgumentError("dim", f"at most the number of words {self.words}", dim)

    @property
    def sides(self) -> tuple[SideName, ...]:
        """Labels along the axis "side"."""
        if self.tied and self.untied:
            return ("tied", "untied")
        return ("untied",) if self.untied else ("tied",)

    @property
    def losses(self) -> tuple[str, ...]:
        """Labels along the axis "loss": taylor once for each order."""
        labels = [
            [f"taylor {order}" for order in self.order] if loss == "taylor" else [loss]
            for loss in self.loss
        ]
        return tuple(itertools.chain(*labels))


def _check_axis(name: str, values: Any) -> None:
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ArgumentError(name, "a sequence of at least one value", shown(values))
    if len(set(values)) < len(values):
        raise ArgumentError(name, "different values", shown(values))


def sweep_grid(
    stats: CooccurrenceStatistics,
    settings: GridSettings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow every combination, measure its steps, and put all into one labelled result.

    Problems of one kind and size are compiled once. Taylor order 2 with uniform weighting, tied or
    balanced, is not integrated: it has a closed form.

    Args:
        stats: Co-occurrence counts.
        settings: What the axes hold.
        progress: Called with lanes done and lanes in all.

    Returns:
        Dataset with dimensions loss, weighting, negatives, side, dim, scale, seed, time and mode:
        `t`, `singular_values`, `objective` (the loss along the run), `status`, `evaluations`,
        `plateaus`, `measured` and `predicted_qr` (from the linearisation at the origin, which is
        exact in the limit of small scales for the closed form alone); the same of contexts under
        names that begin with `context_`, nan where they are tied; `exact`, whether a closed form
        was used. Modes beyond the smaller of several d are nan.

    Raises:
        ArgumentError: Settings that these counts cannot serve.
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    settings = GridSettings() if settings is None else settings
    if not isinstance(settings, GridSettings):
        raise ArgumentError("settings", "GridSettings", type(settings).__name__)
    stats = stats.top(min(settings.words, stats.vocab_size))
    for dim in settings.dim:
        if dim > stats.vocab_size:
            raise ArgumentError("dim", f"at most the vocabulary size {stats.vocab_size}", dim)
    combinations = list(
        itertools.product(
            settings.losses, settings.weighting, settings.negatives, settings.sides, settings.dim
        )
    )
    lanes = len(settings.scale) * settings.seeds
    report = progress or (lambda done, total: None)
    found = []
    for index, combination in enumerate(combinations):
        report(index * lanes, len(combinations) * lanes)
        found.append(_follow(stats, settings, *combination))
    report(len(combinations) * lanes, len(combinations) * lanes)
    return _one_result(found, combinations)


def _one_result(found: list[xr.Dataset], combinations: list[tuple]) -> xr.Dataset:
    """Combinations as axes; modes and contexts that some do not have are nan."""
    names = {name for data in found for name in data.data_vars}
    context = [data for data in found if len(data.data_vars) == len(names)][:1]
    for index, data in enumerate(found):
        for name in names - set(data.data_vars):
            found[index] = found[index].assign({name: context[0][name] * np.nan})
    cases = xr.concat(found, dim="case", data_vars="all", join="outer", combine_attrs="override")
    labels = pd.MultiIndex.from_tuples(combinations, names=_AXES)
    axes = xr.Coordinates.from_pandas_multiindex(labels, "case")
    order = [*_AXES, "scale", "seed", "time", "mode"]
    return cases.assign_coords(axes).unstack("case").transpose(*order)


def _follow(
    stats: CooccurrenceStatistics,
    settings: GridSettings,
    loss: str,
    weighting: WeightingName,
    negatives: float,
    side: SideName,
    dim: int,
) -> xr.Dataset:
    """One combination, all its scales and seeds."""
    tied = side == "tied"
    problem, method, constant = _problem(stats, settings, loss, weighting, negatives, tied)
    spec = spectrum(problem.linearisation, min(dim, settings.modes))
    init = gaussian_init if tied else _INITS[settings.init]
    times = np.stack([_times(spec, scale, dim, settings) for scale in settings.scale])
    modes = min(dim, settings.modes)
    measure: dict[str, Any] = {
        "measured": _Measured(modes, False),
        "predicted_qr": _Predicted(
            jnp.asarray(spec.eigenvalues), jnp.asarray(spec.eigenvectors), dim
        ),
    }
    if not tied:
        measure["context_measured"] = _Measured(modes, True)
    data = sweep(
        problem, settings.scale, settings.seeds, dim,
        method=method, times=times, init=init, measure=measure,
    )  # fmt: skip
    data["loss"] = data["loss"] + constant
    data["measured"].attrs["long_name"] = "first time s_k^2 reaches half of its plateau"
    data = data.rename(loss="objective")
    return data.assign(exact=isinstance(method, Exact))


_INITS: dict[str, Any] = {
    "gaussian": independent_init,
    "balanced": balanced_init,
    "word2vec": word2vec_init,
}


def _problem(
    stats: CooccurrenceStatistics,
    settings: GridSettings,
    loss: str,
    weighting: WeightingName,
    negatives: float,
    tied: bool,
) -> tuple[AbstractProblem, AbstractMethod, float]:
    """The problem, how it is followed, and what its loss lacks to be the one that is meant."""
    # Orders without a lower bound run away in finite time: no use in following them for long.
    adaptive = Adaptive(rtol=settings.rtol, max_steps=20_000)
    if loss == "taylor 2" and weighting == "uniform":
        target = mstar(stats, negatives)
        closed = tied or settings.init == "balanced"
        constant = stats.vocab_size**2 * np.log(2) - target.squared_norm / 8
        return Quadratic(target, tied=tied), Exact() if closed else adaptive, constant
    kinds: dict[str, Any] = {
        "sgns": Contrastive,
        "nce": functools.partial(NCE, log_partition=float(np.log(stats.vocab_size))),
    }
    make = kinds.get(loss) or functools.partial(Taylor, order=int(loss.split()[-1]))
    return make(stats, weighting=weighting, negatives=negatives, tied=tied), adaptive, 0.0


def _times(
    spec: Spectrum, scale: float, dim: int, settings: GridSettings
) -> Float[np.ndarray, " T"]:
    """Over the steps that the linearisation promises, and for longer."""
    extra = int(_EXTRA_SHARE * settings.num_times) if settings.stretch > 1 else 0
    times = time_grid(spec, scale, dim, settings.num_times - extra)
    return np.append(times, times[-1] * np.geomspace(1.0, settings.stretch, extra + 1)[1:])


class _Measured(eqx.Module):
    """Measured step times of the first modes of one side, nan for the rest."""

    modes: int = eqx.field(static=True)
    context: bool = eqx.field(static=True)

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, " d"]:
        side = solution.context if self.context else solution
        assert side is not None
        return _padded(measure_steps(side, self.modes), solution.plateaus.size)


class _Predicted(eqx.Module):
    """Step times of the first modes by the qr rule, nan for the rest."""

    eigenvalues: Float[Array, " m"]
    eigenvectors: Float[Array, "R m"]
    dim: int = eqx.field(static=True)

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, " d"]:
        spec = Spectrum(self.eigenvalues, self.eigenvectors, 0.0)  # type: ignore[arg-type]
        return _padded(predict_steps(spec, w0), self.dim)


def _padded(steps: Float[Array, " m"], dim: int) -> Float[Array, " d"]:
    return jnp.pad(steps, (0, dim - steps.size), constant_values=jnp.nan)
