"""Times at which a run is looked at."""

import numpy as np
from jaxtyping import Float64

from gradflow._checks import positive_float, positive_int
from gradflow._errors import ArgumentError
from gradflow.methods._logistic import LOG_81
from gradflow.targets import Spectrum

# A direction left over for a late mode may start at a thousandth of σ/√d and takes so much longer.
# One lane in ten thousand is unluckier (its last mode, where none beyond it helps).
_UNLUCKY_START = 1e-3
# The first time after zero, in units of the first step's.
_EARLY = 0.1
# Of all times, those after the last step where a run is watched for longer.
_SHARE_AFTER = 0.15


def time_grid(
    spec: Spectrum, scale: float, dim: int, num: int = 400, *, stretch: float = 1.0
) -> Float64[np.ndarray, " T"]:
    """Return zero, then `num` − 1 times in geometric progression over the steps of the first modes.

    Rise times are about proportional to step times, so a geometric grid sees every rise with about
    the same number of points: at num = 400 six (scale 1e-12) to forty (1e-1).

    Args:
        spec: Spectrum with at least the first dim modes (fewer: those there are).
        scale: Initialisation scale σ.
        dim: d.
        num: How many times, at least 8.
        stretch: How much longer to watch than until the last step, at least 1. Losses that bend
            rise later than their spectrum says, and their plateaus must settle to be measured;
            above 1, 15 % of the times lie after the last step.

    Returns:
        Times (num,), rising, in the unit of one over an eigenvalue.

    Raises:
        ArgumentError: scale is not positive, dim not a positive integer, num below 8, or stretch
            below 1.

    Example:
        >>> import gradflow as gf
        >>> spec = gf.spectrum(gf.Target([[2.0, 1.0], [1.0, 2.0]]), k=2)
        >>> gf.time_grid(spec, scale=1e-3, dim=2, num=8).round(2)
        array([ 0.  ,  0.5 ,  ...])
    """
    scale, dim = positive_float("scale", scale), positive_int("dim", dim)
    if positive_int("num", num) < 8:
        raise ArgumentError("num", "at least 8 times", num)
    if positive_float("stretch", stretch) < 1:
        raise ArgumentError("stretch", "at least 1", stretch)
    after = int(_SHARE_AFTER * num) if stretch > 1 else 0
    return stretched(_over_steps(spec, scale, dim, num - after), stretch, after)


def stretched(
    times: Float64[np.ndarray, " T"], stretch: float, count: int
) -> Float64[np.ndarray, " n"]:
    """Return the times, and `count` more, geometric, up to `stretch` times the last."""
    return np.append(times, times[-1] * np.geomspace(1.0, stretch, count + 1)[1:])


def _over_steps(spec: Spectrum, scale: float, dim: int, num: int) -> Float64[np.ndarray, " num"]:
    """Zero, then times from before the first step to after the unluckiest last one."""
    rates = spec.eigenvalues[:dim]
    rising = rates[rates > 0]
    if rising.size == 0:  # nothing will rise: watch the decay
        return np.linspace(0.0, 10 / max(float(np.abs(rates).max()), 1e-300), num)
    log_scale = 2 * np.log(scale)
    first = max(np.log(rising[0]) - log_scale, 1.0) / rising[0]
    unlucky = log_scale + 2 * np.log(_UNLUCKY_START) - np.log(dim)
    last = np.max((np.maximum(np.log(rising) - unlucky, 1.0) + LOG_81) / rising)
    return np.concatenate([[0.0], np.geomspace(_EARLY * first, last, num - 1)])
