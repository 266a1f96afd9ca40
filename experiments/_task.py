"""One experiment at one size, with the folder that it belongs into."""

import dataclasses
import pathlib
import time
from typing import Any

import gradflow as gf
from experiments._experiment import RESULTS, Experiment
from experiments._record import Record, plain, read_record
from experiments._text import Text


@dataclasses.dataclass(frozen=True)
class Task:
    """What there is to do, and what is there.

    Attributes:
        experiment: What is made.
        quick: Whether at the quick size.
        out: Its folder, which is replaced.
        text: What it may start from.
    """

    experiment: Experiment[Any, Any]
    quick: bool
    out: pathlib.Path
    text: Text | None = None

    @property
    def config(self) -> Any:
        """Of the size."""
        return self.experiment.quick if self.quick else self.experiment.full

    @property
    def record(self) -> Record | None:
        """Of the last time."""
        return read_record(self.out)

    @property
    def has_results(self) -> bool:
        """Whether the folder holds results of the same config and text.

        Without a text to compare with, those of any text will do.

        Raises:
            DataError: The text cannot be read.
        """
        record = self.record
        if record is None or record.config != plain(self.config):
            return False
        text = self._used_text
        known = text is None or text.identity["sha256"] == (record.text or {}).get("sha256")
        return known and (self.out / RESULTS).is_file()

    @property
    def is_done(self) -> bool:
        """Whether figures of those results are there, too."""
        record = self.record
        return record is not None and record.drawn and self.has_results

    def make(self) -> tuple[Any, Record]:
        """Run, keep, draw.

        Returns:
            The results, and what is kept of how they were made.

        Raises:
            ArgumentError: There is no text, and one is needed.
            DataError: The text cannot be read, or the folder cannot be written.
        """
        start = time.perf_counter()
        text = self._used_text
        if text is None and self.experiment.starts_from_text(self.quick):
            wanted = "FILE, one document a line, plain or compressed"
            raise gf.ArgumentError("text", wanted, "none")
        gf.use_all_cores()
        given = () if text is None else (text.corpus(self.config.vocab_size),)
        results = self.experiment.run(self.config, *given)
        identity = None if text is None else text.identity
        record = Record(plain(self.config), identity, time.perf_counter() - start)
        self.experiment.write(results, self.config, self.out, record)
        record = dataclasses.replace(record, seconds=time.perf_counter() - start, drawn=True)
        record.write(self.out)
        return results, record

    def redraw(self) -> Any:
        """Draw what was kept.

        Returns:
            The results.

        Raises:
            DataError: There are none, or they are damaged.
        """
        results = self.experiment.load(self.config, self.out)
        self.experiment.show(results, self.out)
        record = self.record
        if record is not None and not record.drawn:
            dataclasses.replace(record, drawn=True).write(self.out)
        return results

    @property
    def _used_text(self) -> Text | None:
        return self.text if self.experiment.starts_from_text(self.quick) else None
