"""What is known of modes before a run, against the functions that it is made of."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.studies import mode_table


@pytest.fixture(scope="module")
def spec(sixty_words):
    return gf.spectrum(gf.mstar(sixty_words), 5)


def test_shares_words_and_times(spec):
    table = mode_table(spec, [1e-2, 1e-4], dim=4, words=3)
    np.testing.assert_allclose(table.share, spec.eigenvalues**2 / spec.squared_norm)
    np.testing.assert_allclose(table.cumulative_share[-1], table.share.sum())
    high, low = spec.top_words(2, 3)
    ends = table.word.sel(mode=3)
    assert [word for word in ends.sel(end="high").values if word] == high
    assert [word for word in ends.sel(end="low").values if word] == low
    vector = dict(zip(spec.words, spec.eigenvectors[:, 2], strict=True))
    entries = table.entry.sel(mode=3, end="high").values[: len(high)]
    np.testing.assert_array_equal(entries, [vector[word] for word in high])
    median = table.step.sel(scale=1e-4, quantile=0.5)
    assert median.sel(mode=5).isnull(), "beyond d"
    assert (np.diff(median.values[:4]) > 0).all()
    assert (table.step.sel(quantile=0.05, mode=1) < table.step.sel(quantile=0.95, mode=1)).all()


def test_bad_arguments_are_named(spec):
    with pytest.raises(gf.ArgumentError, match=r"^modes: wanted at most 5, the modes of spec"):
        mode_table(spec, [1e-2], 4, modes=6)
    with pytest.raises(gf.ArgumentError, match=r"^spec: wanted a spectrum of a target with words"):
        mode_table(gf.spectrum(gf.Target(np.eye(2)), 1), [1e-2], 1)
