"""The first modes of any pair loss, for a small part of what its flow costs."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._checks import positive_float, positive_int
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype, qr
from gradflow.methods._method import AbstractMethod
from gradflow.methods._snapshots import Snapshot, Snapshots, State
from gradflow.methods._solution import AbstractFlow, Solution
from gradflow.methods.stabilised._linear_phase import StabilisedPlan
from gradflow.methods.stabilised._stabilised import Stabilised
from gradflow.problems import AbstractProblem
from gradflow.problems._coarse_grained import CoarseGrained, cluster_words
from gradflow.problems._pairs import AbstractPairProblem

# Columns beside those of the modes that are asked for: the next ones take part of what is learned.
_SPARE = 4


class ReducedPlan(eqx.Module):
    """The problem on fewer words, the plan of the method that follows it, and its fastest modes.

    Attributes:
        problem: The problem on groups of words, or the problem itself where no words are merged.
        inner: What `Stabilised` makes of it.
        eigenvectors: (R', m + 4), the directions that grow fastest at the origin.
    """

    problem: AbstractProblem
    inner: StabilisedPlan
    eigenvectors: Float[Array, "r k"]


class Reduced(AbstractMethod[ReducedPlan]):
    """The flow of any pair loss from the loss alone, at a fraction of its cost.

    Three things are left out of the full run. Words that the flow treats alike share an embedding
    (`gradflow/problems/_coarse_grained.py`), so a gradient costs (words/V)² of the whole. Only the
    columns that become the first modes are followed, in the frame where W₀ᵀU is triangular; the
    others are dormant until later. And columns that sleep are not followed step by step: until the
    first mode wakes the flow is linear, and later their exponential growth is taken out of each
    substep (`Stabilised`), so that a loose tolerance is enough.

    Singular values, plateaus and the flow between times have d columns as everywhere; those beyond
    modes + 4 were not followed, and are nan. Of the others the first `modes` are meant to be used:
    the last four are short of neighbours. Embeddings in snapshots are those that words share.

    Args:
        words: How many groups of words at most; V or more for all words, each by itself. Fewer need
            a `Contrastive`, `Taylor` or `NCE` problem.
        modes: How many modes matter.
        rtol: Tolerance of the substeps.
        seed: Of the grouping.

    Raises:
        ArgumentError: A setting is not positive; or, when it is planned, words must be merged and
            the problem is not one of pairs.

    How good it is: benchmarks/any_loss.py.

    Source: gradflow's own; kunin2025 for alternating between dormant and active modes.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(60), "none")
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=60, dim=8, scale=1e-4)
        >>> method = gf.Reduced(words=20, modes=2)
        >>> solution = gf.solve(problem, w0, np.linspace(0, 2000, 20), method=method)
        >>> np.isfinite(solution.singular_values).all(axis=0).sum()
        np.int64(6)
    """

    words: int = eqx.field(static=True, default=500)
    modes: int = eqx.field(static=True, default=6)
    rtol: float = eqx.field(static=True, default=0.1)
    seed: int = eqx.field(static=True, default=0)

    def __check_init__(self) -> None:
        positive_int("words", self.words)
        positive_int("modes", self.modes)
        positive_float("rtol", self.rtol)
        positive_int("seed", self.seed, least=0)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> ReducedPlan:
        """Return the problem on groups of words, and its linear flow at the origin."""
        columns = min(self.modes + _SPARE, dim)
        smaller = self._on_groups(problem)
        inner = Stabilised(self.rtol).plan(smaller, columns, last_time)
        vectors = smaller.linearisation.top_eigenpairs(columns)[1]
        return ReducedPlan(smaller, inner, jnp.asarray(vectors, default_dtype()))

    def _on_groups(self, problem: AbstractProblem) -> AbstractProblem:
        if self.words >= problem.vocab_size:
            return problem
        if not isinstance(problem, AbstractPairProblem):
            wanted = f"at least V = {problem.vocab_size} for a {type(problem).__name__} problem"
            raise ArgumentError("words", wanted, self.words)
        return CoarseGrained(problem, cluster_words(problem, self.words, self.seed))

    def run(
        self,
        problem: AbstractProblem,
        plan: ReducedPlan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Follow the columns of one lane that become the first modes."""
        smaller = plan.problem
        groups = smaller if isinstance(smaller, CoarseGrained) else None
        state = start if groups is None else groups.coarsen(start)
        # In this frame column k misses the k − 1 fastest directions, so the first columns hold all
        # that the first modes grow from, and the others can be left out.
        frame = qr(state.T @ plan.eigenvectors)[0]
        solution = Stabilised(self.rtol).run(
            smaller,
            plan.inner,
            state @ frame,
            times,
            tuple(_of_words(each, groups, frame) for each in snapshots),
        )
        return _with_columns(solution, start.shape[1])

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return what `Stabilised` needs on the rows and columns that are followed."""
        columns = min(self.modes + _SPARE, dim)
        rows = min(problem.rows, 2 * self.words)
        return 8 * (24 * rows * columns + problem.temporaries(columns) + 4 * num_times * dim)


class _OfWords(eqx.Module):
    """A function of a state of words, evaluated on a state of groups in the kept columns."""

    function: Snapshot
    groups: CoarseGrained | None
    frame: Float[Array, "d k"]

    def __call__(self, state: State) -> Array:
        context = None if state.context is None else self._of_words(state.context)
        return self.function(State(state.time, self._of_words(state.embeddings), context))

    def _of_words(self, side: Float[Array, "r k"]) -> Float[Array, "V d"]:
        rows = side if self.groups is None else self.groups.words(side)
        return rows @ self.frame.T


def _of_words(
    snapshots: Snapshots, groups: CoarseGrained | None, frame: Float[Array, "d k"]
) -> Snapshots:
    """Return the same functions at the same times, for states of groups."""
    functions = {
        name: _OfWords(function, groups, frame) for name, function in snapshots.functions.items()
    }
    return eqx.tree_at(lambda each: each.functions, snapshots, functions)


class _PaddedFlow(AbstractFlow):
    """A flow of a few columns as one of d: the others are not known."""

    flow: AbstractFlow
    dim: int = eqx.field(static=True)

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """Return ln s_k²(t), falling; nan for columns that are not followed."""
        return _padded(self.flow.log_squared(time), self.dim)


def _padded(array: Float[Array, "... k"], dim: int) -> Float[Array, "... d"]:
    """Return the array with nan behind its last axis, up to d."""
    widths = [(0, 0)] * (array.ndim - 1) + [(0, dim - array.shape[-1])]
    return jnp.pad(array, widths, constant_values=jnp.nan)


def _with_columns(solution: Solution, dim: int) -> Solution:
    """Return the solution with d columns."""
    if solution.singular_values.shape[1] == dim:
        return solution
    context = None if solution.context is None else _with_columns(solution.context, dim)
    return dataclasses.replace(
        solution,
        singular_values=_padded(solution.singular_values, dim),
        plateaus=_padded(solution.plateaus, dim),
        flow=_PaddedFlow(solution.flow, dim),
        context=context,
    )
