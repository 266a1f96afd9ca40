"""The experiments: beside the package in a checkout, no part of an installed one."""

import importlib
import pathlib
import sys
from typing import Any

from gradflow._errors import DataError

PACKAGE = "experiments"


def experiments() -> Any:
    """The module `experiments.collection`.

    It belongs to the layer on the right of this one, so it is no import of the package: it is
    looked for, beside the package itself and in the current folder.

    Raises:
        DataError: It is in neither.
    """
    for root in _roots():
        if (root / PACKAGE / "collection.py").is_file():
            if str(root) not in sys.path:
                sys.path.insert(0, str(root))  # before another package of so common a name
            return importlib.import_module(f"{PACKAGE}.collection")
    wanted = "the folder of that name of a checkout, as the current folder's or the package's own"
    raise DataError(PACKAGE, wanted, "an installed gradflow, which has none")


def _roots() -> tuple[pathlib.Path, ...]:
    return pathlib.Path(__file__).parents[2], pathlib.Path.cwd()
