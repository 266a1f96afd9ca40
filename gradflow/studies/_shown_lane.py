"""The one lane that figures show: its theory, which of its steps stand apart, and its words."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from gradflow.initialisation import gaussian_init
from gradflow.methods._logistic import LOG_81
from gradflow.methods.exact._tied import TiedPlan
from gradflow.problems import Quadratic
from gradflow.targets import Spectrum
from gradflow.theory import Prediction, predict, stepness

# When the first slice of the embeddings is taken, in units of the time of the first step.
_BEFORE = 0.6
_UNIT = {"units": "gradient-flow time"}


def predicted_lane(spec: Spectrum, scale: float, dim: int, seed: int = 0) -> Prediction:
    """Return what is known of one lane of a sweep before its run, from its own start W₀.

    Args:
        spec: Spectrum of the target, at least the first d modes.
        scale: Initialisation scale σ.
        dim: d.
        seed: Seed of W₀, which is the one that a sweep draws for the same seed.
    """
    w0 = gaussian_init(jax.random.key(seed), spec.eigenvectors.shape[0], dim, scale)
    return predict(spec, w0, rule="qr")


def shown_lane(
    data: xr.Dataset, spec: Spectrum, prediction: Prediction, scale: float
) -> xr.Dataset:
    """Return the lane that figures show, the first seed of one scale, beside its theory.

    Args:
        data: What a sweep of a tied quadratic problem returned, with its `staircase` (plateau).
        spec: Spectrum of its target, the first d modes.
        prediction: Of this lane, by the rule "qr".
        scale: The scale.

    Returns:
        Dataset: what `with_theory` returns, with `staircase` (plateau: the loss before the first
        step and after each); attributes scale, seed, words, rule.
    """
    lane = data[["singular_values", "loss", "staircase"]].sel(scale=scale).isel(seed=0)
    attributes = {"scale": scale, "seed": int(lane["seed"]), "words": len(spec.eigenvectors)}
    lane = lane.drop_vars(["scale", "seed", "rule"], errors="ignore").drop_attrs(deep=False)
    return with_theory(lane.assign_attrs(attributes, rule=prediction.rule), spec, prediction)


def with_theory(lane: xr.Dataset, spec: Spectrum, prediction: Prediction) -> xr.Dataset:
    """Return a lane with what was known of it before its run.

    Args:
        lane: `t` (time), `singular_values` and `loss` over time, and whatever else is to be kept.
        spec: The first d modes.
        prediction: Of the lane's own start.

    Returns:
        The lane with `theory` (time, mode: the predicted singular values), `predicted` (mode: step
        times, unless the lane has them by rule), `plateaus` (mode: those of the theory, unless the
        lane has its own), `step_group` (mode; equal labels where steps run into each other) and
        `top_words` (mode), where words are known.
    """
    steps = np.asarray(prediction.steps)
    values = np.asarray(prediction.singular_values(lane["t"].values))
    variables: dict[str, tuple] = {
        "theory": (("time", "mode"), values),
        "predicted": ("mode", steps, _UNIT),
        "plateaus": ("mode", np.asarray(prediction.plateaus)),
        "step_group": ("mode", step_groups(steps, spec.eigenvalues)),
    }
    if spec.words is not None:
        variables["top_words"] = ("mode", top_words(spec))
    return lane.assign({name: v for name, v in variables.items() if name not in lane})


def top_words(spec: Spectrum, count: int = 4) -> list[str]:
    """Return the words at both ends of each mode, such as "king queen / goal match"."""
    ends = (spec.top_words(mode, count) for mode in range(spec.eigenvalues.size))
    return [" / ".join(" ".join(end) for end in pair if end) for pair in ends]


def embedding_slices(
    problem: Quadratic,
    spec: Spectrum,
    prediction: Prediction,
    last_time: float,
    *,
    axes: tuple[int, int] | None = None,
) -> xr.Dataset:
    """Return words on two principal axes of W(t) while they are a point, a line and a cloud.

    Args:
        problem: Quadratic problem.
        spec: Spectrum of its target, the first d modes.
        prediction: Of the lane to show; the smaller its scale, the cleaner the line.
        last_time: When the cloud is shown, after all steps.
        axes: Two principal axes, counted from 1; the line is shown between their steps. Unless
            given they are axis 1 and the first axis that is learned two rise times after it, so
            that there is a time at which the words lie on a line. For the counts of karkada2025
            that is axis 3, as in its figure 1.

    Returns:
        Dataset with `coordinates` (slice, word, axis); `t` and `state` ("point", "line", "cloud")
        by slice; `step`, the predicted step time, by axis.
    """
    w0, steps = prediction.start, np.asarray(prediction.steps)
    if axes is None:
        axes = (1, next_axis_apart(steps, spec.eigenvalues))
    columns = [min(axis, w0.shape[1]) - 1 for axis in axes]
    first, second = (steps[mode] if np.isfinite(steps[mode]) else last_time for mode in columns)
    times = np.array([_BEFORE * first, np.sqrt(first * second), last_time])
    # Rising, also where both axes are learned at once.
    times = np.maximum.accumulate(times + last_time * 1e-9 * np.arange(3))
    # In full: nodes for the tail of the spectrum would cost more than they save at three times.
    plan = TiedPlan.of(problem, problem.quadratic_constant, w0.shape[1], compress_until=None)
    embeddings = np.asarray(plan.embeddings(w0, jnp.asarray(times)))
    coordinates = _signed(embeddings, spec)[:, :, columns]
    words = [str(i) for i in range(len(w0))] if spec.words is None else list(spec.words)
    return xr.Dataset(
        {
            "coordinates": (("slice", "word", "axis"), coordinates),
            "t": ("slice", times, _UNIT),
            "state": ("slice", ["point", "line", "cloud"]),
            "step": ("axis", steps[columns], _UNIT),
        },
        {"word": words, "axis": [column + 1 for column in columns]},
    )


def _signed(embeddings: Float[np.ndarray, "T V d"], spec: Spectrum) -> Float[np.ndarray, "T V d"]:
    """Principal axes have no sign of their own; give them the eigenvectors'."""
    overlaps = np.einsum("tvd,vd->td", embeddings, spec.eigenvectors[:, : embeddings.shape[2]])
    return embeddings * np.where(overlaps < 0, -1.0, 1.0)[:, None, :]


def separations(
    steps: Float[np.ndarray, " m"], rates: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " m-1"]:
    """Return the time between neighbouring steps, in units of the mean of their rise times.

    Args:
        steps: Predicted half-height times of the modes, in their order; nan for one without a step.
        rates: λ (m,): mode k rises from a tenth to nine tenths of its plateau in ln 81/λ_k.

    Returns:
        (m − 1,), zero where one of both has no step.
    """
    has_step = np.isfinite(steps) & (rates > 0)
    rises = LOG_81 / np.where(has_step, rates, 1.0)
    apart = np.abs(stepness(np.where(has_step, steps, 0.0), rises).separations)
    return np.where(has_step[1:] & has_step[:-1], apart, 0.0)


def step_groups(
    steps: Float[np.ndarray, " m"], rates: Float[np.ndarray, " m"]
) -> Int[np.ndarray, " m"]:
    """Return labels 0, 1, ...: neighbours have the same label if their steps run into each other.

    Two steps stand apart if their half-height times are more than one rise time apart.

    Args:
        steps: As for `separations`.
        rates: As for `separations`.
    """
    return np.concatenate([[0], np.cumsum(separations(steps, rates) > 1)])


def next_axis_apart(
    steps: Float[np.ndarray, " m"], rates: Float[np.ndarray, " m"], least: float = 2.0
) -> int:
    """Return the first mode, counted from 1, that is learned so many rise times after mode 1.

    Where there is none, it is the mode that is farthest from mode 1; 1 where there is no other.

    Args:
        steps: As for `separations`.
        rates: As for `separations`.
        least: That distance. At two rise times, mode 1 is at 99 % of its plateau halfway between
            both steps, and the other mode at 1 %.
    """
    distances = [
        float(separations(steps[[0, mode]], rates[[0, mode]])[0]) for mode in range(1, len(steps))
    ]
    enough = [mode for mode, distance in enumerate(distances, start=2) if distance >= least]
    if enough:
        return enough[0]
    return 2 + int(np.argmax(distances)) if distances else 1
