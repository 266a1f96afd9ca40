"""Vectors whose words and numbers are hard on a file format."""

import warnings

import numpy as np
import pytest

import gradflow as gf

with warnings.catch_warnings():  # what gensim's imports say is not ours to mend
    warnings.simplefilter("ignore")
    import gensim.models  # noqa: F401

ODD_WORDS = [
    "the", "naïve", "日本", "\u3000", "\u00a0x", "a\tb", "\u2028", "\x85", "12", "-0.5", '"', "'",
    "nan", "NULL", "#", ":", "<s>", "\U0001f600", "e\u0301", "\ufeff", "x" * 3000,
]  # fmt: skip


@pytest.fixture(scope="session")
def odd():
    """Every word odd; numbers of all sizes that float32 has, and some of its edges."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(len(ODD_WORDS), 7)) * 10.0 ** rng.integers(-30, 30, (21, 7))
    vectors[3] = [0.0, -0.0, 1e-45, -1e-40, 3.4028235e38, 0.1, 16777217.0]
    return gf.WordVectors(ODD_WORDS, vectors, {"made": "for tests"})


@pytest.fixture(scope="session")
def three():
    return gf.WordVectors(["sun", "moon", "bread"], [[2.0, 0], [1.0, 1.0], [0, -3.0]])
