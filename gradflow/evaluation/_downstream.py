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
    similarity_correlation,
)
from gradflow.evaluation._validate_questions import different_integers
from gradflow.initialisation import gaussian_init
from gradflow.methods import AbstractMethod, Auto, Snapshots, State
from gradflow.methods._mode_amplitudes import RULES, Rule
from gradflow.problems import AbstractProblem
from gradflow.targets import AbstractTarget, Spectrum, spectrum
from gradflow.theory import predict, predict_steps

SOURCES = ("predicted", "trained")

_AUTO = Auto()


class _Scores(eqx.Module):
    """A function of W to all its scores in one vector: accuracy, by section, and Spearman's ρ."""

    analogies: IndexedAnalogies
    similarities: tuple[IndexedSimilarities, ...]
    method: AnalogyMethod = eqx.field(static=True)

    def __call__(self, state: State) -> Float[Array, " scores"]:
        """Return the scores of the W of a state, as a snapshot."""
        return self.of_embeddings(state.embeddings)

    def of_embeddings(self, embeddings: Float[Array, "V d"]) -> Float[Array, " scores"]:
        """Return the scores of W."""
        solved = analogy_accuracy(embeddings, self.analogies, self.method)
        correlations = [
            similarity_correlation(embeddings, pairs).spearman[None] for pairs in self.similarities
        ]
        return jnp.concatenate([solved.accuracy[None], solved.by_section, *correlations])


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
    """Return how good W(t) is at analogies and similarities, predicted and trained, by d.

    The predicted W(t) is Σ_k s_k(t) u_k e_kᵀ, with the eigenvectors u_k of the target and the
    sigmoids s_k(t) of `predict`: it needs eigenpairs and W₀, and no run. The
    trained W(t) is that of the flow, scored while it is solved. For t → ∞ both are u_k √λ_k.

    Args:
        problem: A tied problem whose target has words. Of problems other than `Quadratic`, the
            prediction is that of their quadratic model at the origin.
        dims: Values of d, at most V each.
        scale: Initialisation scale σ, entries N(0, σ²/d).
        times: (T,), the same for every d; None for `num_times` of `time_grid` at the largest d.
        num_times: The number of times, at least 8, where `times` is None.
        seeds: The number of seeds, which then count from 0, or the seeds themselves.
        analogies: The questions; None for `load_analogies()`.
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
        ArgumentError: An argument has no usable value, or the target has no words, or too few of
            its words occur in the questions and pairs.
        DataError: The questions or pairs are those of gensim, and gensim is missing.
        SolveError: The flow could not be followed.

    Source: karkada2025, Lemma 3.1 for rule "paper".

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k").top(20)
        >>> the, of, one, zero = stats.words[:4]
        >>> asked = gf.evaluation.AnalogySet(((the, of, one, zero),), (0,), ("any",))
        >>> pairs = ((the, of), (of, one), (one, zero))
        >>> judged = [gf.evaluation.SimilaritySet(pairs, (1.0, 2.0, 3.0))]
        >>> problem = gf.Quadratic(gf.mstar(stats))
        >>> data = gf.evaluation.downstream_curves(
        ...     problem, [2], num_times=8, analogies=asked, similarities=judged
        ... )
        >>> data["accuracy"].dims
        ('source', 'seed', 'dim', 'time')
    """
    target, words = _checked_problem(problem)
    sizes = different_integers("dims", dims, target.vocab_size)
    numbers = different_integers("seeds", _all_seeds(seeds))
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
    full = spectrum(target, max(sizes))
    grid = time_grid(full, scale, max(sizes), num_times) if times is None else times

    def start(seed: int, dim: int) -> Float[Array, "V d"]:
        """Return the start W₀ of a seed."""
        return gaussian_init(jax.random.key(seed), target.vocab_size, dim, scale)

    def predicted_and_trained(seed: int, dim: int) -> Float[np.ndarray, "2 T scores"]:
        """Return the scores along both, from one start."""
        w0, spec, scored = start(seed, dim), _leading(full, dim), Snapshots({"scores": scores})
        trained = solve(problem, w0, grid, method=method, snapshots=scored).snapshots["scores"]
        rises = predict(spec, w0, rule=rule).singular_values(grid)
        predicted = _along(scores, jnp.asarray(spec.eigenvectors, rises.dtype), rises)
        return np.stack([np.asarray(predicted), np.asarray(trained)])

    def first_step(seed: int, dim: int) -> float:
        """Return the first predicted step time."""
        return float(jnp.nanmin(predict_steps(_leading(full, dim), start(seed, dim), rule)))

    curves = np.stack(
        [np.stack([predicted_and_trained(seed, dim) for dim in sizes], 1) for seed in numbers], 1
    )
    ends = np.stack([_final_scores(scores, _leading(full, dim)) for dim in sizes])
    names = [judged.name for judged in similarities]
    data = _labelled(curves, ends, grid, questions, pairs, names)
    first_steps = [[first_step(seed, dim) for dim in sizes] for seed in numbers]
    data["first_step"] = ("seed", "dim"), first_steps
    coordinates = {"source": list(SOURCES), "seed": numbers, "dim": sizes}
    attributes = {"target": target.name, "words": target.vocab_size, "scale": scale, "rule": rule}
    data = data.assign_coords(coordinates)
    return data.assign_attrs(**attributes, analogy_method=analogy_method)


@eqx.filter_jit
def _along(
    scores: _Scores, vectors: Float[Array, "V d"], rises: Float[Array, "T d"]
) -> Float[Array, "T scores"]:
    """Return the scores of eigenvectors times singular values, for each row of values."""
    return jax.lax.map(lambda values: scores.of_embeddings(vectors * values), rises)


def _final_scores(scores: _Scores, spec: Spectrum) -> Float[np.ndarray, " scores"]:
    """Return the scores of u_k √λ_k, negative λ as zero: the minimum of the loss."""
    values = np.sqrt(np.maximum(spec.eigenvalues, 0))
    return np.asarray(_along(scores, jnp.asarray(spec.eigenvectors), jnp.asarray(values)[None])[0])


def _leading(spec: Spectrum, dim: int) -> Spectrum:
    """Return the first d eigenpairs."""
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
    """Return the vectors of scores, split into named variables."""
    last_axes = {"accuracy": (), "section_accuracy": ("section",), "spearman": ("benchmark",)}
    cuts = [1, 1 + len(questions.sections)]
    variables: dict[str, Any] = {"t": ("time", times, {"units": "gradient-flow time"})}
    for prefix, array, first_axes in (
        ("", curves, ("source", "seed", "dim", "time")),
        ("final_", ends, ("dim",)),
    ):
        pieces = np.split(array, cuts, axis=-1)
        for (name, last), piece in zip(last_axes.items(), pieces, strict=True):
            variables[prefix + name] = ((*first_axes, *last), piece if last else piece[..., 0])
    variables["covered"] = ("section", np.asarray(questions.covered))
    variables["total"] = ("section", np.asarray(questions.total))
    variables["covered_pairs"] = ("benchmark", [each.covered for each in pairs])
    variables["total_pairs"] = ("benchmark", [each.total for each in pairs])
    return xr.Dataset(variables, {"section": list(questions.sections), "benchmark": benchmarks})


def _checked_problem(problem: Any) -> tuple[AbstractTarget, tuple[str, ...]]:
    """Return the target of a tied problem, and its words."""
    if not isinstance(problem, AbstractProblem) or not problem.tied:
        got = "an untied one" if isinstance(problem, AbstractProblem) else shown(problem)
        raise ArgumentError("problem", "a tied gradflow problem", got)
    target = problem.linearisation
    if target.words is None:
        raise ArgumentError("problem", "one whose target has words", f"{target!r} without")
    return target, target.words


def _checked_analogies(analogies: Any) -> AnalogySet:
    """Return the questions, by default Google's."""
    if analogies is not None and not isinstance(analogies, AnalogySet):
        raise ArgumentError("analogies", "an AnalogySet, as of load_analogies", shown(analogies))
    return load_analogies() if analogies is None else analogies


def _checked_similarities(similarities: Any) -> Sequence[SimilaritySet]:
    """Return sets of different names, since names are the labels of the benchmarks."""
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
    """Return the seeds from 0 where their number was given."""
    listed = isinstance(seeds, Sequence) or getattr(seeds, "ndim", 0) > 0
    return seeds if listed else range(positive_int("seeds", seeds))
