"""Draws the batches of the next steps while the current ones are taken."""

import collections
import concurrent.futures
import time
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Self, TypeVar

Prepared = TypeVar("Prepared")
Segment = tuple[int, int]  # steps from the first one to before the second one

_AHEAD = 2


class Pipeline(Generic[Prepared]):
    """Iterates over prepared segments in order; one thread works up to two segments ahead.

    Args:
        prepare: Makes what the steps of one segment need.
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
        ahead: collections.deque[concurrent.futures.Future[Prepared]] = collections.deque()
        for at, segment in enumerate(self._segments):
            while len(ahead) <= _AHEAD and at + len(ahead) < len(self._segments):
                ahead.append(self._thread.submit(self._prepare, self._segments[at + len(ahead)]))
            begin = time.perf_counter()
            prepared = ahead.popleft().result()
            if at:
                self.waited += time.perf_counter() - begin
            yield segment, prepared


def segments(first: int, last: int, chunk: int, stops: Sequence[int]) -> list[Segment]:
    """Steps first … last − 1 in pieces of at most `chunk` that end at every stop on the way.

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
