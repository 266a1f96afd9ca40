"""The modes of M*: eigenvalues, shares of the loss, step times, words at both ends."""

import shutil
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradflow._precision import default_dtype
from gradflow.cli._facts import print_facts
from gradflow.cli._options import InfoOptions
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import use_all_cores
from gradflow.io import environment
from gradflow.targets import Spectrum, mstar, spectrum
from gradflow.theory import step_distribution
from gradflow.validity import validity_report

_LEAST_ROOM = 17  # columns for words, however narrow the terminal
_BEYOND = 20  # modes that the validity report mixes with those it judges


def device_facts() -> dict[str, Any]:
    """Start JAX and return its devices and floating-point type."""
    use_all_cores()
    return {"device": environment()["device"], "dtype": str(default_dtype())}


def print_modes(stats: CooccurrenceStatistics, options: InfoOptions, facts: dict[str, Any]) -> None:
    """Print facts, how far the theory applies to counts, and the first modes.

    Args:
        stats: The counts.
        options: How many modes, for which scales and dimension.
        facts: What is known already, which comes first.

    Raises:
        ArgumentError: More modes than words.
    """
    facts = facts | device_facts()
    dim = min(options.dim, stats.vocab_size)
    target = mstar(stats, options.negatives)
    # Once for the modes and for the report.
    needed = min(stats.vocab_size, max(options.dim, options.judged_modes + _BEYOND))
    spec = spectrum(target, max(options.modes, needed))
    modes = mode_facts(spec, options.modes, options.words, options.scales, dim)
    report = validity_report(
        stats,
        weighting=options.weighting,
        negatives=options.negatives,
        scales=options.scales,
        dim=dim,
        modes=options.judged_modes,
        target=None if options.weighting == "word2vec" else target,  # it has one of its own
    )
    if options.common.json:
        print_facts({**facts, "validity": report.as_dict(), "modes": modes}, json=True)
        return
    print_facts(facts, json=False)
    print(f"\n{report}\n")
    _print_table(modes, options.scales, shutil.get_terminal_size((100, 24)).columns)


def mode_facts(
    spec: Spectrum, count: int, words: int, scales: Sequence[float], dim: int
) -> list[dict[str, Any]]:
    """Return all that is known of the first modes before any run.

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
    levels = np.array([0.05, 0.5, 0.95])
    quantiles = {scale: step_distribution(spec, scale, dim).quantile(levels).T for scale in scales}
    shares = spec.eigenvalues**2 / spec.squared_norm
    cumulative = np.cumsum(shares)
    modes = []
    for mode, eigenvalue in enumerate(spec.eigenvalues[:count].tolist()):
        high, low = spec.top_words(mode, words)
        entries = np.sort(spec.eigenvectors[:, mode])
        steps = {
            f"{scale:g}": times[mode].tolist() if mode < len(times) else [float("nan")] * 3
            for scale, times in quantiles.items()
        }
        modes.append(
            {
                "mode": mode + 1,
                "eigenvalue": eigenvalue,
                "share": float(shares[mode]),
                "cumulative_share": float(cumulative[mode]),
                "steps": steps,
                "high": high,
                "low": low,
                "high_entries": entries[::-1][: len(high)].tolist(),
                "low_entries": entries[: len(low)].tolist(),
            }
        )
    return modes


def _print_table(modes: list[dict[str, Any]], scales: Sequence[float], width: int) -> None:
    """Print a line a mode and end, longer lists of words wrapped in their column."""
    columns = "".join(f"{f't at {scale:g}':>12}" for scale in scales)
    head = f"mode  eigenvalue  share{columns}  "
    print(f"{head}words at both ends (+ −)")
    room = max(_LEAST_ROOM, width - len(head) - 2)
    for mode in modes:
        times = "".join(f"{median:>12.4g}" for _, median, _ in mode["steps"].values())
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
