"""The versions and devices that a result was made with."""

import importlib.metadata
import platform
from typing import Any

_PACKAGES = ("gradflow", "jax", "jaxlib", "numpy", "scipy", "diffrax", "xarray")


def versions() -> dict[str, str]:
    """Return the versions of Python, gradflow and what it computes with; JAX is not started."""
    packages = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **packages}


def environment() -> dict[str, Any]:
    """Return versions and devices, as every summary states them.

    Example:
        >>> import gradflow as gf
        >>> sorted(environment())
        ['device', 'versions']
    """
    import jax  # takes a second; versions do without

    devices = jax.devices()
    return {
        "versions": versions(),
        "device": {
            "platform": devices[0].platform,
            "kind": devices[0].device_kind,
            "count": len(devices),
        },
    }
