"""Names, axes and units on the results of lanes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from gradflow._errors import ArgumentError
from gradflow.methods import Snapshots, Status

_TIME = "gradient-flow time, dW/dt = -dL/dW"
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "t": {"long_name": "time", "units": _TIME},
    "snapshot_t": {"long_name": "time of a snapshot", "units": _TIME},
    "singular_values": {"long_name": "singular values of W, falling"},
    "loss": {"long_name": "loss as the problem defines it"},
    "plateaus": {"long_name": "where s_k^2 ends; nan where not known before the run"},
    "context_singular_values": {"long_name": "singular values of C, falling"},
    "context_plateaus": {"long_name": "where s_k^2 of C ends; nan where not known before the run"},
    "measured": {"long_name": "first time s_k^2 reaches half of its plateau", "units": _TIME},
    "context_measured": {
        "long_name": "first time s_k^2 of C reaches half of its plateau",
        "units": _TIME,
    },
    "predicted": {"long_name": "predicted time of half the plateau", "units": _TIME},
    "embeddings": {"long_name": "word embeddings W, up to a rotation of their columns"},
    "context_embeddings": {"long_name": "context embeddings C, in the columns of W"},
    "evaluations": {"long_name": "gradients computed; 0 for closed forms"},
    "status": {
        "long_name": "how the lane ended",
        "flag_values": [int(status) for status in Status],
        "flag_meanings": " ".join(status.name for status in Status),
    },
}


def lanes_to_dataset(
    results: Mapping[str, np.ndarray],
    scales: Sequence[float],
    seeds: Sequence[int],
    grid: Float[np.ndarray, "scale T"],
    dim: int,
    *,
    snapshots: tuple[Snapshots, ...] = (),
    axes: Mapping[str, tuple[str, ...]] | None = None,
) -> xr.Dataset:
    """Return results with lanes in front as a dataset over scale, seed, time and mode.

    Args:
        results: Arrays (lane, ...), lanes in the order (scale, seed).
        scales: Scales.
        seeds: Seeds.
        grid: Times (scale, T).
        dim: d.
        snapshots: What was kept at other times.
        axes: Names of the axes after (scale, seed) of results that have axes of their own.

    Returns:
        The dataset; `t` and `snapshot_t` are coordinates. Modes are numbered from 1.

    Raises:
        ArgumentError: A measured array has a shape that is none of (), (d,), (T,), (T, d).
    """
    shapes = {(): (), (dim,): ("mode",), (grid.shape[1],): ("time",)}
    shapes[grid.shape[1], dim] = ("time", "mode")
    named = dict(axes or {})
    for snapshot in snapshots:
        for name in snapshot.functions:
            extra = range(results[name].ndim - 2)  # of what the function returns
            named[name] = ("snapshot", *(f"{name}_{axis}" for axis in extra))
    variables: dict[str, Any] = {}
    for name, array in results.items():
        shape = array.shape[1:]
        if name not in named and shape not in shapes:
            wanted = f"shape (), (d,), (T,) or (T, d) with d = {dim} and T = {grid.shape[1]}"
            raise ArgumentError(f"measure[{name!r}]", wanted, f"shape {shape}")
        inner = named[name] if name in named else shapes[shape]
        variables[name] = (
            ("scale", "seed", *inner),
            array.reshape(len(scales), len(seeds), *shape),
        )
    coordinates: dict[str, Any] = {
        "scale": list(scales),
        "seed": list(seeds),
        "mode": np.arange(1, dim + 1),
        "t": (("scale", "time"), grid),
    }
    for snapshot in snapshots:
        coordinates["snapshot_t"] = ("snapshot", np.asarray(snapshot.asked()))
    dataset = xr.Dataset(variables, coordinates)
    for name in _ATTRIBUTES.keys() & dataset.variables.keys():
        dataset[name].attrs.update(_ATTRIBUTES[str(name)])
    return dataset
