"""Groups of options that several commands share, and the axes of a sweep, as frozen dataclasses.

A field is an option, the docstring is the help; the options of whole commands are made of them.
"""

import dataclasses
from typing import Annotated, Any, Literal

import tyro

from gradflow.targets._weightings import WeightingName


def optional(metavar: str, *aliases: str) -> Any:
    """Return what help says of an option that has no value unless it is given."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint="(optional)", aliases=aliases or None)


File = Annotated[str, tyro.conf.arg(metavar="FILE")]
Folder = Annotated[str, tyro.conf.arg(metavar="FOLDER")]
OptionalFile = Annotated[str | None, optional("FILE")]
OptionalCounts = Annotated[str | None, optional("NAME-OR-FILE")]
OptionalInt = Annotated[int | None, optional("INT")]
OptionalFloat = Annotated[float | None, optional("FLOAT")]


@dataclasses.dataclass(frozen=True)
class CommonOptions:
    """Options of every command.

    Attributes:
        json: Print JSON on stdout, and nothing else there.
        quiet: Show no progress, and print nothing where files hold the result.
        debug: Show the traceback of an error, and what the compiler logs.
    """

    json: bool = False
    quiet: bool = False
    debug: bool = False


@dataclasses.dataclass(frozen=True)
class CountingOptions:
    """How a text is counted.

    Attributes:
        vocab_size: Words to keep, the most frequent ones, of a text or of counts. Unless given, of
            a text 2,000 (50,000 for embed), of either 500 for sweep and with --quick; or all if
            there are fewer.
        window: Largest distance between two words of a pair.
        window_weight: Weight of a pair at distance δ: linear is window + 1 - δ, flat is 1.
        min_count: Leave out words that occur less often.
        keep_unknown_gaps: Let words outside the vocabulary keep their place, in place of dropping
            them before the window is laid.
    """

    vocab_size: OptionalInt = None
    window: int = 16
    window_weight: Literal["linear", "flat"] = "linear"
    min_count: int = 1
    keep_unknown_gaps: bool = False

    def as_arguments(self) -> dict[str, Any]:
        """Return them as `count_cooccurrence` takes them."""
        arguments = dataclasses.asdict(self)
        return arguments | {"weighting": arguments.pop("window_weight")}


@dataclasses.dataclass(frozen=True)
class ResourceOptions:
    """What counting a text may use; the counts are the same.

    Attributes:
        threads: Threads that count; unless given, all cores.
        memory: Most memory of the whole process while it counts, such as 4GB (10⁹ bytes) or 4GiB;
            what goes beyond it waits in temporary files (TMPDIR). Saving the counts takes some 8
            bytes more for each pair that occurs. Unless given, no limit.
    """

    threads: OptionalInt = None
    memory: Annotated[str | None, optional("SIZE")] = None

    def as_arguments(self) -> dict[str, Any]:
        """Return them as `count_cooccurrence` takes them."""
        return {"threads": self.threads, "memory_limit": self.memory}


@dataclasses.dataclass(frozen=True)
class SweepAxes:
    """The axes of a sweep, and how its flows are followed.

    Attributes:
        loss: Losses: sgns, nce (noise-contrastive, with ln Z = ln V) and taylor (both logarithms
            cut off).
        order: Orders of taylor: 1, 2, 4, 6, ...; each is a loss of its own.
        weighting: Weightings of the pairs in the loss.
        negatives: Numbers of negatives per positive, k.
        tied: Follow embeddings that words and contexts share; the default where neither this nor
            --untied is given.
        untied: Follow embeddings that they do not share.
        dims: Dimensions d; unless given 12, or the number of words where that is smaller.
        scales: Initialisation scales σ.
        seeds: Random starts for each scale: seeds 0, 1, ...
        init: Start of untied embeddings: gaussian, balanced, or word2vec's own times the scale.
        modes: Steps are measured and predicted of this many modes, and the time covers them.
        stretch: How much longer than the linearisation promises: losses that bend rise later, and
            their plateaus must settle to be measured.
        num_times: Times at which each run is looked at.
        rtol: Relative error per step where a flow is integrated.
        method: How flows are followed: exact, adaptive, stabilised, or auto: the closed form where
            there is one, adaptive elsewhere.
    """

    loss: tuple[Literal["sgns", "nce", "taylor"], ...] = ("sgns",)
    order: tuple[int, ...] = (2,)
    weighting: tuple[WeightingName, ...] = ("uniform",)
    negatives: tuple[float, ...] = (1.0,)
    tied: bool = False
    untied: bool = False
    dims: Annotated[
        tuple[int, ...], tyro.conf.arg(metavar="[INT ...]", help_behavior_hint="(optional)")
    ] = ()
    scales: tuple[float, ...] = (1e-4,)
    seeds: int = 1
    init: Literal["gaussian", "balanced", "word2vec"] = "balanced"
    modes: int = 6
    stretch: float = 2.0
    num_times: int = 400
    rtol: float = 1e-6
    method: Literal["auto", "exact", "adaptive", "stabilised"] = "auto"
