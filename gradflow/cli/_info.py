"""`gradflow info`: versions and devices, what counts hold, and what theory can do with them."""

import os
import sys
from typing import Any

from gradflow._checks import positive_float, positive_int
from gradflow._machine import usable_cores
from gradflow.cli._facts import describe, print_facts
from gradflow.cli._options import InfoOptions
from gradflow.cli._progress import loading
from gradflow.io._environment import versions


def info(options: InfoOptions) -> None:
    """Print versions and cores; of counts their size, the limits of theory and the first modes.

    Without counts nothing is computed, and JAX, which takes seconds to start, is left alone unless
    its devices are asked for.

    Raises:
        ArgumentError: An option has no usable value, or there is no such name.
        DataError: There is no such file, or it is damaged.
    """
    for name in ("modes", "words", "judged_modes"):
        positive_int(name, getattr(options, name))
    positive_float("negatives", options.negatives)
    facts: dict[str, Any] = {"versions": versions(), "usable cores": usable_cores()}
    facts["compiled programs"] = os.environ.get("JAX_COMPILATION_CACHE_DIR", "not kept")
    if options.name_or_file is None:
        if options.devices:
            facts |= _modes(options).device_facts()
        print_facts(facts, options.common.json)
        return

    from gradflow.cli._source import load_counts  # brings SciPy

    stats = load_counts(options.name_or_file)
    facts |= {"counts": options.name_or_file, **describe(stats)}
    _modes(options).print_modes(stats, options, facts)


def _modes(options: InfoOptions) -> Any:
    """Import what needs JAX."""
    with loading(options.common.quiet or "gradflow.cli._modes" in sys.modules):
        from gradflow.cli import _modes
    return _modes
