"""Loops compiled by Numba, once a machine where that can be."""

import functools
from collections.abc import Callable
from typing import Any

import numba


def compiled(loop: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a loop when it is first called; it runs without holding Python's lock.

    Machine code is kept beside the source or in the user's cache folder (or `NUMBA_CACHE_DIR`), so
    that only the first process waits for the compiler. Where neither folder can be written every
    process compiles for itself. Numba renews the code when the file that holds `loop` changes, so
    a compiled loop calls others of its own file only.

    Args:
        loop: The function; None in `@compiled(fastmath=...)`.
        **options: Further ones of `numba.njit`.
    """
    if loop is None:
        return functools.partial(compiled, **options)
    try:
        return numba.njit(nogil=True, cache=True, **options)(loop)
    except RuntimeError:  # no folder for the cache
        return numba.njit(nogil=True, **options)(loop)
