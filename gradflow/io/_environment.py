"""The versions and devices that a result was made with."""

import importlib.metadata
import platform
from typing import Any

import jax

_PACKAGES = ("gradflow", "jax", "jaxlib", "numpy", "scipy", "diffrax", "xarray")


def environment() -> dict[str, Any]:
    """Return versions and devices, as every summary states them.

    Example:
        >>> import gradflow as gf
        >>> sorted(gf.io.environment())
        ['device', 'versions']
    """
    devices = jax.devices()
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _PACKAGES},
        },
        "device": {
            "platform": devices[0].platform,
            "kind": devices[0].device_kind,
            "count": len(devices),
        },
    }
