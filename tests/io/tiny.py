"""One small study that many tests save, print and read back."""

import functools

from gradflow.analysis import StudySettings, study_rank_increments
from gradflow.corpus import load_statistics

SETTINGS = StudySettings(
    scales=(1e-1, 1e-3), seeds=2, dim=4, modes=3, num_times=24, sgns_words=12, sgns_dim=2
)


@functools.cache
def tiny_counts():
    return load_statistics("wikipedia-2k").top(60)


@functools.cache
def tiny_study():
    """Compiles for some seconds, once a process."""
    return study_rank_increments(tiny_counts(), SETTINGS)
