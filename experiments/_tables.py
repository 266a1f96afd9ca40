"""Tables as they are written and printed: computed in full, shown in five digits."""

import pathlib

import numpy as np
import pandas as pd

from gradflow._files import atomic_write

_DIGITS = 5


def write_table(table: pd.DataFrame, path: pathlib.Path) -> None:
    """As CSV; what is not known is left out."""
    with atomic_write(path) as part:
        table.map(_short).to_csv(part, index=False)


def as_text(table: pd.DataFrame) -> str:
    """As lines, numbers in columns."""
    return table.map(_short).to_string(index=False)


def as_columns(table: pd.DataFrame, name: str) -> str:
    """As lines, one column a row, headed by what the row has in the column of that name."""
    turned = table.map(_short).set_index(name).T.rename_axis(name).reset_index()
    return turned.to_string(index=False)


def _short(value: object) -> object:
    """A float in few digits, large ones without an exponent; everything else as it is."""
    if not isinstance(value, float | np.floating) or not np.isfinite(value):
        return value
    text = f"{value:.{_DIGITS}g}"
    return f"{float(text):.0f}" if "e+" in text else text
