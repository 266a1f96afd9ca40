"""The errors a user can cause, each one line that says argument, wanted and got."""


class GradflowError(Exception):
    """Base of every error that gradflow raises on purpose.

    Example:
        >>> import gradflow as gf
        >>> try:
        ...     gf.load_statistics("no-such-counts")
        ... except gf.GradflowError as error:
        ...     print(type(error).__name__)
        DataError
    """


class ArgumentError(GradflowError, ValueError):
    """An argument has a value that cannot be used.

    Attributes:
        argument: Name of the argument as the caller wrote it.
        wanted: What would have been accepted.
        got: What came instead.

    Example:
        >>> import gradflow as gf
        >>> try:
        ...     gf.StudySettings(dim=0)
        ... except gf.ArgumentError as error:
        ...     print(error.argument)
        dim
    """

    def __init__(self, argument: str, wanted: str, got: object) -> None:
        self.argument, self.wanted, self.got = argument, wanted, got
        super().__init__(f"{argument}: wanted {wanted}, got {got}")


class DataError(ArgumentError):
    """A file is missing, or what is in it (or in an array) cannot be used.

    Example:
        >>> import gradflow as gf
        >>> try:
        ...     gf.load_study("no-such-folder")
        ... except gf.DataError as error:
        ...     print(error.argument)
        folder
    """


class SolveError(GradflowError, RuntimeError):
    """A flow could not be followed to its last time; the message says how far it came and why.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> try:
        ...     gf.solve(problem, np.eye(3, 2), [0.0, 9.0], method=gf.Adaptive(max_steps=1))
        ... except gf.SolveError as error:
        ...     print(str(error).count("ran out of steps"))
        1
    """
