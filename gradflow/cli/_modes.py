"""What `gradflow info` says of counts: how far the theory applies, and the first modes of M*."""

import shutil
import textwrap
from collections.abc import Sequence
from typing import Any

import xarray as xr

from gradflow._precision import default_dtype
from gradflow.cli._facts import print_facts
from gradflow.cli._options import InfoOptions
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import use_all_cores
from gradflow.io._environment import environment
from gradflow.studies import mode_table
from gradflow.targets import mstar, spectrum
from gradflow.validity import validity_report
from gradflow.validity._validity_report import BEYOND

_LEAST_ROOM = 17  # columns for words, however narrow the terminal


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
    needed = min(stats.vocab_size, max(options.dim, options.judged_modes + BEYOND))
    spec = spectrum(target, max(options.modes, needed))
    table = mode_table(spec, options.scales, dim, modes=options.modes, words=options.words)
    modes = mode_facts(table)
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


def mode_facts(table: xr.Dataset) -> list[dict[str, Any]]:
    """Return a `mode_table` as one dictionary a mode, for JSON and for the printed table.

    Returns:
        mode (from 1), eigenvalue, share, cumulative_share, steps (by scale: 5 %, 50 %, 95 %), high
        and low (words at both ends), high_entries and low_entries (of the eigenvector).
    """
    modes = []
    for mode in table["mode"].values.tolist():
        row = table.sel(mode=mode)
        facts = {name: row[name].item() for name in ("eigenvalue", "share", "cumulative_share")}
        steps = {
            f"{scale:g}": row["step"].sel(scale=scale).values.tolist()
            for scale in table["scale"].values.tolist()
        }
        ends: dict[str, Any] = {}
        for end in ("high", "low"):
            words = [word for word in row["word"].sel(end=end).values.tolist() if word]
            ends[end] = words
            ends[f"{end}_entries"] = row["entry"].sel(end=end).values[: len(words)].tolist()
        modes.append({"mode": mode, **facts, "steps": steps, **ends})
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
