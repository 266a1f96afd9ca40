"""What a closed form knows of a problem before any lane runs."""

import abc

import equinox as eqx
from jaxtyping import Array, Float

from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution


class AbstractExactPlan(eqx.Module):
    """All eigenvectors or singular vectors of a target; its lanes are followed by `run`."""

    @abc.abstractmethod
    def run(
        self,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Evaluate the closed form of one lane at every time. Pure; never raises."""
