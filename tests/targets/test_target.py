"""Targets of every kind: all eigenpairs at once, and what is known by its products alone."""

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import scipy.sparse

from gradflow._errors import ArgumentError, DataError
from gradflow.targets import CallableTarget, SparsePlusLowRank, Target, spectrum
from gradflow.targets._bipartite import BipartiteTarget

MATRIX = (lambda x: x + x.T)(np.random.default_rng(0).normal(size=(30, 30)))
KINDS = {
    "dense": lambda: Target(MATRIX),
    "sparse": lambda: SparsePlusLowRank(scipy.sparse.csr_array(MATRIX)),
    "callable": lambda: CallableTarget(lambda x: MATRIX @ x, 30),
    "by JAX": lambda: CallableTarget(lambda x: jnp.asarray(MATRIX) @ x, 30),
    "bipartite": lambda: BipartiteTarget(MATRIX, None, "both sides"),
}


@pytest.fixture(params=KINDS)
def target(request):
    return KINDS[request.param]()


def test_the_eigenbasis_diagonalises_the_matrix(target):
    values, vectors = target.eigenbasis
    assert vectors.shape == (target.size, target.size)
    assert target.vocab_size == 30
    assert (np.diff(values) <= 0).all()
    np.testing.assert_allclose((vectors * values) @ vectors.T, target.todense(), atol=1e-12)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(target.size), atol=1e-12)
    np.testing.assert_allclose(target.squared_norm, np.sum(target.todense() ** 2), rtol=1e-12)


@pytest.mark.parametrize("basis_first", [True, False])
def test_lapack_runs_once_whatever_is_asked_for_first(target, basis_first, monkeypatch):
    """The whole basis, a few leading pairs and those of largest |λ| come of one decomposition."""
    calls = []
    for name in ("eigh", "svd"):
        whole = getattr(scipy.linalg, name)
        counted = lambda *args, _whole=whole, **options: calls.append(1) or _whole(*args, **options)  # noqa: E731
        monkeypatch.setattr(scipy.linalg, name, counted)
    if basis_first:
        values = target.eigenbasis[0]
        spec = spectrum(target, 3)
    else:
        spec = spectrum(target, 3)
        values = target.eigenbasis[0]
    np.testing.assert_allclose(spec.eigenvalues, values[:3], rtol=1e-12)
    largest = target.top_eigenpairs(5, which="magnitude")[0]
    wanted = np.sort(np.abs(values))[::-1][:5]
    np.testing.assert_allclose(np.abs(largest), wanted, rtol=1e-12)
    assert len(calls) == 1


def test_a_function_has_the_spectrum_of_its_matrix_without_writing_it_out(monkeypatch):
    """Where V is large, a tolerance asks for products alone."""
    monkeypatch.setattr("gradflow.targets._partial_eigenpairs._SMALL", 100)
    rates = np.concatenate([[9.0, 7.0], np.linspace(1, -3, 998)])
    target = CallableTarget(lambda x: rates[:, None].astype(x.dtype) * x, 1000)
    monkeypatch.setattr(CallableTarget, "todense", lambda self: pytest.fail("written out"))
    np.testing.assert_allclose(spectrum(target, 2, tolerance=1e-6).eigenvalues, [9, 7], rtol=1e-9)


def test_a_scaled_function_is_the_scaled_matrix():
    factors = np.linspace(0.5, 2, 30)
    scaled = CallableTarget(lambda x: MATRIX @ x, 30).scaled(factors)
    np.testing.assert_allclose(scaled.todense(), np.outer(factors, factors) * MATRIX, rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: np.triu(MATRIX) @ x, "function: wanted products of a symmetric matrix, got"),
        (lambda x: x[:2], "function: wanted an array of X's shape (30, 2), got (2, 2)"),
        (lambda x: x * np.nan, "function: wanted finite real numbers, got others, of float64"),
        (lambda x: x * 1j, "function: wanted finite real numbers, got others, of complex128"),
    ],
    ids=["not symmetric", "shape", "nan", "complex"],
)
def test_functions_of_another_kind_are_refused(function, message):
    with pytest.raises(DataError) as caught:
        CallableTarget(function, 30)
    assert str(caught.value).startswith(message)


def test_no_function_is_refused():
    with pytest.raises(ArgumentError, match=r"^function: wanted a function X ↦ M X, got 3$"):
        CallableTarget(3, 30)
