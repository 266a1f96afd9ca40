"""Skip-gram and CBOW trained on one text, beside what the counts of that text predict.

    python experiments/from_text.py --text FILE            # full size, some minutes on two cores
    python experiments/from_text.py --text FILE --quick    # some seconds

Claim: word2vec from a small start, with untied weights and its own subsampling and noise, learns
the singular vectors of A − B, the expected slopes at the origin, one after the other; skip-gram
when the gradient flow of the counts does, CBOW in its own time. Both share their first modes; later
ones grow beside modes that have been learned, and are no longer singular vectors at the origin.
Writes figures/from_text/.

FILE has one document a line, plain or compressed.
"""

import argparse
import dataclasses
import pathlib
import sys
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow._files import atomic_directory
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.plotting import save_figure, style
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    HAIR,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
)
from gradflow.targets import BipartiteTarget, pair_weights

FIGURES = pathlib.Path(__file__).parent.parent / "figures"

RUNS = ("flow", "skip-gram", "CBOW")
_WORDS = 3  # named at each end of a mode


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest width of a window on either side; each has a width uniform in 1 … window.
        subsample: s of word2vec's subsampling.
        noise_power: Exponent of the noise distribution.
        negatives: k.
        dim: d.
        scale: σ of the balanced start.
        seed: Of the start and of the batches.
        modes: How many of the first modes are compared.
        span: Where the runs end, λ₁t, with λ₁ skip-gram's fastest rate at the origin.
        step: ηλ₁.
        batch: Pairs a step for skip-gram, windows for CBOW.
        looks: Times, equally spaced, at which singular values and vectors are kept.
        rtol: Tolerance of the flow.
    """

    vocab_size: int = 500
    window: int = 5
    subsample: float = 1e-3
    noise_power: float = 0.75
    negatives: float = 1.0
    dim: int = 12
    scale: float = 1e-2
    seed: int = 0
    modes: int = 4
    span: float = 80.0
    step: float = 0.04
    batch: int = 10_000
    looks: int = 160
    rtol: float = 1e-7

    @property
    def pairs(self) -> gf.Word2vecPairs:
        """How both draw, but for word2vec.c's way of closing the gaps that subsampling leaves."""
        return gf.Word2vecPairs(
            self.window, True, self.subsample, self.noise_power, self.negatives, closing=False
        )

    @property
    def weighting(self) -> gf.Word2vecWeighting:
        """The same in expectation."""
        return self.pairs.weighting

    def problem(self, stats: CooccurrenceStatistics) -> gf.Contrastive:
        """Its full-batch loss."""
        return gf.Contrastive(stats, self.weighting, self.negatives, tied=False)


FULL = Config()
QUICK = Config(
    vocab_size=40, window=3, subsample=1.0, dim=6, modes=2, span=32.0, step=0.1, batch=4000,
    looks=64, rtol=1e-6,
)  # fmt: skip


class PrincipalAxes(eqx.Module):
    """The first left singular vectors of W, (V, m)."""

    modes: int = eqx.field(static=True)

    def __call__(self, state: gf.State) -> Float[Array, "V m"]:
        """At one moment."""
        return jnp.linalg.svd(state.embeddings, full_matrices=False)[0][:, : self.modes]


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """What counts say before any run, from the first two orders of the loss at the origin.

    Attributes:
        rates: λ_k (m,), the largest singular values of A − B.
        left: u (V, m), their left singular vectors; on the side of W.
        plateaus: (m,), where s_k² of mode k alone ends: 2λ_k / Σ_ij (A + B)_ij u_i² v_j².
        spectrum: The same rates with u above v, as `predict_steps` takes them.
    """

    rates: np.ndarray
    left: np.ndarray
    plateaus: np.ndarray
    spectrum: gf.Spectrum

    def times(self, start: tuple[Array, Array], heights: np.ndarray) -> np.ndarray:
        """When each s_k² would pass its height (m,), a logistic on its way to twice that."""
        w0, c0 = start
        found = []
        for mode, (rate, height) in enumerate(zip(self.rates, heights, strict=True)):
            # In units in which the plateau is the one that predict_steps takes for granted.
            unit = np.sqrt(rate / height)
            found.append(gf.predict_steps(self.spectrum, (unit * w0, unit * c0))[mode])
        return np.array(found)


def predict(seen: np.ndarray, noise: np.ndarray, modes: int) -> Prediction:
    """From A and B (V, V), rows for W."""
    spec = gf.spectrum(BipartiteTarget(seen - noise, None, "A − B"), modes)
    sides = np.sqrt(2) * spec.eigenvectors
    left, right = sides[: len(seen)], sides[len(seen) :]
    curvature = np.einsum("ik,ij,jk->k", left**2, seen + noise, right**2)
    return Prediction(spec.eigenvalues, left, 2 * spec.eigenvalues / curvature, spec)


def skip_gram_weights(config: Config, corpus: TokenCorpus) -> tuple[np.ndarray, np.ndarray]:
    """A and B of skip-gram, from the counts."""
    stats = corpus.count(config.window)
    weights = pair_weights(stats, config.weighting, config.negatives)
    return weights.positive, weights.negative()


def cbow_weights(config: Config, corpus: TokenCorpus) -> tuple[np.ndarray, np.ndarray]:
    """A and B of CBOW's slopes at the origin, from one subsampled pass over the text.

    Where skip-gram counts every pair once, CBOW gives each of the m words that a window holds the
    share 1/m. So near pairs, which narrow windows see, count more, and so do words among words that
    subsampling leaves out.
    """
    survival, size = config.pairs.survival(corpus), corpus.vocab_size
    draws = np.random.default_rng(config.seed).random(len(corpus.ids))
    kept = (corpus.ids >= 0) & (draws < survival[corpus.ids])
    document = np.cumsum(corpus.ids < 0)
    held = np.zeros(len(kept), np.int64)
    shares = []  # of each word in the window of width 1, 2, … around a place
    for width in range(1, config.window + 1):
        for offset in (-width, width):
            held[_centres(kept, document, offset)] += 1
        shares.append(1 / np.maximum(held, 1))
    seen = np.zeros(size * size)
    for distance in range(1, config.window + 1):
        share = sum(shares[distance - 1 :], np.zeros(len(kept)))
        for offset in (-distance, distance):
            at = _centres(kept, document, offset)
            pairs = corpus.ids[at + offset].astype(np.int64) * size + corpus.ids[at]
            seen += np.bincount(pairs, share[at], size * size)
    positive = (seen / seen.sum()).reshape(size, size)
    return positive, config.negatives * np.outer(positive.sum(axis=1), config.pairs.noise(corpus))


def _centres(kept: np.ndarray, document: np.ndarray, offset: int) -> np.ndarray:
    """Places whose word is kept and meets another `offset` places on, in the same document."""
    places = np.flatnonzero(kept)
    others = places + offset
    places = places[(others >= 0) & (others < len(kept))]
    others = places + offset
    return places[kept[others] & (document[others] == document[places])]


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Both from one start, and the flow of skip-gram's counts.

    Returns:
        Dimensions (run, time, mode). `singular_values` at the times t; `step` (run, mode), when
        s_k² first passes `height`, half of what the counts give the mode alone; `predicted` and
        `predicted_cbow` (mode); `learned` (run, word, mode), the k-th principal axis of W at its
        own step; `vector` and `vector_cbow` (word, mode), left singular vectors at the origin.
    """
    counts = predict(*skip_gram_weights(config, corpus), config.modes)
    cbow = predict(*cbow_weights(config, corpus), config.modes)
    start = gf.balanced_init(
        jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale
    )
    times, runs = _runs(config, corpus, start, counts.rates[0])
    heights = counts.plateaus / 2
    steps, learned = zip(*(_measured(*runs[name], heights) for name in RUNS), strict=True)
    singular_values = np.stack([runs[name][0].singular_values[:, : config.modes] for name in RUNS])
    return xr.Dataset(
        {
            "t": ("time", times),
            "singular_values": (("run", "time", "mode"), singular_values),
            "step": (("run", "mode"), np.stack(steps)),
            "learned": (("run", "word", "mode"), np.stack(learned)),
            "height": ("mode", heights),
            "predicted": ("mode", counts.times(start, heights)),
            "predicted_cbow": ("mode", cbow.times(start, heights)),
            "eigenvalue": ("mode", counts.rates),
            "eigenvalue_cbow": ("mode", cbow.rates),
            "vector": (("word", "mode"), counts.left),
            "vector_cbow": (("word", "mode"), cbow.left),
        },
        {"run": list(RUNS), "mode": np.arange(1, config.modes + 1), "word": list(corpus.words)},
        {"tokens": corpus.total_tokens, **dataclasses.asdict(config)},
    )


def _runs(
    config: Config, corpus: TokenCorpus, start: tuple[Array, Array], fastest: float
) -> tuple[np.ndarray, dict[str, tuple[gf.Solution, Any]]]:
    """Times (T,), and each run's solution and principal axes (T, V, m) at these."""
    rate = config.step / fastest
    every = max(1, round(config.span / config.step / config.looks))
    looks = every * np.arange(config.looks + 1)
    kept = gf.Snapshots({"axes": PrincipalAxes(config.modes)})
    stats, method = corpus.count(config.window), gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(config.problem(stats), start, rate * looks, method=method, snapshots=kept)
    runs: dict[str, tuple[gf.Solution, Any]] = {"flow": (flow, flow.snapshots["axes"])}
    for name, objective in (("skip-gram", gf.SkipGram()), ("CBOW", gf.Cbow())):
        trained = gf.train(
            corpus,
            config.pairs,
            start,
            looks,
            optimizer=optax.sgd(rate),
            batch=config.batch,
            key=config.seed,
            objective=objective,
            steps_per_unit_time=1 / rate,
            snapshots=kept,
        )
        runs[name] = trained.solution(), trained.snapshots["axes"]
    return rate * looks, runs


def _measured(
    solution: gf.Solution, axes: Float[Array, "T V m"], heights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Times (m,) at which s_k² passes its height, and the k-th axis (V, m) at the next look."""
    modes, dim = len(heights), solution.plateaus.size
    plateaus = jnp.full(dim, jnp.nan).at[:modes].set(2 * heights)
    steps = np.asarray(gf.measure_steps(dataclasses.replace(solution, plateaus=plateaus), modes))
    looks = np.searchsorted(np.asarray(solution.times), np.where(np.isnan(steps), 0.0, steps))
    learned = np.stack([np.asarray(axes[look])[:, mode] for mode, look in enumerate(looks)], axis=1)
    return steps, np.where(np.isnan(steps), np.nan, learned)


def overlaps(results: xr.Dataset) -> xr.Dataset:
    """Squared overlaps (run, mode) of what was learned.

    `origin`: with singular vector k at the origin, of the counts that the run itself sees.
    `flow`: with whatever mode the flow learned that is most like it; `alike` is its number.
    """
    learned = results["learned"]
    vectors = xr.concat([results["vector"]] * 2 + [results["vector_cbow"]], learned["run"])
    flow = learned.sel(run="flow", drop=True).rename(mode="other").fillna(0)
    with_flow = (learned * flow).sum("word", skipna=False) ** 2
    return xr.Dataset(
        {
            "origin": (learned * vectors).sum("word", skipna=False) ** 2,
            "flow": with_flow.max("other"),
            "alike": with_flow.fillna(0).argmax("other") + 1,
        }
    )


def ends(results: xr.Dataset, mode: int, count: int = _WORDS) -> tuple[list[str], list[str]]:
    """Words at both ends of singular vector `mode` at the origin."""
    entries = results["vector"].sel(mode=mode)
    order = [str(word) for word in results["word"].values[np.argsort(entries.values)]]
    return order[::-1][:count], order[:count]


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row a mode; all times are λ₁t."""
    unit, same = float(results["eigenvalue"][0]), overlaps(results)
    rows = []
    for mode in results["mode"].values:
        one, its = results.sel(mode=mode), same.sel(mode=mode)
        high, low = ends(results, int(mode))
        times = {
            "predicted": one["predicted"],
            "flow": one["step"].sel(run="flow"),
            "skip-gram": one["step"].sel(run="skip-gram"),
            "CBOW predicted": one["predicted_cbow"],
            "CBOW": one["step"].sel(run="CBOW"),
        }
        row = {"mode": int(mode), "words": " ".join(high) + " / " + " ".join(low)}
        row |= {name: f"{unit * float(time):.2f}" for name, time in times.items()}
        for run_name in RUNS:
            row[f"{run_name} | origin"] = f"{float(its['origin'].sel(run=run_name)):.3f}"
        for run_name in RUNS[1:]:
            alike, share = (its[name].sel(run=run_name) for name in ("alike", "flow"))
            row[f"{run_name} | flow"] = f"{float(share):.3f} of {int(alike)}"
        rows.append(row)
    return pd.DataFrame(rows)


def remarks(results: xr.Dataset) -> str:
    """CBOW's time unit, and where it deviates."""
    steps = results["step"]
    factors = (steps.sel(run="CBOW") / steps.sel(run="skip-gram")).values
    predicted = (results["predicted_cbow"] / results["predicted"]).values
    last = results["singular_values"].isel(time=-1)
    sizes = (last.sel(run="CBOW") / last.sel(run="skip-gram")).values
    modes = results["mode"].values
    alike = overlaps(results).sel(run="CBOW")
    other = [
        f"its mode {mode} is the flow's mode {int(number)} (overlap {float(share):.2f})"
        for mode, number, share in zip(modes, alike["alike"], alike["flow"], strict=True)
        if share > 0 and number != mode  # nan where it was not learned
    ]
    return "\n".join(
        [
            f"CBOW's step times over skip-gram's, by mode: {_listed(factors)}; "
            f"from the counts: {_listed(predicted)}.",
            f"CBOW's singular values at the end over skip-gram's: {_listed(sizes)}.",
            "CBOW's order: " + ("; ".join(other) or "the flow's") + ".",
        ]
    )


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


def draw(results: xr.Dataset) -> Figure:
    """Singular values of skip-gram and CBOW, and what their first directions are."""
    with style():
        figure = new_figure(TEXT_WIDTH, 2.9)
        left, middle, right = figure.subplots(1, 3)
        _draw_values(left, results, "skip-gram", "predicted")
        _draw_values(middle, results, "CBOW", "predicted_cbow")
        top = 1.05 * float(results["singular_values"].max())
        for axes in (left, middle):
            axes.set_ylim(0, top)
            axes.set_xlabel(r"time $\lambda_1 t$")
        left.set_ylabel("singular value $s_k$ of $W$")
        bars = _draw_overlaps(right, results)
        plain: dict[str, Any] = {"color": INK, "linestyle": ""}
        lines = [
            Line2D([], [], color=INK, label="flow of skip-gram's counts"),
            Line2D([], [], marker="o", markersize=2.5, label="descent from the text", **plain),
            Line2D([], [], color="#A0A0A0", linewidth=0.6, label="predicted steps"),
        ]
        figure.legend(handles=[*lines, *bars], loc="outside lower center", ncols=4)
    return figure


def _draw_values(axes: Axes, results: xr.Dataset, name: str, predicted: str) -> None:
    unit = float(results["eigenvalue"][0])
    times = unit * results["t"].values
    every = max(1, len(times) // 40)
    for mode, color in zip(
        results["mode"].values, sequential_colors(results.sizes["mode"]), strict=True
    ):
        values = results["singular_values"].sel(mode=mode)
        axes.axvline(unit * float(results[predicted].sel(mode=mode)), color=HAIR, lw=0.6, zorder=0)
        axes.plot(times, values.sel(run="flow"), color=color, linewidth=1.0)
        dots = values.sel(run=name).values[::every]
        axes.plot(times[::every], dots, "o", markersize=2.2, mfc=color, mec="white", mew=0.3)
    axes.set_xlim(0, times[-1])
    axes.set_title(name)


def _draw_overlaps(axes: Axes, results: xr.Dataset) -> list[BarContainer]:
    """By mode: with the singular vectors at the origin, and with what the flow learned."""
    same, modes = overlaps(results), results["mode"].values
    kinds = (
        ("skip-gram", "origin", ACCENT),
        ("CBOW", "origin", CONTRAST),
        ("skip-gram", "flow", "#8CBFDD"),
        ("CBOW", "flow", "#EFB58E"),
    )
    bars = []
    for place, (name, kind, color) in enumerate(kinds):
        label = f"{name} with " + ("its own counts" if kind == "origin" else "the flow")
        at, values = modes + 0.2 * (place - 1.5), same[kind].sel(run=name).values
        bars.append(axes.bar(at, values, width=0.18, color=color, label=label))
        if kind != "flow":
            continue
        for x, mode, number, value in zip(
            at, modes, same["alike"].sel(run=name), values, strict=True
        ):
            if value > 0 and number != mode:  # the flow's number of it, on top of the bar
                axes.text(x, value, f"{int(number)}", ha="center", va="bottom", fontsize=SMALL_SIZE)
    axes.set_xticks(modes)
    axes.set_ylim(0, 1.05)
    axes.set_title("directions")
    axes.set_xlabel("mode $k$, at its own step")
    axes.set_ylabel("squared overlap")
    return bars


def write(results: xr.Dataset, out: pathlib.Path) -> None:
    """The figure, the table, and the arrays behind both."""
    with atomic_directory(out, replace=True) as folder:
        save_figure(draw(results), folder / "from_text")
        table(results).to_csv(folder / "table.csv", index=False)
        results.to_netcdf(folder / "results.nc", engine="h5netcdf")


def main() -> None:
    """Run, print the table, and write the figure with the data behind it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=pathlib.Path, help="a text, one document a line")
    parser.add_argument("--quick", action="store_true", help="a small size, for a first look")
    parser.add_argument("--out", type=pathlib.Path, help="folder, by default in figures/")
    options = parser.parse_args()
    if options.text is None:
        sys.exit("from_text.py: --text FILE is needed, one document a line, plain or compressed")
    config = QUICK if options.quick else FULL
    name = "from_text" + ("-quick" if options.quick else "")
    gf.use_all_cores()
    try:
        results = run(config, gf.read_corpus(options.text, config.vocab_size))
        write(results, options.out or FIGURES / name)
    except gf.GradflowError as error:
        sys.exit(f"from_text.py: {error}")
    print(
        "Step times are λ₁t. Squared overlaps of direction k, at its own step: with singular vector"
    )
    print("k of the run's own counts at the origin; with the most similar direction of the flow.")
    print(table(results).to_string(index=False))
    print(remarks(results))


if __name__ == "__main__":
    main()
