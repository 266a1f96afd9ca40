"""Facts, as lines for people or as JSON for programs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradflow.corpus import CooccurrenceStatistics


def describe(stats: "CooccurrenceStatistics") -> dict[str, Any]:
    """Return the size of statistics, by name."""
    diagonal = stats.pair_counts.diagonal().astype(bool).sum()
    return {
        "words": stats.vocab_size,
        "tokens": stats.total_tokens,
        "pair weight": stats.total_pairs,
        "different pairs": (stats.pair_counts.nnz + diagonal) // 2,
        "window": stats.window,
        "window weight": stats.weighting,
    }


def print_facts(facts: Mapping[str, Any], json: bool) -> None:
    """Print one line a fact, or one JSON object; there a name has an underscore for a blank."""
    if json:
        from gradflow.io._json import json_text

        print(json_text({name.replace(" ", "_"): fact for name, fact in facts.items()}), end="")
        return
    flat = dict(_flat(facts))
    width = max(map(len, flat))
    for name, fact in flat.items():
        print(f"{name:<{width}}  {_said(fact)}")


def _flat(facts: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return (name, fact) of all levels, names of inner ones after those of outer ones."""
    pairs: list[tuple[str, Any]] = []
    for name, fact in facts.items():
        path = f"{prefix}{name}".replace("_", " ")
        pairs += _flat(fact, f"{path} ") if isinstance(fact, Mapping) else [(path, fact)]
    return pairs


def _said(fact: Any) -> str:
    if isinstance(fact, list | tuple):
        return " ".join(map(str, fact))
    if isinstance(fact, float):
        return f"{fact:.4g}"
    return str(fact)
