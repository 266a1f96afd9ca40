"""Facts, as lines for people or as JSON for programs."""

from collections.abc import Mapping
from typing import Any

from gradflow.corpus import CooccurrenceStatistics


def describe(stats: CooccurrenceStatistics) -> dict[str, Any]:
    """The size of statistics."""
    return {
        "words": stats.vocab_size,
        "tokens": stats.total_tokens,
        "pair weight": stats.total_pairs,
        "different pairs": (stats.pair_counts.nnz + stats.pair_counts.diagonal().astype(bool).sum())
        // 2,
        "window": stats.window,
        "weighting": stats.weighting,
    }


def print_facts(facts: Mapping[str, Any], json: bool) -> None:
    """One line a fact, or one JSON object; there a name has an underscore for a blank."""
    if json:
        from gradflow.io import json_text

        print(json_text({name.replace(" ", "_"): fact for name, fact in facts.items()}), end="")
        return
    flat = dict(_flat(facts))
    width = max(map(len, flat))
    for name, fact in flat.items():
        print(f"{name:<{width}}  {_words(fact)}")


def _flat(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, fact in facts.items():
        whole = f"{prefix}{name}".replace("_", " ")
        found += _flat(fact, f"{whole} ") if isinstance(fact, Mapping) else [(whole, fact)]
    return found


def _words(fact: Any) -> str:
    if isinstance(fact, list | tuple):
        return " ".join(map(str, fact))
    if isinstance(fact, float):
        return f"{fact:.4g}"
    return str(fact)
