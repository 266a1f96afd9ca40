"""How far the theory can be believed in one respect, and why."""

import dataclasses
from typing import Literal

Level = Literal["fine", "doubtful", "does not apply"]
LEVELS: tuple[Level, ...] = ("fine", "doubtful", "does not apply")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One judgement of one respect in which the theory may fail.

    Attributes:
        topic: What is judged: "corpus", "noise", "steps", "weights" or "order".
        level: "fine", "doubtful" or "does not apply".
        reason: The number and the threshold behind it, one sentence.
    """

    topic: str
    level: Level
    reason: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.level}: {self.reason}"


def worst(verdicts: tuple[Verdict, ...]) -> Level:
    """Return the worst level among verdicts; "fine" where there are none."""
    return max((verdict.level for verdict in verdicts), key=LEVELS.index, default="fine")


def graded(value: float, doubtful: float, not_at_all: float) -> Level:
    """Return the level of a number that is better the larger, from its two thresholds."""
    return "does not apply" if value < not_at_all else "doubtful" if value < doubtful else "fine"
