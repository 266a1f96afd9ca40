"""`gradflow evaluate`: any file of word vectors on analogies and word similarities."""

import dataclasses
import sys
import warnings
from typing import Annotated, Any, Literal

import numpy as np
import tyro

from gradflow._checks import positive_int
from gradflow._errors import ArgumentError
from gradflow.cli._options import CommonOptions
from gradflow.dynamics import use_all_cores
from gradflow.evaluation import (
    AnalogyMethod,
    AnalogyScores,
    SimilarityScores,
    load_analogies,
    load_similarities,
    score_analogies,
    score_similarities,
)
from gradflow.io import json_text
from gradflow.vectors import WordVectors, load_vectors

_METHODS: dict[str, AnalogyMethod] = {"cosadd": "cosine_add", "cosmul": "cosine_mul"}


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """Score word vectors on analogies (a is to b as c is to which word?) and word similarities.

    The numbers are those of gensim's evaluate_word_analogies and evaluate_word_pairs. Vectors may
    be in word2vec's formats, GloVe's, NumPy's or gensim's, plain or gzipped.

    Attributes:
        vectors: File of word vectors, whatever wrote it.
        analogies: google (needs gensim), or files of questions in its format;
            none for none of them.
        similarities: wordsim353 and simlex999 (need gensim), or files of two words and a score
            a line; none for none of them.
        method: How analogies are answered, by the sum of cosines or by their product.
        reexpand: Make the questions of a section anew, from all ordered pairs of its word pairs, as
            the paper does.
        restrict_vocab: Look at the first so many words of the file, as words of questions and as
            answers; 0 for all.
        case_sensitive: Compare words as they are written, in place of folding them to upper case.
        unknown: Leave out questions and pairs with a word that has no vector, or count them as
            wrong and as similarity 0.
        common: Of every command.
    """

    vectors: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="VECTORS")]
    analogies: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAMES-OR-FILES")] = ("google",)
    similarities: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAMES-OR-FILES")] = (
        "wordsim353",
        "simlex999",
    )
    method: Literal["cosadd", "cosmul"] = "cosadd"
    reexpand: bool = False
    restrict_vocab: int = 300_000
    case_sensitive: bool = False
    unknown: Literal["skip", "zero"] = "skip"
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def evaluate(options: EvaluateOptions) -> None:
    """Do it.

    Raises:
        ArgumentError: An option has no usable value.
        DataError: The vectors, questions or pairs cannot be read.
    """
    positive_int("restrict_vocab", options.restrict_vocab, least=0)
    # Before the vectors, which may take long to read.
    questions = [_named("analogies", load_analogies, name) for name in _listed(options.analogies)]
    pairs = [
        _named("similarities", load_similarities, name) for name in _listed(options.similarities)
    ]
    if options.reexpand:
        questions = [one.reexpanded() for one in questions]
    vecs = load_told(options.vectors)
    use_all_cores()
    how: dict[str, Any] = {
        "restrict_vocab": options.restrict_vocab or None,
        "case_insensitive": not options.case_sensitive,
        "unknown": options.unknown,
    }
    method = _METHODS[options.method]
    analogies = {one.name: score_analogies(vecs, one, method=method, **how) for one in questions}
    similarities = [score_similarities(vecs, one, **how) for one in pairs]
    if options.common.json:
        print(json_text(_as_json(options, vecs, analogies, similarities)), end="")
        return
    _print_setting(options, vecs)
    for name, results in analogies.items():
        _print_analogies(f"Analogies {name} ({options.method})", results)
    _print_similarities(similarities)


def load_told(path: str) -> WordVectors:
    """The vectors; a warning is one line on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        vecs = load_vectors(path)
    for warning in caught:
        if warning.category is UserWarning:
            print(f"gradflow: warning: {warning.message}", file=sys.stderr)
    return vecs


def _named(argument: str, load: Any, name: str) -> Any:
    """Errors name the option, not the argument of the loader."""
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
    for one in results:
        values = "".join(
            f"{'-' if np.isnan(value) else f'{value:.3f}':>9}"
            for value in (one.spearman, one.pearson)
        )
        print(f"{one.name:<{width}}{values}{one.covered:>9}{one.total:>9}")
