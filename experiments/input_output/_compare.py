"""What a run of two sets of embeddings ends with, and how far its steps were foretold."""

import numpy as np
import xarray as xr

import gradflow as gf
from experiments.input_output._config import Config
from experiments.input_output._starts import Begin
from gradflow.methods import Solution
from gradflow.targets import AbstractTarget
from gradflow.theory import COMPETITORS, PredictionRule

RULES: tuple[PredictionRule, ...] = ("qr", "clusters")
VECTORS = ("W", "C", "W + C", "W − C")
BENCHMARKS = ("google", "wordsim353")


def compare(
    config: Config,
    target: AbstractTarget,
    begin: Begin,
    solution: Solution,
    values: np.ndarray,
    vectors: np.ndarray,
) -> xr.Dataset:
    """Steps and end.

    Returns:
        `steps` (side, mode), half-height times of the squared singular values of W and C, and
        `predicted` (rule, mode), nan where tied; `drift`, the largest change of WᵀW − CᵀC as a
        share of the largest squared singular value; `spread`, largest deviation of W₀ᵀW₀ − C₀ᵀC₀
        from λI as a share of W₀'s largest squared singular value; `mode_cosine` (mode) of u_kᵀW
        and u_kᵀC at the end, `word_cosine`, its median over words of w_i and c_i; `limit` (side),
        the distance ‖WWᵀ − EEᵀ‖/‖EEᵀ‖ of W and of C from the end E of a small start, EEᵀ = |M|_d
        where balanced and M⁺_d where tied; and `score`
        (vectors, benchmark).
    """
    modes = config.modes
    context = solution if solution.context is None else solution.context
    w, c = np.asarray(solution.embeddings), np.asarray(context.embeddings)
    steps = np.full((2, modes), np.nan)
    predicted = np.full((len(RULES), modes), np.nan)
    if solution.context is not None:
        steps = np.stack([gf.measure_steps(one, modes) for one in (solution, solution.context)])
        linear = gf.Quadratic(target, tied=False).linearisation
        spec = gf.spectrum(linear, min(config.words, config.dim + COMPETITORS))
        predicted = np.stack([gf.predict_steps(spec, begin.w0, rule)[:modes] for rule in RULES])
    grams = w.mT @ w - c.mT @ c
    head = vectors[:, :modes].T
    ends = _ends(begin, values, config.dim)
    limits = [
        _from_limit(one[-1], vectors[:, order] * np.sqrt(squares))
        for one, (order, squares) in zip((w, c), ends, strict=True)
    ]
    even = begin.imbalance * np.eye(config.dim)
    return xr.Dataset(
        {
            "steps": (("side", "mode"), steps),
            "predicted": (("rule", "mode"), predicted),
            "drift": abs(grams - grams[0]).max() / np.linalg.norm(w[-1], 2) ** 2,
            "spread": abs(grams[0] - even).max() / np.linalg.norm(w[0], 2) ** 2,
            "mode_cosine": ("mode", _cosines(head @ w[-1], head @ c[-1])),
            "word_cosine": float(np.median(_cosines(w[-1], c[-1]))),
            "limit": ("side", limits),
            "score": (("vectors", "benchmark"), _scores(config, target, w[-1], c[-1])),
        },
        {
            "side": ["W", "C"],
            "rule": list(RULES),
            "vectors": list(VECTORS),
            "benchmark": list(BENCHMARKS),
        },
    )


def _cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Of rows."""
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.sum(left * right, axis=1) / lengths


def _ends(begin: Begin, values: np.ndarray, dim: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of W and of C: the modes that are kept, and their squared singular values.

    Tied, max(λ_k, 0) of the largest. Untied √(λ_k² + λ²/4) ± λ/2 of the largest |λ_k|, where λ is
    the imbalance: |λ_k| of balanced starts.
    """
    if begin.tied:
        order = np.argsort(-values)[:dim]
        return [(order, np.maximum(values[order], 0))] * 2
    order, half = np.arange(dim), begin.imbalance / 2
    large = np.hypot(values[order], half)
    sides = (large + abs(half), values[order] ** 2 / (large + abs(half)))
    return [(order, side) for side in (sides if half >= 0 else sides[::-1])]


def _from_limit(one: np.ndarray, end: np.ndarray) -> float:
    """‖WWᵀ − EEᵀ‖/‖EEᵀ‖, from matrices of d rows alone."""
    squares = sum(np.sum((x.T @ x) ** 2) for x in (one, end)) - 2 * np.sum((one.T @ end) ** 2)
    return float(np.sqrt(max(squares, 0.0)) / np.linalg.norm(end.T @ end))


def _scores(config: Config, target: AbstractTarget, w: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Analogies solved and Spearman's correlation, nan where nothing is asked."""
    found = np.full((len(VECTORS), len(BENCHMARKS)), np.nan)
    if not config.ask:
        return found
    assert target.words is not None
    analogies = gf.load_analogies(BENCHMARKS[0]).indexed(target.words)
    pairs = gf.load_similarities(BENCHMARKS[1]).indexed(target.words)
    for row, embeddings in enumerate((w, c, w + c, w - c)):
        if np.linalg.norm(embeddings) <= 1e-9 * np.linalg.norm(w):
            continue
        found[row, 0] = gf.analogy_accuracy(embeddings, analogies).accuracy
        found[row, 1] = gf.similarity(embeddings, pairs).spearman
    return found
