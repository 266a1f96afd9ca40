"""The modes of M*: eigenvalues, shares of the loss, step times, words at both ends."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradflow.targets import Spectrum
from gradflow.theory import step_distribution

_LEAST_ROOM = 17  # columns for words, however narrow the terminal


def mode_facts(
    spec: Spectrum, count: int, words: int, scales: Sequence[float], dim: int
) -> list[dict[str, Any]]:
    """All that is known of the first modes before any run.

    Args:
        spec: At least so many modes, of a target with words.
        count: Modes.
        words: Words at each end.
        scales: Initialisation scales.
        dim: d of the embeddings; at most V.

    Returns:
        One dictionary a mode: mode (from 1), eigenvalue, share (λ_k² of Σ M_ij²: of the loss that
        embeddings can take away, this mode's part), cumulative_share (of this mode and those
        before), steps (by scale: 5 %, 50 %, 95 % of the step time over random starts, by the rule
        qr; nan beyond d), high and low (words at the positive and the negative end), with
        high_entries and low_entries (of the eigenvector).
    """
    shares = np.array([0.05, 0.5, 0.95])
    late = {scale: step_distribution(spec, scale, dim).quantile(shares).T for scale in scales}
    explained = spec.eigenvalues**2 / spec.squared_norm
    total = np.cumsum(explained)
    modes = []
    for mode, eigenvalue in enumerate(spec.eigenvalues[:count].tolist()):
        high, low = spec.top_words(mode, words)
        entries = np.sort(spec.eigenvectors[:, mode])
        steps = {
            f"{scale:g}": times[mode].tolist() if mode < len(times) else [float("nan")] * 3
            for scale, times in late.items()
        }
        modes.append(
            {
                "mode": mode + 1,
                "eigenvalue": eigenvalue,
                "share": float(explained[mode]),
                "cumulative_share": float(total[mode]),
                "steps": steps,
                "high": high,
                "low": low,
                "high_entries": entries[::-1][: len(high)].tolist(),
                "low_entries": entries[: len(low)].tolist(),
            }
        )
    return modes


def print_modes(modes: list[dict[str, Any]], scales: Sequence[float], width: int) -> None:
    """A line a mode and end, longer lists of words wrapped in their column."""
    if not modes:
        return
    columns = "".join(f"{f't at {scale:g}':>12}" for scale in scales)
    head = f"mode  eigenvalue  share{columns}  "
    print(f"{head}words at both ends (+ −)")
    room = max(_LEAST_ROOM, width - len(head) - 2)
    for mode in modes:
        times = "".join(f"{middle:>12.4g}" for _, middle, _ in mode["steps"].values())
        share = f"{100 * mode['share']:.2g}%"
        first = f"{mode['mode']:>4}  {mode['eigenvalue']:>10.4g}  {share:>5}{times}  "
        for sign, end in (("+", mode["high"]), ("−", mode["low"])):
            lines = textwrap.wrap(" ".join(end), room, break_long_words=False) if end else []
            for number, line in enumerate(lines):
                print(f"{first}{sign if number == 0 else ' '} {line}")
                first = " " * len(head)
    last = modes[-1]
    share = f"{100 * last['cumulative_share']:.3g} %"
    print(f"Share is of Σ M_ij², λ²; modes 1 to {last['mode']} have {share} of it.")
