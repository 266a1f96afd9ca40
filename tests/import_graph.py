"""Which module of the project imports which, as its sources say."""

import ast
import dataclasses
import functools
import pathlib
from collections.abc import Iterator

CHECKOUT = pathlib.Path(__file__).parent.parent
LIBRARY, OUTSIDE = "gradflow", ("experiments", "benchmarks")
# In a checkout the folder experiments/ is the package gradflow.experiments by a link.
_NAMES = (
    {"experiments": f"{LIBRARY}.experiments"}
    if (CHECKOUT / LIBRARY / "experiments").exists()
    else {}
)

# Calls that import what no import statement names. Reading installed metadata alone is none.
_DYNAMIC = {
    "import_module", "__import__", "attach", "attach_stub", "load_module", "exec_module",
    "spec_from_file_location", "run_module", "run_path", "entry_points", "exec", "eval",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Import:
    """One module's dependence on another.

    Attributes:
        importer: Dotted name of the module that imports.
        imported: Dotted name of the module of the project, or of another distribution.
        name: What is taken from it; empty where it is the module itself.
        when: "import" (executed as the importer is imported), "call" (inside a function),
            "types" (for type checkers alone) or "string" (a string that is a module's name).
    """

    importer: str
    imported: str
    name: str
    when: str


@functools.cache
def modules() -> dict[str, pathlib.Path]:
    """Dotted names of all modules of the library, the experiments and the benchmarks."""
    paths = [path for top in (LIBRARY, *OUTSIDE) for path in (CHECKOUT / top).rglob("*.py")]
    link = CHECKOUT / LIBRARY / "experiments"
    return {_dotted(path): path for path in sorted(paths) if not path.is_relative_to(link)}


def library() -> dict[str, pathlib.Path]:
    """Those of the library alone, without the file that names the whole."""
    return {
        name: path
        for name, path in modules().items()
        if name.startswith(f"{LIBRARY}.") and layer_of(name) not in OUTSIDE
    }


@functools.cache
def imports_of(module: str) -> tuple[Import, ...]:
    """All imports that a module's source names, those inside functions and strings too."""
    tree = ast.parse(modules()[module].read_text())
    return tuple(_walk(module, tree, "import", _docstrings(tree)))


@functools.cache
def offers(package: str) -> dict[str, str]:
    """Names that a package's `__init__`, or the stub beside it, takes from its files; and which."""
    path = modules()[package]
    stub = path.with_suffix(".pyi")
    if not stub.is_file():
        return {edge.name: edge.imported for edge in imports_of(package) if edge.name}
    nodes = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: f"{package}.{node.module}"
        for node in nodes
        if node.module
        for alias in node.names
    }


def dynamic_calls(module: str) -> list[str]:
    """Names of the functions called in a module that import what no statement names."""
    tree = ast.parse(modules()[module].read_text())
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [getattr(function, "attr", getattr(function, "id", "")) for function in calls]
    return sorted(name for name in names if name in _DYNAMIC)


@functools.cache
def loaded_with(module: str) -> frozenset[str]:
    """Everything that importing a module loads, at first and at second hand, itself included."""
    loaded, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name in loaded:
            continue
        loaded.add(name)
        if name in modules():
            waiting += _packages_of(name)
            for edge in imports_of(name):
                if edge.when == "import":
                    waiting += [edge.imported, *_taken_from(edge)]
    return frozenset(loaded)


def layer_of(module: str) -> str:
    """The package or file right beneath the library; or the experiments, or the benchmarks."""
    top, *rest = module.split(".")
    return rest[0] if top == LIBRARY and rest else top


def _dotted(path: pathlib.Path) -> str:
    top, *parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join([_NAMES.get(top, top), *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _taken_from(edge: Import) -> list[str]:
    """The file that a package's public name comes from: where there is a stub, loaded by need."""
    is_package = edge.imported in modules() and modules()[edge.imported].stem == "__init__"
    return (
        [offers(edge.imported)[edge.name]]
        if is_package and edge.name in offers(edge.imported)
        else []
    )


def _packages_of(module: str) -> list[str]:
    """The packages that a module lies in: their `__init__` is executed before it."""
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def _docstrings(tree: ast.Module) -> set[int]:
    """Which nodes are docstrings: these may name any module."""
    holders = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body
    ]
    return {id(node.body[0].value) for node in holders if isinstance(node.body[0], ast.Expr)}


def _names_a_module(text: str) -> bool:
    """Whether a string is the dotted name of a module."""
    return "." in text and text in modules()


def _walk(module: str, node: ast.AST, when: str, skipped: set[int]) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(module, alias.name, "", when)
        elif isinstance(child, ast.ImportFrom):
            yield from _from(module, child, when)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            if id(child) not in skipped and _names_a_module(child.value):
                yield Import(module, child.value, "", "string")
        elif isinstance(child, (ast.FunctionDef, ast.Lambda)):
            yield from _walk(module, child, "call", skipped)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _walk(module, child, "types", skipped)
        else:
            yield from _walk(module, child, when, skipped)


def _from(module: str, node: ast.ImportFrom, when: str) -> Iterator[Import]:
    assert node.level == 0, f"{module}: relative import"
    for alias in node.names:
        deeper = f"{node.module}.{alias.name}"
        if deeper in modules():  # from gradflow import losses: the name is a module
            yield Import(module, deeper, "", when)
        else:
            yield Import(module, node.module, alias.name, when)
