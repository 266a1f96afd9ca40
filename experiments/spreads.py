"""How far step times scatter over random starts, said before any start is drawn.

    python -m gradflow.experiments spreads            # full size, 6 min on two cores
    python -m gradflow.experiments spreads --quick    # about 15 s, most of it compiling

Claim: for a Gaussian start |R_kk|² is σ²/d times a χ² variable with d − k + 1 degrees of freedom,
so all quantiles of a step time follow in closed form; nine tenths of exact step times lie inside of
its 90 % interval where modes are resolved. Where they overlap, draws of R in which each mode is
solved with its neighbours still hold them. Writes figures/spreads/.
"""

import dataclasses
from typing import Any

import jax
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import gradflow as gf
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    HAIR,
    INK,
    PALE_ACCENT,
    TEXT_WIDTH,
    new_figure,
    style,
)
from gradflow.theory._coupled_modes import COMPETITORS


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        dim: d.
        scales: σ.
        seeds: Exact runs of each scale.
        draws: Of R, for the intervals with neighbours.
        level: Of the intervals.
        num_times: Times at which a run is looked at; they only bracket the steps.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dim: int = 50
    scales: tuple[float, ...] = (1e-3, 1e-6)
    seeds: int = 500
    draws: int = 1000
    level: float = 0.9
    num_times: int = 80


FULL = Config()
QUICK = Config(words=200, dim=12, seeds=60, draws=200, scales=(1e-6,))


# Unlike that of any start: it draws R itself.
_KEY = 1_000_000


def run(config: Config) -> xr.Dataset:
    """Measure step times of many starts, and predict their spread in two ways.

    Returns:
        Dimensions scale, seed, mode: `measured`. `closed` and `draws` (scale, quantile, mode), ends
        and middle of the intervals. `separation` (scale, mode), predicted time to the nearer
        neighbour over the mean of their rise times; mode d counts the mode after it, which is not
        learned but competes.
    """
    target = gf.mstar(gf.load_statistics(config.counts).top(config.words))
    wide = gf.spectrum(target, min(target.vocab_size, config.dim + COMPETITORS))
    data = gf.sweep(
        gf.Quadratic(target),
        config.scales,
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        rules=(),
        lanes_at_once=4,
    )
    tail = (1 - config.level) / 2
    shares = np.array([tail, 0.5, 1 - tail])
    closed, draws, separation = [], [], []
    for scale in config.scales:
        closed.append(gf.predict(wide, scale=scale, dim=config.dim).quantile(shares))
        key = jax.random.key(_KEY)
        sampled = gf.predict(wide, scale=scale, dim=config.dim).sample(key, config.draws)
        draws.append(np.nanquantile(np.asarray(sampled), shares, axis=0))
        separation.append(_separations(wide, scale, config.dim))
    return xr.Dataset(
        {
            "measured": data["measured"].astype(np.float32),
            "closed": (("scale", "quantile", "mode"), np.stack(closed)),
            "draws": (("scale", "quantile", "mode"), np.stack(draws)),
            "separation": (("scale", "mode"), np.stack(separation)),
            "eigenvalue": ("mode", wide.eigenvalues[: config.dim]),
        },
        {"quantile": shares},
    )


def _separations(wide: gf.Spectrum, scale: float, dim: int) -> np.ndarray:
    """Return each mode's distance from its nearer neighbour, in rise times.

    Mode d has mode d + 1 for a neighbour, as with d one larger.
    """
    apart = gf.predict(wide, scale=scale, dim=dim).stepness(dim, gap=1e-12).separations
    values = wide.eigenvalues[dim - 1 : dim + 1]
    # The mode after the last would be learned at about the same ln(λ/s₀²).
    logarithm = gf.predict(wide, scale=scale, dim=dim).median[-1] * values[0]
    last = logarithm * (1 / values[1] - 1 / values[0]) / (np.log(81) * np.mean(1 / values))
    before, after = np.concatenate([[np.inf], apart]), np.concatenate([apart, [last]])
    return np.minimum(before, after)


KINDS = ("closed", "draws")
# Modes by their predicted distance from the nearer neighbour, in rise times.
RESOLVED = 0.25
_BANDS = (
    *((1.0, np.inf), (0.5, 1.0), (RESOLVED, 0.5), (RESOLVED, np.inf), (0.0, RESOLVED)),
    (0.0, np.inf),
)


def inside(results: xr.Dataset) -> xr.Dataset:
    """Return by kind of interval whether each step (scale, seed, mode) is inside, as 0 or 1."""
    held = {}
    for kind in KINDS:
        low, high = (results[kind].isel(quantile=end, drop=True) for end in (0, -1))
        steps = results["measured"].astype(float)
        # nan, where a mode had no time to rise, is later than any interval.
        held[kind] = ((steps >= low) & (steps <= high)).astype(float)
    return xr.Dataset(held)


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return the share inside by scale and separation, modes and seeds pooled; last, all."""
    held = inside(results)
    rows = []
    for scale in results["scale"].values:
        separation = results["separation"].sel(scale=scale)
        for low, high in _BANDS:
            chosen = (separation >= low) & (separation < high)
            row = {"scale": scale, "separation": _named(low, high), "modes": int(chosen.sum())}
            for kind in KINDS:
                row[f"{kind} %"] = _percent(held[kind].sel(scale=scale)[:, chosen.values].values)
            rows.append(row)
    return pd.DataFrame(rows)


def by_mode(results: xr.Dataset) -> pd.DataFrame:
    """Return the share inside, and ends of intervals over the median, mode by mode."""
    held = inside(results).mean("seed")
    rows = []
    for scale in results["scale"].values:
        for mode in results["mode"].values:
            interval = results.sel(scale=scale, mode=mode)
            row = {"scale": scale, "mode": mode, "separation": float(interval["separation"])}
            for kind in KINDS:
                low, middle, high = interval[kind].values
                row[f"{kind} %"] = 100 * float(held[kind].sel(scale=scale, mode=mode))
                row[f"{kind} median"] = float(middle)
                row[f"{kind} low %"] = 100 * (low / middle - 1)
                row[f"{kind} high %"] = 100 * (high / middle - 1)
            rows.append(row)
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return the table, and the modes whose coverage in closed form is least, as text."""
    worst = by_mode(results).sort_values("closed %").head(8)
    return as_text(table(results), worst)


def _named(low: float, high: float) -> str:
    if high == np.inf:
        return f"from {low:g}" if low else "all"
    return f"{low:g} to {high:g}"


def _percent(values: np.ndarray) -> float:
    return 100 * float(values.mean()) if values.size else np.nan


_GOAL = (87, 93)
_COLORS = {"closed": ACCENT, "draws": CONTRAST}


def draw(results: xr.Dataset) -> Figure:
    """Draw both intervals and measured quantiles above, the share of steps inside below."""
    scales, held = results["scale"].values, inside(results).mean("seed")
    with style():
        figure = new_figure(TEXT_WIDTH, 4.4)
        grid = figure.subplots(
            2, len(scales), sharex=True, sharey="row", squeeze=False, height_ratios=[1.5, 1.0]
        )
        for (upper, lower), scale in zip(grid.T, scales, strict=True):
            _draw_intervals(upper, results.sel(scale=scale))
            _draw_coverage(lower, results.sel(scale=scale), held.sel(scale=scale))
        grid[0, 0].set_ylabel("step time over its\nmedian in closed form, − 1 (%)")
        grid[1, 0].set_ylabel("steps inside (%)")
        figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
    return figure


def _draw_intervals(axes: Axes, by_scale: xr.Dataset) -> None:
    modes, middle = by_scale["mode"].values, by_scale["closed"].values[1]
    low, _, high = 100 * (by_scale["closed"].values / middle - 1)
    axes.fill_between(modes, low, high, color=PALE_ACCENT, alpha=0.6, linewidth=0)
    for line in 100 * (by_scale["draws"].values / middle - 1):
        axes.plot(modes, line, color=CONTRAST, linewidth=0.9)
    shares = by_scale["quantile"].values
    measured = np.nanquantile(by_scale["measured"].values.astype(float), shares, axis=0)
    for dots in 100 * (measured / middle - 1):
        axes.plot(modes, dots, "o", color=INK, markersize=2.0, markeredgewidth=0)
    axes.set_xlim(0, modes[-1] + 1)
    axes.set_title(f"scale $10^{{{np.log10(by_scale['scale'].item()):.0f}}}$")


def _draw_coverage(axes: Axes, by_scale: xr.Dataset, held: xr.Dataset) -> None:
    modes, resolved = by_scale["mode"].values, by_scale["separation"].values >= RESOLVED
    axes.axhspan(*_GOAL, color=HAIR, alpha=0.6, linewidth=0)
    for kind, color in _COLORS.items():
        share = 100 * held[kind].values
        axes.plot(modes, share, color=color, linewidth=0.8)
        axes.plot(modes[~resolved], share[~resolved], "o", color=color, mfc="white", ms=2.8)
        axes.plot(modes[resolved], share[resolved], "o", color=color, ms=3.2)
    axes.set_xlabel("mode $k$")


def _handles() -> list[Line2D | Patch]:
    plain: dict[str, Any] = {"linestyle": "", "marker": "o", "color": INK}
    return [
        Patch(color=PALE_ACCENT, alpha=0.6, label="90 % interval, closed form"),
        Line2D([], [], color=CONTRAST, lw=0.9, label="5, 50, 95 % of draws with neighbours"),
        Line2D([], [], markersize=2.5, label="5, 50, 95 % of exact runs", **plain),
        Line2D([], [], markersize=3.2, label="both neighbours over ¼ rise time away", **plain),
        Line2D([], [], markersize=2.8, mfc="white", label="one of them nearer", **plain),
        Patch(color=HAIR, alpha=0.6, label="87 to 93 %"),
    ]


EXPERIMENT = Experiment(
    name="spreads",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"spreads": draw(results)},
    tables=lambda results: {"table": table(results), "by_mode": by_mode(results)},
    report=report,
)
