"""What was learned when, as numbers."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text
from experiments.from_text._config import RUNS

_WORDS = 3  # named at each end of a mode


def overlaps(results: xr.Dataset) -> xr.Dataset:
    """Squared overlaps (contrast, run, mode) of what was learned.

    `origin`: with singular vector k at the origin, of the counts that the run itself sees.
    `flow`: with whatever mode the flow of the same contrast learned that is most like it; `alike`
    is its number. nan where it was not learned.
    """
    learned = results["learned"]
    flow = learned.sel(run="flow", drop=True).rename(mode="other").fillna(0)
    with_flow = (learned * flow).sum("word", skipna=False) ** 2
    known = with_flow.notnull().all("other")
    return xr.Dataset(
        {
            "origin": (learned * results["vector"]).sum("word", skipna=False) ** 2,
            "flow": with_flow.max("other"),
            "alike": (with_flow.fillna(0).argmax("other") + 1).where(known),
        }
    )


def across(results: xr.Dataset) -> xr.DataArray:
    """Squared overlaps (run, mode, other) at the end: NCE's modes, others by negative sampling."""
    sampled, nce = (
        results["final"].sel(contrast=name, drop=True) for name in ("negative-sampling", "nce")
    )
    return (nce * sampled.rename(mode="other")).sum("word") ** 2


def ends(
    results: xr.Dataset, contrast: str, mode: int, count: int = _WORDS
) -> tuple[list[str], list[str]]:
    """Words at both ends of what the flow has learned as its mode in the end."""
    entries = results["final"].sel(contrast=contrast, run="flow", mode=mode)
    order = [str(word) for word in results["word"].values[np.argsort(entries.values)]]
    return order[::-1][:count], order[:count]


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each contrast and mode; all times are λ₁t."""
    unit, same = results.attrs["unit"], overlaps(results)
    rows = []
    for contrast in results["contrast"].values:
        for mode in results["mode"].values:
            at = {"contrast": contrast, "mode": mode}
            one, its = results.sel(at), same.sel(at)
            high, low = ends(results, contrast, int(mode))
            row = {**at, "words": " ".join(high) + " / " + " ".join(low)}
            row["height"] = float(one["height"])
            for name in RUNS:
                row[f"{name} predicted"] = unit * float(one["predicted"].sel(run=name))
                row[f"{name} step"] = unit * float(one["step"].sel(run=name))
            for name in RUNS:
                row[f"{name} | origin"] = float(its["origin"].sel(run=name))
            for name in RUNS[1:]:
                row[f"{name} | flow"] = float(its["flow"].sel(run=name))
                row[f"{name} is the flow's"] = float(its["alike"].sel(run=name))
            rows.append(row)
    return pd.DataFrame(rows)


def across_table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each run and mode of NCE: its overlaps with modes by negative sampling."""
    found = across(results)
    rows = []
    for run in found["run"].values:
        for mode in found["mode"].values:
            shares = found.sel(run=run, mode=mode).values
            named = {f"negative sampling {n + 1}": share for n, share in enumerate(shares)}
            rows.append({"run": run, "mode of NCE": int(mode), **named})
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """The tables, what their columns are, and what is remarkable."""
    return "\n".join(
        [
            "Step times are λ₁t. Squared overlaps of direction k, at its own step: with singular "
            "vector",
            "k of the run's own counts at the origin; with the most similar direction of the flow.",
            as_text(table(results)),
            "Squared overlaps at the end of NCE's modes with those by negative sampling.",
            as_text(across_table(results)),
            *(remarks(results, contrast) for contrast in results["contrast"].values),
            first_of_nce(results),
        ]
    )


def remarks(results: xr.Dataset, contrast: str) -> str:
    """CBOW's time unit, and where it deviates."""
    one, same = results.sel(contrast=contrast), overlaps(results).sel(contrast=contrast)
    skip_gram, cbow = (one.sel(run=name) for name in ("skip-gram", "CBOW"))
    factors = (cbow["step"] / skip_gram["step"]).values
    predicted = (cbow["predicted"] / skip_gram["predicted"]).values
    sizes = (cbow["singular_values"] / skip_gram["singular_values"]).isel(time=-1).values
    alike = same.sel(run="CBOW")
    other = [
        f"its mode {mode} is the flow's mode {int(number)} (overlap {float(share):.2f})"
        for mode, number, share in zip(
            one["mode"].values, alike["alike"], alike["flow"], strict=True
        )
        if share > 0 and number != mode
    ]
    return "\n".join(
        [
            f"{contrast}: CBOW's step times over skip-gram's, by mode: {_listed(factors)}"
            + (
                f"; from the counts: {_listed(predicted)}." if np.isfinite(predicted).any() else "."
            ),
            f"{contrast}: CBOW's singular values at the end over skip-gram's: {_listed(sizes)}.",
            f"{contrast}: CBOW's order: " + ("; ".join(other) or "the flow's") + ".",
        ]
    )


def first_of_nce(results: xr.Dataset) -> str:
    """What NCE learns first, and when that is over."""
    flow = results.sel(run="flow", contrast="nce")
    first = flow["singular_values"].sel(mode=1).values ** 2
    second = int(np.searchsorted(flow["t"].values, float(flow["step"].sel(mode=2))))
    rates = flow["eigenvalue"].values[:2] / results.attrs["unit"]
    return (
        f"NCE's first mode has s² = {first[min(second, len(first) - 1)]:.5g} when the second comes "
        f"and {first[-1]:.5g} at the end; ln p_j for all words i alike would be "
        f"{results.attrs['unigram']:.5g}. Rates at the origin, in units of λ₁: {rates[0]:.3g}, "
        f"then {rates[1]:.3g}."
    )


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.3f}" for value in values)
