"""The default times see every step of the first d modes, and waste few."""

import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.dynamics import time_grid
from gradflow.methods._logistic import LOG_81
from gradflow.targets import Target, spectrum

SPEC = spectrum(Target(np.diag([8.0, 3.0, 1.0, 0.2, 0.0, -1.0, -5.0])), 7)


@pytest.mark.parametrize("scale", [1e-12, 1e-4, 0.1, 1.0])
@pytest.mark.parametrize("dim", [1, 3, 7])
def test_grid_covers_every_step_from_tenth_to_nine_tenths(scale, dim):
    times = time_grid(SPEC, scale, dim)
    assert times.shape == (400,)
    assert times[0] == 0
    assert (np.diff(times) > 0).all()
    for rate in SPEC.eigenvalues[:dim]:
        if scale**2 < rate / 20:
            middle = np.log(rate / scale**2 - 1) / rate
            half_rise = LOG_81 / rate / 2
            assert times[1] < middle - half_rise
            assert times[-1] > middle + half_rise


def test_grid_is_geometric_with_a_dozen_times_or_more_in_each_rise():
    times = time_grid(SPEC, 1e-4, 4)
    ratios = times[2:] / times[1:-1]
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-11)
    for rate in SPEC.eigenvalues[:4]:
        middle = np.log(rate / 1e-8 - 1) / rate
        inside = np.abs(times - middle) < LOG_81 / rate / 2
        assert 12 < inside.sum() < 60


def test_late_enough_for_an_unlucky_start():
    """A mode that starts at a tenth of σ/√d has passed nine tenths by the last time."""
    scale, dim = 1e-4, 4
    start = (0.1 * scale) ** 2 / dim
    wanted = (np.log(0.2 / start) + np.log(9)) / 0.2
    assert time_grid(SPEC, scale, dim)[-1] > wanted


def test_where_nothing_rises_the_decay_is_watched():
    negative = spectrum(Target(np.diag([-1.0, -2.0, -4.0])), 3)
    times = time_grid(negative, 1e-3, 3, num=11)
    np.testing.assert_allclose(times, np.arange(11) * 0.25, rtol=1e-14)
    for target in ([[0.0]], np.zeros((2, 2))):
        assert np.isfinite(time_grid(spectrum(Target(target), 1), 1e-3, 1, num=8)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((SPEC, 0.0, 3), "scale: wanted a finite number above 0, got 0.0"),
        ((SPEC, 1e-3, 0), "dim: wanted an integer of at least 1, got 0"),
        ((SPEC, 1e-3, 2, 7), "num: wanted at least 8 times, got 7"),
        ((SPEC, 1e-3, 2, 9.5), "num: wanted an integer of at least 1, got 9.5"),
    ],
    ids=["scale", "dim", "num", "num not whole"],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        time_grid(*arguments)
    assert str(caught.value) == message
