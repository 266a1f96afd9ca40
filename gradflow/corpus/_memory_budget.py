"""The division of the memory that counting may use."""

import dataclasses
import math

from gradflow._errors import ArgumentError
from gradflow._machine import free_memory, usable_cores
from gradflow.corpus._memory import in_words, resident_bytes

CHUNK = 1 << 24  # the largest number of word ids handled at a time
_PIECE = 1 << 20  # the largest number of counts that a thread writes before it hands them on
_ID_BYTES = 32  # for each id of a chunk: as read, renumbered, sorted by word, and in the next chunk
_WORD_BYTES = 48  # for each word of the vocabulary: where its positions begin, for each thread
_PIECE_BYTES = 48  # for each count of a piece: written, copied, merged, and waiting for its turn
_LEAST_CHUNK, _LEAST_PIECE = 1 << 14, 1 << 12


@dataclasses.dataclass(frozen=True)
class Plan:
    """Sizes that keep counting within its memory.

    Attributes:
        threads: The number of threads that count.
        chunk: The number of word ids handled at a time.
        piece: The number of counts that a thread writes before it hands them on; a longer row is a
            piece of its own.
        partial: The bytes of partial counts that stay in memory.
        head: The bytes of the dense counts of the most frequent words with each other.
        result: The bytes that the finished counts may take; None without a limit.
        limit: The bytes that the whole process may take, or None.
    """

    threads: int
    chunk: int
    piece: int
    partial: int
    head: int
    result: int | None
    limit: int | None


def make_plan(vocab_size: int, threads: int | None = None, limit: int | None = None) -> Plan:
    """Divide the memory between what the process holds already and the limit.

    Without a limit, half of the machine's free memory is divided, and the finished counts may be
    of any size.

    Raises:
        ArgumentError: The limit leaves less than the least that counting needs.
    """
    threads = usable_cores() if threads is None else threads
    held = resident_bytes()
    free = free_memory() // 2 if limit is None else limit - held
    fixed = (_WORD_BYTES + 16 * threads) * vocab_size
    least = fixed + _ID_BYTES * _LEAST_CHUNK + _PIECE_BYTES * threads * _LEAST_PIECE
    if limit is not None and free < 2 * least:
        wanted = (
            f"at least {in_words(held + 2 * least)} ({in_words(held)} are held already) "
            f"for {vocab_size} words"
        )
        raise ArgumentError("memory_limit", wanted, in_words(limit))
    share = max(free - fixed, 2 * least)
    return Plan(
        threads,
        chunk=_between(share // 6 // _ID_BYTES, _LEAST_CHUNK, CHUNK),
        piece=_between(share // 8 // _PIECE_BYTES // threads, _LEAST_PIECE, _PIECE),
        partial=share // 4,
        head=share // 4,
        result=None if limit is None else free - fixed - threads * _PIECE_BYTES * _LEAST_PIECE,
        limit=limit,
    )


def head_rows(plan: Plan, vocab_size: int) -> int:
    """Return how many of the most frequent words have dense counts with each other."""
    return min(vocab_size, max(0, math.isqrt(2 * (plan.head // 8)) - 1))


def result_bytes(entries: int, vocab_size: int) -> int:
    """Return the memory of a symmetric matrix with so many counts, as `scipy.sparse` holds it."""
    index = 4 if entries < 2**31 else 8
    return entries * (8 + index) + (vocab_size + 1) * index


def check_result(plan: Plan, entries: int, vocab_size: int, at_least: bool = False) -> None:
    """Check that the finished counts fit into the plan.

    Raises:
        ArgumentError: They do not; the message says how large they are.
    """
    need = result_bytes(entries, vocab_size)
    if plan.result is None or need <= plan.result:
        return
    assert plan.limit is not None
    raise _too_large(plan.limit, plan.limit - plan.result, need, vocab_size, at_least)


def check_room(plan: Plan, held: int, need: int, vocab_size: int) -> None:
    """Check that the finished counts fit beside the memory held just before they are made.

    Raises:
        ArgumentError: They do not; the message says how large they are.
    """
    if plan.limit is not None and held + need > plan.limit:
        raise _too_large(plan.limit, held, need, vocab_size, False)


def _too_large(limit: int, held: int, need: int, vocab_size: int, at_least: bool) -> ArgumentError:
    """Return the error that says which limit would do."""
    more = "or more " if at_least else ""
    wanted = (
        f"at least {in_words(held + need)} {more}for the finished counts of {vocab_size} words, "
        f"{in_words(need)} {more}(a smaller vocab_size or a larger min_count needs less)"
    )
    return ArgumentError("memory_limit", wanted, in_words(limit))


def _between(value: int, least: int, most: int) -> int:
    """Return the nearest value within bounds."""
    return min(most, max(least, value))
