"""What all experiments share: two sizes, results kept beside the figures, one command line.

    python -m experiments.NAME [--quick] [--out FOLDER] [--redraw]
    python -m experiments.NAME --text FILE ...      # those that start from a text

Commands run in the folder of the project.
"""

import argparse
import dataclasses
import json
import pathlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

import gradflow as gf
from gradflow._files import atomic_directory, atomic_write, shown
from gradflow.io import packing
from gradflow.plotting import save_figure

FIGURES = pathlib.Path(__file__).parent.parent / "figures"
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

    def write(self, results: Results, config: Config, out: pathlib.Path) -> None:
        """Results into a folder that is replaced, then what they look like.

        The results are safe before anything is drawn: a figure that fails costs no run.
        """
        with atomic_directory(out, replace=True) as folder:
            self.save(results, config, folder)
        self.show(results, out)

    def show(self, results: Results, out: pathlib.Path) -> None:
        """Figures and tables, into the folder that keeps the results."""
        for name, figure in self.draw(results).items():
            save_figure(figure, out / name)
        for name, table in self.tables(results).items():
            with atomic_write(out / f"{name}.csv") as path:
                table.to_csv(path, index=False)


def main(experiment: Experiment[Any, Any], arguments: Sequence[str] | None = None) -> None:
    """Run, or load what was kept; write, and print the report."""
    options = _parser(experiment).parse_args(arguments)
    config = experiment.quick if options.quick else experiment.full
    out = options.out or FIGURES / (experiment.name + ("-quick" if options.quick else ""))
    start = time.perf_counter()
    try:
        if options.redraw:
            results = experiment.load(config, out)
            experiment.show(results, out)
        else:
            results = _run(experiment, config, options)
            experiment.write(results, config, out)
    except gf.GradflowError as error:
        sys.exit(f"{experiment.name}: {error}")
    print(experiment.report(results))
    print(f"{out}: {time.perf_counter() - start:.0f} s")


def _parser(experiment: Experiment[Any, Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"experiments.{experiment.name}", description=experiment.claim)
    if experiment.needs_text:
        parser.add_argument("--text", type=pathlib.Path, help="a text, one document a line")
    parser.add_argument("--quick", action="store_true", help="a small size, for a first look")
    parser.add_argument("--out", type=pathlib.Path, help="folder, by default in figures/")
    help_ = f"draw again from the {RESULTS} that is there"
    parser.add_argument("--redraw", action="store_true", help=help_)
    return parser


def _run(experiment: Experiment[Any, Any], config: Any, options: argparse.Namespace) -> Any:
    gf.use_all_cores()
    if not experiment.needs_text or (options.quick and not experiment.quick_needs_text):
        return experiment.run(config)
    if options.text is None:
        wanted = "FILE is needed, one document a line, plain or compressed"
        sys.exit(f"{experiment.name}: --text {wanted}")
    return experiment.run(config, gf.read_corpus(options.text, config.vocab_size))
