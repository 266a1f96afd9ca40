"""Weighted co-occurrence counts of a sequence of word ids, by rows, on all cores."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse

from gradflow._parallel import in_order
from gradflow.corpus import _row_accumulator
from gradflow.corpus._memory_budget import Plan, check_result, head_rows, make_plan
from gradflow.corpus._merge import make_room, mirrored, triangle
from gradflow.corpus._row_accumulator import Workspace
from gradflow.corpus._sorted_runs import Rows, Run
from gradflow.corpus._spool import TemporarySpace
from gradflow.corpus._tokens import BREAK

Report = Callable[[str, int, int], None]  # phase, done, total

_SHARES = 16  # of a chunk for each thread, so that none waits long for the last one


def window_counts(
    chunks: Iterable[np.ndarray],
    vocab_size: int,
    window: int,
    linear: bool,
    plan: Plan | None = None,
    several: bool = True,
    report: Report | None = None,
) -> scipy.sparse.csr_array:
    """Symmetric counts of all pairs at most `window` positions apart.

    A pair of positions at distance δ adds window + 1 − δ (or 1) to X[i, j] and to X[j, i], hence
    twice that to X[i, i]. Counts are exact integers, whatever the plan.

    For each word, all its occurrences in a chunk are visited in turn and their neighbours added up
    in one row of V numbers, which stays in the cache. So no list of pairs is ever formed. The
    lower triangle of a chunk is a run of sorted rows. The most frequent words' counts with each
    other are the same in every run; they are added up densely as far as the plan has room. In the
    end runs are merged row by row, and the triangle is mirrored.

    Args:
        chunks: Pieces of one sequence of ids below `vocab_size`, int32, with `BREAK` between
            documents and `GAP` for positions whose word is not counted.
        vocab_size: Number of words V.
        window: Largest distance.
        linear: Whether near neighbours weigh more.
        plan: Threads and sizes; by custom all cores and no limit.
        several: Whether there may be more than one chunk; if not, nothing is kept densely.
        report: Called as report("counting", positions, 0) and report("merging", rows, V).

    Returns:
        (V, V) int64 in canonical form (indices sorted, no duplicates, no stored zeros).

    Raises:
        ArgumentError: The finished counts would not fit into the limit of the plan.
        DataError: There is no room for temporary files.
    """
    plan = plan or make_plan(vocab_size)
    weights = np.arange(window, 0, -1) if linear else np.ones(window, np.int64)
    with contextlib.ExitStack() as stack:
        space = TemporarySpace("texts_or_path")
        stack.callback(space.close)
        pool = stack.enter_context(ThreadPoolExecutor(plan.threads))
        counter = _Counter(plan, vocab_size, weights, pool, space, several)
        _count_all(counter, chunks, window, report)
        lower, totals = triangle(counter, vocab_size, plan, pool, space, report)
        counter.release()
        make_room(lower, totals, plan)
        return mirrored(lower, totals, pool, plan.threads)


def _count_all(
    counter: "_Counter", chunks: Iterable[np.ndarray], window: int, report: Report | None
) -> None:
    done = 0
    for ids in _overlapping(chunks, window):
        for positions in counter.add(ids):
            if report is not None:
                report("counting", done + positions, 0)
        done += len(ids) - 2 * window


class _Counter:
    """Turns chunks into runs of the lower triangle."""

    def __init__(
        self,
        plan: Plan,
        vocab_size: int,
        weights: np.ndarray,
        pool: ThreadPoolExecutor,
        space: TemporarySpace,
        several: bool,
    ) -> None:
        self._plan, self._size, self._weights, self._pool = plan, vocab_size, weights, pool
        self._space = space
        self._head_rows = head_rows(plan, vocab_size) if several else 0
        self.head = np.zeros(self._head_rows * (self._head_rows + 1) // 2, np.int64)
        self.workspaces = [Workspace(vocab_size) for _ in range(plan.threads)]
        self.runs: list[Run] = []

    def release(self) -> None:
        """Give back all memory."""
        self.head = np.empty(0, np.int64)
        self.runs, self.workspaces = [], []

    def add(self, ids: np.ndarray) -> Iterator[int]:
        """Count a chunk; yields the positions done so far, about a hundred times."""
        starts, order = self._occurrences(ids)

        def count(rows: tuple[int, int]) -> Rows:
            workspace = self.workspaces.pop()
            try:
                return self._rows(ids, starts, order, *rows, workspace)
            finally:
                self.workspaces.append(workspace)

        run, kept = Run(self._space), sum(run.in_memory for run in self.runs)
        blocks = self._blocks(starts)
        for rows in in_order(self._pool, count, blocks, 2 * self._plan.threads):
            if rows.begin >= self._head_rows:
                run.append(rows, kept + run.in_memory < self._plan.kept)
            yield int(starts[rows.end])
        self.runs.append(run)
        if self._plan.result is not None:
            entries = max(run.entries for run in self.runs) + np.count_nonzero(self.head)
            check_result(self._plan, 2 * int(entries) - self._size, self._size, at_least=True)

    def _rows(
        self,
        ids: np.ndarray,
        starts: np.ndarray,
        order: np.ndarray,
        begin: int,
        end: int,
        workspace: Workspace,
    ) -> Rows:
        room = int(_longest(starts, begin, end, len(self._weights)).sum())
        lengths = np.empty(end - begin, np.int64)
        columns, values = np.empty(room, np.int32), np.empty(room, np.int64)
        used = _row_accumulator.count_rows(
            ids, starts, order, begin, end, self._weights, *workspace.arrays, lengths, columns,
            values,
        )  # fmt: skip
        if begin < self._head_rows:
            _row_accumulator.add_to_head(begin, lengths, columns, values, self.head)
            used = 0
        return Rows.packed(begin, lengths, columns[:used], values[:used])

    def _blocks(self, starts: np.ndarray) -> Iterator[tuple[int, int]]:
        """Rows that make a piece or less, and no more than a share of the work."""
        room = np.cumsum(_longest(starts, 0, self._size, len(self._weights)))
        share = -(-int(starts[-1]) // (_SHARES * self._plan.threads))
        begin = 0
        while begin < self._size:
            before = int(room[begin - 1]) if begin else 0
            by_room = int(np.searchsorted(room, before + self._plan.piece, side="right"))
            by_work = int(np.searchsorted(starts, starts[begin] + share, side="right")) - 1
            end = min(max(min(by_room, by_work), begin + 1), self._size)
            if begin < self._head_rows < end:
                end = self._head_rows
            yield begin, end
            begin = end

    def _occurrences(self, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions of each word, rising, but for a window's width at both ends of `ids`."""
        window, threads = len(self._weights), self._plan.threads
        cuts = np.linspace(window, len(ids) - window, threads + 1).astype(int)
        parts = [slice(*cut) for cut in itertools.pairwise(cuts)]
        counts = np.zeros((threads, self._size), np.int64)
        list(
            self._pool.map(lambda part, out: _row_accumulator.tally(ids[part], out), parts, counts)
        )
        starts = np.concatenate([[0], np.cumsum(counts.sum(axis=0))])
        following = np.cumsum(counts, axis=0)
        following += starts[:-1] - counts
        order = np.empty(starts[-1], np.int32)
        list(
            self._pool.map(
                lambda part, first: _row_accumulator.place(ids[part], part.start, first, order),
                parts, following,
            )
        )  # fmt: skip
        return starts, order


def occurrences(ids: np.ndarray, vocab_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of each word, rising: those of word a are order[starts[a]:starts[a + 1]]."""
    counts = np.zeros(vocab_size, np.int64)
    _row_accumulator.tally(ids, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    order = np.empty(starts[-1], np.int32)
    _row_accumulator.place(ids, 0, starts[:-1].copy(), order)
    return starts, order


def warm_up(merging: bool) -> None:
    """Compile what counting needs, or fetch it compiled, while the text is being read.

    Args:
        merging: Whether also what only texts of several chunks need.
    """
    # Where the disk is full, the compiled code is there, but could not be kept for others.
    with contextlib.suppress(OSError):
        ids = np.array([0, 1, 0, BREAK, 1], np.int32)
        for several in (False, True) if merging else (False,):
            window_counts([ids], 2, 2, True, make_plan(2, 1), several)


def _longest(starts: np.ndarray, begin: int, end: int, window: int) -> np.ndarray:
    """Most counts that each of these rows can have."""
    occurrences = np.diff(starts[begin : end + 1])
    return np.minimum(2 * window * occurrences, np.arange(begin + 1, end + 1))


def _overlapping(chunks: Iterable[np.ndarray], window: int) -> Iterator[np.ndarray]:
    """The same sequence with `BREAK`s around it, in pieces that share 2 · window ids.

    So each position but those of the `BREAK`s is, in one piece, at least `window` from both ends.
    """
    edge = np.full(window, BREAK, np.int32)
    carried = waiting = edge
    for chunk in chunks:
        if waiting is not edge:
            carried = np.concatenate([carried, waiting])
            if len(carried) > 2 * window:
                yield carried
            carried = carried[-2 * window :]
        waiting = chunk
    ids = np.concatenate([carried, *([] if waiting is edge else [waiting]), edge])
    if len(ids) > 2 * window:
        yield ids
