"""The part of the provenance that all statistics share."""

import importlib.metadata


def gradflow_version() -> str:
    """Return the installed version; importing it from the package would make a cycle."""
    try:
        return importlib.metadata.version("gradflow")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
