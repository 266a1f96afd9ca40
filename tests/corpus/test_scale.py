"""Any number of threads and any limit of memory give the counts of a loop a child can read."""

import errno
import io
import json
import os
import subprocess
import sys
import tempfile
import threading

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from gradflow._compiled import compiled
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus import _spool, count_cooccurrence
from gradflow.corpus._memory import in_words, parsed_bytes, resident_bytes
from gradflow.corpus._memory_budget import Plan, check_result, make_plan
from gradflow.corpus._window_counting import window_counts


def readable_counts(ids, size, window):
    counts = np.zeros((size, size), int)
    for i in range(len(ids)):
        for j in range(i + 1, min(i + window + 1, len(ids))):
            if ids[j] == -1 or ids[i] < 0:
                break
            if ids[j] >= 0:
                counts[ids[i], ids[j]] += window + 1 - (j - i)
                counts[ids[j], ids[i]] += window + 1 - (j - i)
    return counts


def small_plan(**sizes):
    usual = {"threads": 2, "chunk": 9, "piece": 9, "kept": 0, "head": 0}
    return Plan(**usual | sizes, result=None, limit=None)


def in_chunks(ids, size):
    return (np.array(ids[at : at + size], np.int32) for at in range(0, len(ids), size))


@given(
    ids=st.lists(st.integers(-2, 200), min_size=1, max_size=120),
    window=st.integers(1, 9),
    threads=st.integers(1, 4),
    chunk=st.integers(1, 130),
    piece=st.integers(1, 300),
    kept=st.sampled_from([0, 300, 10**6]),
    head=st.sampled_from([0, 100, 1000, 10**6]),
)
@settings(deadline=None, max_examples=100)
def test_every_plan_gives_the_counts_of_the_readable_loop(
    ids, window, threads, chunk, piece, kept, head
):
    """Runs in memory, on the disk or both; the head none, some or all words; rows in any pieces."""
    plan = small_plan(threads=threads, chunk=chunk, piece=piece, kept=kept, head=head)
    found = window_counts(in_chunks(ids, chunk), 201, window, True, plan)
    np.testing.assert_array_equal(found.toarray(), readable_counts(ids, 201, window))
    again = scipy.sparse.csr_array((found.data, found.indices, found.indptr), found.shape)
    assert again.has_canonical_format  # SciPy looks for itself: sorted, and nothing twice
    assert found.data.min(initial=1) > 0


def test_vocabularies_beyond_one_word_of_the_bit_maps():
    """Rows whose columns lie far apart: ids around multiples of 64 and 4096, and the last one."""
    rng = np.random.default_rng(0)
    some = np.array([0, 1, 63, 64, 4095, 4096, 4097, 99_999, 262_143, 262_144, 299_999])
    ids = rng.choice(some, 500)
    found = window_counts(in_chunks(ids, 100), 300_000, 4, True, small_plan())
    small = readable_counts(np.searchsorted(some, ids), len(some), 4)
    np.testing.assert_array_equal(found[some][:, some].toarray(), small)
    assert found.sum() == small.sum()


DOCUMENTS = ["the cat sat on the mat with the other cat and a dog"] * 40 + ["a dog ran far"] * 9


@pytest.mark.parametrize(
    "options", [{"threads": 1}, {"threads": 7}, {"memory_limit": "40 GB"}, {"memory_limit": 2**40}]
)
def test_options_of_speed_and_memory_change_nothing(options):
    wanted, found = count_cooccurrence(DOCUMENTS), count_cooccurrence(DOCUMENTS, **options)
    assert (wanted.pair_counts != found.pair_counts).nnz == 0
    assert wanted.provenance == found.provenance


def test_each_phase_reports_as_far_as_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("gradflow.corpus._memory_budget.CHUNK", 100)
    path = tmp_path / "text.txt"
    path.write_text("\n".join(DOCUMENTS))
    seen = []
    stats = count_cooccurrence(path, report=seen.append)
    last = {said.phase: said for said in seen}
    assert list(last) == ["reading", "counting", "merging"]
    assert (last["reading"].done, last["reading"].total) == (path.stat().st_size,) * 2
    assert last["reading"].words == last["counting"].done == stats.total_tokens
    assert last["merging"].done == last["merging"].total == stats.vocab_size
    shares = [said.done for said in seen if said.phase == "counting"]
    assert shares == sorted(shares)


def test_what_waits_on_the_disk_has_no_name(tmp_path, monkeypatch):
    """So nothing is left behind, not even by a process that is killed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def report(phase, done, total):
        seen.append((phase, os.listdir(tmp_path)))

    ids = np.random.default_rng(0).integers(0, 50, 500)
    written = []
    write = _spool.TemporarySpace.write
    monkeypatch.setattr(
        _spool.TemporarySpace, "write", lambda *a: written.append(a[1].nbytes) or write(*a)
    )
    window_counts(in_chunks(ids, 100), 50, 3, True, small_plan(), report=report)
    assert sum(written) > 1000
    assert {phase for phase, _ in seen} == {"counting", "merging"}
    assert not any(left for _, left in seen)


def test_a_disk_that_fills_up_is_told_in_one_line_and_nothing_is_left(monkeypatch):
    class Full(io.BytesIO):
        def write(self, content):
            if self.tell() > 2000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content)

    made = []
    monkeypatch.setattr(
        _spool.tempfile, "TemporaryFile", lambda buffering: made.append(Full()) or made[-1]
    )
    ids = np.random.default_rng(0).integers(0, 50, 2000)
    threads = threading.active_count()
    with pytest.raises(DataError, match=r"^texts_or_path: .*TMPDIR.*No space left") as caught:
        window_counts(in_chunks(ids, 100), 50, 3, True, small_plan())
    assert "\n" not in str(caught.value)
    assert made[0].closed
    assert threading.active_count() == threads


def test_an_interruption_ends_all_threads():
    def interrupt(said):
        raise KeyboardInterrupt

    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        count_cooccurrence(DOCUMENTS, report=interrupt)
    assert threading.active_count() == threads


LIMITED = """
import json, re, sys
from gradflow.corpus import count_cooccurrence
from gradflow.corpus._memory import resident_bytes

held = resident_bytes()
stats = count_cooccurrence(sys.argv[1], 4000, memory_limit=held + int(sys.argv[2]))
peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
said = [int(stats.pair_counts.nnz), stats.total_pairs, peak - held]
try:
    count_cooccurrence(sys.argv[1], 4000, memory_limit=resident_bytes() + 30 * 10**6)
except ValueError as error:
    said.append(str(error))
print(json.dumps(said))
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="Linux only")
def test_the_whole_process_keeps_to_its_limit(tmp_path):
    """By the system's own number, the peak of resident memory. The finished counts take 49 MB, the
    loops and their compiler more than that, and runs of several chunks must share the rest."""
    rng = np.random.default_rng(0)
    ids = (8000 ** rng.random(1_000_000)).astype(int)
    names = np.array(["".join(chr(97 + i // 26**k % 26) for k in range(4)) for i in range(8000)])
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(part) for part in np.array_split(names[ids], 999)))
    room = 350 * 10**6
    command = [sys.executable, "-c", LIMITED, str(path), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *counted, used, said = json.loads(done.stdout)
    stats = count_cooccurrence(path, 4000)
    assert counted == [stats.pair_counts.nnz, stats.total_pairs]
    assert used < room
    assert said.startswith("memory_limit: wanted at least ")


def test_counts_that_cannot_fit_are_told_with_their_size():
    plan = Plan(2, 9, 9, 9, 9, result=10**6, limit=5 * 10**6)
    check_result(plan, 80_000, 1000)
    with pytest.raises(ArgumentError) as caught:
        check_result(plan, 10**6, 1000)
    assert str(caught.value) == (
        "memory_limit: wanted at least 16.0 MB for the finished counts of 1000 words, 12.0 MB "
        "(a smaller vocab_size or a larger min_count needs less), got 5.0 MB"
    )


def test_too_small_a_limit_is_told_at_once():
    with pytest.raises(ArgumentError, match=r"^memory_limit: wanted more than .* distinct words"):
        count_cooccurrence(DOCUMENTS, memory_limit=1000)
    with pytest.raises(ArgumentError, match=r"^memory_limit: .* at least .* 10000000 words"):
        make_plan(10**7, 2, resident_bytes() + 10**8)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (1, 1), ("1", 1), ("2k", 2000), ("1.5 GB", 1_500_000_000), ("4G", 4 * 10**9),
        ("4GiB", 4 * 2**30), (" 3 mib ", 3 * 2**20), (".5K", 500), ("7B", 7),
    ],
)  # fmt: skip
def test_sizes_in_words(value, size):
    assert parsed_bytes("x", value) == size


@pytest.mark.parametrize("value", [0, -1, 1.5, True, None, "", "GB", "-1G", "1 G B", "0", "4X", []])
def test_sizes_that_are_none(value):
    with pytest.raises(ArgumentError, match=r"^x: wanted a number of bytes above 0, or a text"):
        parsed_bytes("x", value)


def test_bytes_in_words():
    assert [in_words(size) for size in (0, 999, 1000, 2.5e6, 4e9, 1e12)] == [
        "0 bytes", "999 bytes", "1.0 kB", "2.5 MB", "4.0 GB", "1.0 TB"
    ]  # fmt: skip


@pytest.mark.parametrize("value", [0, -1, 2.0, "all"])
def test_threads_that_cannot_be(value):
    with pytest.raises(ArgumentError, match=r"^threads: wanted an integer of at least 1"):
        count_cooccurrence(DOCUMENTS, threads=value)


def test_loops_compile_where_no_folder_can_keep_them(monkeypatch):
    """A read-only installation, and no home either."""
    monkeypatch.setattr("numba.core.caching.FunctionCache._impl_class._locator_classes", [])

    def twice(number):
        return 2 * number

    assert compiled(twice)(21) == 42
