"""Reading statistics from a file, or those that come with gradflow."""

import importlib.resources
import os

from gradflow._errors import DataError
from gradflow.corpus._embedded import embedded_file, embedded_names
from gradflow.corpus._statistics import CooccurrenceStatistics
from gradflow.corpus._storage import read_statistics


def load_statistics(path_or_name: str | os.PathLike[str]) -> CooccurrenceStatistics:
    """Read statistics saved by `CooccurrenceStatistics.save`, or those embedded in gradflow.

    Args:
        path_or_name: The path of a file, or one of `embedded_names()`, which come first.

    Returns:
        The statistics, checked.

    Raises:
        DataError: There is no such file or name, or the file is of another kind, from a newer
            gradflow, truncated or damaged.

    Example:
        >>> stats = load_statistics("wikipedia-2k")
        >>> stats.words[:3], stats.total_tokens
        (('the', 'of', 'one'), 6215361)
    """
    try:
        path = os.fspath(path_or_name)
    except TypeError:
        got = type(path_or_name).__name__
        raise DataError("path_or_name", "a path or a name", got) from None
    if path in embedded_names():
        with importlib.resources.as_file(embedded_file(path)) as file:
            return CooccurrenceStatistics(**read_statistics(file))
    if not os.path.exists(path) and not os.path.dirname(path) and not os.path.splitext(path)[1]:
        names = ", ".join(map(repr, embedded_names()))
        wanted = f"a statistics file, or an embedded name ({names})"
        raise DataError("path_or_name", wanted, f"{path!r}, which is neither")
    return CooccurrenceStatistics(**read_statistics(path))
