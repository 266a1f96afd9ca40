"""A prediction: its loss, its problems and its arguments, against the flow and between routes."""

import jax
import numpy as np
import pytest

import gradflow as gf

SIZE, DIM = 30, 5
TIMES = np.linspace(0.0, 8.0, 33)


@pytest.fixture(scope="module")
def target():
    """Eigenvalues of both signs, 6 to −3, in a random basis."""
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(SIZE, SIZE)))[0]
    return gf.Target(basis * np.linspace(6.0, -3.0, SIZE) @ basis.T)


def aligned(problem, modes):
    """A start whose columns are eigenvectors of the linearisation or zero, of different sizes."""
    vectors = problem.linearisation.top_eigenpairs(DIM)[1]
    sizes = 10.0 ** -np.arange(1.0, DIM + 1)
    state = vectors * np.where(np.isin(np.arange(DIM), modes), sizes, 0.0)
    return state if problem.tied else (state[:SIZE], state[SIZE:])


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("modes", [[0, 1, 2, 3, 4], [0, 2, 3]], ids=["all", "second left out"])
def test_the_loss_of_an_aligned_start_is_exact(target, tied, modes):
    """Tied and untied, against the loss of the closed form; also where a mode is missing."""
    problem = gf.Quadratic(target, tied=tied)
    w0 = aligned(problem, modes)
    prediction = gf.predict(problem, w0)
    solution = gf.solve(problem, w0, TIMES, method=gf.Exact(compress=False))
    np.testing.assert_allclose(prediction.loss(TIMES), solution.loss, rtol=1e-11)
    np.testing.assert_allclose(
        np.sort(prediction.singular_values(TIMES))[:, : -len(modes) - 1 : -1],
        np.asarray(solution.singular_values)[:, : len(modes)],
        rtol=1e-8,
        atol=1e-12,
    )


def test_the_loss_of_a_random_start_falls_down_the_staircase(target):
    """From a small start, down to ⅛‖M‖² less the first d steps; between, right to two percent."""
    problem = gf.Quadratic(target)
    w0 = gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1e-5)
    times = np.linspace(0.0, 30.0, 61)
    solution = gf.solve(problem, w0, times, method=gf.Exact(compress=False))
    prediction = gf.predict(problem, w0, rule="clusters")
    stairs = gf.spectrum(target, DIM).loss_staircase
    loss = np.asarray(prediction.loss(times))
    np.testing.assert_allclose(loss[[0, -1]], stairs[[0, -1]], rtol=1e-6)
    np.testing.assert_allclose(loss, solution.loss, atol=0.02 * stairs[0])


@pytest.mark.parametrize("tied", [True, False])
def test_a_problem_is_predicted_as_its_linearisation(target, tied):
    """The same numbers from `predict(problem, …)` and from the spectrum, at any rule."""
    problem = gf.Quadratic(target, tied=tied)
    init = gf.gaussian_init if tied else gf.balanced_init
    w0 = init(jax.random.key(1), SIZE, DIM, 1e-4)
    spec = gf.spectrum(problem.linearisation, SIZE)
    for rule in gf.theory._prediction.PREDICTION_RULES:
        of_problem, of_spectrum = (gf.predict(part, w0, rule=rule) for part in (problem, spec))
        assert of_problem.steps.shape == (DIM,)
        np.testing.assert_allclose(of_problem.steps, of_spectrum.steps[:DIM], rtol=1e-7)
        np.testing.assert_allclose(of_problem.plateaus, of_spectrum.plateaus[:DIM], rtol=1e-12)
    over_starts = [
        gf.predict(part, scale=1e-4, dim=DIM, tied=tied).median for part in (problem, spec)
    ]
    np.testing.assert_allclose(*over_starts, rtol=1e-9)


def test_a_constant_beside_least_squares_is_in_the_loss(sixty_words):
    """Order 2 with uniform weights: V² ln 2 at the origin."""
    problem = gf.Taylor(sixty_words, 2)
    w0 = gf.gaussian_init(jax.random.key(0), 60, 10, 1e-4)
    np.testing.assert_allclose(gf.predict(problem, w0).loss([0.0]), 3600 * np.log(2), rtol=1e-6)


def test_predictions_can_be_traced(target):
    """Under jit and vmap, the numbers of one start after the other."""
    spec = gf.spectrum(target, SIZE)
    starts = np.stack([gf.gaussian_init(jax.random.key(i), SIZE, DIM, 1e-3) for i in range(2)])

    def read(w0):
        prediction = gf.predict(spec, w0)
        return prediction.steps, prediction.loss(TIMES), prediction.singular_values(TIMES)

    together = jax.jit(jax.vmap(read))(starts)
    for number, start in enumerate(starts):
        for batched, alone in zip(together, read(start), strict=True):
            np.testing.assert_allclose(batched[number], alone, rtol=1e-9, atol=1e-12)


def test_stepness_is_that_of_steps_and_rise_times(target):
    spec = gf.spectrum(target, SIZE)
    w0 = gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1e-3)
    prediction = gf.predict(spec, w0)
    run = prediction.stepness(modes=4)
    wanted = gf.theory.stepness(
        prediction.steps[:4], prediction.rise_times[:4], spec.eigenvalues[:4], gap=0.01
    )
    assert run == wanted
    assert len(prediction.stepness().groups) == DIM


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda spec, w0: gf.predict(spec), r"w0: wanted a start, or a scale and a dim"),
        (lambda spec, w0: gf.predict(spec, scale=1.0), r"w0: wanted a start, or a scale and a dim"),
        (lambda spec, w0: gf.predict(spec, w0, scale=1.0), r"scale: wanted nothing beside w0"),
        (lambda spec, w0: gf.predict(spec, w0, rule="best"), r"rule: wanted one of 'paper'"),
        (lambda spec, w0: gf.predict(3, w0), r"spec: wanted a gradflow.Spectrum or a problem"),
        (lambda spec, w0: gf.predict(spec, w0).loss("a"), r"times: wanted an array of numbers"),
        (lambda spec, w0: gf.predict(spec, w0).stepness(0), r"modes: wanted an integer of at le"),
    ],
)
def test_wrong_arguments_are_one_line(target, call, message):
    spec = gf.spectrum(target, SIZE)
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        call(spec, gf.gaussian_init(jax.random.key(0), SIZE, DIM, 1e-3))
