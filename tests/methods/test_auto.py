"""Auto chooses what its table says, by the problem before a run and by the start after it."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.methods import Adaptive, Auto, Exact, Status

CLOSED = {
    "quadratic": lambda stats: gf.Quadratic(gf.mstar(stats)),
    "quadratic, untied": lambda stats: gf.Quadratic(gf.mstar(stats), tied=False),
    "order 2, uniform": lambda stats: gf.Taylor(stats, 2),
}
OTHER = {
    "order 2, no weighting": lambda stats: gf.Taylor(stats, 2, "none"),
    "order 4": lambda stats: gf.Taylor(stats, 4),
    "negative sampling": gf.Contrastive,
    "NCE": gf.NCE,
    "custom": lambda stats: gf.Custom(lambda x: (x**2).sum(), vocab_size=12),
}


@pytest.fixture(scope="module")
def stats(wikipedia):
    return wikipedia.top(12)


@pytest.mark.parametrize("name", [*CLOSED, *OTHER])
def test_the_closed_form_is_chosen_where_there_is_one(stats, name):
    problem = (CLOSED | OTHER)[name](stats)
    chosen = Exact() if name in CLOSED else Adaptive()
    plan = Auto().plan(problem, 2, 1.0)
    assert plan.method == chosen
    assert type(plan.plan) is type(chosen.plan(problem, 2, 1.0))
    assert Auto().bytes_per_lane(problem, 2, 9) == chosen.bytes_per_lane(problem, 2, 9)


@pytest.mark.parametrize(
    ("method", "status", "repaired"),
    [
        (Auto(), Status.ok, None),
        (Auto(), Status.start_misses_head, Exact(compress=False)),
        (Auto(), Status.ill_conditioned, Exact(compress=False)),
        (Auto(), Status.unbalanced, Adaptive()),
        (Auto(), Status.too_many_steps, None),
        (Exact(), Status.ill_conditioned, Exact(compress=False)),
        (Exact(), Status.unbalanced, None),
        (Exact(compress=False), Status.ill_conditioned, None),
        (Adaptive(), Status.too_many_steps, None),
    ],
)
def test_a_lane_that_failed_is_repaired_by_the_method_its_status_names(method, status, repaired):
    assert method.repair(status) == repaired


def test_an_unbalanced_start_is_integrated(stats):
    """WᵀW − CᵀC is no multiple of the identity: no closed form, and none is needed."""
    problem = gf.Quadratic(gf.mstar(stats), tied=False)
    random = np.random.default_rng(0)
    pair = tuple(1e-2 * random.normal(size=(12, 2)) for _ in range(2))
    solution = gf.solve(problem, pair, [0.0, 1.0])
    assert solution.status == Status.ok
    assert solution.evaluations > 0
    with pytest.raises(gf.SolveError, match="not a multiple of the identity"):
        gf.solve(problem, pair, [0.0, 1.0], method=Exact())
