"""Flows of two sets of embeddings from several starts, and step times by imbalance."""

import dataclasses
from collections.abc import Iterable

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array

import gradflow as gf
from gradflow.evaluation import analogy_accuracy, similarity_correlation
from gradflow.methods import Solution
from gradflow.targets import AbstractTarget
from gradflow.theory import PredictionRule, mean_field_shares


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: V, the most frequent words of them.
        dim: d.
        scale: σ of the small starts, and what word2vec.c's start is multiplied with to be one.
        lazy: λ of the unequal start that is shown, in units of the largest |λ_k|.
        modes: How many modes are followed, by |λ_k|.
        num_times: Times at which each run is looked at.
        rtol: Of the integrated flows, those without a closed form.
        imbalances: λ of the starts whose steps are timed, in units of the largest |λ_k|, rising.
        seeds: How many starts for each of them.
        ask: Whether words are enough to be asked analogies.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dim: int = 50
    scale: float = 1e-6
    lazy: float = 100.0
    modes: int = 20
    num_times: int = 120
    rtol: float = 1e-5
    imbalances: tuple[float, ...] = tuple(10.0**power for power in range(-12, 5, 2))
    seeds: int = 3
    ask: bool = True


FULL = Config()
QUICK = Config(
    words=100, dim=8, scale=1e-4, modes=6, num_times=80, imbalances=(1e-6, 1e-2, 1e2, 1e3),
    ask=False,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Begin:
    """One of the starts.

    Attributes:
        w0: W₀, or (W₀, C₀).
        imbalance: λ, the mean of the diagonal of W₀ᵀW₀ − C₀ᵀC₀.
        exact: Whether the flow has a closed form.
    """

    w0: Array | tuple[Array, Array]
    imbalance: float
    exact: bool

    @property
    def tied(self) -> bool:
        """Whether there is one set of embeddings."""
        return not isinstance(self.w0, tuple)

    @property
    def one_sided(self) -> bool:
        """Whether C₀ is nothing beside W₀, as the mean field takes it to be."""
        if not isinstance(self.w0, tuple):
            return False
        w, c = (float((side**2).sum()) for side in self.w0)
        return c <= 1e-6 * w


def starts(config: Config, largest: float) -> dict[str, Begin]:
    """Return the starts by name.

    Args:
        config: Sizes and scales.
        largest: The largest |λ_k|.
    """
    key, sizes = jax.random.key(0), (config.words, config.dim)
    unequal = config.lazy * largest
    drawn: dict[str, Array | tuple[Array, Array]] = {
        "tied": gf.gaussian_init(key, *sizes, config.scale),
        "balanced": gf.balanced_init(key, *sizes, config.scale),
        "word2vec": gf.word2vec_init(key, *sizes),
        "small word2vec": gf.word2vec_init(key, *sizes, config.scale),
        "unequal": gf.balanced_init(key, *sizes, config.scale, imbalance=unequal),
    }
    closed = ("tied", "balanced", "unequal")
    return {name: Begin(w0, _imbalance(w0), name in closed) for name, w0 in drawn.items()}


def _imbalance(w0: Array | tuple[Array, Array]) -> float:
    if not isinstance(w0, tuple):
        return 0.0
    return float((w0[0] ** 2).sum() - (w0[1] ** 2).sum()) / w0[0].shape[1]


LEVELS = (0.1, 0.5, 0.9)
HALF = LEVELS.index(0.5)


def crossing_times(times: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return first times (level, mode) of shares at levels; logits are straight between.

    Args:
        times: (T,), rising.
        shares: (T, m).
    """
    bounded = np.clip(shares.astype(float), 1e-12, 1 - 1e-12)
    logits = np.log(bounded / (1 - bounded))
    crossed = np.full((len(LEVELS), shares.shape[1]), np.nan)
    for row, level in enumerate(LEVELS):
        height = np.log(level / (1 - level))
        reached = logits >= height
        for mode in np.flatnonzero(reached.any(axis=0) & ~reached[0]):
            after = int(np.argmax(reached[:, mode]))
            ends = slice(after - 1, after + 1)
            crossed[row, mode] = np.interp(height, logits[ends, mode], times[ends])
    return crossed


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
    """Return what a run ends with, and how far its steps were foretold.

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
        steps = np.stack(
            [gf.measure_steps(embeddings, modes) for embeddings in (solution, solution.context)]
        )
        problem = gf.Quadratic(target, tied=False)
        predicted = np.stack([gf.predict_steps(problem, begin.w0, rule)[:modes] for rule in RULES])
    grams = w.mT @ w - c.mT @ c
    head = vectors[:, :modes].T
    ends = _ends(begin, values, config.dim)
    limits = [
        _from_limit(embeddings[-1], vectors[:, order] * np.sqrt(squares))
        for embeddings, (order, squares) in zip((w, c), ends, strict=True)
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
    """Return cosines of rows."""
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.sum(left * right, axis=1) / lengths


def _ends(begin: Begin, values: np.ndarray, dim: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for W and C, the modes that remain in the end and their squared singular values.

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


def _from_limit(embeddings: np.ndarray, end: np.ndarray) -> float:
    """Return ‖WWᵀ − EEᵀ‖/‖EEᵀ‖, from matrices of d rows alone."""
    squares = sum(np.sum((x.T @ x) ** 2) for x in (embeddings, end)) - 2 * np.sum(
        (embeddings.T @ end) ** 2
    )
    return float(np.sqrt(max(squares, 0.0)) / np.linalg.norm(end.T @ end))


def _scores(config: Config, target: AbstractTarget, w: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return analogies solved and Spearman's correlation, nan where nothing is asked."""
    scores = np.full((len(VECTORS), len(BENCHMARKS)), np.nan)
    if not config.ask:
        return scores
    assert target.words is not None
    analogies = gf.load_analogies(BENCHMARKS[0]).indexed(target.words)
    pairs = gf.load_similarities(BENCHMARKS[1]).indexed(target.words)
    for row, embeddings in enumerate((w, c, w + c, w - c)):
        if np.linalg.norm(embeddings) <= 1e-9 * np.linalg.norm(w):
            continue
        scores[row, 0] = analogy_accuracy(embeddings, analogies).accuracy
        scores[row, 1] = similarity_correlation(embeddings, pairs).spearman
    return scores


def run(config: Config) -> xr.Dataset:
    """Follow two sets of embeddings from each start, and time steps by imbalance.

    Returns:
        By start: `t` (time), `share` (time, mode), u_kᵀWCᵀu_k/λ_k with modes by falling |λ_k|;
        `w_squared` and `c_squared` (time, mode), squared singular values; `expected` (time, mode),
        the share by the mean field, where C₀ is zero or negligible; and what `compare` says of the
        end. By imbalance: `crossed` (seed, level, mode) and `foretold` (level, mode), times at
        which a share reaches a tenth, half and nine tenths; `line` is the latter between them.
        Beside these `eigenvalue` (mode).
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    target = gf.mstar(stats)
    values, vectors = target.top_eigenpairs(target.vocab_size, which="magnitude")
    parts = [
        _one(config, target, begin, values, vectors).expand_dims(start=[name])
        for name, begin in starts(config, abs(values[0])).items()
    ]
    results = xr.merge([xr.concat(parts, "start"), _by_imbalance(config, target, values, vectors)])
    described = results.assign(eigenvalue=("mode", values[: config.modes]))
    return described.assign_coords(mode=np.arange(1, config.modes + 1)).assign_attrs(
        words=config.words, dim=config.dim, scale=config.scale
    )


def _one(
    config: Config, target: AbstractTarget, begin: Begin, values: np.ndarray, vectors: np.ndarray
) -> xr.Dataset:
    problem = gf.Quadratic(target, tied=begin.tied)
    times = _times(config, problem, begin, values)
    method = gf.Exact() if begin.exact else gf.Stabilised(rtol=config.rtol)
    solution = gf.solve(problem, begin.w0, times, method=method, embeddings=True)
    modes = config.modes
    context = solution if solution.context is None else solution.context
    share = _shares(config, solution, values, vectors)
    results = xr.Dataset(
        {
            "t": ("time", times),
            "share": (("time", "mode"), share.astype(np.float32)),
            "w_squared": (("time", "mode"), np.asarray(solution.singular_values)[:, :modes] ** 2),
            "c_squared": (("time", "mode"), np.asarray(context.singular_values)[:, :modes] ** 2),
            "expected": (("time", "mode"), np.full(share.shape, np.nan)),
            "imbalance": begin.imbalance,
            "evaluations": int(solution.evaluations),
        }
    )
    if begin.one_sided:
        foretold = mean_field_shares(values, begin.imbalance, config.dim, times[1:])
        results["expected"][1:] = foretold[:, :modes]
    return results.merge(compare(config, target, begin, solution, values, vectors))


def _shares(
    config: Config, solution: Solution, values: np.ndarray, vectors: np.ndarray
) -> np.ndarray:
    """Return u_kᵀ W Cᵀ u_k / λ_k of the first modes, (T, m)."""
    context = solution if solution.context is None else solution.context
    head = vectors[:, : config.modes].T
    w, c = (head @ np.asarray(side.embeddings) for side in (solution, context))
    return np.sum(w * c, axis=2) / values[: config.modes]


def _times(config: Config, problem: gf.Quadratic, begin: Begin, values: np.ndarray) -> np.ndarray:
    """Return zero and geometric times over all steps; of unequal sides, of the modes followed."""
    if begin.imbalance > abs(values[0]):
        last = _lazy_times(config, begin.imbalance, values)[-1]  # C₀ grows first, at rate λ/4
        return np.concatenate(
            [[0.0], np.geomspace(0.1 / begin.imbalance, last, config.num_times - 1)]
        )
    # Untied, the start of a mode is that of [W₀; C₀]/2.
    sides = begin.w0 if isinstance(begin.w0, tuple) else (begin.w0,)
    scale = float(np.sqrt(sum((side**2).sum() for side in sides) / config.words)) / len(sides)
    spec = gf.spectrum(problem.linearisation, config.dim)
    return gf.time_grid(spec, scale, config.dim, config.num_times)


def _lazy_times(config: Config, imbalance: float, values: np.ndarray) -> np.ndarray:
    """Return zero and geometric times from before the first step to after the last mode's."""
    half, sizes = imbalance / 2, abs(values[[0, config.modes - 1]])
    rates = np.hypot(sizes, half)
    excess = sizes**2 / (rates + half)
    logs = np.log(rates * config.words / (half * config.dim))
    middle = 2 * logs / excess
    return np.concatenate(
        [[0.0], np.geomspace(middle[0] / 10, 4 * middle[1], config.num_times - 1)]
    )


def _by_imbalance(
    config: Config, target: AbstractTarget, values: np.ndarray, vectors: np.ndarray
) -> xr.Dataset:
    """Time steps from C₀ far below W₀, all columns of W₀ orthogonal and of one length."""
    problem = gf.Quadratic(target, tied=False)
    crossed = np.empty((len(config.imbalances), config.seeds, len(LEVELS), config.modes))
    for row, share in enumerate(config.imbalances):
        imbalance = share * abs(values[0])
        times = _lazy_times(config, imbalance, values)
        small = 1e-6 * np.sqrt(imbalance * config.dim / config.words)
        for seed in range(config.seeds):
            w0 = gf.balanced_init(
                jax.random.key(seed), config.words, config.dim, small, imbalance=imbalance
            )
            solution = gf.solve(problem, w0, times, method=gf.Exact(), embeddings=True)
            learned = _shares(config, solution, values, vectors)
            crossed[row, seed] = crossing_times(times[1:], learned[1:])
    foretold = _foretold(config, values, config.imbalances)
    low, high = np.log10(config.imbalances)[[0, -1]]
    line = np.logspace(low, high, 1 + 2 * round(high - low))
    return xr.Dataset(
        {
            "crossed": (("relative", "seed", "level", "mode"), crossed),
            "foretold": (("relative", "level", "mode"), foretold),
            "line": (("finer", "level", "mode"), _foretold(config, values, line)),
        },
        {"relative": list(config.imbalances), "finer": line, "level": list(LEVELS)},
    )


def _foretold(config: Config, values: np.ndarray, relative: Iterable[float]) -> np.ndarray:
    """Return times (λ, level, mode) of the mean field."""
    crossed = []
    for share in relative:
        imbalance = share * abs(values[0])
        times = _lazy_times(config, imbalance, values)[1:]
        learned = mean_field_shares(values, imbalance, config.dim, times)[:, : config.modes]
        crossed.append(crossing_times(times, learned))
    return np.array(crossed)
