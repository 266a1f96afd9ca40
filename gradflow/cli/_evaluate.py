"""`gradflow evaluate`: any file of word vectors on analogies and word similarities."""

import os
import pathlib
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from gradflow._checks import positive_int
from gradflow._errors import ArgumentError, DataError
from gradflow._files import shown_path
from gradflow._suggestions import did_you_mean
from gradflow.cli._options import EvaluateOptions
from gradflow.dynamics import use_all_cores
from gradflow.evaluation import (
    AnalogyScores,
    SimilarityScores,
    load_analogies,
    load_similarities,
    score_analogies,
    score_similarities,
)
from gradflow.evaluation._analogy_accuracy import AnalogyMethod
from gradflow.io._json import json_text
from gradflow.vectors import WordVectors, load_vectors

_METHODS: dict[str, AnalogyMethod] = {"cosadd": "cosine_add", "cosmul": "cosine_mul"}
_ANALOGIES, _SIMILARITIES = ("google",), ("wordsim353", "simlex999")

Questions = TypeVar("Questions")


def evaluate(options: EvaluateOptions) -> None:
    """Score vectors and print a table for each set of questions and of pairs.

    Files are looked for before packages, and questions are read before the vectors, which may take
    long.

    Raises:
        ArgumentError: An option has no usable value, or there are no questions of such a name.
        DataError: The vectors, questions or pairs cannot be read.
    """
    positive_int("restrict_vocab", options.restrict_vocab, least=0)
    if not os.path.exists(options.vectors):
        raise DataError(
            "path", "a file of word vectors", f"nothing at {shown_path(options.vectors)}"
        )
    analogy_names, similarity_names = _listed(options.analogies), _listed(options.similarities)
    _check_names("analogies", analogy_names, _ANALOGIES)
    _check_names("similarities", similarity_names, _SIMILARITIES)
    questions = [_loaded("analogies", load_analogies, name) for name in analogy_names]
    pairs = [_loaded("similarities", load_similarities, name) for name in similarity_names]
    if options.reexpand:
        questions = [group.reexpanded() for group in questions]
    vecs = load_told(options.vectors)
    use_all_cores()
    how: dict[str, Any] = {
        "restrict_vocab": options.restrict_vocab or None,
        "case_insensitive": not options.case_sensitive,
        "unknown": options.unknown,
    }
    method = _METHODS[options.method]
    analogies = {
        group.name: score_analogies(vecs, group, method=method, **how) for group in questions
    }
    similarities = [score_similarities(vecs, group, **how) for group in pairs]
    if options.common.json:
        print(json_text(_as_json(options, vecs, analogies, similarities)), end="")
        return
    _print_setting(options, vecs)
    for name, results in analogies.items():
        _print_analogies(f"Analogies {name} ({options.method})", results)
    _print_similarities(similarities)


def load_told(path: str) -> WordVectors:
    """Read a file of vectors; a warning is one line on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        vecs = load_vectors(path)
    for warning in caught:
        if warning.category is UserWarning:
            print(f"gradflow: warning: {warning.message}", file=sys.stderr)
    return vecs


def _check_names(argument: str, names: Sequence[str], choices: Sequence[str]) -> None:
    """Tell names that are neither choices nor files, before any package is looked for."""
    for name in names:
        if name not in choices and not pathlib.Path(name).exists():
            wanted = f"a path, or one of {', '.join(map(repr, choices))}"
            got = f"nothing at {shown_path(name)}{did_you_mean(name, choices)}"
            is_path = os.path.dirname(name) or os.path.splitext(name)[1]
            raise (DataError if is_path else ArgumentError)(argument, wanted, got)


def _loaded(argument: str, load: Callable[[str], Questions], name: str) -> Questions:
    """Read a set of questions; errors name the option, not the argument of the loader."""
    try:
        return load(name)
    except ArgumentError as error:
        raise type(error)(argument, error.wanted, error.got) from None


def _listed(names: tuple[str, ...]) -> tuple[str, ...]:
    return () if names == ("none",) else tuple(dict.fromkeys(names))


def _as_json(
    options: EvaluateOptions,
    vecs: WordVectors,
    analogies: dict[str, AnalogyScores],
    similarities: list[SimilarityScores],
) -> dict[str, Any]:
    return {
        "file": options.vectors,
        "words": vecs.vocab_size,
        "dim": vecs.dim,
        "method": options.method,
        "reexpanded": options.reexpand,
        "restrict_vocab": options.restrict_vocab or None,
        "case_sensitive": options.case_sensitive,
        "unknown": options.unknown,
        "analogies": [
            {"name": name, "sections": results.table(sums=True).to_dict("records")}
            for name, results in analogies.items()
        ],
        "similarities": [result.table().to_dict("records")[0] for result in similarities],
    }


def _print_setting(options: EvaluateOptions, vecs: WordVectors) -> None:
    print(f"{options.vectors}: {vecs.vocab_size:,} words, {vecs.dim} dimensions")
    looked_at = min(options.restrict_vocab or vecs.vocab_size, vecs.vocab_size)
    case = "case kept" if options.case_sensitive else "case ignored"
    unknown = {
        "skip": "questions and pairs with an unknown word left out",
        "zero": "questions with an unknown word count as wrong, pairs as similarity 0",
    }[options.unknown]
    print(f"Policy: first {looked_at:,} words, {case}; {unknown}")


def _print_analogies(title: str, results: AnalogyScores) -> None:
    table = results.table(sums=True)
    width = max(len("section"), *map(len, table["section"]))
    heads = "".join(f"{head:>9}" for head in ("accuracy", "correct", "covered", "total"))
    print(f"\n{title}\n{'section':<{width}}{heads}")
    for row in table.to_dict("records"):
        accuracy = "-" if np.isnan(row["accuracy"]) else f"{100 * row['accuracy']:.1f} %"
        counts = "".join(f"{row[name]:>9}" for name in ("correct", "covered", "total"))
        print(f"{row['section']:<{width}}{accuracy:>9}{counts}")


def _print_similarities(results: list[SimilarityScores]) -> None:
    if not results:
        return
    width = max(len("similarities"), *(len(result.name) for result in results))
    heads = "".join(f"{head:>9}" for head in ("Spearman", "Pearson", "covered", "total"))
    print(f"\n{'Similarities':<{width}}{heads}")
    for row in results:
        values = "".join(
            f"{'-' if np.isnan(value) else f'{value:.3f}':>9}"
            for value in (row.spearman, row.pearson)
        )
        print(f"{row.name:<{width}}{values}{row.covered:>9}{row.total:>9}")
