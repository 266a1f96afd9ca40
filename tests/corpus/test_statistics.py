"""What statistics promise about themselves, and what they refuse to be made of."""

import dataclasses
import pickle

import numpy as np
import pytest
import scipy.sparse

from gradflow._errors import ArgumentError, DataError
from gradflow.corpus import CooccurrenceStatistics, count_cooccurrence

WORDS = ("sun", "moon", "star")
UNIGRAMS = np.array([7, 5, 5])
PAIRS = np.array([[2, 5, 1], [5, 0, 0], [1, 0, 4]])


def statistics(**changes):
    fields = {
        "words": WORDS,
        "unigram_counts": UNIGRAMS,
        "pair_counts": scipy.sparse.csr_array(PAIRS),
        "window": 2,
        "weighting": "linear",
        "provenance": {"source": "hand"},
    }
    return CooccurrenceStatistics(**(fields | changes))


def test_sums_and_probabilities():
    stats = statistics()
    assert (stats.vocab_size, stats.total_tokens, stats.total_pairs) == (3, 17, 18)
    np.testing.assert_allclose(stats.unigram_probabilities, [7 / 17, 5 / 17, 5 / 17])
    np.testing.assert_allclose(stats.pair_probabilities, PAIRS / 18)
    assert stats.pair_probabilities.dtype == stats.unigram_probabilities.dtype == np.float64
    assert abs(stats.pair_probabilities.sum() - 1) < 1e-15


def test_index_finds_words_and_says_which_it_does_not_have():
    stats = statistics()
    assert [stats.index(word) for word in WORDS] == [0, 1, 2]
    with pytest.raises(ArgumentError, match=r"^word: wanted one of the 3 words, got 'comet'$"):
        stats.index("comet")


def test_repr_is_short():
    assert repr(statistics()) == (
        "CooccurrenceStatistics(3 words, 17 tokens, 18 pair weight, window 2, 'linear')"
    )


def test_nothing_can_be_changed():
    stats = statistics()
    with pytest.raises(dataclasses.FrozenInstanceError):
        stats.window = 3
    with pytest.raises(ValueError, match="read-only"):
        stats.unigram_counts[0] = 1
    for part in (stats.pair_counts.data, stats.pair_counts.indices, stats.pair_counts.indptr):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 1


def test_arrays_of_the_caller_stay_writeable_and_from_counts_copies_them():
    unigrams, pairs = UNIGRAMS.copy(), scipy.sparse.csr_array(PAIRS)
    stats = CooccurrenceStatistics.from_counts(WORDS, unigrams, pairs)
    unigrams[0] = 100
    pairs.data[:] = 100
    assert stats.total_tokens == 17
    assert stats.total_pairs == 18


def test_read_only_counts_still_do_all_that_sparse_arrays_do():
    X = statistics().pair_counts
    np.testing.assert_array_equal(X @ np.eye(3), PAIRS)
    np.testing.assert_array_equal((X.T + X).toarray(), 2 * PAIRS)
    np.testing.assert_array_equal(X.tocoo().tocsc()[:, [1]].toarray(), PAIRS[:, [1]])
    assert X.sum() == 18


def test_unsorted_duplicated_and_zero_entries_are_put_in_order():
    row, column = [0, 1, 0, 0, 2, 2], [1, 0, 1, 0, 2, 1]
    messy = scipy.sparse.coo_array(([2, 5, 3, 2, 4, 0], (row, column)), shape=(3, 3))
    stats = CooccurrenceStatistics.from_counts(WORDS, UNIGRAMS, messy)
    assert stats.pair_counts.has_canonical_format
    assert stats.pair_counts.nnz == 4
    assert stats.pair_counts.toarray().tolist() == [[2, 5, 0], [5, 0, 0], [0, 0, 4]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64, np.float32, np.float64])
@pytest.mark.parametrize("container", [np.asarray, scipy.sparse.coo_matrix, list])
def test_from_counts_takes_whole_numbers_of_any_dtype_and_container(dtype, container):
    pairs = container(PAIRS.astype(dtype))
    stats = CooccurrenceStatistics.from_counts(list(WORDS), UNIGRAMS.astype(dtype), pairs)
    assert stats.unigram_counts.dtype == stats.pair_counts.dtype == np.int64
    np.testing.assert_array_equal(stats.pair_counts.toarray(), PAIRS)
    assert (stats.window, stats.weighting, stats.provenance) == (0, "given", {})


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("words", (), "different words, at least one, got none"),
        ("words", ("sun", "moon", "sun"), "got 'sun' twice"),
        ("words", ("sun", "", "star"), "got ''"),
        ("words", ("sun", "mo\non", "star"), r"got 'mo\non'"),
        ("words", ("sun", 7, "star"), "got 7"),
        ("words", ("sun", "\ud800", "star"), r"got '\ud800'"),
        ("unigram_counts", np.array([7, 5]), "shape (3,), one a word, got shape (2,)"),
        ("unigram_counts", np.array([7, 0, 5]), "counts above zero, got 0 at position 1"),
        ("unigram_counts", np.array([7.0, 5.0, 5.0]), "integers, got dtype float64"),
        ("pair_counts", PAIRS, "a scipy.sparse array, got ndarray"),
        ("pair_counts", scipy.sparse.csr_array(PAIRS / 2), "integers, got dtype float64"),
        (
            "pair_counts",
            scipy.sparse.csr_array(PAIRS[:2]),
            "shape (3, 3), one row a word, got shape (2, 3)",
        ),
        ("pair_counts", scipy.sparse.csr_array(-PAIRS), "counts of at least zero, got -5"),
        ("pair_counts", scipy.sparse.csr_array((3, 3), dtype=int), "one pair of words, got none"),
        (
            "pair_counts",
            scipy.sparse.csr_array(np.array([[0, 5, 1], [4, 0, 0], [1, 0, 0]])),
            "a symmetric matrix, got 5 at [0, 1] and 4 at [1, 0]",
        ),
        ("window", -1, "an integer of at least 0, got -1"),
        ("window", True, "an integer of at least 0, got True"),
        ("weighting", "cubic", "'linear', 'flat' or 'given', got 'cubic'"),
        ("provenance", None, "a dictionary of JSON values, got NoneType"),
        ("provenance", {"of": {1, 2}}, "got Object of type set is not JSON serializable"),
        ("provenance", {"of": float("nan")}, "Out of range float values are not JSON compliant"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(argument, value, said):
    with pytest.raises(DataError) as caught:
        statistics(**{argument: value})
    message = str(caught.value)
    assert message.startswith(f"{argument}: wanted ")
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (PAIRS / 3, "whole numbers, got numbers like 0.666667"),
        (PAIRS.astype(str), "whole numbers, got <U"),
        (np.full((3, 3), np.nan), "whole numbers, got numbers like nan"),
        (np.arange(3), "a matrix, got an array of shape (3,)"),
    ],
)
def test_from_counts_refuses_what_are_no_counts(pairs, said):
    with pytest.raises(DataError) as caught:
        CooccurrenceStatistics.from_counts(WORDS, UNIGRAMS, pairs)
    assert f"pair_counts: wanted {said}" in str(caught.value)


def test_provenance_is_a_copy():
    mine = {"options": {"deep": 1}}
    stats = statistics(provenance=mine)
    mine["options"]["deep"] = 2
    assert stats.provenance == {"options": {"deep": 1}}


def test_top_is_the_block_of_the_most_frequent_words():
    stats = CooccurrenceStatistics.from_counts(WORDS, np.array([5, 7, 5]), PAIRS, window=2)
    top = stats.top(2)
    assert top.words == ("moon", "sun")  # of equally frequent words, the first
    assert top.unigram_counts.tolist() == [7, 5]
    assert top.pair_counts.toarray().tolist() == [[0, 5], [5, 2]]
    assert (top.window, top.provenance) == (2, {"top": 2})


def test_top_of_everything_is_everything_and_differs_from_counting_anew():
    documents = [["a", "x", "b", "a", "b", "a"]]
    stats = count_cooccurrence(documents, window=1)
    assert (stats.top(3).pair_counts != stats.pair_counts).nnz == 0
    assert stats.top(2).total_pairs < count_cooccurrence(documents, 2, 1).total_pairs


@pytest.mark.parametrize(
    ("n", "said"), [(0, "at least 1, got 0"), (4, "at most the vocabulary size 3,")]
)
def test_top_of_too_few_or_too_many(n, said):
    with pytest.raises(ArgumentError, match=said):
        statistics().top(n)


def test_survives_pickling_for_work_in_other_processes():
    copy = pickle.loads(pickle.dumps(statistics()))
    assert copy.words == WORDS
    assert copy.pair_counts.toarray().tolist() == PAIRS.tolist()
