"""Statistics that several tests look at, and Python processes of their own."""

import gc
import os
import pathlib
import platform
import subprocess
import sys

# Tests run beside each other: threads of their own would only wait for each other's cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Two of three seconds are XLA's. What it compiled is kept for the other processes and the next run;
# `pytest --cache-clear` forgets it. XLA says at error level what it thinks of its own files.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR",
    str(pathlib.Path(__file__).parents[1] / ".pytest_cache" / "d" / f"xla-{platform.node()}"),
)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from tests import runtime_types

runtime_types.switch_on()  # before the library is imported

from gradflow.corpus import CooccurrenceStatistics, load_statistics  # noqa: E402

# Linux gives a process 65,530 memory maps, and all tests in one compile to more. What is left of
# them after a module has to do for the next.
_MAPS, _MOST_MAPS = pathlib.Path("/proc/self/maps"), 20_000


@pytest.fixture(scope="module", autouse=True)
def room_for_compiled_code():
    """Forget compiled code before so much of it is mapped that XLA's compiler crashes."""
    import jax

    yield
    if _MAPS.exists() and _MAPS.read_bytes().count(b"\n") > _MOST_MAPS:
        jax.clear_caches()
        gc.collect()


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


@pytest.fixture(scope="session")
def small_study():
    """The main job on 200 words, which compiles for long."""
    from gradflow.experiments import rank_increments

    return rank_increments.run(rank_increments.QUICK)


@pytest.fixture(scope="session")
def small_stats(wikipedia):
    """The counts that `small_study` is made from."""
    return wikipedia.top(200)


@pytest.fixture
def run_python():
    """Run code in a fresh interpreter and give back what it printed; hanging is a failure."""

    def run(code, timeout=120, **environment):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=pathlib.Path(__file__).parent.parent,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    return run
