"""Limits and tick labels of logarithmic axes, and of losses with many digits."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import (
    Formatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

# Below so many decades the powers of ten alone would be too few labels.
_SHORT, _MEDIUM = 1.6, 3.0
# Above so many, decades are not subdivided.
_SUBDIVIDED = 4.0
# Above so many, every power of ten would be too many.
_LONG = 7.0


def label_decades(axis: Axis, low: float, high: float) -> None:
    """Label a logarithmic axis with as many plain numbers as suit its length.

    Args:
        axis: The x or y axis, already logarithmic.
        low: Its lower limit.
        high: Its upper limit.
    """
    decades = math.log10(high / low)
    steps = (1.0, 2.0, 5.0) if decades < _SHORT else (1.0, 3.0) if decades < _MEDIUM else (1.0,)
    most = 12 if decades < _LONG else 6
    axis.set_major_locator(LogLocator(subs=steps, numticks=most))
    write = short_number if _is_plain(low) and _is_plain(high) else _as_power
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))
    # On a long axis minor ticks are a grey band, and most of the time that drawing it takes.
    subdivided = decades < _SUBDIVIDED
    axis.set_minor_locator(LogLocator(subs=range(2, 10)) if subdivided else NullLocator())
    axis.set_minor_formatter(NullFormatter())


def short_number(value: float) -> str:
    """A number as a reader would write it: plain near one, else as a power of ten."""
    return f"{value:g}" if _is_plain(value) else _as_power(value)


def scale_text(scale: float) -> str:
    """Return an initialisation scale as figures write it, such as "σ = 10⁻⁴"."""
    return f"$\\sigma$ = {_as_power(scale) if scale < 0.1 else short_number(scale)}"


def _is_plain(value: float) -> bool:
    return not _has_power(value) or -3 <= _exponent(value) <= 3


def _as_power(value: float) -> str:
    if not _has_power(value):
        return f"{value:g}"
    exponent = _exponent(value)
    factor = f"{value / 10.0**exponent:.3g}"
    return f"$10^{{{exponent}}}$" if factor == "1" else f"${factor}\\times10^{{{exponent}}}$"


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value)) + 1e-9)


def _has_power(value: float) -> bool:
    return value != 0 and math.isfinite(value)


def label_in_units(axes: Axes, name: str, largest: float) -> None:
    """Label the y axis in units of a power of ten that its name states, such as "loss (10⁵)".

    Args:
        axes: Where.
        name: What the axis shows.
        largest: The largest absolute value shown.
    """
    exponent = math.floor(math.log10(largest)) if largest > 0 else 0
    if -2 <= exponent <= 3:
        exponent = 0
    axes.set_ylabel(name if exponent == 0 else f"{name} ($10^{{{exponent}}}$)")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(_InUnits(10.0**exponent))


class _InUnits(Formatter):
    """Numbers in a unit, all of one axis with the same number of decimals."""

    def __init__(self, unit: float) -> None:
        self.unit, self.decimals = unit, 0

    def format_ticks(self, values: Sequence[float] | np.ndarray) -> list[str]:
        """Labels of all ticks at once."""
        scaled = [value / self.unit for value in values]
        self.decimals = next(
            (n for n in range(6) if all(abs(round(x, n) - x) < 1e-8 for x in scaled)), 6
        )
        return [self(value) for value in values]

    def __call__(self, value: float, _: int | None = None) -> str:
        return f"{value / self.unit:.{self.decimals}f}".replace("-", "\N{MINUS SIGN}")
