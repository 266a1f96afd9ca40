"""JSON that every reader accepts: no NaN, no infinity, no NumPy numbers."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_text(value: Any) -> str:
    """Return a value as indented JSON; numbers that are not finite become null.

    Args:
        value: Nested mappings, sequences, NumPy arrays and numbers, texts, None.

    Returns:
        Text that ends with a line end.

    Example:
        >>> print(json_text({"median": float("nan"), "modes": np.arange(2)}), end="")
        {
          "median": null,
          "modes": [
            0,
            1
          ]
        }
    """
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return the value in terms of what JSON knows."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
