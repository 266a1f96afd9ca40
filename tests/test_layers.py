"""The layer law of the package: a layer imports only from layers to its left."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent / "gradflow"

# Left to right. Layers of one row are neighbours: they may not import each other.
ROWS = [
    [
        *("_errors", "_checks", "_files", "_machine", "_random", "_compiled", "_netcdf"),
        *("_parallel", "_suggestions", "_compilation_cache"),
    ],
    ["_precision", "_device_products"],
    ["corpus"],
    ["targets"],
    ["losses", "initialisation", "vectors"],
    ["problems"],
    ["methods"],
    ["dynamics"],
    ["training"],
    ["theory"],
    ["analysis"],
    ["validity", "evaluation"],
    ["io", "plotting"],
    ["studies"],
    ["cli"],
    ["__main__"],
]
RANK = {layer: rank for rank, row in enumerate(ROWS) for layer in row}


def layer_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "gradflow":  # from gradflow import x: x is the layer
                yield from (f"gradflow.{alias.name}" for alias in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def edges():
    for path in sorted(ROOT.rglob("*.py")):
        if path == ROOT / "__init__.py":
            continue
        for module in imported_modules(path):
            parts = module.split(".")
            if parts[0] == "gradflow":
                assert len(parts) > 1, f"{path}: imports the whole package"
                yield path, layer_of(path), parts[1]


def test_every_module_belongs_to_a_layer():
    for path in ROOT.rglob("*.py"):
        if path != ROOT / "__init__.py":
            assert layer_of(path) in RANK, path


def test_imports_point_left():
    found = list(edges())
    assert len(found) > 20, "the parser sees the imports"
    for path, importer, imported in found:
        same_layer = importer == imported or RANK[importer] == RANK[imported] == 0
        assert same_layer or RANK[imported] < RANK[importer], f"{path}: {importer} -> {imported}"


@pytest.mark.parametrize("layer", ["corpus", "targets", "vectors"])
def test_counting_needs_no_jax(layer):
    for path in (ROOT / layer).rglob("*.py"):
        for module in imported_modules(path):
            assert module.split(".")[0] not in {"jax", "equinox", "diffrax", "optax"}, path
