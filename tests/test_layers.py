"""The layer law: a layer imports only from layers to its left, at first and at second hand."""

import ast

import pytest

from tests.import_graph import (
    LIBRARY,
    OUTSIDE,
    Import,
    dynamic_calls,
    imports_of,
    layer_of,
    library,
    loaded_with,
    modules,
    offers,
)

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
    ["experiments"],
    ["benchmarks"],
]
RANK = {layer: rank for rank, row in enumerate(ROWS) for layer in row}

# The one way from left to right: `gradflow figures` finds the experiments, which are a layer of
# their own, by the entry point that an installed package declares.
FINDS_EXPERIMENTS = Import("gradflow.cli._figures", "gradflow.experiments", "", "string")

# Where modules are imported by calls, beside packages whose public names are listed in a stub. The
# commands are imported when they are asked for, by strings that the law sees.
DYNAMIC = {
    "gradflow": ["import_module"],
    "gradflow.cli._commands": ["import_module", "import_module"],
    FINDS_EXPERIMENTS.importer: ["entry_points"],
}

WITHOUT_JAX = {"jax", "jaxlib", "equinox", "diffrax", "optax"}

# What is imported inside functions of layers that need no JAX, and loads it: sparse products run
# on an accelerator where there is one.
LOADS_JAX_WHEN_CALLED = {("gradflow.targets._sparse_plus_low_rank", "gradflow._device_products")}

# Layers from problems to evaluation that know counts or a text: a problem of pairs may be made of
# counts, training reads the text itself, and validity judges counts. All others see arrays.
KNOW_THE_CORPUS = {"problems", "training", "validity"}

# Private files of the library that the experiments and benchmarks use. This list only shrinks: what
# they need is public, or is not the library's business. The style of figures is: its colours and
# sizes are shared by all, and promised to nobody.
PRIVATE_FILES = {
    ("benchmarks", "gradflow.analysis._plateaus"),
    ("benchmarks", "gradflow.corpus._memory"),
    ("benchmarks", "gradflow.corpus._reading"),
    ("benchmarks", "gradflow.losses._pairs"),
    ("benchmarks", "gradflow.targets._pair_weights"),
    ("benchmarks", "gradflow.targets._partial_eigenpairs"),
    ("experiments", "gradflow._files"),
    ("experiments", "gradflow._netcdf"),
    ("experiments", "gradflow.evaluation._analogies"),
    ("experiments", "gradflow.evaluation._bootstrap"),
    ("experiments", "gradflow.evaluation._relations"),
    ("experiments", "gradflow.io._json"),
    ("experiments", "gradflow.io._source"),
    ("experiments", "gradflow.losses._softplus"),
    ("experiments", "gradflow.plotting._line_ends"),
    ("experiments", "gradflow.plotting._style"),
    ("experiments", "gradflow.plotting._ticks"),
    ("experiments", "gradflow.studies._figures"),
    ("experiments", "gradflow.studies._save"),
    ("experiments", "gradflow.theory._coupled_modes"),
    ("experiments", "gradflow.theory._prediction"),
}


def project_imports():
    """Every import of one of the project's modules, except by the list of public names."""
    for module in modules():
        if module != LIBRARY:
            for edge in imports_of(module):
                if edge.imported.split(".")[0] in (LIBRARY, *OUTSIDE):
                    yield edge


def test_every_module_belongs_to_a_layer():
    for module in modules():
        if module != LIBRARY:
            assert layer_of(module) in RANK, module


def test_imports_point_left():
    """Also those inside functions, for type checkers, and by a string that names a module."""
    edges = [edge for edge in project_imports() if edge.imported != LIBRARY]
    assert {edge.when for edge in edges} == {"import", "call", "types", "string"}
    assert FINDS_EXPERIMENTS in edges, "the exception is one"
    for edge in {*edges} - {FINDS_EXPERIMENTS}:
        importer, imported = layer_of(edge.importer), layer_of(edge.imported)
        same_layer = importer == imported or RANK[importer] == RANK[imported] == 0
        assert same_layer or RANK[imported] < RANK[importer], edge


def test_only_experiments_and_benchmarks_import_the_whole_package():
    for edge in project_imports():
        if edge.imported == LIBRARY:
            assert layer_of(edge.importer) in OUTSIDE, edge


def test_modules_are_imported_by_calls_in_named_places_only():
    calls = {module: dynamic_calls(module) for module in (LIBRARY, *library())}
    for module, names in calls.items():
        if "attach_stub" in names:
            assert modules()[module].with_suffix(".pyi").is_file(), module
            names.remove("attach_stub")
    assert {module: names for module, names in calls.items() if names} == DYNAMIC


def test_nothing_changes_where_python_looks_for_modules():
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text())):
            assert ast.unparse(node) != "sys.path", module


def layer(name):
    """A layer's modules."""
    return [module for module in library() if layer_of(module) == name]


def heavy(module):
    return {name.split(".")[0] for name in loaded_with(module)} & WITHOUT_JAX


@pytest.mark.parametrize("name", ["corpus", "targets", "vectors"])
def test_counting_needs_no_jax_at_first_or_second_hand(name):
    assert heavy("gradflow._device_products") == {"jax"}, "second-hand imports are seen"
    for module in layer(name):
        assert heavy(module) == set(), module


def test_what_loads_jax_when_called_is_named():
    later = {
        (module, edge.imported)
        for name in ("corpus", "targets", "vectors")
        for module in layer(name)
        for edge in imports_of(module)
        if edge.when == "call" and heavy(edge.imported) | ({edge.imported} & WITHOUT_JAX)
    }
    assert later == LOADS_JAX_WHEN_CALLED


def test_public_names_are_imported_from_the_package_that_offers_them():
    """From another package's private file comes only what that package does not offer."""
    for edge in project_imports():
        package = ".".join(edge.imported.split(".")[:2])
        private = edge.imported.count(".") > 1
        if private and layer_of(edge.importer) != layer_of(edge.imported) and edge.name:
            assert edge.name not in offers(package), edge


def test_private_files_used_outside_the_library_are_no_more_than_they_were():
    private = {
        (layer_of(edge.importer), edge.imported)
        for edge in project_imports()
        if layer_of(edge.importer) in OUTSIDE and "._" in edge.imported
    }
    of_library = {use for use in private if layer_of(use[1]) not in OUTSIDE}
    assert of_library == PRIVATE_FILES


def test_from_problems_to_evaluation_few_layers_know_the_corpus():
    """The library follows and predicts arrays: what was counted where is no concern of most."""
    between = {
        layer for layer, rank in RANK.items() if RANK["losses"] <= rank <= RANK["evaluation"]
    }
    importers = {
        layer_of(edge.importer) for edge in project_imports() if layer_of(edge.imported) == "corpus"
    }
    assert importers & (between - {"vectors"}) == KNOW_THE_CORPUS
