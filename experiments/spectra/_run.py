"""Eigenvalues of three targets, for corpora of different size and for different windows."""

from collections.abc import Callable

import numpy as np
import scipy.linalg
import xarray as xr

import gradflow as gf
from experiments._text import every_document
from experiments.spectra._config import Config
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.targets import AbstractTarget

TARGETS: dict[str, Callable[[CooccurrenceStatistics], AbstractTarget]] = {
    "M*": gf.mstar,
    "PMI": gf.pmi,  # zero where a pair never occurs
    "PPMI": gf.ppmi,
}


def run(config: Config, corpus: TokenCorpus | None = None) -> xr.Dataset:
    """Spectra, and what a power law says of them.

    Returns:
        By case, a corpus and a window, and by target: `eigenvalue` (rank), the largest, falling;
        `positive`, the share of all eigenvalues above zero; `lowest`; `exponent` α, `factor` c
        and `misfit` of λ_i ≈ c i^−α at the fitted ranks. By case: `every`, `made`, "documents"
        or "thinned" from the counts of the whole, `window`, `tokens`, and `seen`, the share of
        pairs that occur.
    """
    if corpus is None:
        whole = gf.load_statistics("wikipedia-2k").top(config.words)
        found = [_case(config, whole, 1, "documents")]
    else:
        # The vocabulary of a part is its own: words of the whole may not occur in it at all.
        parts = {every: gf.read_corpus(every_document(corpus, every), config.words)
                 for every in config.every}  # fmt: skip
        whole = parts[config.every[-1]].count(config.window)
        cases = [(every, config.window) for every in config.every[:-1]]
        cases += [(config.every[-1], window) for window in config.windows]
        found = [
            _case(config, parts[every].count(window), every, "documents") for every, window in cases
        ]
    found += [
        _case(config, gf.thinned_statistics(whole, every.bit_length() - 1, every), every, "thinned")
        for every in config.every[:-1]
    ]
    return xr.concat(found, "case").assign_attrs(
        words=config.words, window=config.window, fitted=list(config.fitted)
    )


def _case(config: Config, stats: CooccurrenceStatistics, every: int, made: str) -> xr.Dataset:
    parts = [_spectrum(config, target(stats)) for target in TARGETS.values()]
    return xr.concat(parts, xr.Variable("target", list(TARGETS))).assign(
        every=every,
        made=made,
        window=stats.window,
        tokens=stats.total_tokens,
        seen=stats.pair_counts.nnz / stats.vocab_size**2,
    )


def _spectrum(config: Config, target: AbstractTarget) -> xr.Dataset:
    values = scipy.linalg.eigvalsh(target.todense(), check_finite=False)[::-1]
    exponent, factor, misfit = power_law(values, *config.fitted)
    return xr.Dataset(
        {
            "eigenvalue": ("rank", values[: config.kept]),
            "positive": np.count_nonzero(values > 0) / values.size,
            "lowest": values[-1],
            "exponent": exponent,
            "factor": factor,
            "misfit": misfit,
        },
        {"rank": np.arange(1, config.kept + 1)},
    )


def power_law(values: np.ndarray, first: int, last: int) -> tuple[float, float, float]:
    """Least squares of ln λ_i on ln i, at ranks equally spaced in ln i.

    Args:
        values: Eigenvalues, falling, those of the fitted ranks above zero.
        first: Rank at which the fit begins, from 1.
        last: Rank at which it ends.

    Returns:
        α and c of λ_i ≈ c i^−α, and the largest distance of their logarithms.
    """
    ranks = np.unique(np.geomspace(first, last, 60).round().astype(int))
    x, y = np.log(ranks), np.log(values[ranks - 1])
    slope, height = np.polyfit(x, y, 1)
    misfit = np.abs(y - slope * x - height).max()
    return float(-slope), float(np.exp(height)), float(misfit)
