"""From runs of sorted rows to one symmetric matrix."""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import scipy.sparse

from gradflow._parallel import in_order
from gradflow.corpus import _row_accumulator
from gradflow.corpus._memory import give_back, resident_bytes
from gradflow.corpus._memory_budget import Plan, check_result, check_room, result_bytes
from gradflow.corpus._row_accumulator import Workspace
from gradflow.corpus._sorted_runs import Rows, Run
from gradflow.corpus._spool import TemporarySpace

Report = Callable[[str, int, int], None]


class Counted(Protocol):
    """What is known once the last chunk was counted.

    Attributes:
        runs: Lower triangles of the chunks.
        head: Dense lower triangle of the first words, whose rows the runs lack.
        workspaces: One a thread.
    """

    runs: list[Run]
    head: np.ndarray
    workspaces: list[Workspace]


def triangle(
    counted: Counted,
    vocab_size: int,
    plan: Plan,
    pool: ThreadPoolExecutor,
    space: TemporarySpace,
    report: Report | None,
) -> tuple[Run, np.ndarray]:
    """The sum of runs and head, and how many counts each row of the whole matrix will have.

    Args:
        counted: The runs, which are used up, and the head.
        vocab_size: Number of words V.
        plan: Sizes.
        pool: Threads.
        space: Where merged rows wait that do not fit.
        report: Called as report("merging", rows, V).

    Returns:
        The lower triangle, and (V,) int64.
    """
    totals = np.zeros(vocab_size, np.int64)
    if len(counted.runs) == 1 and not len(counted.head):
        lower = counted.runs.pop()
        for rows in lower.parts():
            _row_accumulator.add_lengths(rows.begin, rows.lengths, rows.columns, totals)
    else:
        lower = Run(space)
        for rows in _merged(counted, vocab_size, plan, pool):
            lower.append(rows, lower.in_memory < plan.kept)
            _row_accumulator.add_lengths(rows.begin, rows.lengths, rows.columns, totals)
            check_result(plan, int(totals.sum()), vocab_size, at_least=True)
            if report is not None:
                report("merging", rows.end, vocab_size)
    check_result(plan, int(totals.sum()), vocab_size)
    return lower, totals


def make_room(lower: Run, totals: np.ndarray, plan: Plan) -> None:
    """Room for the whole matrix within the limit, if there is one.

    Raises:
        ArgumentError: There is none, even with the triangle on the disk.
    """
    if plan.limit is None:
        return
    need = result_bytes(int(totals.sum()), len(totals)) + 32 * len(totals)
    give_back()
    if resident_bytes() + need > plan.limit:
        lower.spill()
        give_back()
    check_room(plan, resident_bytes(), need, len(totals))


def mirrored(
    lower: Run, totals: np.ndarray, pool: ThreadPoolExecutor, threads: int
) -> scipy.sparse.csr_array:
    """The whole matrix (V, V) of a lower triangle, which is used up.

    Each thread writes rows of its own, as many counts as the others.
    """
    size, entries = len(totals), int(totals.sum())
    dtype = np.dtype(np.int32 if entries < 2**31 else np.int64)
    starts = np.concatenate([[0], np.cumsum(totals)])
    following = starts[:-1].copy()
    indices, data = np.empty(entries, dtype), np.empty(entries, np.int64)
    cuts = np.searchsorted(starts, np.linspace(0, entries, threads + 1)[1:-1])
    ranges = list(itertools.pairwise([0, *cuts.tolist(), size]))
    for rows in lower.parts(release=True):
        parts = rows.begin, rows.lengths, rows.columns, rows.values
        list(
            pool.map(
                lambda own, parts=parts: _row_accumulator.mirror(
                    *parts, *own, following, indices, data
                ),
                ranges,
            )
        )
    counts = scipy.sparse.csr_array((data, indices, starts.astype(dtype)), shape=(size, size))
    counts.has_canonical_format = True  # by construction; spares a scan of all indices
    return counts


def _merged(
    counted: Counted, vocab_size: int, plan: Plan, pool: ThreadPoolExecutor
) -> Iterator[Rows]:
    runs, head, workspaces = counted.runs, counted.head, counted.workspaces

    def loaded() -> Iterator[tuple[int, int, list[list[Rows]]]]:  # in one thread: it reads a file
        for begin, end in _blocks(runs, head, vocab_size, plan.piece):
            yield begin, end, [run.rows(begin, end) for run in runs]

    def add(task: tuple[int, int, list[list[Rows]]]) -> Rows:
        workspace = workspaces.pop()
        try:
            return _sum(*task, head, workspace)
        finally:
            workspaces.append(workspace)

    return in_order(pool, add, loaded(), 2 * plan.threads)


def _sum(
    begin: int, end: int, parts: list[list[Rows]], head: np.ndarray, workspace: Workspace
) -> Rows:
    """Rows `begin` to `end` of all runs added up."""
    starts = np.zeros((len(parts), end - begin + 1), np.int64)
    at = 0
    for start, pieces in zip(starts, parts, strict=True):
        lengths = np.zeros(end - begin, np.int64)
        for rows in pieces:
            lengths[rows.begin - begin : rows.end - begin] = rows.lengths
        np.cumsum(lengths, out=start[1:])
        start += at
        at = int(start[-1])
    pieces = [rows for run in parts for rows in run]
    columns = np.concatenate([rows.columns for rows in pieces] or [np.empty(0, np.int32)])
    values = np.concatenate([rows.values for rows in pieces] or [np.empty(0, np.int64)])
    widths = np.arange(begin, end) + 1
    dense = int(widths[widths * (widths + 1) // 2 <= len(head)].sum())
    lengths = np.empty(end - begin, np.int64)
    new_columns = np.empty(len(columns) + dense, np.int32)
    new_values = np.empty(len(new_columns), np.int64)
    used = _row_accumulator.add_rows(
        begin, lengths, columns, values.astype(np.int64, copy=False), starts, head,
        *workspace.arrays, new_columns, new_values,
    )  # fmt: skip
    return Rows.packed(begin, lengths, new_columns[:used], new_values[:used])


def _blocks(
    runs: list[Run], head: np.ndarray, vocab_size: int, piece: int
) -> Iterator[tuple[int, int]]:
    """Rows that are a piece together, or one row."""
    room = np.zeros(vocab_size, np.int64)
    for run in runs:
        run.add_lengths(room)
    head_rows = int(np.sqrt(2 * len(head)))
    room[:head_rows] = np.arange(1, head_rows + 1)
    room = np.cumsum(room)
    begin = 0
    while begin < vocab_size:
        before = int(room[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(room, before + piece, side="right")), begin + 1)
        yield begin, end
        begin = end
