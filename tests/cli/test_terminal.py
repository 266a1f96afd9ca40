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
from gradflow.cli._progress import Lines, count_said, loading, show_progress
from gradflow.corpus._progress import CountProgress
from gradflow.dynamics._devices import usable_cores


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


FLOWS = "gradflow: flows, compiling first ...\ngradflow: flows 3/32 ...\n"


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_lines_in_place_of_bars_in_a_pipe(monkeypatch, capsys, name):
    monkeypatch.setenv(name, "1")
    assert draw() is None
    assert capsys.readouterr() == ("", FLOWS)


def test_lines_in_place_of_bars_on_a_dumb_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert draw() is None
    assert sys.stderr.getvalue() == FLOWS


def test_quiet_says_nothing(capsys):
    with show_progress(quiet=True) as progress, loading(quiet=True):
        progress.phase("sweep", 0, 1)
        assert progress.counting() is None
    assert capsys.readouterr() == ("", "")


def test_a_long_phase_says_now_and_then_what_is_left(capsys):
    """Off a terminal: the beginning, the first lanes, and then a line in 20 s, with an estimate
    that leaves the first chunk's compilation out."""
    now = [0.0]
    lines = Lines(lambda: now[0])
    lines.phase("sweep", 0, 1)
    for done in range(4, 29, 4):
        now[0] += 100.0 if done == 4 else 10.0  # the compiler, then ten seconds a chunk
        lines.phase("sweep", done, 32)
    lines.phase("sweep", 1, 1)
    count = lines.counting()
    for words in range(1, 6):
        count(CountProgress("reading", words, 10, 1000 * words))
        now[0] += 9.0
    assert capsys.readouterr().err.replace("gradflow: ", "").replace(" ...", "").splitlines() == [
        "flows, compiling first",
        "flows 4/32",
        "flows 12/32, 0:00:50 left",
        "flows 20/32, 0:00:30 left",
        "flows 28/32, 0:00:10 left",
        "reading",
        "reading 40 %  148 words/s  0:00:40 left",
    ]


def test_libraries_that_load_are_named_while_they_do(monkeypatch, capsys):
    with loading():
        pass
    assert capsys.readouterr().err == "gradflow: loading JAX ...\n"
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with loading():
        pass
    assert sys.stderr.getvalue().endswith("\r\x1b[2K"), "gone from a terminal's line"


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
    """Two digits, and powers of ten below a thousandth of a percent."""
    values = (1.2, 0.123, 0.0994, 0.02, 0.0043, 4e-5, 9.97e-6, 4e-6, 4.6e-9, 0.0, float("nan"))
    assert [percent(value) for value in values] == [
        "120 %", "12 %", "9.9 %", "2.0 %", "0.43 %", "0.0040 %", "0.0010 %", "4.0e-4 %",
        "4.6e-7 %", "0 %", "-",
    ]  # fmt: skip


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
    assert stderr.endswith("gradflow: interrupted, nothing was written\n"), stderr
    assert os.listdir(tmp_path) == [counts.name]
