"""Ctrl-C that cannot get lost."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SEEN = threading.Event()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Remember an interrupt, too.

    Python raises KeyboardInterrupt wherever it happens to be; inside a callback of a compiled
    library it is printed or dropped, and the program goes on. `check_interrupted` raises it again.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    _SEEN.clear()
    before = signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _SEEN.clear()


def check_interrupted() -> None:
    """Raise the interrupt that was remembered.

    Raises:
        KeyboardInterrupt: There was one since `interruptible` was entered.
    """
    if _SEEN.is_set():
        raise KeyboardInterrupt


def _interrupt(signum: int, frame: FrameType | None) -> None:
    _SEEN.set()
    raise KeyboardInterrupt
