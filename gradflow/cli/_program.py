"""The command line as a whole process."""

import contextlib
import os
import sys
from typing import NoReturn

from gradflow.cli._main import INTERRUPTED, main


def program() -> NoReturn:
    """Run the command line and end the process with its exit code.

    An interrupted process ends here and at once. The usual way out waits for what XLA is still
    compiling or running on its own threads and takes their world apart under them: measured, one
    interruption in fifteen then ended in a segmentation fault.
    """
    sys.unraisablehook = _report_unraisable
    code = main()
    if code == INTERRUPTED:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _report_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """An interrupt inside a callback or a finaliser is remembered; its traceback says nothing."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)
