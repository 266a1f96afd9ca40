"""Many lanes of one computation: compiled once, in chunks that fit, over all devices.

A lane is one element of a batch: in a sweep, one start of one scale, followed on its own.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from gradflow._parallel import one_blas_thread

# A function of what lanes share and of one lane's own inputs.
LaneFunction = Callable[[Any, Any], Any]

_AXIS = "lane"


def map_lanes(
    function: LaneFunction,
    shared: Any,
    lanes: Any,
    *,
    lanes_at_once: int,
    devices: list[jax.Device] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Any:
    """Return a pure function of every lane, chunk by chunk over the devices.

    Every device runs its own loop over its own lanes, so that one slow lane delays its device only.
    The last chunk is filled up with copies of the last lane and cut afterwards: all chunks have one
    shape and one compilation serves them.

    Args:
        function: Called as function(shared, lane); returns a pytree of arrays. May be an
            `equinox.Module` with arrays of its own.
        shared: Pytree that all lanes see.
        lanes: Pytree of arrays whose leading axis counts lanes.
        lanes_at_once: Size of a chunk, over all devices together.
        devices: Devices to use; all of this process by default.
        progress: Called with (lanes done, lanes in all), first with zero done.

    Returns:
        Pytree of NumPy arrays with the lanes in front.
    """
    devices = jax.local_devices() if devices is None else devices
    total = len(jax.tree.leaves(lanes)[0])
    devices = devices[: min(len(devices), total)]
    mesh = Mesh(np.array(devices), (_AXIS,))
    per_device = -(-min(lanes_at_once, total) // len(devices))
    report = progress or (lambda done, total: None)
    report(0, total)
    results = []
    function, shared = _on_all_devices((function, shared), mesh)
    with _one_blas_thread({device.platform for device in devices}):
        for start, chunk in _chunks(lanes, total, per_device * len(devices)):
            results.append(jax.device_get(_run_chunk(function, mesh, shared, chunk)))
            report(min(start + per_device * len(devices), total), total)
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:total], *results)


def _on_all_devices(tree: Any, mesh: Mesh) -> Any:
    """A copy of every array on every device, so that chunks need not carry them there."""
    arrays, static = eqx.partition(tree, eqx.is_array)
    return eqx.combine(jax.device_put(arrays, NamedSharding(mesh, PartitionSpec())), static)


def _one_blas_thread(platforms: set[str]) -> contextlib.AbstractContextManager[None]:
    """Return the limit on LAPACK's threads that lanes on CPU need; nothing for other devices."""
    return one_blas_thread() if platforms == {"cpu"} else contextlib.nullcontext()


def _chunks(lanes: Any, total: int, size: int) -> Iterator[tuple[int, Any]]:
    """Where each chunk begins, and its lanes; the last lane again and again where none is left."""
    for start in range(0, total, size):
        index = np.minimum(np.arange(start, start + size), total - 1)
        yield (
            start,
            jax.tree.map(lambda leaf, rows=index: jnp.asarray(np.asarray(leaf)[rows]), lanes),
        )


@eqx.filter_jit
def _run_chunk(function: LaneFunction, mesh: Mesh, shared: Any, chunk: Any) -> Any:
    """Run one chunk; no device waits for the loop of another.

    The lanes of a device are a batch, but on CPU a loop: small factorisations are a loop there
    anyway, and a loop over whole lanes compiles sooner, keeps its numbers in the processor's cache,
    and lets each lane stop when it is done.
    """
    arrays, static = eqx.partition((function, shared), eqx.is_array)
    on_cpu = all(device.platform == "cpu" for device in mesh.devices.flat)

    @functools.partial(
        jax.shard_map,
        mesh=mesh,
        in_specs=(PartitionSpec(), PartitionSpec(_AXIS)),
        out_specs=PartitionSpec(_AXIS),
        check_vma=False,  # loops inside carry values that vary from device to device
    )
    def on_device(arrays: Any, chunk: Any) -> Any:
        on_lane, shared = eqx.combine(arrays, static)
        follow = functools.partial(on_lane, shared)
        return jax.lax.map(follow, chunk) if on_cpu else jax.vmap(follow)(chunk)

    return on_device(arrays, chunk)
