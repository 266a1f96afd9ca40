"""What a solve gives back, whichever method made it."""

import abc
import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int, Real

from gradflow._checks import real_array
from gradflow._errors import ArgumentError
from gradflow._files import StrPath

if TYPE_CHECKING:
    import xarray as xr

_TIMES_AT_ONCE = 8  # a closed form needs temporaries of the size of W for each


class Status(enum.IntEnum):
    """How a lane ended. Only `ok` leaves numbers to be trusted at every time.

    Example:
        >>> import gradflow as gf
        >>> gf.Status(0).meaning
        'reached the last time'
    """

    ok = 0
    too_many_steps = 1
    not_finite = 2
    start_misses_head = 3
    ill_conditioned = 4
    unbalanced = 5

    @property
    def meaning(self) -> str:
        """The status in words, with what to change where that helps."""
        return _MEANINGS[self]


_MEANINGS = {
    Status.ok: "reached the last time",
    Status.too_many_steps: "ran out of steps before the last time; raise max_steps or loosen rtol",
    Status.not_finite: "met a number that is not finite",
    Status.start_misses_head: (
        "W₀ has no component along some leading eigenvectors; use Exact(compress=False)"
    ),
    Status.ill_conditioned: (
        "columns of W₀ are nearly parallel, which costs digits; use Exact(compress=False)"
    ),
    Status.unbalanced: (
        "has no closed form here: WᵀW − CᵀC of the start is not a multiple of the identity; "
        "use Adaptive()"
    ),
}


class AbstractFlow(eqx.Module):
    """Singular values as a function of time, anywhere between the first time and the last."""

    @abc.abstractmethod
    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """Return ln s_k²(t), falling in k; −∞ where a singular value is zero."""


class Solution(eqx.Module):
    """A flow at the times that were asked for, and a function of the time between them.

    Attributes:
        times: (T,), in the time of dW/dt = −∇L.
        singular_values: (T, d), of W, falling in d.
        loss: (T,), the loss as the problem defines it.
        status: A `Status` value.
        plateaus: (d,), where each s_k² ends; nan where the problem does not know.
        evaluations: Gradients computed; 0 for closed forms.
        flow: The singular values between the times. Closed forms evaluate themselves; numerical
            methods interpolate what they saved.
        embeddings: W (T, V, d) where they were asked for, else None.
        context: The same of C, where it is not W: its singular values, plateaus, flow and
            embeddings. It goes wherever a solution goes, such as `measure(solution.context)`.
        snapshots: What the functions of `Snapshots` returned, each with the times in front.
        snapshot_times: (S,), the times of the snapshots, where they are known.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-3)
        >>> solution = gf.solve(problem, w0, np.linspace(0, 20, 99))
        >>> (solution(20.0) ** 2).round(6)
        Array([4., 2.], dtype=float64)
    """

    times: Float[Array, " T"]
    singular_values: Float[Array, "T d"]
    loss: Float[Array, " T"]
    status: Int[Array, ""]
    plateaus: Float[Array, " d"]
    evaluations: Int[Array, ""]
    flow: AbstractFlow
    embeddings: Float[Array, "T V d"] | None = None
    context: "Solution | None" = None
    snapshots: dict[str, Array] = eqx.field(default_factory=dict)
    snapshot_times: Float[Array, " S"] | None = None

    @classmethod
    def from_sides(
        cls,
        times: Float[Array, " T"],
        singular_values: Float[Array, "T sides d"],
        loss: Float[Array, " T"],
        status: Int[Array, ""],
        plateaus: Float[Array, "sides d"],
        evaluations: Int[Array, ""],
        flows: Sequence[AbstractFlow],
        snapshots: dict[str, Array],
    ) -> "Solution":
        """Return a solution from arrays with an axis for W and, where it is another, C.

        Args:
            times: As of a solution, and so is whatever else has no axis of sides.
            singular_values: Of W, or of W and C.
            loss: See above.
            status: See above.
            plateaus: As the singular values.
            evaluations: See above.
            flows: One a side.
            snapshots: Results of snapshots, which the context does not have.
        """

        def side(index: int, context: Solution | None) -> Solution:
            return cls(
                times,
                singular_values[:, index],
                loss,
                status,
                plateaus[index],
                evaluations,
                flows[index],
                context=context,
                snapshots={} if index else snapshots,
            )

        return side(0, side(1, None) if len(flows) > 1 else None)

    def __call__(self, t: Real[ArrayLike, "..."] | Sequence[float]) -> Float[Array, "... d"]:
        """Return the singular values of W at any time, not only at the saved ones.

        The flow itself is evaluated (closed forms) or interpolated (numerical methods), so that the
        values are as good as those at the saved times. The times must lie between the first and the
        last saved time, whatever the method: plans of closed forms are made for these.

        Args:
            t: A time, or times (T',) in any order. It may be traced.

        Returns:
            (d,) for one time, (T', d) for several, falling in d; zero for a mode that is absent,
            nan where the flow failed. Outside the saved times nan, where that is only known inside
            `jit`.

        Raises:
            ArgumentError: A time is no finite number, or outside of the saved ones.

        Example:
            >>> import jax, numpy as np, gradflow as gf
            >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
            >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-3)
            >>> solution = gf.solve(problem, w0, [0.0, 20.0])
            >>> solution([0.0, 5.0, 10.0]).shape, solution(7.5).shape
            ((3, 2), (2,))
        """
        times = self._checked_times(t)
        if times.ndim == 0:
            return _evaluate(self.flow, self.times, times[None])[0]
        return _evaluate(self.flow, self.times, times)

    def _checked_times(self, t: object) -> Float[Array, "..."]:
        """Return times in the dtype of the solution; those known before tracing are in range."""
        if isinstance(t, jax.core.Tracer):
            times = jnp.asarray(t, self.times.dtype)
        else:
            times = jnp.asarray(real_array("t", t), self.times.dtype)
        if times.ndim > 1:
            raise ArgumentError("t", "one time, or times of shape (T',)", f"shape {times.shape}")
        if isinstance(times, jax.core.Tracer) or isinstance(self.times, jax.core.Tracer):
            return times
        if self.times.ndim != 1:
            raise ArgumentError("t", "one solution, not a batch: use jax.vmap", "a batch of them")
        first, last = float(self.times[0]), float(self.times[-1])
        values = np.asarray(times)
        outside = ~((values >= first) & (values <= last))  # nan is outside
        if outside.any():
            wanted = f"times from {first:g} to {last:g}, the first and last of the solution"
            raise ArgumentError("t", wanted, f"{values[outside].ravel()[0]:g}")
        return times

    def to_dataset(self, words: Sequence[str] | None = None) -> "xr.Dataset":
        """Return the solution as labelled arrays with units.

        Args:
            words: The words (V,), to label the rows of the embeddings.

        Returns:
            Dataset: coordinates `t` (time), `mode` from 1 and, where they are given, `word`;
            variables `singular_values` (time, mode), `loss` (time), `plateaus` (mode), `status`
            with its meaning, `evaluations`, `embeddings` (time, word, axis) where they were kept,
            the same of C with "context_" before their names, and each snapshot by its name, with
            axes of its own after `snapshot`.

        Raises:
            ArgumentError: Words of another number than the rows, or a batch of solutions.

        Example:
            >>> import jax, numpy as np, gradflow as gf
            >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
            >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-3)
            >>> data = gf.solve(problem, w0, np.linspace(0, 20, 9)).to_dataset()
            >>> data.singular_values.dims, data.status.attrs["meaning"]
            (('time', 'mode'), 'reached the last time')
        """
        from gradflow.methods._solution_file import solution_dataset

        return solution_dataset(self, words)

    def save(self, path: StrPath, words: Sequence[str] | None = None) -> None:
        """Write one netCDF file, whole or not at all; `xarray.open_dataset` opens it.

        Args:
            path: The file, replaced where it exists; its folder must exist.
            words: As for `to_dataset`.

        Raises:
            ArgumentError: As for `to_dataset`.
            DataError: The folder is missing or cannot be written, the disk is full, or a snapshot
                holds complex numbers.
        """
        from gradflow.methods._solution_file import save_solution

        save_solution(self, path, words)

    @staticmethod
    def load(path: StrPath) -> "Solution":
        """Return the solution that `save` wrote.

        Between the saved times it interpolates, also where it was a closed form, of which the file
        holds values in between: on a `time_grid` of 400 times, steps are then the same to 1e-8.

        Args:
            path: The file.

        Raises:
            DataError: There is no such file, it is damaged, or it holds no solution.

        Example:
            >>> import jax, numpy as np, pathlib, tempfile, gradflow as gf
            >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
            >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-3)
            >>> solution = gf.solve(problem, w0, np.linspace(0, 20, 9))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "run.nc")
            ...     solution.save(path)
            ...     gf.Solution.load(path)
            Solution(9 times from 0 to 20, d = 2, reached the last time)
        """
        from gradflow.methods._solution_file import load_solution

        return load_solution(path)

    def __repr__(self) -> str:
        shape = self.singular_values.shape
        if isinstance(self.status, jax.core.Tracer) or self.status.ndim or len(shape) != 2:
            return f"Solution(traced or batched, singular values of shape {shape})"
        parts = [
            f"{shape[0]} times from {float(self.times[0]):.4g} to {float(self.times[-1]):.4g}",
            f"d = {shape[1]}",
            *(["of W and C"] if self.context is not None else []),
            *(["with embeddings"] if self.embeddings is not None else []),
            *([f"snapshots {', '.join(self.snapshots)}"] if self.snapshots else []),
            Status(int(self.status)).meaning,
        ]
        return f"Solution({', '.join(parts)})"


@eqx.filter_jit
def _evaluate(
    flow: AbstractFlow, saved: Float[Array, " T"], times: Float[Array, " n"]
) -> Float[Array, "n d"]:
    """Return the singular values at times, nan outside of the saved ones."""
    logs = jax.lax.map(flow.log_squared, times, batch_size=_TIMES_AT_ONCE)
    inside = (times >= saved[0]) & (times <= saved[-1])
    return jnp.where(inside[:, None], jnp.exp(logs / 2), jnp.nan)


def finite_status(*arrays: Array) -> Int[Array, ""]:
    """Return `Status.ok`, or `Status.not_finite` where an entry is nan or infinite."""
    finite = jnp.stack([jnp.isfinite(array).all() for array in arrays]).all()
    return jnp.where(finite, int(Status.ok), int(Status.not_finite))
