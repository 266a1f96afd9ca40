"""The paper's four losses by gradient flow from counts, and by descent from the text itself.

    python -m gradflow.experiments ablation --text FILE            # full size, minutes on two cores
    python -m gradflow.experiments ablation --text FILE --quick    # about 30 s

Claim (the losses of karkada2025's ablation): SGNS and its second Taylor order learn their first
modes at the same times; what changes these is the weighting. Minibatch descent from the text with
the paper's estimator follows the gradient flow that the counts of that text give, from the same
start, at t = learning rate × steps: ever closer as the rate falls and the batch grows. Writes
figures/ablation/.

FILE has one document a line, plain or compressed.
"""

import dataclasses
from typing import Any

import jax
import numpy as np
import optax
import pandas as pd
import xarray as xr
from jaxtyping import Array
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.losses._softplus import Softplus
from gradflow.plotting._line_ends import number_line_ends
from gradflow.plotting._style import FAINT, INK, TEXT_WIDTH, new_figure, sequential_colors, style
from gradflow.problems import AbstractProblem


@dataclasses.dataclass(frozen=True)
class Case:
    """One of the four losses, and how far it is followed.

    Attributes:
        title: Its name in tables and figures.
        weighting: "none" or "uniform".
        taylor: Whether both logarithms are cut off after the second order.
        span: Where the run ends, λ₁t, with λ₁ the fastest rate at the origin.
        modes: How many of the first modes are compared.
        step: ηλ₁ on the first rung.
    """

    title: str
    weighting: str
    taylor: bool
    span: float
    modes: int
    step: float

    def problem(self, stats: CooccurrenceStatistics, negatives: float) -> AbstractProblem:
        """Return the full-batch loss of counts."""
        if self.taylor:
            return gf.Taylor(stats, 2, self.weighting, negatives)
        return gf.Contrastive(stats, self.weighting, negatives)

    @property
    def objective(self) -> gf.training.SkipGram:
        """The loss of a batch."""
        return gf.training.SkipGram(
            softplus=gf.losses.TaylorSoftplus(2) if self.taylor else Softplus()
        )


def cases(plain: tuple[float, int, float], uniform: tuple[float, int, float]) -> tuple[Case, ...]:
    """Return the four losses, with (span, modes, step) of each weighting."""
    return (
        Case("SGNS", "none", False, *plain),
        Case("Taylor 2", "none", True, *plain),
        Case("SGNS, uniform", "uniform", False, *uniform),
        Case("Taylor 2, uniform", "uniform", True, *uniform),
    )


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest distance of a pair.
        negatives: k.
        dim: d.
        scale: σ of the start.
        seed: Of the start and of the batches.
        cases: The losses.
        looks: Times, equally spaced, at which singular values are compared.
        rungs: How often the rate is halved and the batch doubled.
        batch: Pairs a step on the first rung.
        rtol: Tolerance of the flows that have no closed form.
    """

    vocab_size: int = 500
    window: int = 16
    negatives: float = 1.0
    dim: int = 12
    scale: float = 1e-2
    seed: int = 0
    cases: tuple[Case, ...] = cases(plain=(128.0, 3, 0.16), uniform=(32.0, 4, 0.08))
    looks: int = 100
    rungs: int = 4
    batch: int = 5000
    rtol: float = 1e-7


FULL = Config()
QUICK = Config(
    vocab_size=60,
    window=4,
    dim=6,
    cases=cases(plain=(32.0, 2, 0.32), uniform=(24.0, 3, 0.24)),
    looks=40,
    rungs=3,
    batch=1000,
    rtol=1e-6,
)


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Follow every loss by flow and on every rung of the ladder.

    Returns:
        Dimensions (loss, rung, time, mode). `flow` and `descent` are singular values at the times
        t; `flow_step` and `descent_step` the times at which s_k² is half of what it is at the end
        of the flow, nan for modes that are not compared; `rate` and `batch` the ladder.
    """
    stats = corpus.count(config.window)
    losses = [_follow(config, case, corpus, stats) for case in config.cases]
    titles = pd.Index([case.title for case in config.cases], name="loss")
    return xr.concat(losses, titles, join="exact").assign_attrs(tokens=corpus.total_tokens)


def _follow(
    config: Config, case: Case, corpus: TokenCorpus, stats: CooccurrenceStatistics
) -> xr.Dataset:
    """Follow one loss from one start, with singular values at the same times on every rung."""
    problem = case.problem(stats, config.negatives)
    fastest = float(gf.spectrum(problem.linearisation, 1).eigenvalues[0])
    w0 = gf.gaussian_init(jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale)
    every = max(1, round(case.span / case.step / config.looks))  # steps between looks, first rung
    rates = case.step / fastest / 2.0 ** np.arange(config.rungs)
    looks = every * np.arange(config.looks + 1)
    times = rates[0] * looks
    closed = problem.quadratic_constant is not None
    method = gf.Exact() if closed else gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(problem, w0, times, method=method)
    solutions = [flow, *_descend(config, case, corpus, stats, w0, looks, rates)]
    # All are measured against the same heights, the flow's own at the end.
    heights = flow.singular_values[-1] ** 2
    steps = np.full((len(solutions), config.dim), np.nan)
    most = max(other.modes for other in config.cases)  # the same for all: compiled once
    for solution, row in zip(solutions, steps, strict=True):
        row[: case.modes] = gf.measure_steps(solution, most, plateaus=heights)[: case.modes]
    values = np.stack([np.asarray(solution.singular_values) for solution in solutions])
    return xr.Dataset(
        {
            "t": ("time", times),
            "flow": (("time", "mode"), values[0]),
            "descent": (("rung", "time", "mode"), values[1:]),
            "flow_step": ("mode", steps[0]),
            "descent_step": (("rung", "mode"), steps[1:]),
            "rate": ("rung", rates),
            "batch": ("rung", config.batch * 2 ** np.arange(config.rungs)),
            "fastest": ((), fastest),
        },
        {"mode": np.arange(1, config.dim + 1), "rung": np.arange(1, config.rungs + 1)},
    )


def _descend(
    config: Config,
    case: Case,
    corpus: TokenCorpus,
    stats: CooccurrenceStatistics,
    w0: Array,
    looks: np.ndarray,
    rates: np.ndarray,
) -> list[gf.Solution]:
    """Train once a rung; rung r has `looks` · 2^r steps at 2^−r of the rate, so the same times."""
    pairs = gf.training.PaperPairs(config.window, case.weighting, config.negatives, stats)
    return [
        gf.train(
            corpus,
            pairs,
            w0,
            looks * 2**rung,
            optimizer=optax.sgd(rate),
            batch=config.batch * 2**rung,
            key=config.seed,
            objective=case.objective,
            updates_per_unit_time=1 / rate,
        ).solution
        for rung, rate in enumerate(rates)
    ]


def errors(results: xr.Dataset) -> xr.Dataset:
    """Return how far descent is from the flow.

    `values` (loss, rung): the largest difference of a singular value at any time, relative to the
    largest singular value. `steps` (loss, rung, mode): of the step times, relative and signed.
    """
    difference = abs(results["descent"] - results["flow"]).max(("time", "mode"))
    largest = results["flow"].max(("time", "mode"))
    steps = results["descent_step"] / results["flow_step"] - 1
    return xr.Dataset({"values": difference / largest, "steps": steps})


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each loss by flow, and below it one for each rung."""
    off = errors(results)
    shown = int(results["flow_step"].count("mode").max())
    rows = []
    for loss in results["loss"].values:
        by_loss, off_flow = results.sel(loss=loss), off.sel(loss=loss)
        row = {"loss": loss, "by": "flow", "rate x lambda_1": "", "batch": "", "max error %": ""}
        for mode in range(1, shown + 1):
            row[f"s_{mode}"] = f"{float(by_loss['flow'].isel(time=-1).sel(mode=mode)):.4g}"
            row[f"t_{mode}"] = _number(float(by_loss["flow_step"].sel(mode=mode)), "{:.4g}")
        rows.append(row)
        for rung in results["rung"].values:
            where = {"rung": rung}
            row = {
                "loss": "",
                "by": f"descent {rung}",
                "rate x lambda_1": f"{float(by_loss['rate'].sel(where) * by_loss['fastest']):.3g}",
                "batch": str(int(by_loss["batch"].sel(where))),
                "max error %": f"{100 * float(off_flow['values'].sel(where)):.2f}",
            }
            for mode in range(1, shown + 1):
                end = by_loss["descent"].isel(time=-1).sel(where).sel(mode=mode)
                row[f"s_{mode}"] = f"{float(end):.4g}"
                moved = 100 * float(off_flow["steps"].sel(where).sel(mode=mode))
                row[f"t_{mode}"] = _number(moved, "{:+.2f} %")
            rows.append(row)
    columns = ["loss", "by", "rate x lambda_1", "batch", "max error %"]
    columns += [f"{kind}_{mode}" for kind in "st" for mode in range(1, shown + 1)]
    return pd.DataFrame(rows)[columns]


def _number(value: float, form: str) -> str:
    return form.format(value) if np.isfinite(value) else "-"


_SHOWN_POINTS = 30  # of each mode in the figure
_LOOKS = ("open", "full")  # of the first and the last rung


def draw(results: xr.Dataset) -> Figure:
    """Draw singular values against time: flow as lines, both ends of the ladder as points."""
    with style():
        figure = new_figure(TEXT_WIDTH, 4.8)
        grid = figure.subplots(2, 2, sharex="row", sharey="row")
        ends = [
            _draw_loss(axes, results.sel(loss=loss), str(loss))
            for axes, loss in zip(grid.flat, results["loss"].values, strict=True)
        ]
        for axes in grid[:, 0]:
            axes.set_ylabel("singular value $s_k$")
        for axes in grid.flat:
            axes.set_xlabel(r"time $t$ = rate × steps (units of $1/\lambda_1$)")
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=3)
        number_line_ends(figure, list(zip(grid.flat, ends, strict=True)))
    return figure


def _draw_loss(axes: Axes, loss: xr.Dataset, title: str) -> np.ndarray:
    """Draw one loss in its own time; return where the lines of the compared modes end."""
    times = (loss["fastest"] * loss["t"]).values
    modes = int(loss["flow_step"].count())
    every = max(1, len(times) // _SHOWN_POINTS)
    axes.plot(times, loss["flow"].values[:, modes:], color=FAINT, linewidth=0.6, zorder=1)
    for mode, color in enumerate(sequential_colors(modes), start=1):
        axes.plot(times, loss["flow"].sel(mode=mode), color=color, zorder=2)
        for rung, look in zip(_ends(loss), _LOOKS, strict=True):
            dots = loss["descent"].sel(mode=mode, rung=rung).values
            (points,) = axes.plot(times[::every], dots[::every], **_marker(look, color))
            points.set(linestyle="", zorder=3, clip_on=False)
    axes.set_title(f"{title} weighting" if "uniform" in title else f"{title}, no weighting")
    axes.set_xlim(0, times[-1])
    axes.set_ylim(bottom=0)
    return np.asarray(loss["flow"].values[-1, :modes])


def _marker(look: str, color: Any) -> dict[str, Any]:
    """Return how the first rung is drawn, as open circles, and the last, as dots."""
    if look == "open":
        return {"marker": "o", "markersize": 3.6, "mfc": "none", "mec": color, "mew": 0.6}
    return {"marker": "o", "markersize": 2.2, "mfc": color, "mec": "white", "mew": 0.3}


def _ends(results: xr.Dataset) -> list[int]:
    rungs = results["rung"].values
    return [int(rungs[0]), int(rungs[-1])]


def _handles(results: xr.Dataset) -> list[Line2D]:
    handles = [Line2D([], [], color=INK, linewidth=1.2, label="gradient flow from counts")]
    for rung, look in zip(_ends(results), _LOOKS, strict=True):
        size = int(results["batch"].isel(loss=0).sel(rung=rung))
        rate = "first rate" if rung == 1 else f"1/{2 ** (rung - 1)} of that rate"
        label = f"descent from text, {rate}, batch {size:,}"
        handles.append(Line2D([], [], linestyle="", label=label, **_marker(look, INK)))
    return handles


EXPERIMENT = Experiment(
    name="ablation",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"ablation": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=lambda results: as_text(table(results)),
    needs_text=True,
)
