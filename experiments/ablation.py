"""The paper's four losses by gradient flow from counts, and by descent from the text itself.

    python experiments/ablation.py --text FILE            # full size, a few minutes on two cores
    python experiments/ablation.py --text FILE --quick    # some seconds

Claim (the losses of karkada2025's ablation): SGNS and its second Taylor order learn their first
modes at the same times; what changes these is the weighting. Minibatch descent from the text with
the paper's estimator follows the gradient flow that the counts of that text give, from the same
start, at t = learning rate × steps: ever closer as the rate falls and the batch grows. Writes
figures/ablation/.

FILE has one document a line, plain or compressed.
"""

import argparse
import dataclasses
import pathlib
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
import xarray as xr
from jaxtyping import Array
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow._files import atomic_directory
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.dynamics import AbstractProblem
from gradflow.losses import Softplus
from gradflow.plotting import save_figure, style
from gradflow.plotting._style import CONTRAST, FAINT, INK, TEXT_WIDTH, new_figure, sequential_colors

FIGURES = pathlib.Path(__file__).parent.parent / "figures"

_SHOWN_POINTS = 30  # of each mode in the figure


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
        """Its full-batch loss."""
        if self.taylor and self.weighting == "uniform":
            return gf.Quadratic(gf.mstar(stats, negatives))
        if self.taylor:
            return gf.Taylor(stats, 2, self.weighting, negatives)
        return gf.Contrastive(stats, self.weighting, negatives)

    @property
    def objective(self) -> gf.SkipGram:
        """Its loss of a batch."""
        return gf.SkipGram(softplus=gf.TaylorSoftplus(2) if self.taylor else Softplus())


def cases(plain: tuple[float, int, float], uniform: tuple[float, int, float]) -> tuple[Case, ...]:
    """The four losses, with (span, modes, step) of each weighting."""
    return (
        Case("SGNS", "none", False, *plain),
        Case("Taylor 2", "none", True, *plain),
        Case("SGNS, uniform", "uniform", False, *uniform),
        Case("Taylor 2, uniform", "uniform", True, *uniform),
    )


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

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
    """Every loss by flow and on every rung of the ladder.

    Returns:
        Dimensions (loss, rung, time, mode). `flow` and `descent` are singular values at the times
        t; `flow_step` and `descent_step` the times at which s_k² is half of what it is at the end
        of the flow, nan for modes that are not compared; `rate` and `batch` the ladder.
    """
    stats = corpus.count(config.window)
    found = [_follow(config, case, corpus, stats) for case in config.cases]
    titles = pd.Index([case.title for case in config.cases], name="loss")
    attributes = {
        "vocab_size": corpus.vocab_size, "tokens": corpus.total_tokens, "dim": config.dim,
        "window": config.window, "negatives": config.negatives, "scale": config.scale,
    }  # fmt: skip
    return xr.concat(found, titles, join="exact").assign_attrs(attributes)


def _follow(
    config: Config, case: Case, corpus: TokenCorpus, stats: CooccurrenceStatistics
) -> xr.Dataset:
    """One loss, from one start, looked at at the same times on every rung."""
    problem = case.problem(stats, config.negatives)
    fastest = float(gf.spectrum(problem.linearisation, 1).eigenvalues[0])
    w0 = gf.gaussian_init(jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale)
    every = max(1, round(case.span / case.step / config.looks))  # steps between looks, first rung
    rates = case.step / fastest / 2.0 ** np.arange(config.rungs)
    looks = every * np.arange(config.looks + 1)
    times = rates[0] * looks
    method = gf.Exact() if isinstance(problem, gf.Quadratic) else gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(problem, w0, times, method=method)
    heights = jnp.asarray(flow.singular_values[-1] ** 2)
    solutions = [flow, *_descend(config, case, corpus, stats, w0, looks, rates)]
    # All are measured against the same heights, the flow's own at the end.
    steps = np.full((len(solutions), config.dim), np.nan)
    for solution, row in zip(solutions, steps, strict=True):
        same = dataclasses.replace(solution, plateaus=heights)
        row[: case.modes] = gf.measure_steps(same, case.modes)
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
    """One run a rung, looked at after `looks` steps on the first one and at the same times."""
    pairs = gf.PaperPairs(config.window, case.weighting, config.negatives, stats)
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
            steps_per_unit_time=1 / rate,
        ).solution()
        for rung, rate in enumerate(rates)
    ]


def errors(results: xr.Dataset) -> xr.Dataset:
    """How far descent is from the flow.

    `values` (loss, rung): the largest difference of a singular value at any time, relative to the
    largest singular value. `steps` (loss, rung, mode): of the step times, relative and signed.
    """
    difference = abs(results["descent"] - results["flow"]).max(("time", "mode"))
    largest = results["flow"].max(("time", "mode"))
    steps = results["descent_step"] / results["flow_step"] - 1
    return xr.Dataset({"values": difference / largest, "steps": steps})


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each loss by flow, and below it one for each rung."""
    off = errors(results)
    shown = int(results["flow_step"].count("mode").max())
    rows = []
    for loss in results["loss"].values:
        one, its = results.sel(loss=loss), off.sel(loss=loss)
        row = {"loss": loss, "by": "flow", "rate x lambda_1": "", "batch": "", "max error %": ""}
        for mode in range(1, shown + 1):
            row[f"s_{mode}"] = f"{float(one['flow'].isel(time=-1).sel(mode=mode)):.4g}"
            row[f"t_{mode}"] = _number(float(one["flow_step"].sel(mode=mode)), "{:.4g}")
        rows.append(row)
        for rung in results["rung"].values:
            at = {"rung": rung}
            row = {
                "loss": "",
                "by": f"descent {rung}",
                "rate x lambda_1": f"{float(one['rate'].sel(at) * one['fastest']):.3g}",
                "batch": str(int(one["batch"].sel(at))),
                "max error %": f"{100 * float(its['values'].sel(at)):.2f}",
            }
            for mode in range(1, shown + 1):
                end = one["descent"].isel(time=-1).sel(at).sel(mode=mode)
                row[f"s_{mode}"] = f"{float(end):.4g}"
                moved = 100 * float(its["steps"].sel(at).sel(mode=mode))
                row[f"t_{mode}"] = _number(moved, "{:+.2f} %")
            rows.append(row)
    columns = ["loss", "by", "rate x lambda_1", "batch", "max error %"]
    columns += [f"{kind}_{mode}" for kind in "st" for mode in range(1, shown + 1)]
    return pd.DataFrame(rows)[columns]


def _number(value: float, form: str) -> str:
    return form.format(value) if np.isfinite(value) else "-"


def draw(results: xr.Dataset) -> Figure:
    """Singular values against time: flow as lines, both ends of the ladder as points."""
    with style():
        figure = new_figure(TEXT_WIDTH, 4.6)
        grid = figure.subplots(2, 2, sharex="row")
        for axes, loss in zip(grid.flat, results["loss"].values, strict=True):
            _draw_loss(axes, results.sel(loss=loss), str(loss))
        for axes in grid[:, 0]:
            axes.set_ylabel("singular value $s_k$")
        for axes in grid.flat:
            axes.set_xlabel("time $t$ = rate × steps")
        handles = [Line2D([], [], color=INK, linewidth=1.2, label="gradient flow from counts")]
        for rung, look in zip(_ends(results), _LOOKS, strict=False):
            size = int(results["batch"].isel(loss=0).sel(rung=rung))
            rate = "first rate" if rung == 1 else f"1/{2 ** (rung - 1)} of that rate"
            label = f"descent from text, {rate}, batch {size:,}"
            handles.append(Line2D([], [], linestyle="", label=label, **_marker(look, INK)))
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


_LOOKS = ("open", "full")


def _marker(look: str, color: Any) -> dict[str, Any]:
    """The first rung as open circles, the last as dots in the colour of the line."""
    if look == "open":
        return {"marker": "o", "markersize": 3.2, "mfc": "none", "mec": CONTRAST, "mew": 0.5}
    return {"marker": "o", "markersize": 2.2, "mfc": color, "mec": "white", "mew": 0.3}


def _ends(results: xr.Dataset) -> list[int]:
    rungs = results["rung"].values
    return [int(rungs[0]), int(rungs[-1])]


def _draw_loss(axes: Axes, one: xr.Dataset, title: str) -> None:
    times = one["t"].values
    modes = int(one["flow_step"].count())
    every = max(1, len(times) // _SHOWN_POINTS)
    axes.plot(times, one["flow"].values[:, modes:], color=FAINT, linewidth=0.6, zorder=1)
    for mode, color in enumerate(sequential_colors(modes), start=1):
        axes.plot(times, one["flow"].sel(mode=mode), color=color, zorder=2)
        for rung, look in zip(_ends(one), _LOOKS, strict=True):
            dots = one["descent"].sel(mode=mode, rung=rung).values
            axes.plot(times[::every], dots[::every], linestyle="", zorder=3, **_marker(look, color))
    axes.set_title(title)
    axes.set_xlim(0, times[-1])
    axes.set_ylim(bottom=0)


def write(results: xr.Dataset, out: pathlib.Path) -> None:
    """The figure, the table, and the arrays behind both."""
    with atomic_directory(out, replace=True) as folder:
        save_figure(draw(results), folder / "ablation")
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
        sys.exit("ablation.py: --text FILE is needed, one document a line, plain or compressed")
    config = QUICK if options.quick else FULL
    name = "ablation" + ("-quick" if options.quick else "")
    gf.use_all_cores()
    try:
        results = run(config, gf.read_corpus(options.text, config.vocab_size))
        write(results, options.out or FIGURES / name)
    except gf.GradflowError as error:
        sys.exit(f"ablation.py: {error}")
    print(table(results).to_string(index=False))


if __name__ == "__main__":
    main()
