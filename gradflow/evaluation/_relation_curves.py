"""Signal, noise and analogies of each relation against the number of eigen-features."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Float64
from numpy.typing import ArrayLike

from gradflow._checks import one_of, real_array, shown
from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import AnalogySet, load_analogies
from gradflow.evaluation._analogy_accuracy import (
    ANALOGY_METHODS,
    AnalogyMethod,
    analogy_accuracy,
)
from gradflow.evaluation._lookup import Words
from gradflow.evaluation._relations import RelationSet
from gradflow.evaluation._task_vectors import TaskVectors, task_vectors
from gradflow.evaluation._validate_questions import different_integers

_MEASURES = ("signal", "noise", "outliers", "p_value", "distance", "variance", "largest", "share")


def relation_curves(
    vectors: ArrayLike,
    words: Words,
    dims: Sequence[int],
    *,
    analogies: AnalogySet | None = None,
    unit: bool = True,
    false_alarms: float = 0.01,
    analogy_method: AnalogyMethod = "cosine_add",
) -> xr.Dataset:
    """Return how linear each relation is in the first d columns, and how many analogies they solve.

    Args:
        vectors: One row a word; columns in the order of importance, such as eigenvectors times
            √λ.
        words: The V words, most frequent first.
        dims: Values of d, at most D each.
        analogies: Questions; None for `load_analogies()`. Their sections are the relations.
        unit: As in `task_vectors`.
        false_alarms: As in `fit_marchenko_pastur`.
        analogy_method: As in `analogy_accuracy`.

    Returns:
        Dataset over section and dim:

        * `signal` and `noise`: ‖μ‖² and tr Σ of b − a = μ + noise (`TaskVectors.strength`), and
          `snr`, their ratio;
        * `visible` (section, dim): the snr from which on the mean direction stands out of the
          spectrum of noise alone, 1/√(np) with n pairs and p = `dimension`;
        * `outliers`, `p_value` of the largest eigenvalue, `variance` and `distance` of the fitted
          law (`fit_marchenko_pastur`);
        * `largest`, the largest eigenvalue of RRᵀ/n, and `share`, the same times the rank over
          the trace: the paper's signal to noise;
        * `accuracy`: share of the analogies solved;
        * `dimension` (dim): (tr Σ)²/tr Σ² of all words;
        * `pairs`, `covered`, `total` (section): distinct pairs without shared words, questions
          with all words in the vocabulary, questions.

        nan where a relation has fewer than three pairs, and accuracy where it has no question.

    Raises:
        ArgumentError: An argument has no usable value, or too few of the words occur in the
            questions.
        DataError: The questions are those of gensim, and gensim is missing.

    Source: karkada2025, figure 4.

    Example:
        >>> import gradflow as gf
        >>> asked = gf.evaluation.AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> words = ["king", "man", "queen", "woman", "tree"]
        >>> W = [[2.0, 1.0], [0.0, 1.0], [2.0, -1.0], [0.0, -1.0], [1.0, 0.0]]
        >>> data = gf.evaluation.relation_curves(W, words, [2], analogies=asked, unit=False)
        >>> data["pairs"].item(), data["accuracy"].item()
        (2, 1.0)
    """
    all_columns = real_array("vectors", vectors)
    if all_columns.ndim != 2:
        raise ArgumentError("vectors", "shape (V, D)", f"shape {all_columns.shape}")
    sizes = different_integers("dims", dims, all_columns.shape[1])
    one_of("analogy_method", analogy_method, ANALOGY_METHODS)
    if analogies is not None and not isinstance(analogies, AnalogySet):
        raise ArgumentError("analogies", "an AnalogySet, as of load_analogies", shown(analogies))
    analogies = load_analogies() if analogies is None else analogies
    questions = analogies.indexed(words)
    relations = RelationSet.of(analogies).indexed(words)
    measures, dimension, accuracy = [], [], []
    for dim in sizes:
        tasks = task_vectors(all_columns[:, :dim], relations, unit=unit)
        measures.append([_measures(tasks, name, false_alarms) for name in tasks.relations])
        dimension.append(tasks.dimension)
        padded = _with_columns(all_columns, dim)
        accuracy.append(np.asarray(analogy_accuracy(padded, questions, analogy_method).by_section))
    table = np.moveaxis(np.array(measures), 0, 1)
    variables: dict[str, Any] = {
        name: (("section", "dim"), table[..., index]) for index, name in enumerate(_MEASURES)
    }
    variables["accuracy"] = (("dim", "section"), np.array(accuracy))
    variables["dimension"] = ("dim", dimension)
    variables["pairs"] = ("section", relations.covered)
    for name in ("covered", "total"):
        variables[name] = ("section", np.asarray(getattr(questions, name)))
    data = xr.Dataset(variables, {"section": list(analogies.sections), "dim": sizes})
    data["accuracy"] = data["accuracy"].transpose("section", "dim")
    data["snr"] = data["signal"] / data["noise"]
    data["visible"] = (data["pairs"] * data["dimension"]).where(data["pairs"] >= 3) ** -0.5
    attributes = {"unit": int(unit), "false_alarms": false_alarms}
    return data.assign_attrs(**attributes, analogy_method=analogy_method)


def _measures(tasks: TaskVectors, name: str, false_alarms: float) -> list[float]:
    """Return the numbers called `_MEASURES` of one relation; nan where it has no spectrum."""
    differences = tasks.of(name)
    if min(differences.shape) < 3:
        return [float("nan")] * len(_MEASURES)
    fit = tasks.fit(name, false_alarms=false_alarms)
    largest = float(fit.eigenvalues[0])
    share = largest * min(differences.shape) / float(fit.eigenvalues.sum())
    spread = [fit.p_values[0], fit.distance, fit.variance]
    return [*tasks.strength(name), fit.outliers, *spread, largest, share]


def _with_columns(vectors: Float64[np.ndarray, "V D"], dim: int) -> Float[Array, "V D"]:
    """Return the vectors with all columns but the first d set to zero, which no cosine sees.

    The shape is the same for every d, so analogies are compiled once.
    """
    return jnp.asarray(vectors).at[:, dim:].set(0)
