"""The main job as a user runs it: wall-clock seconds and peak memory of the whole process.

    python benchmarks/main_job.py --runs 3

Runs `gradflow run` with its defaults (8 scales × 4 seeds, V = 2,000, d = 100, every step of the
first 50 modes, SGNS on 500 words beside it) in a new process and a new folder each time.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

COMMAND = [sys.executable, "-m", "gradflow", "run", "--quiet"]


def run_once() -> tuple[float, float, dict]:
    """Return seconds, peak resident memory in GB, and the summary."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        start = time.perf_counter()
        process = subprocess.Popen([*COMMAND, "--out", str(out)])
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status != 0:
            raise SystemExit(f"gradflow run ended with status {status}")
        # Linux counts kilobytes, macOS bytes.
        unit = 2**30 if sys.platform == "darwin" else 2**20
        return seconds, usage.ru_maxrss / unit, json.loads((out / "summary.json").read_text())


def main() -> None:
    """Print a row a run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    print(f"{'run':>4}{'seconds':>9}{'peak GB':>9}  seconds by phase")
    for number in range(1, runs + 1):
        seconds, memory, summary = run_once()
        phases = ", ".join(f"{name} {value:.1f}" for name, value in summary["seconds"].items())
        print(f"{number:>4}{seconds:>9.1f}{memory:>9.2f}  {phases}", flush=True)


if __name__ == "__main__":
    main()
