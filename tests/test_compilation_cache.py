"""Compiled programs are kept by version and processor, where folders can be written, in bounds."""

import os
import pathlib
import subprocess
import sys
import time

import pytest

from gradflow import _compilation_cache
from gradflow._compilation_cache import (
    SWITCH,
    cache_root,
    compilation_cache_environment,
    folder_name,
)

FOLDER = "JAX_COMPILATION_CACHE_DIR"


@pytest.fixture
def home(tmp_path):
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.mark.skipif(os.name != "posix", reason="where XDG_CACHE_HOME counts")
def test_on_in_the_users_cache_folder(home, tmp_path):
    variables = compilation_cache_environment(home)
    folder = pathlib.Path(variables[FOLDER])
    assert folder == tmp_path / "cache" / "gradflow" / "compiled" / folder_name(home)
    assert folder.is_dir()
    assert not list(folder.iterdir())
    assert 0 < int(variables["JAX_COMPILATION_CACHE_MAX_SIZE"]) <= 2**30
    assert cache_root({}) == pathlib.Path.home() / ".cache" / "gradflow" / "compiled"


@pytest.mark.parametrize("word", ["0", "off", "False"])
def test_off(home, tmp_path, word):
    assert compilation_cache_environment(home | {SWITCH: word}) == {}
    assert not (tmp_path / "cache").exists()


def test_elsewhere(home, tmp_path):
    variables = compilation_cache_environment(home | {SWITCH: str(tmp_path / "there")})
    assert pathlib.Path(variables[FOLDER]).parent == tmp_path / "there"


def test_a_cache_of_the_users_own_is_left_alone(home):
    assert compilation_cache_environment(home | {FOLDER: "/somewhere"}) == {}


def test_a_folder_that_cannot_be_written_is_silence(tmp_path, capfd):
    (tmp_path / "file").write_text("")
    assert compilation_cache_environment({"XDG_CACHE_HOME": str(tmp_path / "file")}) == {}
    assert compilation_cache_environment({"XDG_CACHE_HOME": "a\0b"}) == {}
    assert capfd.readouterr() == ("", "")


def test_unlike_machines_have_folders_of_their_own(home, monkeypatch):
    """Another processor, other flags of XLA, another version: another folder."""
    names = {folder_name(home), folder_name(home | {"XLA_FLAGS": "--xla_cpu_max_isa=AVX2"})}
    monkeypatch.setattr(_compilation_cache, "_processor", lambda: "flags: sse2")
    names.add(folder_name(home))
    monkeypatch.setattr(_compilation_cache.importlib.metadata, "version", lambda name: "9.9")
    names.add(folder_name(home))
    assert len(names) == 4


def test_what_is_out_of_use_or_half_written_goes(home):
    folder = pathlib.Path(compilation_cache_environment(home)[FOLDER])
    old, young = (folder.parent / f"gradflow-0.{n}-jaxlib-0.1-x" for n in (1, 2))
    for other in (old, young):
        other.mkdir()
    names = ("a-cache", "a-atime", "b-cache", "c-cache")
    for name in names:
        (folder / name).write_text("")
    past = time.time() - 100 * 86400
    for path in (old, folder / "a-cache", folder / "b-cache"):
        os.utime(path, (past, past))
    compilation_cache_environment(home)
    assert not old.exists()
    assert young.exists()
    assert {path.name for path in folder.iterdir()} == {"a-cache", "a-atime", "c-cache"}


PROGRAM = """
import sys, time
from gradflow.cli._main import _prepare_process
_prepare_process()
import jax, jax.numpy as jnp
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
hits = []
jax.monitoring.register_event_listener(
    lambda name, **_: hits.append(name) if name.endswith("cache_hits") else None)
print(float(jax.jit(lambda x: (x * 2).sum())(jnp.ones(3))), len(hits) > 0)
"""


def test_the_second_process_compiles_nothing(home):
    """And says nothing about it on stderr, whatever XLA thinks of the processor's features."""
    unset = (FOLDER, SWITCH, "TF_CPP_MIN_LOG_LEVEL")  # JAX sets the last one in this process
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    for hit in ("False", "True"):
        process = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment | home, capture_output=True,
            text=True, timeout=120,
        )  # fmt: skip
        assert (process.stdout.split(), process.stderr) == (["6.0", hit], "")
