"""Task vectors of relations: a mean direction above noise whose law is known without a fit by hand.

    python -m gradflow.experiments relations --text FILE    # full size, 3 to 4 min on one core
    python -m gradflow.experiments relations --quick        # wikipedia-2k, seconds

Claim (karkada2025, figures 4, 6 and 8): the differences of the pairs of a relation are one mean
vector plus noise. With unit vectors, noise has the law of rows whose directions vary as those of
all words do; only its size is fitted. A test with 1 % false alarms finds one outlier in most
relations, the mean; signal to noise, analogies and cosines of answers are shown against d.
Writes figures/relations/.

FILE has one document a line, plain or compressed. The questions are gensim's.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float, Float32, Float64
from matplotlib.figure import Figure

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.evaluation import RelationSet, relation_curves, task_vectors
from gradflow.evaluation._analogies import IndexedAnalogies
from gradflow.evaluation._relations import IndexedRelations
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.plotting import (
    TaskSpectrum,
    plot_relation_curves,
    plot_task_projections,
    plot_task_spectra,
)
from gradflow.plotting._style import FAINT, TEXT_WIDTH, new_figure, sequential_colors, style
from gradflow.plotting._ticks import label_decades


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        vocab_size: V, the most frequent words of the text; None for the embedded wikipedia-2k.
        window: Of the counts of a text.
        dims: Numbers of eigen-features, rising.
        shown_dims: Those whose spectra are drawn.
        shown: Relations that are drawn.
        false_alarms: Rate of the test for outliers.
        random_sets: Sets of random pairs that the rate is checked on, at each of `shown_dims`.
        random_pairs: Pairs in each.
    """

    vocab_size: int | None = 10_000
    window: int = 16
    dims: tuple[int, ...] = (10, 16, 25, 40, 64, 100, 160, 250, 400, 640, 1000)
    shown_dims: tuple[int, ...] = (40, 160, 640)
    shown: tuple[str, ...] = (
        "capital-world",
        "city-in-state",
        "gram6-nationality-adjective",
        "gram7-past-tense",
        "gram8-plural",
        "gram1-adjective-to-adverb",
    )
    false_alarms: float = 0.01
    random_sets: int = 100
    random_pairs: int = 20


FULL = Config()
QUICK = Config(
    vocab_size=None,
    dims=(10, 25, 50, 100, 200),
    shown_dims=(25, 100),
    shown=("gram6-nationality-adjective", "gram3-comparative", "family"),
    random_sets=10,
    random_pairs=12,
)


_AT_ONCE = 500  # questions


def answers(
    vectors: Float[np.ndarray, "V D"], words: Sequence[str], dims: Sequence[int]
) -> xr.Dataset:
    """Return means over the questions of each section, in the first d columns.

    Returns:
        `answer_cosine` (section, dim), of the answer with b − a + c, and `answer_ratio`, that over
        the largest cosine of any other word: above one where the question is solved.
    """
    questions = gf.load_analogies().indexed(words)
    sections = np.array(questions.sections)[np.asarray(questions.section)]
    by_dim = []
    for dim in dims:
        right, rival = answer_cosines(vectors[:, :dim], questions)
        frame = pd.DataFrame({"answer_cosine": right, "answer_ratio": right / rival})
        by_dim.append(frame.groupby(sections).mean().rename_axis("section").to_xarray())
    return xr.concat(by_dim, xr.Variable("dim", list(dims)))


def answer_cosines(
    vectors: Float[np.ndarray, "V d"], questions: IndexedAnalogies
) -> tuple[Float32[np.ndarray, " Q"], Float32[np.ndarray, " Q"]]:
    """Return cosines with b − a + c of unit rows: the answer's, and the best of other words'.

    Args:
        vectors: One row a word, all of them in lower case.
        questions: Of these words.
    """
    units = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    right, rivals = [], []
    asked, answer = np.asarray(questions.hidden), np.asarray(questions.answer)
    for start in range(0, len(answer), _AT_ONCE):
        chunk = slice(start, start + _AT_ONCE)
        a, b, c = (units[rows] for rows in asked[chunk].T)
        wanted = b - a + c
        cosines = wanted / np.linalg.norm(wanted, axis=1, keepdims=True) @ units.T
        each = np.arange(len(cosines))
        right.append(cosines[each, answer[chunk]])
        cosines[each[:, None], np.column_stack([asked[chunk], answer[chunk]])] = -np.inf
        rivals.append(cosines.max(axis=1))
    return np.concatenate(right), np.concatenate(rivals)


_POINTS = 200  # of a drawn density
# How noise may be spread over directions: as the rows of W are, scaled or not; alike in all; or
# alike in as many as the spectrum itself tells.
_MODELS = {
    "unit vectors, spread as all words": (True, "words"),
    "vectors as they are, spread as all words": (False, "words"),
    "unit vectors, white": (True, "white"),
    "unit vectors, white of estimated dimension": (True, "estimated"),
    "unit vectors, whitened": (True, "whitened"),
}


def run(config: Config, corpus: TokenCorpus | None = None) -> xr.Dataset:
    """Return curves of `relation_curves`, spectra and laws at `shown_dims`, and a null test.

    Returns:
        Dimensions section and dim as there, with `answer_cosine` and `answer_ratio` of `answers`;
        `eigenvalue` (relation, shown, rank), `outlier_count`, `threshold`, `upper_edge` (relation,
        shown), the law `law_x`, `law_density` (relation, shown, point); `t` (relation, mode), the
        mean task vector over its standard error, and `ends` (mode), words at the positive and
        negative end; `model_distance` (model, shown) and `model_alarms` (model, shown), the share
        of sets of random pairs with an outlier.
    """
    if corpus is None:
        stats = gf.load_statistics("wikipedia-2k")
    else:
        stats = corpus.count(config.window)
    spec, vectors = _eigen_features(stats, config)
    curves = relation_curves(vectors, stats.words, config.dims, false_alarms=config.false_alarms)
    relations = RelationSet.of(gf.load_analogies()).indexed(stats.words)
    spectra = xr.concat(
        [_spectra(vectors[:, :dim], relations, config) for dim in config.shown_dims], "shown"
    )
    models = xr.concat(
        [_models(vectors[:, :dim], relations, config) for dim in config.shown_dims], "shown"
    )
    near = answers(vectors, stats.words, config.dims)
    modes = _modes(spec, vectors, relations, config)
    data = xr.merge([curves, spectra, models, modes, near], join="outer")
    data = data.assign_coords(shown=list(config.shown_dims))
    return data.assign_attrs(
        words=stats.vocab_size, tokens=stats.total_tokens, false_alarms=config.false_alarms
    )


def _eigen_features(
    stats: CooccurrenceStatistics, config: Config
) -> tuple[gf.Spectrum, Float64[np.ndarray, "V D"]]:
    spec = gf.spectrum(gf.mstar(stats), max(config.dims))
    return spec, spec.eigenvectors * np.sqrt(np.maximum(spec.eigenvalues, 0))


def _spectra(
    vectors: Float64[np.ndarray, "V d"], relations: IndexedRelations, config: Config
) -> xr.Dataset:
    """Return eigenvalues of each shown relation, and the law that was fitted."""
    tasks, parts = task_vectors(vectors, relations), []
    for name in config.shown:
        fit = tasks.fit(name, false_alarms=config.false_alarms)
        low, high = fit.law.edges
        x = low + (high - low) * (1 - np.cos(np.linspace(0, np.pi, _POINTS))) / 2
        values = np.full(relations.covered.max(), np.nan)
        values[: len(fit.eigenvalues)] = fit.eigenvalues
        parts.append(
            xr.Dataset(
                {
                    "eigenvalue": ("rank", values),
                    "outlier_count": fit.outliers,
                    "threshold": fit.threshold,
                    "upper_edge": high,
                    "law_x": ("point", x),
                    "law_density": ("point", fit.law.density(x)),
                }
            )
        )
    return xr.concat(parts, "relation").assign_coords(relation=list(config.shown))


def _modes(
    spec: gf.Spectrum,
    vectors: Float64[np.ndarray, "V D"],
    relations: IndexedRelations,
    config: Config,
) -> xr.Dataset:
    dim = config.shown_dims[-1]
    tasks = task_vectors(vectors[:, :dim], relations)
    significance = [tasks.significance(name) for name in config.shown]
    ends = [" / ".join(" ".join(end) for end in spec.top_words(mode, 3)) for mode in range(dim)]
    modes = list(range(1, dim + 1))
    return xr.Dataset(
        {"t": (("relation", "mode"), significance), "ends": ("mode", ends)},
        {"relation": list(config.shown), "mode": modes},
    )


def _models(
    vectors: Float64[np.ndarray, "V d"], relations: IndexedRelations, config: Config
) -> xr.Dataset:
    """Return the bulk's median distance from its law over relations, and alarms on random pairs."""
    sets = _random_pairs(relations.size, config)
    distances, alarms = [], []
    for unit, spread in _MODELS.values():
        rows = _rows(vectors, unit, spread == "whitened")
        options: dict[str, Any] = {"false_alarms": config.false_alarms}
        if spread in ("white", "whitened"):
            options["dimension"] = float(vectors.shape[1])
        elif spread == "estimated":
            options["dimension"] = None
        table = task_vectors(rows, relations, unit=False).table(**options)
        # The distance of n independent draws falls as 1/√n; so does that of fewer eigenvalues.
        distances.append((table["distance"] * np.sqrt(table["pairs"])).median())
        random = task_vectors(rows, sets, unit=False).table(**options, most_outliers=1)
        alarms.append(random["outliers"].mean())
    return xr.Dataset(
        {"model_distance": ("model", distances), "model_alarms": ("model", alarms)},
        {"model": list(_MODELS)},
    )


def _rows(
    vectors: Float64[np.ndarray, "V d"], unit: bool, whitened: bool
) -> Float64[np.ndarray, "V d"]:
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if unit else vectors
    if whitened:
        values, axes = np.linalg.eigh(np.cov(rows.T))
        rows = rows @ axes / np.sqrt(values)
    return rows


def _random_pairs(size: int, config: Config) -> IndexedRelations:
    """Return pairs of words unrelated to each other, no word twice in a set."""
    rng = np.random.default_rng(0)
    count, pairs = config.random_sets, config.random_pairs
    rows = [rng.choice(size, (pairs, 2), replace=False) for _ in range(count)]
    return IndexedRelations(
        rows=np.concatenate(rows),
        pairs=(("", ""),) * (count * pairs),
        relation=np.repeat(np.arange(count), pairs),
        relations=tuple(map(str, range(count))),
        total=np.full(count, pairs),
        size=size,
    )


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each relation of at least three pairs and each d."""
    columns = ["pairs", "snr", "visible", "outliers", "p_value", "distance", "share", "accuracy"]
    columns += ["answer_cosine", "answer_ratio"]
    large = results.sel(section=results["pairs"] >= 3)
    frame = large[columns].to_dataframe().reset_index()
    return frame[["section", "dim", *columns]].astype({"pairs": int, "outliers": int})


def models(results: xr.Dataset) -> pd.DataFrame:
    """Return the median of distance·√n, and false alarms, by model of noise and d."""
    frame = results[["model_distance", "model_alarms"]].to_dataframe().reset_index()
    names = {"shown": "dim", "model_distance": "distance", "model_alarms": "false alarms"}
    frame = frame[["model", *names]].rename(columns=names)
    return frame.sort_values(["model", "dim"])


def outliers(results: xr.Dataset) -> pd.DataFrame:
    """Return by d how many relations have none, one, and more outliers."""
    counts = results["outliers"].sel(section=results["pairs"] >= 3)
    return pd.DataFrame(
        {
            "dim": counts["dim"].values,
            "none": (counts == 0).sum("section").values,
            "one": (counts == 1).sum("section").values,
            "more": (counts > 1).sum("section").values,
        }
    )


def report(results: xr.Dataset) -> str:
    """Return outliers, models, and where each relation is best, as text."""
    large = results.sel(section=results["pairs"] >= 3)
    best = large["accuracy"].idxmax("dim")
    rows = pd.DataFrame(
        {
            "relation": large["section"].values,
            "pairs": large["pairs"].values,
            "best d": best.values.astype(int),
            "accuracy": large["accuracy"].max("dim").values,
            "snr there": large["snr"].sel(dim=best).values,
        }
    )
    return as_text(outliers(results), models(results), rows)


_PROJECTIONS = 3  # relations


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Draw all four figures."""
    return {
        "spectra": _task_spectra(results),
        "curves": _curves(results),
        "answers": _answers(results),
        "projections": _projections(results),
    }


def short(name: str) -> str:
    """Return a relation's name without its number: gram7-past-tense is past tense."""
    rest = name.partition("-")[2] if name.startswith("gram") else name
    return rest.replace("-", " ")


def _task_spectra(results: xr.Dataset) -> Figure:
    shown = results["relation"].values[:4]
    panels = [
        [_panel(results.sel(shown=dim, relation=name), first=row == 0) for name in shown]
        for row, dim in enumerate(results["shown"].values)
    ]
    return plot_task_spectra(panels)


def _panel(spectrum: xr.Dataset, first: bool) -> TaskSpectrum:
    name = f"{short(str(spectrum['relation'].values))}\n" if first else ""
    values = spectrum["eigenvalue"].values
    return TaskSpectrum(
        eigenvalues=values[np.isfinite(values)],
        x=spectrum["law_x"].values,
        density=spectrum["law_density"].values,
        outliers=int(spectrum["outlier_count"]),
        threshold=float(spectrum["threshold"]),
        title=f"{name}$d$ = {int(spectrum['shown'])}",
    )


def _curves(results: xr.Dataset) -> Figure:
    names = results["relation"].values.tolist()
    curves = results.sel(section=names)
    by_name = {
        variable: {short(name): curves[variable].sel(section=name).values for name in names}
        for variable in ("snr", "accuracy", "visible")
    }
    return plot_relation_curves(results["dim"].values, **by_name)


def _answers(results: xr.Dataset) -> Figure:
    """Draw cosines of answers, and what they are over those of the best rivals."""
    names, dims = results["relation"].values, results["dim"].values
    with style():
        figure = new_figure(TEXT_WIDTH, 2.7)
        left, right = figure.subplots(1, 2)
        right.axhline(1.0, color=FAINT, linewidth=0.8, zorder=0)
        for name, color in zip(names, sequential_colors(len(names)), strict=True):
            curves = results.sel(section=name)
            for axes, variable in ((left, "answer_cosine"), (right, "answer_ratio")):
                values = curves[variable].values
                axes.plot(dims, values, "o-", color=color, ms=2.5, lw=1.0, label=short(name))
        left.set_ylabel("cosine of the answer\nwith $b - a + c$")
        right.set_ylabel("the same over that\nof its best rival")
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_xlabel("eigen-features $d$")
            label_decades(axes.xaxis, *axes.get_xlim())
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _projections(results: xr.Dataset) -> Figure:
    names = results["relation"].values[:_PROJECTIONS].tolist()
    t = {short(name): results["t"].sel(relation=name).values for name in names}
    return plot_task_projections(t, results["ends"].values.tolist())


EXPERIMENT = Experiment(
    name="relations",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=draw,
    tables=lambda results: {
        "table": table(results),
        "models": models(results),
        "outliers": outliers(results),
    },
    report=report,
    needs_text=True,
    quick_needs_text=False,
)
