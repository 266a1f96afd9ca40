"""From a text to word vectors: seconds and quality of `gf.embed` beside gensim's Word2Vec.

    python benchmarks/embed_against_gensim.py --text corpus.txt --vocab-size 10000 50000

gensim: skip-gram, 5 negatives, the same window, 5 epochs, as many workers as cores, everything else
at its default. Both get the same words; gensim gets them already read, in memory, so its seconds
are those of building its vocabulary and training alone, while ours are of everything from the
compressed text on. Both are scored by the same questions, of which a vocabulary covers the same.
"""

import argparse
import os
import time

import numpy as np

import gradflow as gf
from gradflow.corpus import TokenCorpus, read_corpus
from gradflow.evaluation import SimilaritySet


def by_counts(text: str, size: int, options: argparse.Namespace) -> gf.WordVectors:
    """Counted and factorised, with the seconds of both in the provenance."""
    begin = time.perf_counter()
    stats = gf.count_cooccurrence(text, size, options.window, subsample=options.subsample)
    middle = time.perf_counter()
    vecs = gf.embed(stats, options.dim)
    seconds = {"counting": middle - begin, "eigenvectors": time.perf_counter() - middle}
    worst = max(vecs.provenance["residuals"])
    return gf.WordVectors(vecs.words, vecs.vectors, {"seconds": seconds, "residual": worst})


def by_training(corpus: TokenCorpus, options: argparse.Namespace) -> gf.WordVectors:
    """gensim's Word2Vec on documents of words."""
    from gensim.models import Word2Vec

    names = np.array([*corpus.words, ""], object)
    ends = np.flatnonzero(corpus.ids < 0)
    documents = [words[words != ""].tolist() for words in np.split(names[corpus.ids], ends)]
    begin = time.perf_counter()
    model = Word2Vec(
        [document for document in documents if document],
        vector_size=options.dim, window=options.window, sg=1, negative=5, epochs=options.epochs,
        workers=options.workers, min_count=1, seed=1,
    )  # fmt: skip
    seconds = {"training": time.perf_counter() - begin}
    keyed = model.wv
    return gf.WordVectors(tuple(keyed.index_to_key), keyed.vectors, {"seconds": seconds})


def row(name: str, size: int, vecs: gf.WordVectors, pairs: list[SimilaritySet]) -> None:
    """Seconds and scores in one line."""
    google = gf.load_analogies()
    scores = gf.score_analogies(vecs, google)
    accuracy = [100 * float(scores[row].accuracy) for row in ("semantic", "syntactic", "total")]
    product = gf.score_analogies(vecs, google, method="cosine_mul")["total"]
    similar = [float(gf.score_similarities(vecs, each).spearman) for each in pairs]
    seconds = vecs.provenance["seconds"]
    print(
        f"{name:<10}{size:>7,}{sum(seconds.values()):>9.1f}"
        + "".join(f"{value:>8.1f}" for value in (*accuracy, 100 * float(product.accuracy)))
        + f"{int(scores['total'].covered):>8}"
        + "".join(f"{value:>9.3f}" for value in similar)
        + "   " + ", ".join(f"{phase} {taken:.1f} s" for phase, taken in seconds.items())
        + (f", residual {vecs.provenance['residual']:.1e}" if name == "gradflow" else ""),
        flush=True,
    )  # fmt: skip


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", required=True)
    parser.add_argument("--vocab-size", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument(
        "--similarities", nargs="*", default=[], help="beside wordsim353, simlex999"
    )
    parser.add_argument("--window", type=int, default=16)
    parser.add_argument("--dim", type=int, default=200)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--subsample", type=float, help="of gradflow's counts; gensim has 1e-3")
    parser.add_argument("--only", choices=["gradflow", "gensim"])
    options = parser.parse_args()
    gf.use_all_cores()
    names = ["wordsim353", "simlex999", *options.similarities]
    pairs = [gf.load_similarities(name) for name in names]
    heads = ("semantic", "syntac.", "total %", "3CosMul", "covered")
    print(
        f"{'':<10}{'V':>7}{'seconds':>9}"
        + "".join(f"{head:>8}" for head in heads)
        + "".join(f"{judged.name[:8]:>9}" for judged in pairs)
    )
    for size in options.vocab_size:
        if options.only != "gensim":
            row("gradflow", size, by_counts(options.text, size, options), pairs)
        if options.only != "gradflow":
            vecs = by_training(read_corpus(options.text, size), options)
            row("gensim", size, vecs, pairs)


if __name__ == "__main__":
    main()
