"""Statistics that several tests look at."""

import numpy as np
import pytest

from gradflow.corpus import CooccurrenceStatistics, load_statistics


@pytest.fixture(scope="session")
def two_words():
    """Two words, small enough to follow by hand; the second never meets itself."""
    return CooccurrenceStatistics.from_counts(
        ["sun", "moon"], np.array([3, 2]), np.array([[2, 5], [5, 0]])
    )


@pytest.fixture(scope="session")
def wikipedia():
    """The embedded counts of 2,000 words."""
    return load_statistics("wikipedia-2k")


@pytest.fixture(scope="session")
def sixty_words(wikipedia):
    """The sixty most frequent of them."""
    return wikipedia.top(60)
