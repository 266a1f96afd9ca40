"""Which options make the best vectors: chosen on one half, reported on the other.

    python benchmarks/embedding_options.py --text corpus.txt --similarities men.txt ...

Every other document makes the counts that options are chosen with, the rest those they are judged
with. Word pairs of the analogies and of the similarities are halved by a hash; a question belongs
to a half if both of its pairs do. One option after another takes the value with the highest score
on the first half: analogy accuracy plus the mean of Spearman's correlations. Then the choice and
what it is to be compared with are scored on the second half of questions and text, and by counts of
the whole text.
"""

import argparse
import functools
import time
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus, read_corpus
from gradflow.evaluation import AnalogySet, SimilaritySet

START: dict[str, Any] = {
    "target": "mstar", "smoothing": 1.0, "pseudo_count": 0.0, "negatives": 1.0,
    "weighting_power": 0.0, "power": 0.5,
}  # fmt: skip
# One after another; with more than one round again, since what is best depends on the others.
CHOICES: dict[str, tuple[Any, ...]] = {
    "smoothing": (1.0, 0.75, 0.5, 0.25),
    "pseudo_count": (0.0, 4.0, 16.0),
    "weighting_power": (0.0, 0.125, 0.25),
    "negatives": (0.5, 1.0, 2.0),
    "power": (0.5, 0.4, 0.3, 0.2),
}
COMPARED: dict[str, dict[str, Any]] = {
    "M*, no option": {},
    "M*, smoothing 0.75": {"smoothing": 0.75},
    "M*, smoothing 0.5": {"smoothing": 0.5},
    "PPMI": {"target": "ppmi"},
    "PPMI, smoothing 0.75": {"target": "ppmi", "smoothing": 0.75},
}

# Of the whole text: subsample, and what differs from START.
WHOLE: tuple[tuple[float | None, dict[str, Any]], ...] = (
    (None, {}),
    (None, {"smoothing": 0.5, "pseudo_count": 4.0}),
    (None, {"smoothing": 0.5, "pseudo_count": 4.0, "negatives": 2.0}),
    (1e-3, {"smoothing": 0.5, "pseudo_count": 4.0}),
    (1e-3, {"smoothing": 0.5, "pseudo_count": 4.0, "negatives": 2.0}),
    (1e-3, {"smoothing": 0.5, "pseudo_count": 10.0, "negatives": 2.0}),
)


def half(a: str, b: str) -> int:
    """Return 0 or 1, the same for a pair in upper and lower case."""
    return zlib.crc32(f"{a} {b}".lower().encode()) & 1


def halves(questions: AnalogySet) -> list[AnalogySet]:
    """Return the questions whose pairs are both in one half, for each half."""
    sets = []
    for side in (0, 1):
        in_half = [
            (question, section)
            for question, section in zip(questions.questions, questions.section, strict=True)
            if half(*question[:2]) == half(*question[2:]) == side
        ]
        asked, sections = zip(*in_half, strict=True)
        sets.append(AnalogySet(asked, sections, questions.sections, questions.name))
    return sets


def halved_pairs(pairs: SimilaritySet) -> list[SimilaritySet]:
    """Return the judged pairs of each half."""
    sets = []
    for side in (0, 1):
        in_half = [
            (pair, judged)
            for pair, judged in zip(pairs.pairs, pairs.judged, strict=True)
            if half(*pair) == side
        ]
        asked, judged = zip(*in_half, strict=True)
        sets.append(SimilaritySet(asked, judged, pairs.name))
    return sets


def every_other(corpus: TokenCorpus, side: int) -> TokenCorpus:
    """Return the documents of one half, with the vocabulary of all."""
    document = np.cumsum(np.append(-1, corpus.ids[:-1]) < 0)
    ids = corpus.ids[document % 2 == side]
    counts = np.bincount(ids[ids >= 0], minlength=corpus.vocab_size)
    occurs = counts > 0  # a word of one half alone is none of the other's
    number = np.append(np.where(occurs, np.cumsum(occurs) - 1, -2), -1).astype(np.int32)
    ids = number[ids]
    words = tuple(word for word, is_used in zip(corpus.words, occurs, strict=True) if is_used)
    return TokenCorpus(words, ids[ids != -2], counts[occurs], corpus.provenance)


class Judge:
    """Scores of vectors on one half of the questions and pairs."""

    def __init__(self, questions: AnalogySet, pairs: list[SimilaritySet]) -> None:
        self.questions, self.pairs = questions, pairs

    def __call__(self, vecs: gf.WordVectors) -> list[float]:
        """Return analogy accuracy, and Spearman's correlation of each set."""
        accuracy = gf.score_analogies(vecs, self.questions)["total"].accuracy
        correlations = [gf.score_similarities(vecs, pairs).spearman for pairs in self.pairs]
        return [float(score) for score in (accuracy, *correlations)]


def score(scores: list[float]) -> float:
    """Return the number by which options are chosen."""
    return scores[0] + float(np.mean(scores[1:]))


@functools.lru_cache(8)
def at_half(
    stats: CooccurrenceStatistics, dim: int, options: tuple[tuple[str, Any], ...]
) -> gf.WordVectors:
    """Return vectors with power ½, from which those of other powers follow."""
    return gf.embed(stats, dim, power=0.5, **dict(options))


def made(stats: CooccurrenceStatistics, dim: int, options: dict[str, Any]) -> gf.WordVectors:
    """Return the vectors; an option that a target does not have is left out."""
    left_out = {"power"} | (
        set() if options["target"] == "mstar" else {"negatives", "pseudo_count"}
    )
    asked = tuple((name, value) for name, value in options.items() if name not in left_out)
    vecs = at_half(stats, dim, asked)
    scale = np.array(vecs.provenance["eigenvalues"]) ** (options["power"] - 0.5)
    return gf.WordVectors(vecs.words, vecs.vectors * scale)


def chosen(stats: CooccurrenceStatistics, dim: int, judge: Judge, rounds: int) -> dict[str, Any]:
    """Return the best options, varied one after another."""
    options, best = dict(START), score(show("start", START, judge(made(stats, dim, START))))
    for _ in range(rounds):
        before = dict(options)
        for name, values in CHOICES.items():
            for value in values:
                tried = {**options, name: value}
                if value == options[name]:
                    continue
                scores = show(f"{name} {value:g}", tried, judge(made(stats, dim, tried)))
                if score(scores) > best:
                    best, options = score(scores), tried
        if options == before:
            break
    return options


def show(name: str, options: dict[str, Any], scores: list[float]) -> list[float]:
    """Print a row, and return its scores."""
    numbers = f"{100 * scores[0]:8.1f} %" + "".join(f"{value:9.3f}" for value in scores[1:])
    print(f"{name:<24}{numbers}{score(scores):9.3f}   {_short(options)}", flush=True)
    return scores


def _short(options: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in options.items() if START[name] != value)


def compared(choice: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names and options that are judged in the end."""
    for name, changed in COMPARED.items():
        yield name, {**START, **changed}
    yield "chosen", choice
    yield "chosen, power 0.5", {**choice, "power": 0.5}


def main() -> None:
    """Print the tables of all options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", required=True)
    parser.add_argument(
        "--similarities", nargs="*", default=[], help="beside wordsim353, simlex999"
    )
    parser.add_argument("--vocab-size", type=int, default=10_000)
    parser.add_argument("--window", type=int, default=16)
    parser.add_argument("--dim", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--whole-only", action="store_true", help="only the last table")
    options = parser.parse_args()
    gf.use_all_cores()
    names = ["wordsim353", "simlex999", *options.similarities]
    sets = [halved_pairs(gf.load_similarities(name)) for name in names]
    sides = halves(gf.load_analogies())
    judges = [Judge(sides[side], [pairs[side] for pairs in sets]) for side in (0, 1)]
    if options.whole_only:
        both_halves(options, judges)
        return
    corpus = read_corpus(options.text, options.vocab_size)
    begin = time.perf_counter()
    print(f"{'first half':<24}{'analogies':>10}" + "".join(f"{s[0].name[:8]:>9}" for s in sets))
    first = every_other(corpus, 0).count(options.window)
    choice = chosen(first, options.dim, judges[0], options.rounds)
    print(f"chosen in {time.perf_counter() - begin:.0f} s: {choice}")
    second = every_other(corpus, 1).count(options.window)
    print(f"\nSecond half of the questions, second half of the text: {second}")
    for row, what in compared(choice):
        show(row, what, judges[1](made(second, options.dim, what)))
    of_text = corpus.count(options.window)
    print(f"\nSecond half of the questions, whole text: {of_text}")
    for row, what in (("M*, no option", START), ("chosen", choice)):
        show(row, what, judges[1](made(of_text, options.dim, what)))
    both_halves(options, judges)


def both_halves(options: argparse.Namespace, judges: list[Judge]) -> None:
    """Judge vectors of the whole text, subsampled or not, by each half of the questions."""
    print("\nWhole text, each half of the questions")
    for subsample, changed in WHOLE:
        stats = gf.count_cooccurrence(
            options.text, options.vocab_size, options.window, subsample=subsample
        )
        for power in (0.5, 0.4):
            what = {**START, **changed, "power": power}
            for side, judge in enumerate(judges):
                show(
                    f"half {side}, subsample {subsample}",
                    what,
                    judge(made(stats, options.dim, what)),
                )


if __name__ == "__main__":
    main()
