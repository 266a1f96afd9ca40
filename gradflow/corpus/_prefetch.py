"""Work in other threads, its results in order and never too many of them at a time."""

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WAIT = 0.1  # seconds between looks at whether anybody still wants what was read


def read_ahead(items: Iterable[Item], depth: int) -> Iterator[Item]:
    """The same items, made in a thread of their own, up to `depth` of them in advance.

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
    pool: ThreadPoolExecutor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    at_once: int,
) -> Iterator[Result]:
    """work(item) for each item, in their order, at most `at_once` begun and not yet fetched."""
    begun: deque[Future[Result]] = deque()
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
