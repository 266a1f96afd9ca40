"""Tables as they are written and printed: computed in full, shown in five digits."""

import pathlib

import pandas as pd

from gradflow._files import atomic_write

_DIGITS = 5


def write_table(table: pd.DataFrame, path: pathlib.Path) -> None:
    """As CSV."""
    with atomic_write(path) as part:
        table.to_csv(part, index=False, float_format=f"%.{_DIGITS}g")


def as_text(table: pd.DataFrame) -> str:
    """As lines, numbers in columns."""
    return table.to_string(index=False, float_format=f"{{:.{_DIGITS}g}}".format)


def as_columns(table: pd.DataFrame, name: str) -> str:
    """As lines, one column a row, headed by what the row has in the column of that name."""
    turned = table.set_index(name).T.rename_axis(name).reset_index()
    return as_text(turned)
