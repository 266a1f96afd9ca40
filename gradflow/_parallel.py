"""Work on several cores: threads that keep an order, and one limit on the threads of BLAS.

Nothing here changes a number: who does a piece of work, and when, has no part in its result.
"""

import concurrent.futures
import contextlib
import functools
import itertools
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import threadpoolctl

from gradflow._machine import compiled_threads

Item = TypeVar("Item")
Result = TypeVar("Result")

_WAIT = 0.1  # seconds between looks at whether anybody still wants what was read

# Rows of rare words take longer an entry, as their columns are in no cache: with several parts a
# thread, whoever is done first takes the next one.
_PARTS_PER_THREAD = 4
_WORTH_THREADS = 1 << 18  # multiply-adds


def read_ahead(items: Iterable[Item], depth: int) -> Iterator[Item]:
    """Yield the same items, made in a thread of their own, up to `depth` of them in advance.

    The thread ends when the caller stops asking. It cannot be woken from a pipe that says nothing,
    but it does not keep the process alive.
    """
    ready: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(maxsize=depth)
    wanted = threading.Event()
    wanted.set()
    end = object()

    def put(item: Any, error: BaseException | None = None) -> None:
        while wanted.is_set():
            with contextlib.suppress(queue.Full):
                ready.put((item, error), timeout=_WAIT)
                return

    def work() -> None:
        try:
            for item in items:
                put(item)
                if not wanted.is_set():
                    return
            put(end)
        except BaseException as error:  # raised again where the item would have been
            put(end, error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if item is end:
                return
            yield item
    finally:
        wanted.clear()
        thread.join(timeout=1)


def in_order(
    pool: concurrent.futures.ThreadPoolExecutor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    at_once: int,
) -> Generator[Result, None, None]:
    """Yield work(item) for each item, in their order.

    Args:
        pool: Where the work is done.
        work: Called once an item.
        items: Looked at as far as work has begun, no further.
        at_once: How many are begun and not yet fetched, at most. Where the caller stops asking,
            those that nobody has begun are dropped.
    """
    begun: deque[concurrent.futures.Future[Result]] = deque()
    try:
        for item in items:
            begun.append(pool.submit(work, item))
            if len(begun) >= at_once:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


def by_rows(kernel: Callable[..., None], starts: np.ndarray, cost: int, *arguments: Any) -> None:
    """Call kernel(first, last, *arguments) for all rows, shared out over the threads.

    Each row is one thread's, so its sum is added up in one order, and the result does not depend on
    the number of threads.

    Args:
        kernel: Compiled, and without Python's global lock.
        starts: (rows + 1,), where the entries of each row begin.
        cost: Multiply-adds an entry takes.
        *arguments: Handed on.
    """
    threads, rows, entries = compiled_threads(), len(starts) - 1, int(starts[-1])
    if threads == 1 or entries * cost < _WORTH_THREADS:
        kernel(0, rows, *arguments)
        return
    # Parts with about as many entries each, whatever the lengths of their rows.
    shares = np.linspace(0, entries, _PARTS_PER_THREAD * threads + 1)
    cuts = np.searchsorted(starts, shares)
    cuts[0], cuts[-1] = 0, rows
    pieces = [piece for piece in itertools.pairwise(cuts.tolist()) if piece[1] > piece[0]]
    share_out(lambda piece: kernel(*piece, *arguments), pieces, threads)


def share_out(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> list[Result]:
    """Return work(item) for all items, which the caller and threads of a shared pool take in turn.

    The caller works along until nothing is left, so that it waits for no thread which others keep
    busy: this may be called from within such a thread.

    Args:
        work: Called once an item.
        items: What to work on.
        threads: How many work at once, the caller among them.
    """
    waiting = deque(enumerate(items))
    results: list[Any] = [None] * len(waiting)

    def take() -> None:
        while True:
            try:
                place, item = waiting.popleft()
            except IndexError:
                return
            results[place] = work(item)

    helpers = [_pool(threads).submit(take) for _ in range(min(threads, len(waiting)) - 1)]
    try:
        take()
    finally:
        waiting.clear()  # a failure is the end of it, for the others too
        begun = [helper for helper in helpers if not helper.cancel()]
        concurrent.futures.wait(begun)
    for helper in begun:
        helper.result()
    return results


@functools.cache
def _pool(threads: int) -> concurrent.futures.ThreadPoolExecutor:
    """Return threads that stay, since beginning them takes as long as a small product."""
    return concurrent.futures.ThreadPoolExecutor(max(1, threads - 1), "gradflow")


if hasattr(os, "register_at_fork"):  # a child has the pool, but none of its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


class _BlasLimit:
    """One BLAS thread from the first that enters to the last that leaves, in any thread.

    The limit is the process's, so that of several callers the first sets and the last lifts it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limits = threadpoolctl.threadpool_limits(1, user_api="blas")
                let_any_thread_set_limits()
            self._inside += 1

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limits.restore_original_limits()
                let_any_thread_set_limits()


def let_any_thread_set_limits() -> None:
    """Undo that threadpoolctl, from 3.8 on, ignores all threads but the one that set a limit last.

    Without this a limit begun in one thread and ended in another would stay for ever.
    """
    clear = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", None)
    if clear is not None:
        clear()


_BLAS_LIMIT = _BlasLimit()


def one_blas_thread() -> contextlib.AbstractContextManager[None]:
    """Return a context within which BLAS has one thread, so that others have the cores.

    BLAS with threads of its own waits, spinning, for cores that others have; and on matrices as
    small as a lane's its threads only get in each other's way.
    """
    return _BLAS_LIMIT
