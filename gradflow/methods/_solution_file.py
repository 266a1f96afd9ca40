"""Solutions as labelled arrays, and as netCDF files that other programs open."""

import math
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath, shown
from gradflow._netcdf import read_netcdf, write_netcdf
from gradflow.methods._sampled_flow import SampledFlow
from gradflow.methods._solution import Solution, Status

_TITLE = "A gradient flow of word embeddings"
_TIME = {"long_name": "time", "units": "gradient-flow time, dW/dt = -dL/dW"}
_CONTEXT = "context_"
_RATES, _NODES, _NODE_TIMES = "growth_rates", "node_singular_values", "node_t"
_LEAST_PARTS, _LEAST_NODES = 3, 400
# What a solution itself is made of; every other variable of a file is a snapshot.
_OWN = ("singular_values", "plateaus", "embeddings", _RATES, _NODES)
_SHARED = ("loss", "status", "evaluations", "snapshot_t", _NODE_TIMES)


def solution_dataset(solution: Solution, words: Sequence[str] | None = None) -> xr.Dataset:
    """Return what `Solution.to_dataset` promises."""
    if isinstance(solution.times, jax.core.Tracer) or solution.times.ndim != 1:
        raise ArgumentError("solution", "one solution of known numbers", "a traced or batched one")
    status = Status(int(solution.status))
    variables: dict[str, Any] = {
        **_side_variables(solution, "W", ""),
        "loss": ("time", np.asarray(solution.loss), {"long_name": "loss of the problem"}),
        "status": ((), int(status), _status_attributes(status)),
        "evaluations": (
            (), int(solution.evaluations), {"long_name": "gradients computed; 0 for closed forms"}
        ),
    }  # fmt: skip
    if solution.context is not None:
        variables |= _side_variables(solution.context, "C", _CONTEXT)
    for name, values in solution.snapshots.items():
        if name in variables:
            raise ArgumentError("snapshots", "names that a solution does not use itself", name)
        array = np.asarray(values)
        axes = [f"{name}_{axis}" for axis in range(array.ndim - 1)]
        variables[name] = (("snapshot", *axes), array)
    coordinates: dict[str, Any] = {
        "t": ("time", np.asarray(solution.times), _TIME),
        "mode": np.arange(1, solution.singular_values.shape[1] + 1),
    }
    if solution.snapshot_times is not None:
        long_name = {**_TIME, "long_name": "time of a snapshot"}
        coordinates["snapshot_t"] = ("snapshot", np.asarray(solution.snapshot_times), long_name)
    if words is not None:
        coordinates["word"] = _checked_words(solution, words)
    dtype = str(solution.singular_values.dtype)
    return xr.Dataset(variables, coordinates, {"title": _TITLE, "dtype": dtype})


def _side_variables(solution: Solution, side: str, prefix: str) -> dict[str, Any]:
    described = {
        "singular_values": (
            ("time", "mode"), solution.singular_values, f"singular values of {side}, falling"
        ),
        "plateaus": (
            ("mode",), solution.plateaus,
            f"where s_k^2 of {side} ends; nan where not known before the run",
        ),
    }  # fmt: skip
    if solution.embeddings is not None:
        described["embeddings"] = (("time", "word", "axis"), solution.embeddings, f"{side} itself")
    return {
        prefix + name: (dims, np.asarray(array), {"long_name": text})
        for name, (dims, array, text) in described.items()
    }


def _status_attributes(status: Status) -> dict[str, Any]:
    return {
        "long_name": "how the run ended",
        "meaning": status.meaning,
        "flag_values": [int(value) for value in Status],
        "flag_meanings": " ".join(value.name for value in Status),
    }


def _checked_words(solution: Solution, words: Sequence[str]) -> list[str]:
    labels = [str(word) for word in words]
    if solution.embeddings is not None and solution.embeddings.shape[1] != len(labels):
        wanted = f"{solution.embeddings.shape[1]} words, one a row of the embeddings"
        raise ArgumentError("words", wanted, f"{len(labels)}")
    return labels


def save_solution(solution: Solution, path: StrPath, words: Sequence[str] | None = None) -> None:
    """Write what `Solution.save` promises: the dataset, and what interpolates between its times."""
    data = solution_dataset(solution, words)
    nodes = _nodes(np.asarray(solution.times))
    for prefix, side in (("", solution), (_CONTEXT, solution.context)):
        if side is None:
            continue
        if isinstance(side.flow, SampledFlow):
            if side.flow.rates is not None:
                attributes = {"long_name": "d ln s_k^2 / dt"}
                rates = np.asarray(side.flow.rates)
                data[prefix + _RATES] = (("time", "mode"), rates, attributes)
        else:
            # A closed form cannot be kept itself: it is evaluated between the saved times, too.
            data[prefix + _NODES] = (("node", "mode"), np.asarray(side(nodes)))
            data[prefix + _NODES].attrs["long_name"] = "singular values between the times"
            data[_NODE_TIMES] = ("node", nodes, {**_TIME, "long_name": "time of a node"})
    write_netcdf(data, path, argument="path")


def _nodes(times: Float[np.ndarray, " T"]) -> Float[np.ndarray, " n"]:
    """Return the times with others between them, each interval in as many equal parts.

    Interpolation through eight points errs as the eighth power of their distance: three times as
    many make it better by 6,561.
    """
    parts = max(_LEAST_PARTS, math.ceil(_LEAST_NODES / max(1, times.size - 1)))
    places = np.linspace(0, times.size - 1, (times.size - 1) * parts + 1)
    return np.interp(places, np.arange(times.size), times).astype(times.dtype)


def load_solution(path: StrPath) -> Solution:
    """Return what `Solution.load` promises."""
    data = read_netcdf(path)
    if data.attrs.get("title") != _TITLE:
        wanted = "a file that Solution.save wrote"
        raise DataError("path", wanted, f"{shown(path)}, a netCDF file of another kind")
    try:
        context = _side(data, _CONTEXT, None) if f"{_CONTEXT}singular_values" in data else None
        return _side(data, "", context)
    except (KeyError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError("path", "an undamaged solution", f"{shown(path)}: {reason}") from error


def _side(data: xr.Dataset, prefix: str, context: Solution | None) -> Solution:
    """Return the solution of one side, W where there is no prefix."""

    def array(name: str) -> Array:
        return jnp.asarray(data[name].values)

    def optional(name: str) -> Array | None:
        return array(name) if name in data.variables else None

    times, values = array("t"), array(f"{prefix}singular_values")
    if f"{prefix}{_NODES}" in data:
        flow = SampledFlow(array(_NODE_TIMES), 2 * jnp.log(array(f"{prefix}{_NODES}")))
    else:
        flow = SampledFlow(times, 2 * jnp.log(values), optional(f"{prefix}{_RATES}"))
    taken = {side + name for side in ("", _CONTEXT) for name in _OWN} | {*_SHARED}
    snapshots = {str(name): array(str(name)) for name in data.data_vars if str(name) not in taken}
    return Solution(
        times=times,
        singular_values=values,
        loss=array("loss"),
        status=array("status"),
        plateaus=array(f"{prefix}plateaus"),
        evaluations=array("evaluations"),
        flow=flow,
        embeddings=optional(f"{prefix}embeddings"),
        context=context,
        snapshots={} if prefix else snapshots,
        snapshot_times=None if prefix else optional("snapshot_t"),
    )
