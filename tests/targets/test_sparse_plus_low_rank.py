"""Sparse-plus-low-rank targets are the dense ones, entry by entry and product by product."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

import gradflow as gf
from gradflow import _parallel
from gradflow._device_products import DeviceMatrix
from gradflow._errors import ArgumentError, DataError
from gradflow.targets import SparsePlusLowRank, Target, mstar, pmi, ppmi, shifted_ppmi, spectrum

MAKERS = {
    "M*": (mstar, {}),
    "M*, all options": (mstar, {"negatives": 2.5, "smoothing": 0.75, "pseudo_count": 40.0}),
    "PMI": (pmi, {"smoothing": 0.5}),
    "PMI with a floor": (pmi, {"floor": -3.0}),
    "PPMI": (ppmi, {"smoothing": 0.75}),
    "shifted PPMI": (shifted_ppmi, {"negatives": 3.0}),
}


@pytest.fixture(scope="module")
def random_target():
    """300 words, a sixth of the pairs, two factors of either sign."""
    random = np.random.default_rng(0)
    half = np.triu(random.normal(size=(300, 300)) * (random.random((300, 300)) < 1 / 6))
    matrix = half + half.T
    factors, weights = random.normal(size=(300, 2)), np.array([-2.0, 0.5])
    dense = matrix + (factors * weights) @ factors.T
    return SparsePlusLowRank(scipy.sparse.coo_array(matrix), factors, weights), dense


@pytest.fixture(scope="module")
def large(wikipedia):
    """M* of all 2,000 words, sparse: large enough to be iterated for."""
    return mstar(wikipedia, layout="sparse")


@pytest.mark.parametrize("name", MAKERS)
def test_sparse_targets_are_the_dense_ones(wikipedia, name):
    """To three ulps of the largest entry; symmetric to the bit; so is the squared norm."""
    make, options = MAKERS[name]
    stats = wikipedia.top(400)
    dense, sparse = (make(stats, layout=layout, **options) for layout in ("dense", "sparse"))
    largest = np.abs(dense.todense()).max()
    np.testing.assert_allclose(sparse.todense(), dense.todense(), atol=1e-15 * largest, rtol=0)
    np.testing.assert_array_equal(sparse.todense(), sparse.todense().T)
    np.testing.assert_allclose(sparse.squared_norm, dense.squared_norm, rtol=1e-13)
    assert (sparse.name, sparse.words) == (dense.name, dense.words)
    assert isinstance(dense, Target)
    assert isinstance(sparse, SparsePlusLowRank)


def test_smoothing_and_pseudo_counts_by_loops(two_words):
    """Counts [[2, 5], [5, 0]] of 12, words 3 and 2 of 5, with q ∝ √p and one count of noise."""
    p = np.array([0.6, 0.4])
    q = np.sqrt(p) / np.sqrt(p).sum()
    counts = np.array([[2, 5], [5, 0]])
    for i in range(2):
        for j in range(2):
            noise = 3 * (p[i] * q[j] + q[i] * p[j]) / 2 + 1.5 / 12
            wanted = 2 * (counts[i, j] / 12 - noise) / (counts[i, j] / 12 + noise)
            for layout in ("dense", "sparse"):
                found = mstar(two_words, 3.0, smoothing=0.5, pseudo_count=1.5, layout=layout)
                np.testing.assert_allclose(found.todense()[i, j], wanted, rtol=1e-14)


@pytest.mark.parametrize("layout", ["dense", "sparse"])
def test_what_never_occurs_is_minus_two_whatever_the_options(wikipedia, layout):
    stats = wikipedia.top(500)
    found = mstar(stats, 0.5, smoothing=0.5, pseudo_count=1e4, layout=layout).todense()
    never = stats.pair_counts.toarray() == 0
    assert never.any()
    assert (found[never] == -2).all()
    assert (found[~never] > -2).all()


def test_mstar_is_the_hyperbolic_tangent_of_pmi_when_smoothed(wikipedia):
    stats = wikipedia.top(300)
    found = mstar(stats, 2.0, smoothing=0.75, layout="sparse").todense()
    logarithm = pmi(stats, -1e4, smoothing=0.75, layout="sparse").todense()
    np.testing.assert_allclose(found, 2 * np.tanh((logarithm - np.log(2.0)) / 2), atol=2e-14)


def test_auto_is_dense_up_to_a_size(wikipedia, monkeypatch):
    assert isinstance(mstar(wikipedia), Target)
    monkeypatch.setattr("gradflow.targets._matrices._LARGEST_DENSE", 1999)
    for make in (mstar, pmi, ppmi, shifted_ppmi):
        assert isinstance(make(wikipedia), SparsePlusLowRank)


@pytest.mark.parametrize("width", [1, 31, 32, 33, 70])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_are_numpys(random_target, width, dtype):
    """Blocks of less, exactly and more than the width of the loops; the dtype is kept."""
    target, dense = random_target
    x = np.random.default_rng(1).normal(size=(300, width)).astype(dtype)
    found = target.product(x)
    assert found.dtype == dtype
    tolerance = 20 * np.finfo(dtype).eps * np.abs(dense).sum(axis=1).max()
    np.testing.assert_allclose(found, dense @ x, atol=tolerance)
    np.testing.assert_allclose(target.product(np.asfortranarray(x)), found, atol=tolerance)


def test_products_do_not_depend_on_the_number_of_threads(large, monkeypatch):
    x = np.random.default_rng(2).normal(size=(2000, 40)).astype(np.float32)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(_parallel, "compiled_threads", lambda threads=threads: threads)
        found.append(large.product(x))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("chunk", [7, 1000, 1 << 18])
def test_products_on_a_device_are_those_on_the_host(random_target, chunk):
    """JAX's default device, which the tests run on CPU."""
    target, _ = random_target
    matrix = target.sparse
    for dtype in (np.float32, np.float64):
        x = np.random.default_rng(3).normal(size=(300, 5)).astype(dtype)
        device = DeviceMatrix(matrix.indptr, matrix.indices, matrix.data.astype(dtype), chunk)
        tolerance = 20 * np.finfo(dtype).eps * abs(matrix).sum(axis=1).max()
        np.testing.assert_allclose(device.product(x), matrix @ x, atol=tolerance)


def test_products_go_to_the_device_where_there_is_one(random_target, monkeypatch):
    target, dense = random_target
    calls = []
    monkeypatch.setattr("gradflow._device_products.jax.default_backend", lambda: "gpu")
    original = DeviceMatrix.product
    monkeypatch.setattr(
        DeviceMatrix, "product", lambda self, x: calls.append(1) or original(self, x)
    )
    np.testing.assert_allclose(target.product(np.eye(300)), dense, atol=1e-12)
    assert calls


def test_scaled_targets_are_of_their_kind(random_target):
    target, dense = random_target
    f = np.random.default_rng(4).random(300)
    for made in (target, Target(dense)):
        scaled = made.scaled(f)
        assert type(scaled) is type(made)
        np.testing.assert_allclose(scaled.todense(), f[:, None] * dense * f, atol=1e-13)
        np.testing.assert_array_equal(scaled.todense(), scaled.todense().T)
        with pytest.raises(ArgumentError, match=r"^factors: wanted 300 finite numbers"):
            made.scaled(f[1:])


@pytest.mark.parametrize("which", ["largest", "magnitude"])
def test_spectra_of_sparse_targets_are_those_of_dense_ones(large, wikipedia, which):
    """Residuals formed again, with SciPy's own sparse product."""
    k = 30
    found = spectrum(large, k, which=which, tolerance=1e-9)
    wanted = spectrum(mstar(wikipedia), k, which=which)
    np.testing.assert_allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-12)
    cosines = np.abs(np.sum(found.eigenvectors * wanted.eigenvectors, axis=0))
    np.testing.assert_allclose(cosines, 1, atol=1e-12)
    u, values = found.eigenvectors, found.eigenvalues
    image = large.sparse @ u - 2 * u.sum(axis=0)
    residuals = np.linalg.norm(image - u * values, axis=0) / np.abs(values)
    np.testing.assert_allclose(found.residuals, residuals, atol=1e-12)
    assert residuals.max() <= 1e-9
    assert (u[np.abs(u).argmax(axis=0), np.arange(k)] > 0).all()
    assert wanted.residuals.max() < 1e-11


def test_large_dense_targets_are_iterated_for_where_a_tolerance_is_given(wikipedia):
    """And by LAPACK again for who asks for rounding afterwards."""
    target = mstar(wikipedia)
    rough = spectrum(target, 30, tolerance=1e-3)
    assert 1e-12 < rough.residuals.max() <= 1e-3
    exact = spectrum(target, 30)
    assert exact.residuals.max() < 1e-12
    np.testing.assert_allclose(rough.eigenvalues, exact.eigenvalues, rtol=1e-6)
    assert spectrum(target, 20, tolerance=1e-3).residuals.max() < 1e-12  # what is there already


def test_magnitude_keeps_the_signs():
    spec = spectrum(Target(np.diag([1.0, -5.0, 3.0, -2.0])), 3, which="magnitude")
    np.testing.assert_allclose(spec.eigenvalues, [-5, 3, -2], rtol=1e-14)
    few = spectrum(Target(np.diag(np.arange(-6.0, 5.0))), 2, which="magnitude")
    np.testing.assert_allclose(few.eigenvalues, [-6, -5])


def test_a_looser_result_does_not_serve_for_a_tighter_tolerance(large):
    fresh = large.scaled(np.ones(2000))  # nothing found yet
    rough = spectrum(fresh, 40, tolerance=1e-2)
    fine = spectrum(fresh, 40, tolerance=1e-8)
    again = spectrum(fresh, 39, tolerance=1e-4)
    assert 1e-8 < rough.residuals.max() <= 1e-2
    assert fine.residuals.max() <= 1e-8
    np.testing.assert_allclose(again.eigenvectors, fine.eigenvectors[:, :39], rtol=1e-15)


def test_few_words_go_to_lapack(random_target):
    """All eigenpairs, and so k above the number of positive ones."""
    target, dense = random_target
    found = spectrum(target, 300)
    np.testing.assert_allclose(found.eigenvalues, np.linalg.eigvalsh(dense)[::-1], atol=1e-11)


def test_flows_run_on_sparse_targets(wikipedia):
    """As on the dense one, to rounding."""
    import jax

    stats = wikipedia.top(60)
    w0 = gf.gaussian_init(jax.random.key(0), 60, 3, 1e-2)
    losses = [
        gf.solve(gf.Quadratic(mstar(stats, layout=layout)), w0, [0.0, 0.5, 2.0]).loss
        for layout in ("dense", "sparse")
    ]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-12)


def test_what_does_not_fit_into_memory_is_refused_in_one_line():
    target = SparsePlusLowRank(scipy.sparse.eye_array(1_000_000, format="csr"))
    assert target.squared_norm == 1e6
    with pytest.raises(ArgumentError, match=r"^target: wanted .* memory, got .*, 8000 GB$"):
        gf.Quadratic(target)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.eye(2),), "sparse: wanted a SciPy sparse matrix, got ndarray"),
        ((scipy.sparse.eye_array(2, 3),), r"sparse: wanted a square matrix \(V, V\)"),
        ((scipy.sparse.csr_array([[0, 1.0], [2.0, 0]]),), "sparse: wanted a symmetric matrix"),
        ((scipy.sparse.csr_array([[np.nan]]),), "sparse: wanted finite entries, got nan"),
        ((scipy.sparse.csr_array([[1j]]),), "sparse: wanted real numbers, got dtype complex"),
        ((scipy.sparse.eye_array(2), np.ones((3, 1)), [1.0]), r"factors: wanted shape \(2, r\)"),
        ((scipy.sparse.eye_array(2), np.ones((2, 1))), "weights: wanted 1 numbers"),
        ((scipy.sparse.eye_array(2), np.ones((2, 1)), [np.inf]), "weights: wanted finite"),
    ],
)  # fmt: skip
def test_what_makes_no_sparse_target_is_refused(arguments, message):
    with pytest.raises(DataError, match=f"^{message}"):
        SparsePlusLowRank(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "csr"}, "layout: wanted one of 'auto', 'dense', 'sparse', got 'csr'"),
        ({"smoothing": 1.5}, "smoothing: wanted a power from 0 to 1, got 1.5"),
        ({"smoothing": -1}, "smoothing: wanted a finite number of at least 0"),
        ({"pseudo_count": -1}, "pseudo_count: wanted a finite number of at least 0"),
    ],
)
def test_options_that_mean_nothing_are_refused(two_words, options, message):
    with pytest.raises(ArgumentError, match=f"^{message}"):
        mstar(two_words, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"which": "smallest"}, "which: wanted one of 'largest', 'magnitude'"),
        ({"tolerance": 0.0}, "tolerance: wanted a finite number above 0"),
    ],
)
def test_spectra_refuse_what_they_do_not_know(options, message):
    with pytest.raises(ArgumentError, match=f"^{message}"):
        spectrum(Target(np.eye(3)), 2, **options)


@pytest.mark.parametrize("shape", [(2, 1), (6, 1), (4,)])
def test_blocks_of_other_shapes_are_told_before_they_are_read(shape):
    target = gf.targets.SparsePlusLowRank(scipy.sparse.eye_array(4))
    with pytest.raises(gf.ArgumentError, match=r"^vectors: wanted shape \(4, b\), got shape"):
        target.product(np.ones(shape))
