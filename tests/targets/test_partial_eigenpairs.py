"""The block eigensolver against LAPACK, on spectra that are hard for it."""

import threading

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
import threadpoolctl

import gradflow as gf
from gradflow._errors import ArgumentError
from gradflow.targets._block_lanczos import BlockLanczos, Limits
from gradflow.targets._partial_eigenpairs import BLOCK, limits, partial_eigenpairs

SIZE = 700


def matrix_of(eigenvalues, seed=0):
    """A dense symmetric matrix with these eigenvalues."""
    random = np.random.default_rng(seed)
    basis = np.linalg.qr(random.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    return (basis * eigenvalues) @ basis.T


def multiplying(matrix):
    """The product with it, in the dtype of what it multiplies."""
    single = matrix.astype(np.float32)
    return lambda x: (single if x.dtype == np.float32 else matrix) @ x


def slow_decay(negative=-300.0):
    """±1/√i, as slowly as M*'s falls, and a negative one much larger than all others."""
    values = 10 / np.sqrt(np.arange(1, SIZE + 1)) * np.where(np.arange(SIZE) % 3 == 2, -1, 1)
    values[-1] = negative
    return values


SPECTRA = {
    "slow, one huge negative": slow_decay(),
    "a hundred times larger still": slow_decay(-3e4),
    "pairs of equal ones": np.repeat(slow_decay()[:350], 2),
    "twenty equal ones": np.concatenate([np.full(20, 7.0), np.linspace(5, -5, SIZE - 20)]),
    "rank 25": np.concatenate([np.linspace(9, 3, 25), np.zeros(SIZE - 25)]),
    "few positive": np.concatenate([[3.0, 2.0, 1.0], -np.linspace(1, 8, SIZE - 3)]),
    "zero": np.zeros(SIZE),
    "one": np.concatenate([[4.0], np.zeros(SIZE - 1)]),
}


@pytest.mark.parametrize("which", ["largest", "magnitude"])
@pytest.mark.parametrize("tolerance", [1e-4, 1e-10])
@pytest.mark.parametrize("name", SPECTRA)
def test_eigenpairs_are_lapacks(name, tolerance, which):
    """Values to the square of the residual (M is symmetric) and to rounding; vectors orthonormal.

    Forty vectors are not a whole number of blocks. The residuals are formed here, with LAPACK's
    matrix, and compared with those reported.
    """
    k = 40
    matrix = matrix_of(SPECTRA[name])
    wanted = np.sort(SPECTRA[name])[::-1]
    if which == "magnitude":
        wanted = wanted[np.argsort(-np.abs(wanted), kind="stable")]
    found = partial_eigenpairs(multiplying(matrix), SIZE, k, which=which, tolerance=tolerance)
    size = np.abs(SPECTRA[name]).max()
    apart = np.linalg.norm(matrix @ found.vectors - found.vectors * found.values, axis=0)
    np.testing.assert_allclose(apart, found.residuals, atol=1e-13 * max(size, 1.0))
    scale = np.maximum(np.abs(found.values), 1e-4 * np.abs(found.values).max())
    assert (apart <= tolerance * scale + 1e-14 * size).all()
    # The k-th may be one of a pair or of a cluster: values are compared, not vectors.
    # By the residuals of those at hand: the largest of all may be a hundred times as large.
    order, exact = np.argsort(found.values), np.sort(wanted[:k])
    off = np.abs(found.values[order] - exact)
    assert (off <= tolerance * np.maximum(np.abs(exact), np.median(scale)) + 1e-12 * size).all()
    np.testing.assert_allclose(found.vectors.T @ found.vectors, np.eye(k), atol=1e-12)
    assert found.vectors.dtype == found.values.dtype == np.float64


def test_eigenvectors_are_lapacks_where_gaps_are_wide():
    """Each within its residual over its gap (Davis and Kahan)."""
    values = np.concatenate([2.0 ** -np.arange(12), np.full(SIZE - 12, -1e-4)])
    matrix = matrix_of(values)
    found = partial_eigenpairs(multiplying(matrix), SIZE, 10, which="largest", tolerance=1e-10)
    exact = scipy.linalg.eigh(matrix)[1][:, ::-1][:, :10]
    cosines = np.abs(np.sum(exact * found.vectors, axis=0))
    np.testing.assert_allclose(cosines, 1, atol=1e-14)


@pytest.mark.parametrize("k", [1, 5, 32, 33])
def test_any_number_of_eigenpairs(k):
    matrix = matrix_of(slow_decay())
    found = partial_eigenpairs(multiplying(matrix), SIZE, k, which="largest", tolerance=1e-8)
    wanted = np.sort(slow_decay())[::-1][:k]
    np.testing.assert_allclose(found.values, wanted, rtol=1e-12)


def test_the_huge_negative_eigenvalue_costs_nothing():
    """At most one block more than without it."""
    products = []
    for values in (slow_decay(-0.1), slow_decay(-3e4)):
        found = partial_eigenpairs(
            multiplying(matrix_of(values)), SIZE, 20, which="largest", tolerance=1e-10
        )
        products.append(found.products)
    assert products[1] <= products[0] + BLOCK


def test_single_precision_where_it_suffices():
    """And double where the tolerance is below what float32 reaches."""
    matrix, seen = matrix_of(slow_decay()), []

    def apply(x):
        seen.append(x.dtype)
        return multiplying(matrix)(x)

    partial_eigenpairs(apply, SIZE, 8, which="largest", tolerance=1e-4)
    assert seen[0] == np.float32
    assert seen[-1] == np.float64  # the residuals
    assert seen.count(np.float64) == 1
    seen.clear()
    partial_eigenpairs(apply, SIZE, 8, which="largest", tolerance=1e-9)
    assert set(seen) == {np.dtype(np.float64)}


def test_double_precision_where_single_turned_out_too_coarse():
    """An operator whose float32 product is 1 % wrong."""
    matrix = matrix_of(slow_decay())
    noise = 1 + 0.01 * np.random.default_rng(3).normal(size=(SIZE, 1)).astype(np.float32)

    def apply(x):
        return noise * (matrix.astype(np.float32) @ x) if x.dtype == np.float32 else matrix @ x

    found = partial_eigenpairs(apply, SIZE, 6, which="largest", tolerance=1e-4)
    assert (found.residuals <= 1e-4 * found.values).all()


def test_reruns_agree_to_the_bit():
    matrix = matrix_of(slow_decay())
    one, two = (
        partial_eigenpairs(multiplying(matrix), SIZE, 12, which="largest", tolerance=1e-6)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.vectors, two.vectors)


def test_progress_is_told_how_far_it_is():
    told = []
    found = partial_eigenpairs(
        multiplying(matrix_of(slow_decay())), SIZE, 30, which="largest", tolerance=1e-8,
        progress=lambda products, worst: told.append((products, worst)),
    )  # fmt: skip
    products = [count for count, _ in told]
    assert products == sorted(products)
    assert told[-1][0] + 30 == found.products
    assert told[-1][1] <= 1e-8


def test_a_tolerance_below_rounding_is_an_error_with_numbers(monkeypatch):
    """Of a matrix whose large negative eigenvalue leaves nine digits."""
    monkeypatch.setattr("gradflow.targets._partial_eigenpairs._MOST_PRODUCTS", 20)
    matrix = matrix_of(slow_decay(-1e6))
    message = r"^tolerance: wanted a largest relative residual that \d+ products reach, got 1.0e-13"
    with pytest.raises(ArgumentError, match=message):
        partial_eigenpairs(multiplying(matrix), SIZE, 5, which="largest", tolerance=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_restarts_keep_the_krylov_relation(dtype):
    """M Q = Q T + (next block), before and after: to rounding of the largest eigenvalue."""
    matrix = matrix_of(slow_decay())
    search = BlockLanczos(multiplying(matrix), SIZE, Limits(8, 80, 10**6, dtype))
    for blocks in (10, 3, 10):
        search.extend(blocks)
        used, block = search._used, 8
        basis = search._basis[: used + block].T.astype(np.float64)
        small = search._small[: used + block, :used]
        error = np.abs(matrix @ basis[:, :used] - basis @ small).max()
        assert error < 50 * np.finfo(dtype).eps * 300
        np.testing.assert_allclose(
            basis.T @ basis, np.eye(used + block), atol=50 * np.finfo(dtype).eps
        )
        if search.full:
            values, coordinates, _ = search.ritz("largest")
            search.restart(values[:30], coordinates[:, :30])


def test_the_basis_leaves_room_for_the_next_block():
    for size, k in ((700, 100), (300, 10), (100_000, 200)):
        chosen = limits(size, k, np.float32)
        assert chosen.columns % chosen.block == 0
        assert chosen.columns + chosen.block <= size


def test_few_eigenpairs_get_the_products_they_need():
    """A gap of a thousandth at 1e-10 takes over two thousand products, whatever k is."""
    entries = scipy.sparse.random_array((3000, 3000), density=0.01, rng=np.random.default_rng(1))
    target = gf.targets.SparsePlusLowRank((entries + entries.T).tocsr())
    values, vectors = target.top_eigenpairs(5)
    apart = np.linalg.norm(target.sparse @ vectors - vectors * values, axis=0) / values
    assert apart.max() <= 1.1e-10


def test_searches_in_two_threads_leave_blas_as_it_was():
    def threads():
        return [each["num_threads"] for each in threadpoolctl.threadpool_info()]

    def search(k):
        partial_eigenpairs(multiplying(matrix), SIZE, k, which="largest", tolerance=1e-4)

    before, matrix = threads(), matrix_of(np.arange(SIZE, 0.0, -1.0))
    both = [threading.Thread(target=search, args=(k,)) for k in (5, 40)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert threads() == before
