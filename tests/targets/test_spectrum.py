"""Dense targets and their leading eigenpairs."""

import dataclasses

import numpy as np
import pytest
import scipy.linalg

from gradflow._errors import ArgumentError, DataError
from gradflow.targets import Target, mstar, spectrum

RANDOM = np.random.default_rng(0)
MATRIX = (lambda x: x + x.T)(RANDOM.normal(size=(40, 40)))


@pytest.fixture
def large(monkeypatch):
    """Forty rows count as many: LAPACK is not asked for more than is wanted."""
    monkeypatch.setattr("gradflow.targets._leading_eigenpairs.ALL_AT_ONCE", 0)


@pytest.mark.parametrize("k", [1, 7, 10, 11, 40])
def test_eigenpairs_are_numpys(k, large):
    """On both sides of the quarter beyond which all are computed."""
    spec = spectrum(Target(MATRIX), k)
    values, vectors = np.linalg.eigh(MATRIX)
    np.testing.assert_allclose(spec.eigenvalues, values[::-1][:k], rtol=1e-12)
    overlaps = np.abs(np.sum(spec.eigenvectors * vectors[:, ::-1][:, :k], axis=0))
    np.testing.assert_allclose(overlaps, 1, rtol=1e-12)
    np.testing.assert_allclose(
        MATRIX @ spec.eigenvectors, spec.eigenvectors * spec.eigenvalues, atol=1e-12
    )
    assert spec.eigenvalues.shape == (k,)
    assert spec.eigenvectors.shape == (40, k)
    assert spec.eigenvalues.dtype == spec.eigenvectors.dtype == np.float64


def test_a_subset_is_the_beginning_of_all_signs_included(wikipedia):
    target = mstar(wikipedia.top(300))
    subset = spectrum(target, 20)  # all of them are not there yet
    full = spectrum(target, 300)
    np.testing.assert_allclose(subset.eigenvalues, full.eigenvalues[:20], rtol=1e-12)
    np.testing.assert_allclose(subset.eigenvectors, full.eigenvectors[:, :20], atol=1e-9)
    again = spectrum(target, 20)  # taken from all
    np.testing.assert_array_equal(again.eigenvectors, full.eigenvectors[:, :20])


def test_signs_are_fixed_by_the_largest_entry():
    for k in (5, 40):
        vectors = spectrum(Target(MATRIX), k).eigenvectors
        largest = np.abs(vectors).argmax(axis=0)
        assert (vectors[largest, np.arange(k)] > 0).all()


def test_reruns_agree_to_the_bit():
    for k in (5, 40):
        one, two = spectrum(Target(MATRIX), k), spectrum(Target(MATRIX.copy()), k)
        np.testing.assert_array_equal(one.eigenvectors, two.eigenvectors)
        np.testing.assert_array_equal(one.eigenvalues, two.eigenvalues)


def test_squared_norm_is_the_sum_of_squares_of_all_eigenvalues():
    spec = spectrum(Target(MATRIX), 3)
    np.testing.assert_allclose(spec.squared_norm, np.sum(np.linalg.eigvalsh(MATRIX) ** 2))
    assert Target([[1.0, 2.0], [2.0, -3.0]]).squared_norm == 1 + 4 + 4 + 9


def test_top_words_are_the_ends_of_an_eigenvector():
    """One eigenvector (2, −1, 0, 2.5, −3)/‖·‖, its largest entry made positive."""
    vector = np.array([2.0, -1.0, 0.0, 2.5, -3.0])
    words = ["a", "b", "c", "d", "e"]
    spec = spectrum(Target(np.outer(vector, vector), words, "by hand"), 1)
    assert spec.top_words(0, 2) == (["e", "b"], ["d", "a"])
    # Fewer words than asked for where the sign is rarer; "c" has no part, or one of rounding.
    high, low = spec.top_words(0, 5)
    assert high[:2] == ["e", "b"]
    assert low[:2] == ["d", "a"]
    assert {*high[2:], *low[2:]} <= {"c"}
    assert spec.words == tuple(words)
    assert spec.name == "by hand"


def test_top_words_refuse_what_is_not_there():
    with pytest.raises(ArgumentError, match=r"^words: wanted a target with words, got one without"):
        spectrum(Target(np.eye(2)), 1).top_words(0)
    spec = spectrum(Target(np.eye(2), ["a", "b"]), 2)
    for mode in (-1, 2):
        with pytest.raises(ArgumentError, match=rf"^mode: wanted 0 to 1, got {mode}$"):
            spec.top_words(mode)


def test_spectra_show_themselves_in_one_line():
    spec = spectrum(Target(np.diag([3.0, 1.0, 2.0]), name="three"), 2)
    assert repr(spec) == "Spectrum('three', V=3, k=2, eigenvalues=[3, 2, ...])"
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"


@pytest.mark.parametrize(
    ("k", "message"),
    [
        (0, "k: wanted an integer of at least 1, got 0"),
        (1.5, "k: wanted an integer of at least 1, got 1.5"),
        (3, "k: wanted at most the number of rows 2, got 3"),
        (10**400, f"k: wanted an integer below 2**63, got 1{'0' * 75} ..."),
    ],
)
def test_k_is_from_one_to_v(k, message):
    with pytest.raises(ArgumentError) as caught:
        spectrum(Target(np.eye(2)), k)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1.0, 2.0]], "matrix: wanted a square matrix (V, V), got shape (1, 2)"),
        ([1.0, 2.0], "matrix: wanted a square matrix (V, V), got shape (2,)"),
        (1.0, "matrix: wanted a square matrix (V, V), got shape ()"),
        (np.zeros((0, 0)), "matrix: wanted a square matrix (V, V), got shape (0, 0)"),
        ([[1.0, 2.0], [np.nan, 1.0]], "matrix: wanted finite entries, got nan at (1, 0)"),
        ([[1.0, np.inf], [np.inf, 1.0]], "matrix: wanted finite entries, got inf at (0, 1)"),
        (
            [[1.0, 2.0], [3.0, 1.0]],
            "matrix: wanted a symmetric matrix, got 2 at (0, 1) and 3 at (1, 0)",
        ),
        ("words", "matrix: wanted an array of real numbers, got str"),
        ([[1.0, 2.0], [1.0]], "matrix: wanted an array of real numbers, got list"),
        ([[1j]], "matrix: wanted an array of real numbers, got list"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_matrices_that_are_no_targets_are_refused(matrix, message):
    with pytest.raises(DataError) as caught:
        Target(matrix)
    assert str(caught.value) == message


def test_complex_matrices_are_refused():
    with pytest.raises(DataError, match=r"^matrix: wanted an array of real numbers"):
        Target(np.array([[1.0, 1j], [-1j, 1.0]]))


def test_as_many_words_as_rows():
    with pytest.raises(ArgumentError, match=r"^words: wanted 2 words, one a row of matrix, got 3$"):
        Target(np.eye(2), ["a", "b", "c"])


def test_targets_are_copies_that_cannot_be_written_and_symmetric_to_the_bit():
    mine = np.array([[1.0, 2.0], [2.0 * (1 + 2e-16), 1.0]])
    target = Target(mine)
    mine[0, 0] = 9
    dense = target.todense()
    assert dense[0, 0] == 1
    assert (dense == dense.T).all()
    with pytest.raises(ValueError, match="read-only"):
        dense[0, 0] = 3
    assert Target(np.eye(2, dtype=int)).todense().dtype == np.float64


def test_words_are_a_sequence_of_strings():
    for words, got in (("ab", "str"), (5, "int"), ({"a", "b"}, "set"), ([1, "b"], "1 among them")):
        with pytest.raises(ArgumentError) as caught:
            Target(np.eye(2), words)
        assert str(caught.value) == f"words: wanted a sequence of strings, got {got}"
    assert Target(np.eye(2), np.array(["a", "b"])).words == ("a", "b")


def test_entries_near_the_largest_number_do_not_overflow():
    matrix = np.array([[1e308, 1.5e308], [1.5e308, -1e308]])
    np.testing.assert_array_equal(Target(matrix).todense(), matrix)
    with pytest.raises(DataError, match=r"^matrix: wanted a symmetric matrix"):
        Target([[0.0, 1.5e308], [-1.5e308, 0.0]])


def test_eigenpairs_are_computed_once(monkeypatch, large):
    calls = []
    eigh = scipy.linalg.eigh
    monkeypatch.setattr(
        scipy.linalg,
        "eigh",
        lambda *args, **options: calls.append(options) or eigh(*args, **options),
    )
    target = Target(MATRIX)
    for k, computed in ((4, 1), (4, 1), (2, 1), (7, 2), (40, 3), (40, 3), (9, 3)):
        values, vectors = target.top_eigenpairs(k)
        assert len(calls) == computed
        assert vectors.shape == (40, k)
        assert not values.flags.writeable
        assert not vectors.flags.writeable


def test_arrays_have_spectra_and_other_things_do_not():
    np.testing.assert_allclose(
        spectrum(MATRIX.tolist(), 2).eigenvalues, spectrum(Target(MATRIX), 2).eigenvalues
    )
    for wrong in (3, None, "matrix"):
        with pytest.raises(
            ArgumentError, match=r"^target: wanted a gradflow target, such as gf.Target\(matrix\)"
        ):
            spectrum(wrong, 2)
    with pytest.raises(ArgumentError, match=r"^vocab_size: wanted V, since the target is a fun"):
        spectrum(lambda x: x, 2)
