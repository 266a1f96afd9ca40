"""Batches of the next updates are drawn while the current ones are made."""

import concurrent.futures
import contextlib
import time
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Self, TypeVar

from gradflow._parallel import in_order

Prepared = TypeVar("Prepared")
Segment = tuple[int, int]  # updates from the first number to before the second

_AHEAD = 2


class Pipeline(Generic[Prepared]):
    """Iterates over prepared segments in order; one thread works up to two segments ahead.

    Args:
        prepare: Makes what the updates of one segment need.
        segments: What to make, in order.

    Attributes:
        waited: Seconds for which the consumer waited, the first segment left out.
    """

    def __init__(self, prepare: Callable[[Segment], Prepared], segments: Sequence[Segment]) -> None:
        self._prepare, self._segments = prepare, segments
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self.waited = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self._thread.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[tuple[Segment, Prepared]]:
        results = in_order(self._thread, self._prepare, self._segments, _AHEAD + 1)
        with contextlib.closing(results):
            for number, segment in enumerate(self._segments):
                begin = time.perf_counter()
                prepared = next(results)
                if number:
                    self.waited += time.perf_counter() - begin
                yield segment, prepared


def segments(first: int, last: int, chunk: int, stops: Sequence[int]) -> list[Segment]:
    """Return updates first … last − 1 in pieces of at most `chunk` that end at every stop.

    Example:
        >>> segments(0, 10, 4, [5])
        [(0, 4), (4, 5), (5, 9), (9, 10)]
    """
    pieces, begin = [], first
    for stop in sorted({stop for stop in (*stops, last) if first < stop <= last}):
        while begin < stop:
            end = min(begin + chunk, stop)
            pieces.append((begin, end))
            begin = end
    return pieces
