"""When shares of modes reach a tenth, half and nine tenths."""

import numpy as np

LEVELS = (0.1, 0.5, 0.9)
HALF = LEVELS.index(0.5)


def crossing_times(times: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """First times (level, mode) at which shares reach each level; logits are straight between.

    Args:
        times: (T,), rising.
        shares: (T, m).
    """
    bounded = np.clip(shares.astype(float), 1e-12, 1 - 1e-12)
    logits = np.log(bounded / (1 - bounded))
    found = np.full((len(LEVELS), shares.shape[1]), np.nan)
    for row, level in enumerate(LEVELS):
        height = np.log(level / (1 - level))
        reached = logits >= height
        for mode in np.flatnonzero(reached.any(axis=0) & ~reached[0]):
            after = int(np.argmax(reached[:, mode]))
            ends = slice(after - 1, after + 1)
            found[row, mode] = np.interp(height, logits[ends, mode], times[ends])
    return found
