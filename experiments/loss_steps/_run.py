"""The flows of both losses, and where eigenvalues say that the loss falls."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.interpolate
import xarray as xr
from jaxtyping import Array, Float, Float64

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.targets import Spectrum


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        vocab_size: V, the most frequent words of the text, or of the embedded counts.
        counts: Embedded counts, where there is no text.
        window: Largest distance of a pair; the embedded counts have their own.
        negatives: k.
        dim: d.
        spare: Modes beyond d that the start has a part in.
        scale: σ.
        seed: Of the start.
        num_times: Times at which runs are looked at, in geometric progression.
        axes: Principal axes that words are shown on, from 1.
        cloud: Words are a cloud after the step of this mode.
        rtol: Tolerance of the flow of word2vec, which runs in `dtype`.
        dtype: "float32" or "float64".
    """

    vocab_size: int = 10_000
    counts: str = "wikipedia-2k"
    window: int = 16
    negatives: float = 1.0
    dim: int = 200
    spare: int = 50
    scale: float = 1e-12
    seed: int = 0
    num_times: int = 240
    axes: tuple[int, int] = (1, 3)
    cloud: int = 12
    rtol: float = 1e-3
    dtype: str = "float32"


FULL = Config()
QUICK = Config(vocab_size=300, dim=12, num_times=200)


def stretches(
    steps: Float[np.ndarray, " m"], rises: Float[np.ndarray, " m"], start: float
) -> tuple[Float[np.ndarray, " e"], list[tuple[int, int]]]:
    """Return modes that take the loss down together, and the times between such steps.

    Neighbours belong to one step of the loss unless more than a rise time lies between them.

    Args:
        steps: Predicted step times, one a mode, rising in the main.
        rises: Predicted rise times.
        start: A time before the first.

    Returns:
        Edges (n + 1,), the first of them the start; and of each stretch between two edges its
        first and last mode, from 1. What comes after the last edge has no end, and is left out.
    """
    apart = gf.theory.stepness(steps, rises).separations > 1
    edges, modes, first = [start], [], 1
    for mode in np.flatnonzero(apart):
        ends, begins = steps[mode] + rises[mode] / 2, steps[mode + 1] - rises[mode + 1] / 2
        edges.append(float(ends + begins) / 2)
        modes.append((first, int(mode) + 1))
        first = int(mode) + 2
    return np.array(edges), modes


def jumps(
    times: Float[np.ndarray, " T"], loss: Float[np.ndarray, " T"], edges: Float[np.ndarray, " e"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Return when the loss is half way down from one edge to the next, and how far that is.

    Args:
        times: Rising, above zero.
        loss: At these times.
        edges: Rising, within the times.
    """
    curve = scipy.interpolate.PchipInterpolator(np.log(times), loss)
    ends = curve(np.log(edges))
    middle = (ends[1:] + ends[:-1]) / 2
    half_way = np.full(len(middle), np.nan)
    for stretch, (low, high) in enumerate(zip(np.log(edges[:-1]), np.log(edges[1:]), strict=True)):
        roots = curve.solve(middle[stretch], extrapolate=False)
        inside = roots[(roots > low) & (roots < high)]
        if inside.size:
            half_way[stretch] = np.exp(inside[0])
    return half_way, ends[:-1] - ends[1:]


RUNS = ("QWEM", "word2vec")
SLICES = ("point", "line", "cloud")

# Both losses agree up to x⁴, so word2vec is followed from where QWEM's first s² is this
# share of λ₁: every x is below 0.02 there, and slopes still agree to x³/48 = 2e-7.
_HANDED_OVER = 0.01
_BEFORE, _BEYOND = 0.3, 1.1  # first and last time, in units of the first and the last step
_POINT = 0.6  # when the words are shown as a point, in units of the first step


def run(config: Config, corpus: TokenCorpus | None = None) -> xr.Dataset:
    """Follow both losses, and compare with what eigenvalues said of them.

    Returns:
        By run: `loss` (time), less that of W = 0, `singular_values` (time, mode), `measured`
        and `end` (mode), when s_k² is half way and what it is at the end, `coordinates` (slice,
        word, axis), `jump_time` and `jump_height` (jump) of the loss, `gradients`. Of the theory
        `eigenvalue` and `predicted` (mode), `theory` (time, mode), `theory_loss` (time),
        `staircase` (plateau), `first`, `last` (jump), the modes of a step of the loss,
        `predicted_time` and `predicted_height` (jump) of the sigmoids, and `stairs` (jump), Σλ²/8.
    """
    if corpus is None:
        stats = gf.load_statistics(config.counts).top(config.vocab_size)
    else:
        stats = corpus.count(config.window)
    target = gf.mstar(stats, config.negatives)
    count = min(config.dim + config.spare, stats.vocab_size)
    spec = gf.spectrum(target, count, tolerance=1e-8)
    w0 = gf.gaussian_init(jax.random.key(config.seed), stats.vocab_size, config.dim, config.scale)
    plan = _Plan.of(config, spec, w0)
    qwem, handed = _qwem(config, spec, w0, plan)
    results = xr.concat(
        [qwem, _word2vec(config, stats, spec, handed, plan, qwem)],
        xr.Variable("run", list(RUNS)),
    )
    return _with_jumps(results.assign(plan.theory(config, spec, w0)), plan).assign_attrs(
        words=stats.vocab_size, dim=config.dim, scale=config.scale
    )


@dataclasses.dataclass(frozen=True)
class _Plan:
    """What is known before any run.

    Attributes:
        steps: (d,), predicted.
        edges: Times between steps of the loss, and before the first; `modes` lie between them.
        modes: First and last mode, from 1, of each of them.
        times: When to look.
        slices: When words are shown.
        handover: When word2vec takes over.
    """

    steps: Float64[np.ndarray, " d"]
    edges: Float64[np.ndarray, " e"]
    modes: list[tuple[int, int]]
    times: Float64[np.ndarray, " T"]
    slices: Float64[np.ndarray, "3"]
    handover: float

    @classmethod
    def of(cls, config: Config, spec: Spectrum, w0: Array) -> "_Plan":
        """Plan the runs from a start."""
        steps = np.asarray(gf.predict_steps(spec, w0, "clusters"))[: config.dim]
        rises = np.asarray(gf.predict(spec, w0, rule="qr").rise_times)[: config.dim]
        first, last = float(steps[0]), float(np.nanmax(steps)) * _BEYOND
        edges, modes = stretches(steps, rises, _BEFORE * first)
        between = steps[config.axes[1] - 1]
        cloud = min(float(steps[config.cloud - 1]) * _BEYOND, last)
        slices = np.array([_POINT * first, np.sqrt(first * between), cloud])
        handover = first - float(np.log(1 / _HANDED_OVER - 1) / spec.eigenvalues[0])
        grid = np.geomspace(_BEFORE * first, last, config.num_times)
        times = np.unique(np.concatenate([grid, edges, slices, [handover]]))
        return cls(steps, edges, modes, times, slices, handover)

    def theory(self, config: Config, spec: Spectrum, w0: Array) -> xr.Dataset:
        """Return sigmoids through the predicted steps, and the loss that they make."""
        singular_values = gf.predict(spec, w0, rule="clusters").singular_values(self.times)
        squares = np.asarray(singular_values)[:, : config.dim] ** 2
        values = spec.eigenvalues[: config.dim]
        loss = np.sum(squares**2 / 8 - squares * values / 4, axis=1)
        return xr.Dataset(
            {
                "eigenvalue": ("mode", values),
                "predicted": ("mode", self.steps),
                "theory": (("time", "mode"), _thin(np.sqrt(squares))),
                "theory_loss": ("time", loss),
                "staircase": ("plateau", spec.loss_staircase[: config.dim + 1]
                              - spec.squared_norm / 8),
                "first": ("jump", [first for first, _ in self.modes]),
                "last": ("jump", [last for _, last in self.modes]),
            },
        )  # fmt: skip


def _qwem(
    config: Config, spec: Spectrum, w0: Array, plan: _Plan
) -> tuple[xr.Dataset, Float[np.ndarray, "V d"]]:
    """Follow QWEM in the span of the modes that the spectrum has, which it never leaves.

    So V × V matrices, and the eigenvectors beyond, are not needed.

    Returns:
        What is kept, and W(t) at the handover.
    """
    problem = gf.Quadratic(gf.Target(np.diag(spec.eigenvalues)))
    start = spec.eigenvectors.T @ np.asarray(w0)
    looks = np.sort([*plan.slices, plan.handover])
    snapshots = gf.Snapshots({"axes": gf.methods.PrincipalAxes(config.dim)}, looks)
    solution = gf.solve(problem, start, plan.times, method=gf.Exact(), snapshots=snapshots)
    axes = spec.eigenvectors @ np.asarray(solution.snapshots["axes"])
    values = solution.singular_values[np.searchsorted(plan.times, plan.handover)]
    handed = axes[looks == plan.handover][0] * np.asarray(values)
    axes = axes[looks != plan.handover]
    origin = float(np.sum(spec.eigenvalues**2)) / 8
    return _kept(config, spec, solution, plan, axes, origin), handed


def _word2vec(
    config: Config,
    stats: CooccurrenceStatistics,
    spec: Spectrum,
    handed: Float[np.ndarray, "V d"],
    plan: _Plan,
    qwem: xr.Dataset,
) -> xr.Dataset:
    """Integrate word2vec from the handover on; before, it is QWEM."""
    problem = _in_dtype(gf.Contrastive(stats, "uniform", config.negatives), config.dtype)
    times, slices = (all_[all_ > plan.handover] for all_ in (plan.times, plan.slices))
    snapshots = gf.Snapshots(
        {"axes": gf.methods.PrincipalAxes(max(config.axes))}, slices - plan.handover
    )
    solution = gf.solve(
        problem,
        jnp.asarray(handed, config.dtype),
        times - plan.handover,
        method=gf.Stabilised(rtol=config.rtol),
        snapshots=snapshots,
    )
    axes = np.asarray(solution.snapshots["axes"])
    origin = stats.vocab_size**2 * np.log(2)
    integrated = _kept(config, spec, solution, plan, axes, origin, plan.handover)
    before = {"time": len(plan.times) - len(times), "slice": len(plan.slices) - len(slices)}
    joined = {
        name: xr.concat([qwem[name].isel({axis: slice(count)}), integrated[name]], axis)
        for axis, count in before.items()
        for name in integrated
        if axis in integrated[name].dims
    }
    return integrated.drop_dims(list(before)).assign(joined)


def _kept(
    config: Config,
    spec: Spectrum,
    solution: gf.Solution,
    plan: _Plan,
    axes: Float[np.ndarray, "slice V m"],
    origin: float,
    since: float = 0.0,
) -> xr.Dataset:
    """Return what is kept of a run from a time `since`, whose loss at W = 0 is `origin`."""
    times = np.asarray(solution.times, np.float64) + since
    values = np.asarray(solution.singular_values, np.float64)
    shown = np.array([axis - 1 for axis in config.axes])
    # Both against the same heights: word2vec has none of its own where its modes drift.
    steps = gf.measure_steps(solution, plateaus=spec.eigenvalues[: config.dim])
    near = np.abs(times - plan.slices[plan.slices > since][:, None]).argmin(axis=1)
    overlaps = np.einsum("svm,vm->sm", axes[..., shown], spec.eigenvectors[:, shown])
    signs = np.where(overlaps < 0, -1.0, 1.0)  # principal axes have none of their own
    coordinates = axes[..., shown] * (signs * values[near][:, shown])[:, None, :]
    words = [str(i) for i in range(len(spec.eigenvectors))] if spec.words is None else spec.words
    looked = plan.times[plan.times > since]
    return xr.Dataset(
        {
            "loss": ("time", np.asarray(solution.loss, np.float64) - origin),
            "singular_values": (("time", "mode"), _thin(values)),
            "coordinates": (("slice", "word", "axis"), _thin(coordinates)),
            "measured": ("mode", np.asarray(steps, np.float64) + since),
            "end": ("mode", values[-1] ** 2),
            "gradients": int(solution.evaluations),
        },
        {
            "time": looked,
            "mode": np.arange(1, config.dim + 1),
            "slice": list(SLICES[-len(near) :]),
            "slice_time": ("slice", plan.slices[-len(near) :]),
            "word": list(words),
            "axis": list(config.axes),
        },
    )


def _with_jumps(results: xr.Dataset, plan: _Plan) -> xr.Dataset:
    """Add times and heights of the steps of the loss, by one rule for runs and theory."""
    runs = [jumps(plan.times, loss, plan.edges) for loss in results["loss"].values]
    times, heights = (np.stack(parts) for parts in zip(*runs, strict=True))
    theory_times, theory_heights = jumps(plan.times, results["theory_loss"].values, plan.edges)
    stairs = -np.diff(results["staircase"].values)
    wanted = [stairs[first - 1 : last].sum() for first, last in plan.modes]
    return results.assign(
        jump_time=(("run", "jump"), times),
        jump_height=(("run", "jump"), heights),
        predicted_time=("jump", theory_times),
        predicted_height=("jump", theory_heights),
        stairs=("jump", np.array(wanted)),
    )


def _in_dtype(problem: gf.Contrastive, dtype: str) -> gf.Contrastive:
    """Return the problem with weights of a dtype, so that no gradient converts them."""
    cast = lambda x: x.astype(dtype) if eqx.is_inexact_array(x) else x  # noqa: E731
    return jax.tree.map(cast, problem)


def _thin(array: np.ndarray) -> np.ndarray:
    """Return in float32 what is only drawn."""
    return array.astype(np.float32)
