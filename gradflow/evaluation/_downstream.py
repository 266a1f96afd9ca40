"""Analogies and similarities along training and against d: predicted, trained, and at the end."""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from gradflow._checks import one_of, positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow.dynamics import solve, time_grid
from gradflow.evaluation._analogies import AnalogySet, IndexedAnalogies, load_analogies
from gradflow.evaluation._analogy_accuracy import (
    ANALOGY_METHODS,
    AnalogyMethod,
    analogy_accuracy,
)
from gradflow.evaluation._similarities import (
    IndexedSimilarities,
    SimilaritySet,
    load_similarities,
    similarity,
)
from gradflow.initialisation import gaussian_init
from gradflow.methods import RULES, AbstractMethod, Auto, Rule, Snapshots, State
from gradflow.problems import AbstractProblem
from gradflow.targets import AbstractTarget, Spectrum, spectrum
from gradflow.theory import predict_singular_values, predict_steps

SOURCES = ("predicted", "trained")

_AUTO = Auto()


class _Scores(eqx.Module):
    """All scores of one W in one vector: accuracy, by section, Spearman by benchmark."""

    analogies: IndexedAnalogies
    similarities: tuple[IndexedSimilarities, ...]
    method: AnalogyMethod = eqx.field(static=True)

    def __call__(self, state: State) -> Float[Array, " scores"]:
        return self.of(state.embeddings)

    def of(self, embeddings: Float[Array, "V d"]) -> Float[Array, " scores"]:
        solved = analogy_accuracy(embeddings, self.analogies, self.method)
        ranks = [similarity(embeddings, pairs).spearman for pairs in self.similarities]
        both = [solved.accuracy[None], solved.by_section]
        return jnp.concatenate([*both, *(rank[None] for rank in ranks)])


def downstream_curves(
    problem: AbstractProblem,
    dims: Sequence[int],
    *,
    scale: float = 1e-3,
    times: Float[np.ndarray, " T"] | None = None,
    num_times: int = 60,
    seeds: int | Sequence[int] = 1,
    analogies: AnalogySet | None = None,
    similarities: Sequence[SimilaritySet] | None = None,
    rule: Rule = "qr",
    analogy_method: AnalogyMethod = "cosine_add",
    method: AbstractMethod[Any] = _AUTO,
) -> xr.Dataset:
    """How good W(t) is at analogies and similarities, before the run and in it, for several d.

    Predicted is W(t) = Σ_k s_k(t) u_k e_kᵀ with the eigenvectors u_k of the target and the
    sigmoids s_k(t) of `predict_singular_values`: no run, nothing but eigenpairs and W₀. Trained is
    the flow itself, looked at while it is solved. At the end of time both are u_k √λ_k.

    Args:
        problem: A tied problem whose target has words. Of problems other than `Quadratic`, the
            prediction is that of their quadratic model at the origin.
        dims: Values of d, at most V each.
        scale: Initialisation scale σ, entries N(0, σ²/d).
        times: (T,), the same for every d; None for `num_times` of `time_grid` at the largest d.
        num_times: How many, at least 8, where `times` is None.
        seeds: How many seeds from 0, or the seeds themselves.
        analogies: Questions; None for `load_analogies()`.
        similarities: Word pairs, each set with a name of its own; None for WordSim-353 and
            SimLex-999.
        rule: As in `predict_steps`.
        analogy_method: As in `analogy_accuracy`.
        method: As in `solve`.

    Returns:
        Dataset over source ("predicted", "trained"), seed, dim, time, section and benchmark:

        * `t` (time), `first_step` (seed, dim): the first predicted step time; before it W(t) is
          W₀, of which the prediction knows the first d eigenvectors only;
        * `accuracy` (source, seed, dim, time), `section_accuracy` with section behind, `spearman`
          with benchmark behind;
        * the same with `final_` in front, (dim) in place of (source, seed, dim, time): of the top
          d eigenvectors times √λ, negative λ as zero;
        * `covered`, `total` (section): questions; `covered_pairs`, `total_pairs` (benchmark).

    Raises:
        ArgumentError: An argument has no usable value, or the target has no words, or too few that
            occur in the questions and pairs.
        DataError: Questions or pairs are those of gensim, and gensim is missing.
        SolveError: The flow could not be followed.

    Source: karkada2025, Lemma 3.1 for rule "paper".
    """
    target, words = _checked_problem(problem)
    sizes = _checked_integers("dims", dims, target.vocab_size)
    numbers = _checked_integers("seeds", _all_seeds(seeds), None)
    scale = positive_float("scale", scale)
    if times is None:
        num_times = positive_int("num_times", num_times, least=8)
    else:
        times = real_array("times", times)
    one_of("rule", rule, RULES)
    one_of("analogy_method", analogy_method, ANALOGY_METHODS)
    questions = _checked_analogies(analogies).indexed(words)
    similarities = _checked_similarities(similarities)
    pairs = tuple(judged.indexed(words) for judged in similarities)
    scores = _Scores(questions, pairs, analogy_method)
    whole = spectrum(target, max(sizes))
    grid = time_grid(whole, scale, max(sizes), num_times) if times is None else times

    def start(seed: int, dim: int) -> Float[Array, "V d"]:
        return gaussian_init(jax.random.key(seed), target.vocab_size, dim, scale)

    def both(seed: int, dim: int) -> Float[np.ndarray, "2 T scores"]:
        w0, spec, kept = start(seed, dim), _leading(whole, dim), Snapshots({"scores": scores})
        trained = solve(problem, w0, grid, method=method, snapshots=kept).snapshots["scores"]
        rises = predict_singular_values(spec, w0, grid, rule)
        predicted = _along(scores, jnp.asarray(spec.eigenvectors, rises.dtype), rises)
        return np.stack([np.asarray(predicted), np.asarray(trained)])

    def first(seed: int, dim: int) -> float:
        return float(jnp.nanmin(predict_steps(_leading(whole, dim), start(seed, dim), rule)))

    curves = np.stack([np.stack([both(seed, dim) for dim in sizes], 1) for seed in numbers], 1)
    ends = np.stack([_at_the_end(scores, _leading(whole, dim)) for dim in sizes])
    names = [judged.name for judged in similarities]
    data = _labelled(curves, ends, grid, questions, pairs, names)
    data["first_step"] = ("seed", "dim"), [[first(seed, dim) for dim in sizes] for seed in numbers]
    coordinates = {"source": list(SOURCES), "seed": numbers, "dim": sizes}
    attributes = {"target": target.name, "words": target.vocab_size, "scale": scale, "rule": rule}
    data = data.assign_coords(coordinates)
    return data.assign_attrs(**attributes, analogy_method=analogy_method)


@eqx.filter_jit
def _along(
    scores: _Scores, vectors: Float[Array, "V d"], rises: Float[Array, "T d"]
) -> Float[Array, "T scores"]:
    return jax.lax.map(lambda values: scores.of(vectors * values), rises)


def _at_the_end(scores: _Scores, spec: Spectrum) -> Float[np.ndarray, " scores"]:
    values = np.sqrt(np.maximum(spec.eigenvalues, 0))
    return np.asarray(_along(scores, jnp.asarray(spec.eigenvectors), jnp.asarray(values)[None])[0])


def _leading(spec: Spectrum, dim: int) -> Spectrum:
    values, vectors = spec.eigenvalues[:dim], spec.eigenvectors[:, :dim]
    return Spectrum(values, vectors, spec.squared_norm, spec.words, spec.name)


def _labelled(
    curves: Float[np.ndarray, "source seed dim time scores"],
    ends: Float[np.ndarray, "dim scores"],
    times: Float[np.ndarray, " T"],
    questions: IndexedAnalogies,
    pairs: tuple[IndexedSimilarities, ...],
    benchmarks: list[str],
) -> xr.Dataset:
    """The vectors of scores, taken apart and named."""
    behind = {"accuracy": (), "section_accuracy": ("section",), "spearman": ("benchmark",)}
    cuts = [1, 1 + len(questions.sections)]
    variables: dict[str, Any] = {"t": ("time", times, {"units": "gradient-flow time"})}
    for before, array, front in (
        ("", curves, ("source", "seed", "dim", "time")),
        ("final_", ends, ("dim",)),
    ):
        parts = np.split(array, cuts, axis=-1)
        for (name, last), part in zip(behind.items(), parts, strict=True):
            variables[before + name] = ((*front, *last), part if last else part[..., 0])
    variables["covered"] = ("section", np.asarray(questions.covered))
    variables["total"] = ("section", np.asarray(questions.total))
    variables["covered_pairs"] = ("benchmark", [each.covered for each in pairs])
    variables["total_pairs"] = ("benchmark", [each.total for each in pairs])
    return xr.Dataset(variables, {"section": list(questions.sections), "benchmark": benchmarks})


def _checked_problem(problem: Any) -> tuple[AbstractTarget, tuple[str, ...]]:
    if not isinstance(problem, AbstractProblem) or not problem.tied:
        got = "an untied one" if isinstance(problem, AbstractProblem) else shown(problem)
        raise ArgumentError("problem", "a tied gradflow problem", got)
    target = problem.linearisation
    if target.words is None:
        raise ArgumentError("problem", "one whose target has words", f"{target!r} without")
    return target, target.words


def _checked_analogies(analogies: Any) -> AnalogySet:
    if analogies is not None and not isinstance(analogies, AnalogySet):
        raise ArgumentError("analogies", "an AnalogySet, as of load_analogies", shown(analogies))
    return load_analogies() if analogies is None else analogies


def _checked_similarities(similarities: Any) -> Sequence[SimilaritySet]:
    """Sets whose names differ, since names are the labels of the benchmarks."""
    if similarities is None:
        return [load_similarities("wordsim353"), load_similarities("simlex999")]
    wanted = "a sequence of SimilaritySets, as of load_similarities"
    listed = isinstance(similarities, Sequence)
    if not listed or not all(isinstance(each, SimilaritySet) for each in similarities):
        raise ArgumentError("similarities", wanted, shown(similarities))
    names = [each.name for each in similarities]
    if len(set(names)) < len(names):
        raise ArgumentError("similarities", "sets of different names", shown(names))
    return list(similarities)


def _all_seeds(seeds: Any) -> Any:
    listed = isinstance(seeds, Sequence) or getattr(seeds, "ndim", 0) > 0
    return seeds if listed else range(positive_int("seeds", seeds))


def _checked_integers(argument: str, values: Any, largest: int | None) -> list[int]:
    """Different integers; with a largest one, from 1."""
    wanted = "different integers" + ("" if largest is None else f" from 1 to {largest}")
    listed = isinstance(values, Sequence) or getattr(values, "ndim", None) == 1
    numbers = list(values) if listed else []
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
    if not numbers or not whole or len(set(numbers)) < len(numbers):
        raise ArgumentError(argument, wanted, shown(values))
    if largest is not None and not 1 <= min(numbers) <= max(numbers) <= largest:
        raise ArgumentError(argument, wanted, shown(values))
    return [int(n) for n in numbers]
