"""Names and units on what a sweep found."""

from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from gradflow._errors import ArgumentError
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Status

_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "t": {"long_name": "time", "units": "gradient-flow time, dW/dt = -dL/dW"},
    "singular_values": {"long_name": "singular values of W, falling"},
    "context_singular_values": {"long_name": "singular values of C, falling"},
    "context_plateaus": {"long_name": "where s_k^2 of C ends; nan where not known before the run"},
    "snapshot_t": {"long_name": "time of a snapshot", "units": "gradient-flow time"},
    "loss": {"long_name": "loss as the problem defines it"},
    "plateaus": {"long_name": "where s_k^2 ends; nan where not known before the run"},
    "evaluations": {"long_name": "gradients computed; 0 for closed forms"},
    "status": {
        "long_name": "how the lane ended",
        "flag_values": [int(status) for status in Status],
        "flag_meanings": " ".join(status.name for status in Status),
    },
}


def labelled(
    found: dict[str, np.ndarray],
    scales: tuple[float, ...],
    seeds: tuple[int, ...],
    grid: Float[np.ndarray, "scale T"],
    dim: int,
    snapshots: tuple[Snapshots, ...] = (),
) -> xr.Dataset:
    """Arrays with lanes in front, as a dataset over scale, seed, time and mode.

    Args:
        found: Arrays (lane, ...), lanes in the order (scale, seed).
        scales: Scales.
        seeds: Seeds.
        grid: Times (scale, T).
        dim: d.
        snapshots: What was kept at other times.

    Returns:
        The dataset. Modes are numbered from 1.

    Raises:
        ArgumentError: A measured array has a shape that is none of (), (d,), (T,), (T, d).
    """
    inner = {(): (), (dim,): ("mode",), (grid.shape[1],): ("time",)}
    inner[grid.shape[1], dim] = ("time", "mode")
    variables: dict[str, Any] = {"t": (("scale", "time"), grid)}
    for kept in snapshots:
        variables["snapshot_t"] = ("snapshot", np.asarray(kept.asked()))
        for name in kept.functions:
            array = found.pop(name)
            own = [f"{name}_{axis}" for axis in range(array.ndim - 2)]
            values = array.reshape(len(scales), len(seeds), *array.shape[1:])
            variables[name] = (("scale", "seed", "snapshot", *own), values)
    for name, array in found.items():
        shape = array.shape[1:]
        if shape not in inner:
            wanted = f"shape (), (d,), (T,) or (T, d) with d = {dim} and T = {grid.shape[1]}"
            raise ArgumentError(f"measure[{name!r}]", wanted, f"shape {shape}")
        values = array.reshape(len(scales), len(seeds), *shape)
        variables[name] = (("scale", "seed", *inner[shape]), values)
    coordinates = {"scale": list(scales), "seed": list(seeds), "mode": np.arange(1, dim + 1)}
    dataset = xr.Dataset(variables, coordinates)
    for name in _ATTRIBUTES.keys() & dataset.keys():
        dataset[name].attrs.update(_ATTRIBUTES[name])
    return dataset
