"""One CPU device for each core, before JAX starts."""

import os

import jax

from gradflow._machine import usable_cores

_FORCED = "xla_force_host_platform_device_count"


def use_all_cores() -> None:
    """Give JAX one CPU device for each usable core, unless the user has set their number.

    Call it first thing in a program; the command line does. Lanes of a sweep run as a loop on each
    CPU device, since batched LAPACK calls can wait for each other for ever (gradflow._precision),
    so it is devices, not threads, that keep the cores busy. It must happen before JAX starts a
    backend; a program that has started one keeps what it has. On GPU and TPU it only concerns the
    CPU beside them.

    Example:
        >>> import jax, gradflow as gf
        >>> devices = jax.device_count()  # which starts a backend
        >>> gf.use_all_cores()
        >>> jax.device_count() == devices
        True
    """
    if _FORCED in os.environ.get("XLA_FLAGS", "") or "JAX_NUM_CPU_DEVICES" in os.environ:
        return
    try:
        jax.config.update("jax_num_cpu_devices", usable_cores())
    except RuntimeError:  # a backend has started
        return
