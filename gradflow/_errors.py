"""The errors a user can cause, each one line that says argument, wanted and got."""


class GradflowError(Exception):
    """Base of every error that gradflow raises on purpose."""


class ArgumentError(GradflowError, ValueError):
    """An argument has a value that cannot be used.

    Attributes:
        argument: Name of the argument as the caller wrote it.
        wanted: What would have been accepted.
        got: What came instead.
    """

    def __init__(self, argument: str, wanted: str, got: object) -> None:
        self.argument, self.wanted, self.got = argument, wanted, got
        super().__init__(f"{argument}: wanted {wanted}, got {got}")


class DataError(ArgumentError):
    """A file is missing, or what is in it (or in an array) cannot be used."""


class SolveError(GradflowError, RuntimeError):
    """A flow could not be followed to its last time; the message says how far it came and why."""
