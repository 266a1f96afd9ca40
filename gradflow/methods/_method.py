"""The contract between `solve` and its methods."""

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution
from gradflow.problems._problem import AbstractProblem

Plan = Any  # a pytree of the method's own


class AbstractMethod(eqx.Module):
    """A way to follow a flow. Methods are frozen settings; all their work is in two functions."""

    @abc.abstractmethod
    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> Plan:
        """Work that every lane shares, done once on the host: eigenvectors, mostly.

        Raises:
            ArgumentError: The method cannot solve this problem.
        """

    @abc.abstractmethod
    def run(
        self,
        problem: AbstractProblem,
        plan: Plan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Follow one lane from a state. Pure; jitted and vmapped by the caller; never raises.

        Snapshots have times here, none before zero or after the last of `times`.
        """

    @abc.abstractmethod
    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """About how much memory one lane needs beside the plan, in bytes."""
