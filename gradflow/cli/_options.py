"""Options that several commands share."""

import dataclasses
from typing import Annotated, Any, Literal

import tyro


@dataclasses.dataclass(frozen=True)
class CommonOptions:
    """Options of every command.

    Attributes:
        json: Print JSON on stdout, and nothing else there.
        debug: Show the traceback of an error.
    """

    json: bool = False
    debug: bool = False


@dataclasses.dataclass(frozen=True)
class CountingOptions:
    """How a text is counted.

    Attributes:
        vocab_size: Words to keep, the most frequent ones; unless given 2,000 (50,000 for embed), or
            all where the text has fewer.
        window: Largest distance between two words of a pair.
        weighting: Weight of a pair at distance δ: linear is window + 1 - δ, flat is 1.
        min_count: Leave out words that occur less often.
        keep_unknown_gaps: Let words outside the vocabulary keep their place, in place of dropping
            them before the window is laid.
    """

    vocab_size: Annotated[int | None, tyro.conf.arg(metavar="INT")] = None
    window: int = 16
    weighting: Literal["linear", "flat"] = "linear"
    min_count: int = 1
    keep_unknown_gaps: bool = False


@dataclasses.dataclass(frozen=True)
class ResourceOptions:
    """What counting a text may use; the counts are the same.

    Attributes:
        threads: Threads that count; unless given, all cores.
        memory: Most memory of the whole process while it counts, such as 4GB (10⁹ bytes) or 4GiB;
            what goes beyond it waits in temporary files (TMPDIR). Saving the counts takes some 8
            bytes more for each pair that occurs. Unless given, no limit.
    """

    threads: Annotated[int | None, tyro.conf.arg(metavar="INT")] = None
    memory: Annotated[str | None, tyro.conf.arg(metavar="SIZE")] = None

    def as_arguments(self) -> dict[str, Any]:
        """As `count_cooccurrence` takes them."""
        return {"threads": self.threads, "memory_limit": self.memory}
