"""What every set of statistics remembers about how it was made."""

import importlib.metadata


def gradflow_version() -> str:
    """The installed version; importing the whole package for it would make a cycle."""
    try:
        return importlib.metadata.version("gradflow")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
