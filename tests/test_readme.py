"""The README's Python runs as it stands, and shows what it says."""

import pathlib
import re

import numpy as np
import pytest

README = pathlib.Path(__file__).parent.parent / "README.md"


@pytest.mark.slow
def test_python_blocks_run_one_after_the_other(tmp_path, monkeypatch):
    """Predictions are within 2 % of what the flow shows, for the quadratic loss and for SGNS."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    names: dict = {}
    exec(blocks[0], names)
    first = slice(0, 10)
    np.testing.assert_allclose(names["pred"][first], names["steps"][first], rtol=0.02)
    assert dict(names["data"].sizes)["seed"] == 8
    exec(blocks[1], names)
    assert int(names["sol"].status) == 0
    gf = names["gf"]
    spec = gf.spectrum(names["sgns"].linearisation, k=10)
    predicted = gf.predict_steps(spec, names["w0"])
    np.testing.assert_allclose(gf.measure_steps(names["sol"]), predicted, rtol=0.03)
    names["followed"] = names["sol"]
    exec(blocks[2], names)
    kept = names["sol"].snapshots["imbalance"]
    assert np.abs(kept).max() < 1e-9, "balanced at the start, balanced for ever"
    np.testing.assert_allclose(names["sol"].singular_values, names["sol"].context.singular_values)
    steps = np.asarray(names["steps"])
    exec(blocks[3], names)
    assert np.median(np.abs(names["pred"] / steps - 1)) < 1e-4
    soon = np.asarray(gf.measure_steps(names["soon"], 4))
    np.testing.assert_allclose(soon, gf.measure_steps(names["followed"], 4), rtol=0.01)
    exec(blocks[4], names)
    assert (gf.load_vectors("vectors.txt").vectors == names["vecs"].vectors).all()
    assert names["vecs"].similarity("king", "queen") > names["vecs"].similarity("king", "goals")
    exec(blocks[5], names)
    assert names["run"].loss[-1] < names["run"].loss[0]
