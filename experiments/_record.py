"""What results were made of and how long that took, in a small file beside them."""

import dataclasses
import json
import pathlib
from typing import Any

from gradflow._files import atomic_write
from gradflow.io import json_text

RECORD = "made.json"


@dataclasses.dataclass(frozen=True)
class Record:
    """Of one run of an experiment.

    Attributes:
        config: Its config in JSON values, as `plain` gives them.
        text: Name and SHA-256 of the text that it started from; None where it needs none.
        seconds: How long it took, with its figures once they are drawn.
        drawn: Whether figures and tables are there, too, and not only the results.
    """

    config: dict[str, Any]
    text: dict[str, str] | None
    seconds: float
    drawn: bool = False

    def write(self, folder: pathlib.Path) -> None:
        """Into the folder of the experiment."""
        with atomic_write(folder / RECORD) as path:
            path.write_text(json_text(dataclasses.asdict(self)), encoding="utf-8")


def read_record(folder: pathlib.Path) -> Record | None:
    """What a folder says of itself; None where it says nothing that can be read."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return Record(found["config"], found["text"], float(found["seconds"]), found["drawn"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def plain(config: Any) -> dict[str, Any]:
    """A config in JSON values, equal for equal configs."""
    return json.loads(json_text(dataclasses.asdict(config)))
