"""What was measured beside what was predicted, by every rule."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float

from gradflow._checks import real_array
from gradflow._errors import ArgumentError
from gradflow.analysis._measurement import Measurement, measure
from gradflow.methods import Solution
from gradflow.training import Training

_PREFIX = "predicted_"


@runtime_checkable
class _Predicted(Protocol):
    """Anything that has step times, such as a `Prediction`."""

    @property
    def steps(self) -> Float[Array, " k"] | Float[np.ndarray, " k"]: ...


Steps = Float[Array, " k"] | Float[np.ndarray, " k"]


def compare(
    measured: Measurement | Solution | Training | Steps | xr.Dataset,
    predictions: Mapping[str, _Predicted | Steps] | None = None,
) -> xr.Dataset:
    """Put measured step times beside predicted ones, with the relative error of every rule.

    Args:
        measured: A `Measurement`; or what `solve` or `train` returned, which is measured then; or
            step times (m,). Instead of these, a dataset of a sweep or a study that holds both:
            `measured` (..., scale, seed, mode) and `predicted` (rule, ..., scale, seed, mode).
        predictions: By rule, what `predict` returned, or step times (k,). A rule that predicts more
            modes than were measured is cut, one that predicts fewer is nan for the rest. None for a
            dataset, which holds its own.

    Returns:
        Dataset with coordinates `rule` and `mode` (from 1): `measured` (mode), `predicted` (rule,
        mode) and `relative_error` (rule, mode), |predicted/measured − 1|, nan where a step was not
        measured or not predicted; `eigenvalue` (mode), where a prediction has eigenvalues. Of a
        dataset, the same variables with the dimensions that they have there.
        `.to_dataframe()` makes a table of it.

    Raises:
        ArgumentError: Steps are not in one row, there is no prediction, or a dataset lacks a
            variable.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> target = gf.Target(np.diag([3.0, 2.0, 1.0]))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=2, scale=1e-3)
        >>> solution = gf.solve(gf.Quadratic(target), w0, np.linspace(0, 30, 99))
        >>> qr = gf.predict_steps(gf.spectrum(target, k=3), w0, rule="qr")
        >>> table = gf.compare(gf.measure(solution), {"qr": qr})
        >>> dict(table.relative_error.sizes), bool((table.relative_error < 0.1).all())
        ({'rule': 1, 'mode': 2}, True)
    """
    if isinstance(measured, xr.Dataset):
        if predictions is not None:
            wanted = "None, since a dataset holds its own predictions"
            raise ArgumentError("predictions", wanted, type(predictions).__name__)
        return _compared(_checked_dataset(measured))
    if isinstance(measured, Solution | Training):
        measured = measure(measured)
    steps = _checked_steps("measured", getattr(measured, "steps", measured))
    if not isinstance(predictions, Mapping) or not predictions:
        wanted = "a mapping from rules to predictions, at least one"
        raise ArgumentError("predictions", wanted, type(predictions).__name__)
    rows = [
        _fitted(
            _checked_steps(f"predictions[{rule!r}]", getattr(given, "steps", given)), steps.size
        )
        for rule, given in predictions.items()
    ]
    variables: dict[str, Any] = {
        "measured": ("mode", steps),
        "predicted": (("rule", "mode"), np.stack(rows)),
    }
    for given in predictions.values():
        if hasattr(given, "eigenvalues"):
            variables["eigenvalue"] = ("mode", _fitted(np.asarray(given.eigenvalues), steps.size))
            break
    coordinates = {"rule": list(predictions), "mode": np.arange(1, steps.size + 1)}
    return _compared(xr.Dataset(variables, coordinates))


def relative_error(measured: Any, predicted: Any) -> Any:
    """Return |predicted/measured − 1| of arrays, labelled or not; nan where either is nan."""
    return abs(predicted / measured - 1)


def steps_table(data: xr.Dataset) -> pd.DataFrame:
    """Return a table with one row for each scale, seed and mode, as `steps.csv` holds it.

    Args:
        data: Dataset with `measured` (..., scale, seed, mode), `predicted` (rule, ..., scale, seed,
            mode) and `eigenvalue` (mode).

    Returns:
        Columns scale, seed, mode, eigenvalue, measured, predicted_<rule>...; times in the unit of
        one over an eigenvalue. Further dimensions are columns in front of these.

    Raises:
        ArgumentError: A variable or a dimension is missing.

    Example:
        >>> import numpy as np, xarray as xr, gradflow as gf
        >>> dims = ("scale", "seed", "mode")
        >>> data = xr.Dataset(
        ...     {"measured": (dims, np.ones((1, 1, 2))), "eigenvalue": ("mode", [2.0, 1.0]),
        ...      "predicted": (("rule", *dims), np.full((1, 1, 1, 2), 1.1))},
        ...     {"scale": [0.1], "seed": [0], "mode": [1, 2], "rule": ["qr"]})
        >>> list(gf.analysis.steps_table(data).columns)
        ['scale', 'seed', 'mode', 'eigenvalue', 'measured', 'predicted_qr']
    """
    data = _checked_dataset(data, "eigenvalue")
    order = [*_further_dimensions(data), "scale", "seed", "mode"]
    columns = {"eigenvalue": data["eigenvalue"], "measured": data["measured"]}
    for rule in data["rule"].values:
        columns[f"{_PREFIX}{rule}"] = data["predicted"].sel(rule=rule, drop=True)
    template = data["measured"]
    full = {name: column.broadcast_like(template) for name, column in columns.items()}
    table = xr.Dataset(full).to_dataframe(dim_order=order).reset_index()
    return table[[*order, *columns]]


def error_summary(data: xr.Dataset) -> pd.DataFrame:
    """Summarise the relative errors of step times by scale and rule, over modes and seeds.

    Errors have no sign: a rule that is always early and one that scatters look alike here.

    Args:
        data: As for `steps_table`; `eigenvalue` is not needed.

    Returns:
        Columns scale, rule, median, q10, q90, largest (relative errors |predicted/measured − 1|
        over modes and seeds), seed_spread (half the distance between the 10 % and 90 % quantiles
        over seeds of the measured time, relative to its median, median over modes; nan for one
        seed, and too small for few, whose quantiles lie inside those of many), measured (how many
        steps were both measured and predicted by that rule). Further dimensions are columns in
        front of these.

    Raises:
        ArgumentError: A variable or a dimension is missing.

    Example:
        >>> import numpy as np, xarray as xr, gradflow as gf
        >>> dims = ("scale", "seed", "mode")
        >>> data = xr.Dataset(
        ...     {"measured": (dims, np.ones((1, 1, 2))),
        ...      "predicted": (("rule", *dims), np.full((1, 1, 1, 2), 1.1))},
        ...     {"scale": [0.1], "seed": [0], "mode": [1, 2], "rule": ["qr"]})
        >>> float(gf.analysis.error_summary(data)["median"][0].round(6))
        0.1
    """
    compared = compare(_checked_dataset(data))
    outer = [*_further_dimensions(compared), "scale"]
    spread = _seed_spread(compared["measured"])
    rows = []
    for place in np.ndindex(*(compared.sizes[name] for name in outer)):
        index = dict(zip(outer, place, strict=True))
        errors, labels = compared["relative_error"].isel(index), compared.isel(index)
        seed_spread = float(spread.isel(index))
        for rule in compared["rule"].values:
            values = errors.sel(rule=rule).values
            values = values[np.isfinite(values)]
            quantiles = np.quantile(values, [0.5, 0.1, 0.9, 1.0]) if values.size else [np.nan] * 4
            keys = [labels[name].values[()] for name in outer]
            rows.append((*keys, str(rule), *quantiles, seed_spread, values.size))
    names = ["rule", "median", "q10", "q90", "largest", "seed_spread", "measured"]
    return pd.DataFrame(rows, columns=[*outer, *names])


def _compared(data: xr.Dataset) -> xr.Dataset:
    """Return measured, predicted and their relative error, with names and units."""
    names = [name for name in ("measured", "predicted", "eigenvalue") if name in data]
    table = data[names].copy()  # its attributes are set below
    error = relative_error(table["measured"], table["predicted"])
    table["relative_error"] = error.transpose(*table["predicted"].dims)
    table["relative_error"].attrs["long_name"] = "|predicted/measured - 1|"
    for name in ("measured", "predicted"):
        table[name].attrs.setdefault("long_name", f"half-height time, {name}")
        table[name].attrs.setdefault("units", "gradient-flow time")
    return table


def _checked_steps(argument: str, steps: Any) -> Float[np.ndarray, " k"]:
    values = real_array(argument, steps)
    if values.ndim != 1 or values.size == 0:
        raise ArgumentError(argument, "step times of shape (m,), m ≥ 1", f"shape {values.shape}")
    return values


def _fitted(values: Float[np.ndarray, " k"], size: int) -> Float[np.ndarray, " m"]:
    """Return the first `size` values, filled up with nan where there are fewer."""
    fitted = np.full(size, np.nan)
    fitted[: values.size] = values[:size]
    return fitted


def _checked_dataset(data: Any, *further: str) -> xr.Dataset:
    """Return the dataset with its rules on one axis, once it is sure that all is there."""
    if not isinstance(data, xr.Dataset):
        raise ArgumentError("data", "a dataset", type(data).__name__)
    for name in ("measured", "predicted", *further):
        if name not in data:
            raise ArgumentError("data", f"a dataset with {name!r}", f"{list(data.data_vars)}")
    if "rule" not in data["predicted"].dims:
        dims = data["predicted"].dims
        raise ArgumentError("data", "a dataset whose 'predicted' has an axis 'rule'", f"{dims}")
    return data


def _further_dimensions(data: xr.Dataset) -> list[str]:
    """Return the dimensions of `measured` beside scale, seed and mode, which must be there."""
    dims = [str(name) for name in data["measured"].dims]
    if not {"scale", "seed", "mode"} <= set(dims):
        wanted = "a dataset whose 'measured' has the axes scale, seed and mode"
        raise ArgumentError("data", wanted, f"{tuple(dims)}")
    return [name for name in dims if name not in ("scale", "seed", "mode")]


def _seed_spread(measured: xr.DataArray) -> xr.DataArray:
    """Return the spread over seeds relative to their median, the median over the modes.

    Only modes that every seed learned count.
    """
    if measured.sizes["seed"] < 2:
        return xr.full_like(measured.isel(seed=0, mode=0), np.nan)
    everywhere = measured.notnull().all("seed")
    learned = measured.where(everywhere, 1.0)
    spread = (learned.quantile(0.9, "seed") - learned.quantile(0.1, "seed")) / 2
    relative = (spread / learned.median("seed")).where(everywhere)
    return relative.reduce(_median_of_finite, "mode")


def _median_of_finite(values: np.ndarray, axis: int) -> np.ndarray:
    """Return medians along an axis that leave out nan, nan without a warning where all are."""

    def median(row: np.ndarray) -> float:
        finite = row[np.isfinite(row)]
        return float(np.median(finite)) if finite.size else float("nan")

    return np.apply_along_axis(median, axis, values)
