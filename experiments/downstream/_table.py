"""How far predicted scores are from trained ones."""

import pandas as pd
import xarray as xr

import gradflow as gf
from experiments._tables import as_text


def table(results: xr.Dataset) -> pd.DataFrame:
    """What `gf.downstream_agreement` says, and the score of the top d eigenvectors times √λ."""
    rows = gf.downstream_agreement(results)
    ends = []
    for score, dim in zip(rows["score"], rows["dim"], strict=True):
        one = results.sel(dim=dim)
        accuracy = one["final_accuracy"]
        end = accuracy if score == "accuracy" else one["final_spearman"].sel(benchmark=score)
        ends.append(float(end))
    return rows.assign(closed_form=ends)


def report(results: xr.Dataset) -> str:
    """The table, and how many questions that were."""
    asked = f"{results.attrs['questions']} analogies; differences from the first step on."
    return f"{as_text(table(results))}\n{asked}"
