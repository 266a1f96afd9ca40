"""What an experiment is: two sizes, results kept beside the figures."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

import gradflow as gf
from experiments._record import Record
from experiments._tables import write_table
from gradflow._files import atomic_directory, atomic_write, shown
from gradflow.io import packing
from gradflow.plotting import save_figure

RESULTS = "results.nc"

Config = TypeVar("Config")  # a frozen dataclass, so that equal runs have equal configs
Results = TypeVar("Results")


def save_dataset(results: xr.Dataset, config: Any, folder: pathlib.Path) -> None:
    """Keep a dataset as `results.nc`, its config as JSON in the attribute "config"."""
    whole = results.assign_attrs(config=json.dumps(dataclasses.asdict(config)))
    # Made in memory: on a full disk HDF5 itself crashes the process.
    content = whole.to_netcdf(engine="h5netcdf", encoding=packing(whole))
    with atomic_write(folder / RESULTS) as path:
        path.write_bytes(content)


def load_dataset(config: Any, folder: pathlib.Path) -> xr.Dataset:
    """What `save_dataset` kept.

    Raises:
        DataError: There is no such file, or it is damaged.
    """
    path = folder / RESULTS
    try:
        return xr.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, RuntimeError) as error:
        reason = "no such file" if not path.is_file() else str(error).partition("\n")[0]
        raise gf.DataError("out", "a folder with results", f"{shown(path)}: {reason}") from error


@dataclasses.dataclass(frozen=True)
class Experiment(Generic[Config, Results]):
    """One claim, from a config to figures and tables.

    Attributes:
        name: Of its module and of its folder in figures/.
        claim: One line.
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
        """Whether that size needs a text."""
        return self.needs_text and (self.quick_needs_text or not quick)

    def write(
        self, results: Results, config: Config, out: pathlib.Path, record: Record | None = None
    ) -> None:
        """Results into a folder that is replaced, then what they look like.

        The results are safe before anything is drawn: a figure that fails costs no run.
        """
        with atomic_directory(out, replace=True) as folder:
            self.save(results, config, folder)
            if record is not None:
                record.write(folder)
        self.show(results, out)

    def show(self, results: Results, out: pathlib.Path) -> None:
        """Figures and tables, into the folder that keeps the results."""
        for name, figure in self.draw(results).items():
            save_figure(figure, out / name)
        for name, table in self.tables(results).items():
            write_table(table, out / f"{name}.csv")
