"""`import gradflow` is quick: what takes seconds to import waits until it is needed."""

import pytest

import gradflow as gf

# What takes longest, and what only flows and figures need.
HEAVY = ("jax", "diffrax", "pandas", "xarray", "matplotlib")
LOADED = f"import sys; print([name for name in {HEAVY} if name in sys.modules])"


@pytest.mark.parametrize("name", gf.__all__)
def test_every_public_name_is_there(name):
    assert getattr(gf, name) is not None
    assert name in dir(gf)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing"):
        _ = gf.nothing


@pytest.mark.parametrize(("wrong", "meant"), [("solv", "solve"), ("spectum", "spectrum")])
def test_a_typing_mistake_has_a_hint(wrong, meant):
    with pytest.raises(AttributeError, match=f"{wrong}'; did you mean '{meant}'"):
        getattr(gf, wrong)
    assert not hasattr(gf, "nothing_like_it")


def test_the_import_alone_loads_nothing_heavy(run_python):
    assert run_python(f"import gradflow; {LOADED}").strip() == "[]"


def test_help_and_counting_load_nothing_heavy(run_python, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("the sun rose and the moon set\nthe moon rose and the sun set\n")
    command = f"['data', 'count', {str(text)!r}, '--out', {str(tmp_path / 'counts.gfs')!r}]"
    code = f"from gradflow.cli import main; assert main({command}) == 0; {LOADED}"
    assert run_python(code).splitlines()[-1] == "[]"
    assert (tmp_path / "counts.gfs").is_file()


def test_help_of_every_command_versions_and_lists_load_nothing_heavy(run_python):
    """Options, mistakes in them, and answers that need no computation."""
    code = f"""
from gradflow.cli import main
from gradflow.cli._commands import ROOT, Command
def paths(group):
    for name, item in group.commands.items():
        yield [name]
        if not isinstance(item, Command):
            yield from ([name, *rest] for rest in paths(item))
for path in paths(ROOT):
    assert main([*path, "--help"]) == 0
import sys
assert main(["run", "--dimm", "3"]) == 2
for answer in (["info"], ["info", "--json"], ["data", "list"], ["data", "list", "--json"]):
    assert main(answer) == 0
assert main(["data", "download", "text9"]) == 2
assert not {{"scipy", "numba", "pooch", "requests"}} & set(sys.modules)
{LOADED}"""
    assert run_python(code).splitlines()[-1] == "[]"


@pytest.mark.parametrize("first", ["jax, gradflow", "gradflow, jax"])
@pytest.mark.parametrize(("wish", "dtype"), [({}, "float64"), ({"JAX_ENABLE_X64": "0"}, "float32")])
def test_sixty_four_bits_from_the_import_on(run_python, monkeypatch, first, wish, dtype):
    """In either order of imports, before any name of gradflow is used, unless told otherwise."""
    monkeypatch.delenv("JAX_ENABLE_X64", raising=False)
    code = f"import {first}; import jax.numpy; print(jax.numpy.ones(1).dtype)"
    assert run_python(code, **wish).strip() == dtype
