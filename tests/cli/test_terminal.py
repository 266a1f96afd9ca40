"""Progress on a terminal only, and what pipes, signals and devices ask for."""

import io
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from gradflow.cli._printing import percent
from gradflow.cli._progress import count_said, show_progress
from gradflow.corpus import CountProgress
from gradflow.dynamics import usable_cores


class Terminal(io.StringIO):
    def isatty(self):
        return True


def draw():
    with show_progress() as bars:
        bars.phase("sweep", 0, 1)
        bars.phase("sweep", 3, 32)
        bars.phase("sweep", 32, 32)
        bars.phase("sweep", 1, 1)
        count = bars.amount("counting")
        if count is not None:
            count(1, 4)
            count(1, None)
        return count


def test_bars_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert draw() is not None
    drawn = sys.stderr.getvalue()
    assert "flows" in drawn
    assert "32/32" in drawn
    assert drawn.endswith(("\x1b[?25h", "\x1b[2K"))  # the cursor is back, the bars are gone


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_no_bars_in_a_pipe(monkeypatch, capsys, name):
    monkeypatch.setenv(name, "1")
    assert draw() is None
    assert capsys.readouterr() == ("", "")


def test_no_bars_on_a_dumb_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert draw() is None
    assert sys.stderr.getvalue() == ""


def test_a_count_shows_phase_share_speed_and_time_left(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with show_progress() as bars:
        report = bars.counting()
        report(CountProgress("reading", 10, 100, 1000))
        time.sleep(0.01)
        report(CountProgress("reading", 50, 100, 5000))
        report(CountProgress("merging", 1, 4, 0))
    drawn = sys.stderr.getvalue()
    assert "reading" in drawn
    assert re.search(r"50 %  [\d,]+ words/s  0:00:00 left", drawn)
    assert re.search(r"merging.* 25 %", drawn)
    said = count_said(CountProgress("reading", 3, None, 500), 10.0)
    assert said == "50 words/s"  # a pipe: nobody knows how much is left


def test_bars_vanish_when_interrupted(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())

    def interrupted():
        with show_progress() as bars:
            bars.phase("sweep", 3, 32)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "\x1b[?25h" in sys.stderr.getvalue()


def test_percent():
    shown = [
        percent(value) for value in (0.123, 0.0994, 0.02, 0.0043, 4e-5, 0.0, 1.2, float("nan"))
    ]
    assert shown == ["12 %", "9.9 %", "2.0 %", "0.43 %", "0.0040 %", "0.0 %", "120 %", "-"]


def shell(command, **environment):
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=120,
        env=os.environ | environment,
    )  # fmt: skip


RUN = f"""{sys.executable} -c "from gradflow.cli import program; program()" """


@pytest.mark.slow
def test_a_closed_pipe_is_no_error():
    done = shell(f"set -o pipefail; {RUN} data info wikipedia-2k | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode in (0, 141)
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux only")
def test_a_full_disk_behind_stdout_is_one_line():
    done = shell(f"{RUN} data info wikipedia-2k > /dev/full")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left on device" in done.stderr


@pytest.mark.slow
def test_letters_that_the_terminal_lacks():
    done = shell(f"{RUN} data count --help", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stderr == ""


CORES = """
import jax
from gradflow.corpus import CountProgress
from gradflow.dynamics import use_all_cores
use_all_cores()
print(len(jax.devices("cpu")))
use_all_cores()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, usable_cores()),
        ({"XLA_FLAGS": "--xla_force_host_platform_device_count=3"}, 3),
        ({"JAX_NUM_CPU_DEVICES": "3"}, 3),
    ],
)
def test_devices(environment, count):
    clean = {name: v for name, v in os.environ.items() if name not in ("XLA_FLAGS",)}
    done = subprocess.run(
        [sys.executable, "-c", CORES], capture_output=True, text=True, timeout=120,
        env=clean | environment,
    )  # fmt: skip
    assert done.stdout == f"{count}\n", done.stderr


@pytest.mark.slow
def test_a_real_interruption_leaves_nothing(tmp_path, wikipedia):
    counts = tmp_path / "two-hundred.gfs"
    wikipedia.top(200).save(counts)
    program = (
        # A shell's background job ignores Ctrl-C from birth, and so would this.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from gradflow.cli import program; print('up', flush=True); program()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, "run", "--out", tmp_path / "out", "--counts", counts],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr == "gradflow: interrupted, nothing was written\n"
    assert os.listdir(tmp_path) == [counts.name]
