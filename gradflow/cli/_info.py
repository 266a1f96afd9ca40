"""`gradflow info`: versions and devices, and what counts hold."""

import dataclasses
from typing import Annotated, Any

import jax
import tyro

from gradflow._checks import positive_float, positive_int
from gradflow.cli._describe import describe, print_facts
from gradflow.cli._devices import usable_cores, use_all_cores
from gradflow.cli._options import CommonOptions
from gradflow.corpus import load_statistics
from gradflow.io import environment
from gradflow.targets import mstar, spectrum


@dataclasses.dataclass(frozen=True)
class InfoOptions:
    """Versions and devices; with counts, their size and the first modes of M*.

    Attributes:
        name_or_file: Name of embedded statistics, or a statistics file.
        modes: How many modes to show.
        negatives: k, negatives per positive.
        common: Of every command.
    """

    name_or_file: Annotated[
        tyro.conf.Positional[str | None], tyro.conf.arg(metavar="NAME-OR-FILE")
    ] = None
    modes: int = 10
    negatives: float = 1.0
    common: CommonOptions = CommonOptions()


def info(options: InfoOptions) -> None:
    """Print it.

    Raises:
        ArgumentError: More modes than words.
        DataError: There is no such name or file, or it is damaged.
    """
    use_all_cores()
    modes = positive_int("modes", options.modes)
    positive_float("negatives", options.negatives)
    facts: dict[str, Any] = {
        **environment(),
        "64 bits": jax.config.jax_enable_x64,
        "usable cores": usable_cores(),
    }
    if options.name_or_file is not None:
        facts |= _of_counts(options.name_or_file, modes, options.negatives)
    first = facts.pop("modes", [])
    print_facts(
        facts | ({"modes": first} if options.common.json and first else {}), options.common.json
    )
    if not options.common.json:
        for mode in first:
            words = " / ".join(" ".join(end) for end in (mode["high"], mode["low"]) if end)
            print(f"mode {mode['mode']:>3}  eigenvalue {mode['eigenvalue']:9.4g}  {words}")


def _of_counts(name: str, count: int, negatives: float) -> dict[str, Any]:
    stats = load_statistics(name)
    spec = spectrum(mstar(stats, negatives), count)
    modes = []
    for mode, eigenvalue in enumerate(spec.eigenvalues.tolist()):
        high, low = spec.top_words(mode)
        modes.append({"mode": mode + 1, "eigenvalue": eigenvalue, "high": high, "low": low})
    return {"counts": name, **describe(stats), "modes": modes}
