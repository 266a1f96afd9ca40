"""Tables as they are written and printed: computed in full, shown in five digits."""

import pathlib

import numpy as np
import pandas as pd
import xarray as xr

from gradflow._files import atomic_write

_DIGITS = 5


def percent(share: xr.DataArray | np.ndarray | float) -> float:
    """Return one number, a share, in percent."""
    return float(100 * share)


def write_table(table: pd.DataFrame, path: pathlib.Path) -> None:
    """Write a table as CSV; what is not known is left out."""
    with atomic_write(path) as temporary:
        table.map(_short).to_csv(temporary, index=False)


def as_text(*tables: pd.DataFrame) -> str:
    """Return tables as lines, numbers in columns, with an empty line between two tables."""
    return "\n\n".join(table.map(_short).to_string(index=False) for table in tables)


def as_columns(table: pd.DataFrame, name: str) -> str:
    """Return a table as lines, one column a row, headed by the row's value in column `name`."""
    turned = table.map(_short).set_index(name).T.rename_axis(name).reset_index()
    return turned.to_string(index=False)


def _short(value: object) -> object:
    """Return a float in few digits, large ones without an exponent; anything else as it is."""
    if not isinstance(value, float | np.floating) or not np.isfinite(value):
        return value
    text = f"{value:.{_DIGITS}g}"
    return f"{float(text):.0f}" if "e+" in text else text
