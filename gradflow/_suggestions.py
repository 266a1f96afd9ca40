"""Names that someone who made a typing mistake may have meant."""

from collections.abc import Iterable


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return the end of an error message: a question if a name is much like the word, else nothing.

    Args:
        word: What was written.
        names: What could have been written.

    Example:
        >>> did_you_mean("googel", ["google", "bats"]), did_you_mean("x", ["google"])
        ("; did you mean 'google'?", '')
    """
    import difflib  # for those who made a mistake only

    near = difflib.get_close_matches(word, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
