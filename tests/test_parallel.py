"""Threads keep the order, the numbers and the errors of a loop."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gradflow import _parallel
from gradflow._parallel import by_rows, in_order, read_ahead, share_out


def test_reading_ahead_keeps_order_and_errors():
    def items():
        yield from range(5)
        raise ValueError("no more")

    read = []
    with pytest.raises(ValueError, match="no more"):
        read.extend(read_ahead(items(), 2))
    assert read == [] or read == list(range(5))
    assert list(read_ahead(range(100), 3)) == list(range(100))


def test_reading_ahead_ends_with_its_reader():
    items = []
    threads = threading.active_count()
    reader = read_ahead((items.append(i) or i for i in range(10**6)), 3)
    assert [next(reader), next(reader)] == [0, 1]
    reader.close()
    assert threading.active_count() == threads
    assert len(items) < 10  # it never ran further ahead than it was told


def test_work_in_order_begins_no_more_than_it_was_told():
    begun = []
    with ThreadPoolExecutor(2) as pool:
        results = in_order(pool, lambda i: begun.append(i) or i * i, range(20), 3)
        assert next(results) == 0
        assert max(begun) < 3
        assert list(results) == [i * i for i in range(1, 20)]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_shared_work_is_that_of_a_loop(threads):
    assert share_out(lambda n: n * n, range(50), threads) == [n * n for n in range(50)]
    assert share_out(lambda n: n, [], threads) == []


def test_shared_work_that_shares_out_work_of_its_own_ends():
    """More tasks than threads, each of which waits for tasks of the same pool."""
    inner = lambda n: sum(share_out(lambda m: m, range(n), 3))  # noqa: E731
    assert share_out(inner, range(12), 3) == [sum(range(n)) for n in range(12)]


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_shared_work_is_raised_and_ends_it(threads):
    begun = []

    def work(n):
        begun.append(n)
        raise ValueError("no such work")

    with pytest.raises(ValueError, match="no such work"):
        share_out(work, range(10**6), threads)
    assert len(begun) <= threads
    assert share_out(lambda n: n, range(9), threads) == list(range(9))


@pytest.mark.parametrize("lengths", [[0, 0, 7, 1, 0], [1] * 100, [0, 1000, 0, 1, 2], [3]])
def test_every_row_is_one_threads(monkeypatch, lengths):
    """Rows without entries too, first and last ones included, whatever the number of threads."""
    monkeypatch.setattr(_parallel, "_WORTH_THREADS", 0)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    for threads in (1, 2, 7):
        monkeypatch.setattr(_parallel, "compiled_threads", lambda threads=threads: threads)
        visits = np.zeros(len(lengths), int)

        def kernel(first, last, counts):
            counts[first:last] += 1

        by_rows(kernel, starts, 1, visits)
        np.testing.assert_array_equal(visits, 1)
