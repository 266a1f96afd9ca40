"""Vectors of real words, and gensim's own evaluation of them."""

import warnings

import numpy as np
import pytest

import gradflow as gf

with warnings.catch_warnings():  # what gensim's imports say is not ours to mend
    warnings.simplefilter("ignore")
    from gensim.models import KeyedVectors


@pytest.fixture(scope="session")
def spec(wikipedia):
    return gf.spectrum(gf.mstar(wikipedia), k=30)


@pytest.fixture(scope="session")
def vectors(spec):
    """Top 30 eigenvectors times √λ, in gensim's own precision."""
    return (spec.eigenvectors * np.sqrt(spec.eigenvalues)).astype(np.float32)


@pytest.fixture(scope="session")
def google():
    return gf.load_analogies("google")


@pytest.fixture(scope="session")
def keyed():
    """gensim's vectors of given words."""

    def make(words, vectors):
        made = KeyedVectors(vectors.shape[1], dtype=vectors.dtype)
        made.add_vectors(list(words), vectors)
        return made

    return make
