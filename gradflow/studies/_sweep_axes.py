"""Axes of a sweep: what the labels of its problems say, and one dataset from many."""

import dataclasses
import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

_LAST = ("scale", "seed", "snapshot", "time", "word", "column", "mode")


def fields_of(labels: Sequence[Hashable]) -> dict[str, list[Any]]:
    """Return the values of each field of labels that are named tuples or dataclasses of one type.

    Returns:
        Field → one value for each label; nothing where labels are of another kind.
    """
    kinds = {type(label) for label in labels}
    if len(kinds) != 1:
        return {}
    kind = kinds.pop()
    if dataclasses.is_dataclass(kind):
        names: tuple[str, ...] = tuple(field.name for field in dataclasses.fields(kind))
    elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
        names = kind._fields
    else:
        return {}
    return {name: [getattr(label, name) for label in labels] for name in names}


def combined(results: Mapping[tuple[Hashable, int], xr.Dataset], *, single: bool) -> xr.Dataset:
    """Return one dataset with an axis for each thing in which the cases differ.

    Args:
        results: Datasets by label and d; all labels with all d.
        single: There is one problem and it has no label.

    Returns:
        Axes of the problems first, then "dim" where there are several d. What some cases lack,
        such as modes beyond a smaller d and contexts of tied problems, is nan.
    """
    labels, dims = (list(dict.fromkeys(values)) for values in zip(*results, strict=True))
    fields = fields_of(labels)
    axes = {name: list(dict.fromkeys(values)) for name, values in fields.items()}
    product = bool(axes) and math.prod(map(len, axes.values())) == len(labels)
    if product:
        places = dict(zip(zip(*fields.values(), strict=True), labels, strict=True))
        keys = {(*place, dim): (label, dim) for place, label in places.items() for dim in dims}
    else:
        axes = {"problem": list(range(len(labels)))}
        keys = {(index, dim): (labels[index], dim) for index in axes["problem"] for dim in dims}
    axes["dim"] = dims
    data = _nested({key: results[case] for key, case in keys.items()}, axes)
    if not product:
        data = _with_labels(data, labels, fields)
    dropped = [name for name in axes if data.sizes[name] == 1 and (name != "problem" or single)]
    data = data.squeeze(dropped)
    if single:
        data = data.drop_vars("problem")
    first = ["rule"] if "rule" in data.dims else []
    last = [name for name in _LAST if name in data.dims]
    return data.transpose(*first, *(name for name in axes if name in data.dims), *last, ...)


def _with_labels(
    data: xr.Dataset, labels: Sequence[Hashable], fields: Mapping[str, Sequence[Any]]
) -> xr.Dataset:
    """Labels along the axis "problem"; their fields beside it where they have some."""
    if fields:
        return data.assign_coords({name: ("problem", list(v)) for name, v in fields.items()})
    plain = all(isinstance(label, str | int | float | np.generic) for label in labels)
    return data.assign_coords(problem=list(labels) if plain else [str(label) for label in labels])


def _nested(cases: Mapping[tuple, xr.Dataset], axes: Mapping[str, Sequence[Any]]) -> xr.Dataset:
    """Concatenate along the last axis first."""
    *outer, (name, values) = axes.items()
    rows: dict[tuple, xr.Dataset] = {}
    for place in itertools.product(*(values for _, values in outer)):
        rows[place] = xr.concat(
            [cases[(*place, value)] for value in values],
            xr.Variable(name, list(values)),
            data_vars="all",
            coords=["t"],
            compat="override",
            join="outer",
            combine_attrs="override",
        )
    return _nested(rows, dict(outer)) if outer else rows[()]
