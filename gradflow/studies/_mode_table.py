"""The modes of a target before any run: eigenvalues, shares of the loss, step times, words."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from gradflow._checks import positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.targets import Spectrum
from gradflow.theory import predict

# Of the step times over random starts.
_QUANTILES = (0.05, 0.5, 0.95)


def mode_table(
    spec: Spectrum,
    scales: Sequence[float] | Float[np.ndarray, " n"],
    dim: int,
    *,
    modes: int | None = None,
    words: int = 4,
) -> xr.Dataset:
    """Return what is known of the first modes of a target before any run.

    Args:
        spec: Spectrum of a target with words.
        scales: Initialisation scales σ.
        dim: d of the embeddings.
        modes: How many modes; all of the spectrum unless told otherwise.
        words: How many words of each end, at most.

    Returns:
        Dataset: `eigenvalue`, `share` (λ_k² of Σ M_ij²: of the loss that embeddings can take away,
        this mode's part) and `cumulative_share` (mode), `step` (scale, quantile, mode: quantiles
        5 %, 50 % and 95 % of the step time over Gaussian starts, by the rule "qr"; nan beyond d),
        `word` and `entry` (end, mode, rank: words at the "high" and the "low" end and their
        entries of the eigenvector; "" and nan where an end has fewer).

    Raises:
        ArgumentError: A spectrum without words, fewer modes than asked for, or numbers that are not
            as `predict` takes them.

    Example:
        >>> import gradflow as gf
        >>> spec = gf.spectrum(gf.mstar(gf.load_statistics("wikipedia-2k")), k=3)
        >>> table = gf.studies.mode_table(spec, [1e-4], dim=100)
        >>> table.word.sel(end="high", mode=3).values[:2].tolist()
        ['author', 'writer']
    """
    if not isinstance(spec, Spectrum) or spec.words is None:
        got = "one without words" if isinstance(spec, Spectrum) else type(spec).__name__
        raise ArgumentError("spec", "a spectrum of a target with words", got)
    available = spec.eigenvalues.size
    count = available if modes is None else positive_int("modes", modes)
    if count > available:
        raise ArgumentError("modes", f"at most {available}, the modes of spec", shown(modes))
    values = np.atleast_1d(np.asarray(scales, dtype=float))
    shares = spec.eigenvalues[:count] ** 2 / spec.squared_norm
    ends, entries = _ends(spec, count, positive_int("words", words))
    table = xr.Dataset(
        {
            "eigenvalue": ("mode", spec.eigenvalues[:count]),
            "share": ("mode", shares),
            "cumulative_share": ("mode", np.cumsum(shares)),
            "step": (("scale", "quantile", "mode"), _steps(spec, values, dim, count)),
            "word": (("end", "mode", "rank"), ends),
            "entry": (("end", "mode", "rank"), entries),
        },
        {
            "mode": np.arange(1, count + 1),
            "scale": values,
            "quantile": list(_QUANTILES),
            "end": ["high", "low"],
        },
        {"target": spec.name, "dim": dim},
    )
    table["step"].attrs["units"] = "gradient-flow time"
    return table


def _steps(
    spec: Spectrum, scales: Float[np.ndarray, " n"], dim: int, count: int
) -> Float[np.ndarray, "n quantile count"]:
    """Quantiles of the step times, nan for modes that have none."""
    steps = np.full((len(scales), len(_QUANTILES), count), np.nan)
    for index, scale in enumerate(scales.tolist()):
        times = predict(spec, scale=scale, dim=dim).quantile(np.array(_QUANTILES))[:, :count]
        steps[index, :, : times.shape[1]] = times
    return steps


def _ends(
    spec: Spectrum, count: int, words: int
) -> tuple[np.ndarray, Float[np.ndarray, "2 count words"]]:
    """Words at both ends of each mode and their entries of the eigenvector."""
    names = np.full((2, count, words), "", dtype=object)
    entries = np.full((2, count, words), np.nan)
    for mode in range(count):
        rising = np.sort(spec.eigenvectors[:, mode])
        pairs = zip(spec.top_words(mode, words), (rising[::-1], rising), strict=True)
        for end, (chosen, values) in enumerate(pairs):
            names[end, mode, : len(chosen)] = chosen
            entries[end, mode, : len(chosen)] = values[: len(chosen)]
    return names.astype(str), entries
