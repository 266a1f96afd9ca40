"""What the sources of library and experiments are checked for beside types: names and words."""

import ast
import doctest
import re

from tests.import_graph import LIBRARY, library, modules, offers

MOST_AT_THE_TOP, MOST_IN_PACKAGES = 66, 60

# Names that say nothing of what a variable holds.
GENERIC = {
    "found", "kept", "one", "late", "here", "own", "known", "whole", "part", "some", "those",
    "thing", "at", "mine", "both", "early", "seen", "made",
}  # fmt: skip

# Summaries that say nothing, and openings that take the function's name for half a sentence.
EMPTY = {
    "do it", "print it", "measure it", "in words", "it is one", "none or one", "take notice",
    "what came of it", "the same", "they are strings",
}  # fmt: skip
HALF_SENTENCE = re.compile(r"(Of|And|Or|Than|As asked|None or)\b")

Definition = ast.FunctionDef | ast.ClassDef


def names_at_the_top() -> set[str]:
    """Public functions, classes and constants, without the packages."""
    return set(offers(LIBRARY))


def names_in_packages() -> set[str]:
    """What packages offer beyond that, with the package."""
    top = names_at_the_top()
    return {
        f"{package}.{name}"
        for package, path in library().items()
        if path.stem == "__init__"
        for name in offers(package)
        if name not in top
    }


def without_example() -> list[str]:
    """Public functions and classes whose docstring shows no executed example."""
    public = {f"{LIBRARY}.{name}" for name in names_at_the_top()} | names_in_packages()
    missing = []
    for name in sorted(public):
        node = _definition(*name.rsplit(".", 1))
        if node and not doctest.DocTestParser().get_examples(ast.get_docstring(node) or ""):
            missing.append(name)
    return missing


def empty_docstrings(module: str) -> list[str]:
    """Where a docstring's first sentence has fewer than three words, or says nothing."""
    return [
        f"{module}:{getattr(node, 'lineno', 1)}: {summary}"
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.Module | Definition)
        and (summary := (ast.get_docstring(node) or "").split("\n\n")[0])
        and _is_empty(summary)
    ]


def generic_locals(module: str) -> list[str]:
    """Where a function names a variable by a word that says nothing of it."""
    functions = [node for node in ast.walk(_tree(module)) if isinstance(node, ast.FunctionDef)]
    places = {
        (node.lineno, node.col_offset, node.id)
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in GENERIC
    }
    return [f"{module}:{line}: {name}" for line, _, name in sorted(places)]


def _is_empty(summary: str) -> bool:
    sentence = re.split(r"[.;](\s|$)", summary)[0]
    opening = re.split(r"[.;:](\s|$)", summary)[0].lower()
    return len(sentence.split()) < 3 or opening in EMPTY or bool(HALF_SENTENCE.match(sentence))


def _tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text())


def _definition(module: str, name: str) -> Definition | None:
    """The function or class of that name, wherever the module has it from."""
    if name in offers(module) and modules()[module].stem == "__init__":
        return _definition(offers(module)[name], name)
    tree = _tree(module)
    for node in reversed(tree.body):  # of overloads, the last has the docstring
        if isinstance(node, Definition) and node.name == name:
            return node
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return _definition(node.module, name) if node.module in modules() else None
    return None
