"""The memory that the process holds, and sizes of memory in words."""

import contextlib
import ctypes
import re
import sys
from typing import Any

from gradflow._checks import shown
from gradflow._errors import ArgumentError

# "G" and "GB" alike mean powers of 1000: a limit meant in powers of 1024 is then kept too.
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BINARY = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([KMGT]?)(I?)B?\s*", re.IGNORECASE)


def parsed_bytes(argument: str, value: Any) -> int:
    """Return a number of bytes, from an integer or a text such as "4GB", "1.5 GiB" or "800M".

    Raises:
        ArgumentError: The value is none of these.

    Example:
        >>> parsed_bytes("memory_limit", "4G"), parsed_bytes("memory_limit", "1 KiB")
        (4000000000, 1024)
    """
    wanted = 'a number of bytes above 0, or a text such as "4GB" or "512MiB"'
    size = 0
    if isinstance(value, str):
        match = _SIZE.fullmatch(value)
        if match:
            units = _BINARY if match[3] else _UNITS
            size = int(float(match[1]) * units[match[2].upper()])
    elif isinstance(value, int) and not isinstance(value, bool):
        size = value
    if not 0 < size < 2**63:
        raise ArgumentError(argument, wanted, shown(value))
    return size


def resident_bytes() -> int:
    """Return the memory that the process holds now, or at its peak where only that is known."""
    try:
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        import resource

        return pages * resource.getpagesize()
    except (OSError, ImportError):
        return _peak_bytes()


def give_back() -> None:
    """Return freed memory to the system; glibc would keep some of it for later."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _peak_bytes() -> int:
    """Return the most memory that the process ever held, or 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    # In bytes on macOS, in units of 1024 bytes elsewhere.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else 1024 * peak)


def in_words(size: float) -> str:
    """Return a number of bytes in a unit that keeps it short.

    Example:
        >>> in_words(4_560_000_000), in_words(12)
        ('4.6 GB', '12 bytes')
    """
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size:.0f} bytes"
