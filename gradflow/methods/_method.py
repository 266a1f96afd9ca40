"""The contract between `solve` and its methods."""

import abc
from typing import Any, Generic, TypeVar

import equinox as eqx
from jaxtyping import Array, Float

from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status
from gradflow.problems import AbstractProblem

# A pytree of the method's own: what it makes of a problem before any lane runs.
PlanT = TypeVar("PlanT")


class AbstractMethod(eqx.Module, Generic[PlanT]):
    """A way to follow a flow. Methods are frozen settings; all their work is in two functions.

    `plan` runs on the host, once a problem; `run` is pure, and is what is compiled and batched.
    A method of your own gives these two and `bytes_per_lane`; it then works in `solve` and `sweep`.

    Example:
        >>> import gradflow as gf
        >>> isinstance(gf.Exact(), gf.AbstractMethod)
        True
    """

    @abc.abstractmethod
    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> PlanT:
        """Return what every lane shares, made once on the host: eigenvectors, mostly.

        Raises:
            ArgumentError: The method cannot solve this problem.
        """

    @abc.abstractmethod
    def run(
        self,
        problem: AbstractProblem,
        plan: PlanT,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Follow one lane from a state. Pure; jitted and vmapped by the caller; never raises.

        Snapshots have times here, none before zero or after the last of `times`.
        """

    @abc.abstractmethod
    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return about how much memory one lane needs beside the plan, in bytes."""

    def repair(self, status: Status) -> "AbstractMethod[Any] | None":
        """Return the method that can follow a lane which ended so, or None if there is none.

        `solve` and `sweep` ask it of every lane that ended, and run those again for which it names
        a method.
        """
        return None
