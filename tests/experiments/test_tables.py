"""Tables show five digits of every float, whatever column it is in, and whole numbers whole."""

import numpy as np
import pandas as pd

from experiments._tables import as_columns, as_text, write_table

TABLE = pd.DataFrame(
    {
        "name": ["a", "b"],
        "count": [7_324_396, 2],
        "value": [1 / 3, 233_331.0],
        "mixed": pd.Series([1.23456789, "none"], dtype=object),
        "unknown": [np.nan, 6.51379e-08],
    }
)


def test_csv_has_five_digits_no_large_exponents_and_gaps(tmp_path):
    write_table(TABLE, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().splitlines() == [
        "name,count,value,mixed,unknown",
        "a,7324396,0.33333,1.2346,",
        "b,2,233330,none,6.5138e-08",
    ]


def test_text_has_the_same_numbers():
    assert as_text(TABLE).split()[5:] == [
        *("a", "7324396", "0.33333", "1.2346", "NaN"),
        *("b", "2", "233330", "none", "6.5138e-08"),
    ]
    assert as_columns(TABLE[["name", "value"]], "name").split() == [
        *("name", "a", "b"),
        *("value", "0.33333", "233330"),
    ]
