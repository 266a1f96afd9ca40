"""What an experiment is: two sizes, results kept beside the figures, and a record of both.

A module or package of this folder that defines `EXPERIMENT` is an experiment; it is found by its
name and made by `python -m gradflow.experiments NAME` or `gradflow figures NAME`.
"""

import dataclasses
import functools
import json
import pathlib
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

import gradflow as gf
from gradflow._files import atomic_directory, atomic_write, file_digest, shown_path
from gradflow._netcdf import read_netcdf, write_netcdf
from gradflow.corpus import TokenCorpus
from gradflow.experiments._tables import write_table
from gradflow.io._json import json_text
from gradflow.plotting import save_figure

RESULTS, RECORD = "results.nc", "made.json"

Config = TypeVar("Config")  # a frozen dataclass, so that equal runs have equal configs
Results = TypeVar("Results")


class Text:
    """A text that experiments start from, read once for each size of vocabulary.

    Args:
        path: UTF-8, one document a line, plain or compressed.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.corpus = functools.lru_cache(maxsize=2)(self._corpus)

    @functools.cached_property
    def identity(self) -> dict[str, str]:
        """The text's name, and the SHA-256 that tells it from others.

        Raises:
            DataError: It cannot be read.
        """
        return {"name": self.path.name, "sha256": file_digest(self.path)}

    def _corpus(self, vocab_size: int | None) -> TokenCorpus:
        return gf.read_corpus(self.path, vocab_size)


def every_document(corpus: TokenCorpus, every: int) -> list[list[str]]:
    """Return every so many-th document of a corpus as words; the first is among them."""
    ends = np.flatnonzero(corpus.ids == -1)
    documents = np.split(corpus.ids, ends + 1)[: len(ends)][::every]
    words = np.array(corpus.words, object)
    return [words[ids[:-1]].tolist() for ids in documents]


@dataclasses.dataclass(frozen=True)
class Record:
    """What results were made of and how long that took, kept as `made.json` beside them.

    Attributes:
        config: The experiment's config in JSON values, as `json_values` gives them.
        text: Name and SHA-256 of the text that it started from; None where it needs none.
        seconds: How long it took, with its figures once they are drawn.
        drawn: Whether figures and tables are there, too, and not only the results.
        files: Names of all files that the experiment wrote; a folder that holds any other is
            never replaced.
    """

    config: dict[str, Any]
    text: dict[str, str] | None
    seconds: float
    drawn: bool = False
    files: tuple[str, ...] = ()

    def write(self, folder: pathlib.Path) -> None:
        """Write the record into the folder of the experiment."""
        with atomic_write(folder / RECORD) as path:
            path.write_text(json_text(dataclasses.asdict(self)), encoding="utf-8")


def read_record(folder: pathlib.Path) -> Record | None:
    """Return what a folder says of itself; None where it says nothing that can be read."""
    try:
        values = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files = tuple(values.get("files", ()))
        return Record(
            values["config"], values["text"], float(values["seconds"]), values["drawn"], files
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def json_values(config: Any) -> dict[str, Any]:
    """Return a config in JSON values, equal for equal configs."""
    return json.loads(json_text(dataclasses.asdict(config)))


def save_dataset(results: xr.Dataset, config: Any, folder: pathlib.Path) -> None:
    """Keep a dataset as `results.nc`, its config as JSON in the attribute "config"."""
    described = results.assign_attrs(config=json.dumps(dataclasses.asdict(config)))
    write_netcdf(described, folder / RESULTS)


def load_dataset(config: Any, folder: pathlib.Path) -> xr.Dataset:
    """Load what `save_dataset` kept.

    Raises:
        DataError: There is no such file, or it is damaged.
    """
    return read_netcdf(folder / RESULTS, argument="out")


@dataclasses.dataclass(frozen=True)
class Experiment(Generic[Config, Results]):
    """One claim, from a config to figures and tables.

    Attributes:
        name: Name of its module and of its folder of figures.
        claim: The claim in one line.
        full: Config of the size that is shown.
        quick: Config of the size that tests run, some seconds.
        run: Everything that takes long; of a config, and of a `TokenCorpus` if it needs a text.
        draw: Figures of the results by name. Computes nothing that takes long.
        report: What is printed of the results.
        tables: Tables of the results by name, kept as CSV.
        needs_text: Whether it starts from a text, of which `config.vocab_size` words are used.
        quick_needs_text: Whether the quick size does, too; or starts from embedded counts.
        save: Keeps the results of a config in a folder.
        load: Gives back what is drawn, from a folder; the config is that of the wanted size.
    """

    name: str
    claim: str
    full: Config
    quick: Config
    run: Callable[..., Results]
    draw: Callable[[Results], Mapping[str, Figure]]
    report: Callable[[Results], str]
    tables: Callable[[Results], Mapping[str, pd.DataFrame]] = lambda results: {}
    needs_text: bool = False
    quick_needs_text: bool = True
    save: Callable[[Results, Config, pathlib.Path], None] = save_dataset  # type: ignore[assignment]
    load: Callable[[Config, pathlib.Path], Results] = load_dataset  # type: ignore[assignment]

    def starts_from_text(self, quick: bool) -> bool:
        """Return whether that size needs a text."""
        return self.needs_text and (self.quick_needs_text or not quick)


@dataclasses.dataclass(frozen=True)
class Task:
    """One experiment at one size, with the folder that it belongs into.

    Attributes:
        experiment: The experiment.
        quick: Whether at the quick size.
        out: Its folder, which is replaced.
        text: The text that it may start from.
    """

    experiment: Experiment[Any, Any]
    quick: bool
    out: pathlib.Path
    text: Text | None = None

    @property
    def config(self) -> Any:
        """The experiment's config of that size."""
        return self.experiment.quick if self.quick else self.experiment.full

    @property
    def record(self) -> Record | None:
        """The record of the last time; None where the folder has none."""
        return read_record(self.out)

    @property
    def has_results(self) -> bool:
        """Whether the folder holds results of the same config and text.

        Without a text to compare with, those of any text will do.

        Raises:
            DataError: The text cannot be read.
        """
        record = self.record
        if record is None or record.config != json_values(self.config):
            return False
        text = self._used_text
        same_text = text is None or text.identity["sha256"] == (record.text or {}).get("sha256")
        return same_text and (self.out / RESULTS).is_file()

    @property
    def is_done(self) -> bool:
        """Whether figures of those results are there, too."""
        record = self.record
        return record is not None and record.drawn and self.has_results

    def make(self) -> tuple[Any, Record]:
        """Run the experiment, keep its results, draw.

        The results are safe before anything is drawn: a figure that fails costs no run.

        Returns:
            The results, and the record of how they were made.

        Raises:
            ArgumentError: There is no text, and one is needed; or the folder holds a file that no
                experiment wrote.
            DataError: The text cannot be read, or the folder cannot be written.
        """
        start = time.perf_counter()
        text = self._used_text
        if text is None and self.experiment.starts_from_text(self.quick):
            wanted = "FILE, one document a line, plain or compressed"
            raise gf.ArgumentError("text", wanted, "none")
        check_replaceable(self.out)
        gf.use_all_cores()
        corpora = () if text is None else (text.corpus(self.config.vocab_size),)
        results = self.experiment.run(self.config, *corpora)
        identity = None if text is None else text.identity
        record = Record(json_values(self.config), identity, time.perf_counter() - start)
        check_replaceable(self.out)  # the run may have taken an hour
        with atomic_directory(self.out, replace=True) as folder:
            self.experiment.save(results, self.config, folder)
            record = _with_files(record, [path.name for path in folder.iterdir()])
            record.write(folder)
        record = self._draw(results, record)
        record = dataclasses.replace(record, seconds=time.perf_counter() - start)
        record.write(self.out)
        return results, record

    def redraw(self) -> Any:
        """Draw the results that were kept.

        Returns:
            The results.

        Raises:
            DataError: There are none, or they are damaged.
        """
        results = self.experiment.load(self.config, self.out)
        self._draw(results, self.record)
        return results

    def _draw(self, results: Any, record: Record | None) -> Any:
        """Write figures and tables beside the results; the record says so before and after."""
        figures, tables = self.experiment.draw(results), self.experiment.tables(results)
        if record is not None:
            names = [f"{name}.{ending}" for name in figures for ending in ("pdf", "png")]
            record = _with_files(record, [*names, *(f"{name}.csv" for name in tables)])
            record.write(self.out)
        for name, figure in figures.items():
            save_figure(figure, self.out / name)
        for name, table in tables.items():
            write_table(table, self.out / f"{name}.csv")
        if record is not None:
            record = dataclasses.replace(record, drawn=True)
            record.write(self.out)
        return record

    @property
    def _used_text(self) -> Text | None:
        return self.text if self.experiment.starts_from_text(self.quick) else None


def check_replaceable(folder: pathlib.Path) -> None:
    """Refuse a folder that holds anything but what an experiment wrote there.

    Raises:
        ArgumentError: It does; replaced, the folder would lose it.
    """
    if not folder.is_dir():
        return
    record = read_record(folder)
    written = {RECORD} | set(() if record is None else record.files)
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in written)
    if foreign:
        wanted = "a new or empty folder, or one that holds only what an experiment wrote"
        raise gf.ArgumentError(
            "out", wanted, f"{shown_path(folder)}, which holds {shown_path(foreign[0])}"
        )


def _with_files(record: Record, names: list[str]) -> Record:
    return dataclasses.replace(record, files=tuple(sorted({*record.files, *names, RECORD})))
