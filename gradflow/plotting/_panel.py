"""What one column of the training figure shows."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from gradflow._errors import ArgumentError
from gradflow.plotting._arrays import shaped


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingPanel:
    """One run: what was followed and, where there is a theory, what it predicted.

    Attributes:
        times: (T,), rising, in the unit of one over an eigenvalue. Times of zero are left out of
            the logarithmic axis.
        loss: (T,), in the unit of the problem.
        singular_values: Singular values of W, (T, d).
        theory: Predicted singular values (T, m), or None.
        step_times: Predicted times (m,) at which s_k² is half its plateau, nan for a mode that
            does not rise; or None.
        plateaus: Where s_k² ends (m,): λ_k for quadratic problems; or None.
        staircase: Predicted loss (m + 1,) before the first step and after each, in the order of
            the modes; needs `step_times`. Or None.
        labels: Names of the first modes, such as the top word of each, in the order of the modes.
        groups: (m,) whole numbers that do not fall: neighbours with the same one have steps that
            run into each other and are drawn as one. Or None, where every step stands apart.
        title: Title of the column.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import TrainingPanel
        >>> times = np.linspace(1.0, 9.0, 5)
        >>> values = np.sqrt(times)[:, None] * [1.0, 0.5]
        >>> TrainingPanel(times, 1 / times, values, step_times=np.array([2.0, 4.0])).steps(modes=2)
        [[0], [1]]
    """

    times: Float[np.ndarray, " T"]
    loss: Float[np.ndarray, " T"]
    singular_values: Float[np.ndarray, "T d"]
    theory: Float[np.ndarray, "T m"] | None = None
    step_times: Float[np.ndarray, " m"] | None = None
    plateaus: Float[np.ndarray, " m"] | None = None
    staircase: Float[np.ndarray, " losses"] | None = None
    labels: Sequence[str] | None = None
    groups: Int[np.ndarray, " m"] | None = None
    title: str = ""

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        for name, axes in _AXES.items():
            value = getattr(self, name)
            if value is not None:
                array = shaped(name, value, axes, sizes)
                object.__setattr__(self, name, array.astype(int) if name == "groups" else array)
        if not (np.diff(self.times) > 0).all() or not self.times[-1] > 0:
            raise ArgumentError("times", "rising times, the last above 0", "others")
        for name in ("loss", "singular_values"):
            if not np.isfinite(getattr(self, name)[self.shown]).any():
                raise ArgumentError(name, "some finite numbers at times above 0", "none")
        if self.groups is not None and self.step_times is None:
            raise ArgumentError("step_times", "one for each of the groups", None)
        if self.staircase is None:
            return
        if self.step_times is None:
            raise ArgumentError("step_times", "one for each step of the staircase", None)
        if len(self.staircase) != len(self.step_times) + 1:
            wanted = f"{len(self.step_times) + 1} losses, one more than step_times"
            raise ArgumentError("staircase", wanted, len(self.staircase))

    def steps(self, modes: int) -> list[list[int]]:
        """The steps of the first modes, in the order of time: each the modes that it takes, from 0.

        A step of joint modes is whole, also where some of them are beyond the first.
        """
        if self.step_times is None:
            return []
        times = self.step_times
        labels = np.arange(len(times)) if self.groups is None else self.groups
        has_step = np.isfinite(times)
        groups = [np.flatnonzero(has_step & (labels == label)) for label in np.unique(labels)]
        begun = [group for group in groups if group.size and group[0] < modes]
        return [group.tolist() for group in sorted(begun, key=lambda group: times[group].min())]

    @property
    def shown(self) -> slice:
        """The times above zero."""
        return slice(int(np.searchsorted(self.times, 0.0, side="right")), None)


_AXES = {
    "times": "T",
    "loss": "T",
    "singular_values": "T d",
    "theory": "T m",
    "step_times": "m",
    "plateaus": "m",
    "groups": "m",
    "staircase": "steps",
}
