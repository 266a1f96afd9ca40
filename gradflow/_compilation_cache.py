"""Where JAX keeps compiled programs for the next process, for the command line.

A program that XLA compiled for one processor may stop on another, and a home may be shared by
unlike machines: each kind of processor, and each version of gradflow and jaxlib, has a folder of
its own. Nothing here imports JAX, which reads the variables when it is imported itself.
"""

import contextlib
import hashlib
import importlib.metadata
import os
import pathlib
import platform
import shutil
import sys
import time
from collections.abc import Mapping

# "0" (or "off", "false", "no") switches the cache off; a path moves it.
SWITCH = "GRADFLOW_COMPILATION_CACHE"
_OFF = frozenset({"0", "off", "false", "no"})
_MOST_BYTES = 1 << 30
# What takes less time to compile takes as long to read.
_LEAST_SECONDS = 0.1
# Folders of other versions and processors go when nobody has used them for so long.
_UNUSED_SECONDS = 90 * 86400
_HALF_WRITTEN_SECONDS = 60
# Lines of /proc/cpuinfo that tell processors apart, on x86 and on ARM.
_PROCESSOR_LINES = ("vendor_id", "model name", "flags", "Features", "CPU implementer", "CPU part")


def compilation_cache_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that switch JAX's persistent compilation cache on.

    Args:
        environment: The process's own. A cache that it configures for JAX is left alone.

    Returns:
        Names and values for JAX to read; nothing where the cache is switched off, or where its
        folder cannot be written.
    """
    switch = environment.get(SWITCH, "")
    if switch.lower() in _OFF or "JAX_COMPILATION_CACHE_DIR" in environment:
        return {}
    root = pathlib.Path(switch) if switch else cache_root(environment)
    folder = root / folder_name(environment)
    if not _is_usable(folder):
        return {}
    with contextlib.suppress(OSError):
        _tidy(root, folder)
    return {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        # JAX locks the folder where its size is bounded, which makes processes side by side safe.
        "JAX_COMPILATION_CACHE_MAX_SIZE": str(_MOST_BYTES),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": str(_LEAST_SECONDS),
    }


def cache_root(environment: Mapping[str, str]) -> pathlib.Path:
    """Return the folder of compiled programs in the user's cache folder, where corpora lie, too."""
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA") or os.path.expanduser("~/AppData/Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "gradflow" / "compiled"


def folder_name(environment: Mapping[str, str]) -> str:
    """Return a name for this gradflow, this jaxlib, this kind of processor and these XLA flags."""
    versions = (f"{name}-{importlib.metadata.version(name)}" for name in ("gradflow", "jaxlib"))
    machine = f"{_processor()}\n{environment.get('XLA_FLAGS', '')}"
    digest = hashlib.sha256(machine.encode("utf-8", "replace")).hexdigest()[:12]
    return "-".join((*versions, digest))


def _processor() -> str:
    """Return the features of the processor, or what little the system says of it."""
    fallback = "\n".join((platform.system(), platform.machine(), platform.processor()))
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return fallback
    lines = {line for line in text.splitlines() if line.startswith(_PROCESSOR_LINES)}
    return "\n".join(sorted(lines)) or fallback


def _is_usable(folder: pathlib.Path) -> bool:
    """Make the folder, and find out whether files can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)  # in use: see _tidy
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"written")  # on a full disk this fails, where making a file does not
        probe.unlink()
    except (OSError, ValueError):
        return False
    return True


def _tidy(root: pathlib.Path, folder: pathlib.Path) -> None:
    """Remove folders that are out of use, and programs that a process could not finish writing.

    JAX writes a program first and the time of its use after it, under a lock, and never writes a
    program again that is there: half of one, on a disk that was full, would stay for ever.
    """
    now = time.time()
    for other in root.glob("gradflow-*-jaxlib-*"):
        if other != folder and now - other.stat().st_mtime > _UNUSED_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
    for program in folder.glob("*-cache"):
        used = program.with_name(f"{program.name.removesuffix('-cache')}-atime")
        if not used.exists() and now - program.stat().st_mtime > _HALF_WRITTEN_SECONDS:
            program.unlink(missing_ok=True)
