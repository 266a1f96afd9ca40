"""The README's Python runs as it stands, shows what it says, and is well typed."""

import importlib.util
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest

import gradflow as gf

CHECKOUT = pathlib.Path(__file__).parent.parent
BLOCKS = re.findall(
    r"```python\n(.*?)```", (CHECKOUT / "README.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.slow
def test_python_blocks_run_one_after_the_other(tmp_path, monkeypatch):
    """Predictions before the run meet the flow; the other losses run; vectors make sense."""
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in BLOCKS:
        exec(block, names)
    assert len(BLOCKS) == 3

    errors = names["table"].relative_error.sel(rule="clusters").values[:40]
    assert np.median(np.abs(errors)) < 1e-4
    middle = names["pred"].plateaus[:1] / 2
    at_first_step = names["sol"](names["meas"].steps[:1])[0, :1] ** 2
    np.testing.assert_allclose(at_first_step, middle, rtol=1e-6)

    assert gf.Status(int(names["run"].status)) == gf.Status.ok
    first_steps = gf.measure_steps(names["run"], 4)
    predicted = gf.predict(names["sgns"], names["w0"]).steps[:4]
    np.testing.assert_allclose(first_steps, predicted, rtol=0.05)
    assert np.all(np.diff(names["robust"].loss) < 0)

    data = names["data"]
    axes = ("problem", "scale", "seed", "mode", "time")
    assert [data.sizes[axis] for axis in axes] == [2, 2, 2, 4, 40]
    assert not data.status.values.any()

    vecs = names["vecs"]
    np.testing.assert_array_equal(gf.load_vectors("vectors.txt").vectors, vecs.vectors)
    assert vecs.similarity("king", "queen") > vecs.similarity("king", "goals")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_python_blocks_are_well_typed(tmp_path):
    """A user's type checker accepts them, array-likes such as lists among the arguments."""
    program = tmp_path / "readme.py"
    program.write_text("\n".join(BLOCKS), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(program)]
    checked = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")
