"""The mean field against averages over seeds of the exact untied flow."""

import jax
import numpy as np
import pytest

import gradflow as gf

SIZE, DIM, SEEDS, MODES = 121, 3, 16, 3
VALUES = np.concatenate([[60.0, -40.0, 25.0], np.linspace(3.0, -3.0, SIZE - 3)])


@pytest.mark.parametrize("imbalance", [6.0, 60.0, 600.0])
def test_shares_are_averages_over_seeds(imbalance):
    """Forty words a direction: within four standard errors of the mean, and 0.03, at every time."""
    frame = np.linalg.qr(np.random.default_rng(0).normal(size=(SIZE, SIZE)))[0]
    problem = gf.Quadratic(gf.Target(frame * VALUES @ frame.T), tied=False)
    last = 8 * (1 + imbalance / 60)
    times = np.concatenate([[0.0], np.geomspace(1e-2, last / 4, 19)])
    expected = gf.theory.mean_field_shares(VALUES, imbalance, DIM, times[1:])[:, :MODES]
    shares = []
    for seed in range(SEEDS):
        w0 = gf.balanced_init(jax.random.key(seed), SIZE, DIM, 1e-9, imbalance=imbalance)
        run = gf.solve(problem, w0, times, embeddings=True)
        w, c = (frame[:, :MODES].T @ np.asarray(side.embeddings) for side in (run, run.context))
        shares.append(((w * c).sum(axis=2) / VALUES[:MODES])[1:])
    error = np.std(shares, axis=0) / np.sqrt(SEEDS)
    assert (np.abs(np.mean(shares, axis=0) - expected) < 4 * error + 0.03).all()
    assert expected[-1, 0] > 0.5


def test_shares_at_any_time_of_all_modes_hold_d_directions():
    """All learned at the end but d modes: the shares add up to d where nothing decays."""
    shares = gf.theory.mean_field_shares(np.array([9.0, 4.0, 1.0]), 1e-3, 2, [1e-9, 500.0])
    np.testing.assert_allclose(shares[0], 0.0, atol=1e-6)
    np.testing.assert_allclose(shares[1], [1.0, 1.0, 0.0], atol=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.0], 1.0, 1, [1.0]), "eigenvalues: wanted numbers other than 0"),
        (([[1.0]], 1.0, 1, [1.0]), "eigenvalues: wanted finite numbers in one row"),
        (([1.0, 2.0], 1.0, 1, [0.0]), "times: wanted numbers above 0, got 0"),
        (([1.0, 2.0], 0.0, 1, [1.0]), "imbalance: wanted a finite number above 0"),
        (([1.0, 2.0], 1.0, 2, [1.0]), "dim: wanted fewer than the 2 eigenvalues, got 2"),
    ],
)
def test_wrong_arguments_are_one_line(arguments, message):
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        gf.theory.mean_field_shares(*arguments)
