"""The one lane that figures show, with the theory of its own start."""

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from gradflow.initialisation import gaussian_init
from gradflow.studies._mode_table import top_words
from gradflow.studies._step_groups import step_groups
from gradflow.targets import Spectrum
from gradflow.theory import PredictionRule, predict

_RULE: PredictionRule = "qr"


def shown_lane(data: xr.Dataset, spec: Spectrum, scale: float) -> xr.Dataset:
    """Return the first seed's lane at one scale and what the theory says of its start.

    Args:
        data: What a sweep of a tied quadratic problem returned, with its `staircase` (plateau).
        spec: Spectrum of its target, the first d modes.
        scale: The scale.

    Returns:
        Dataset: `t`, `loss` (time), `singular_values` and `theory` (time, mode), `predicted`,
        `plateaus`, `step_group` (mode; equal labels where steps run into each other), `top_words`
        (mode) and `staircase` (plateau: the loss before the first step and after each); attributes
        scale, seed, words, rule.
    """
    lane = data[["singular_values", "loss"]].sel(scale=scale).isel(seed=0)
    size, dim = spec.eigenvectors.shape
    w0 = gaussian_init(jax.random.key(int(lane["seed"])), size, dim, scale)
    times = np.asarray(lane["t"].values)
    attributes = {"scale": scale, "seed": int(lane["seed"]), "words": size, "rule": _RULE}
    return xr.Dataset(
        {
            "loss": ("time", lane["loss"].values),
            "singular_values": (("time", "mode"), lane["singular_values"].values),
            "staircase": ("plateau", data["staircase"].values),
            **theory_of(spec, w0, times),
        },
        {"t": ("time", times), "mode": np.arange(1, dim + 1)},
        attributes,
    )


def theory_of(
    spec: Spectrum, w0: Float[Array, "V d"], times: Float[np.ndarray, " T"]
) -> dict[str, tuple]:
    """Return what is known of a start before its run, as variables over time and mode."""
    prediction = predict(spec, w0, rule=_RULE)
    steps = np.asarray(prediction.steps)
    variables: dict[str, tuple] = {
        "theory": (("time", "mode"), np.asarray(prediction.singular_values(times))),
        "predicted": ("mode", steps),
        "plateaus": ("mode", np.maximum(spec.eigenvalues, 0.0)),
        "step_group": ("mode", step_groups(steps, spec.eigenvalues)),
    }
    if spec.words is not None:
        variables["top_words"] = ("mode", top_words(spec))
    return variables
