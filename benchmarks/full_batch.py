"""One full-batch SGNS gradient against the machine's own matrix-product rate, in one run.

    python benchmarks/full_batch.py [--vocab 2000 5000 10000] [--dim 100] [--rounds 9]

Products of 1,536 × 1,536 matrices and gradients take turns; medians. A gradient counts as 4V²d
operations, what the formula takes; one that uses the symmetry of WWᵀ needs 3V²d. Weights are random
and symmetric, with A + B = A + kppᵀ (no weighting) and A + B = 1 (uniform).
"""

import argparse
import resource
import time

import jax
import jax.numpy as jnp
import numpy as np

import gradflow as gf
from gradflow.losses._pairs import PairCosts, tied_gradient

SQUARE = 1536


def costs(size: int, weighting: str) -> PairCosts:
    """Return A, symmetric and of the size that counts have."""
    rng = np.random.default_rng(0)
    p = 1 / np.arange(1, size + 1)
    p /= p.sum()
    half = rng.random((size, size), np.float32)
    positive = (half + half.T).astype(np.float64)
    if weighting == "none":
        return PairCosts(positive, p[:, None], p[:, None])
    return PairCosts(positive, np.ones((size, 1)), np.ones((size, 1)), share=0.0)


def seconds(function: object, *arguments: object) -> float:
    """Wall-clock time of one call."""
    begin = time.perf_counter()
    jax.block_until_ready(function(*arguments))  # type: ignore[operator]
    return time.perf_counter() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vocab", type=int, nargs="+", default=[2000, 5000, 10000])
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print(f"gradflow {gf.__version__}, jax {jax.__version__}, {jax.devices()}")
    print(
        f"{'V':>6} {'weighting':<9}{'ms':>8}{'GFLOP/s':>9}{'products':>10}"
        f"{'share':>8}{'peak GB':>9}"
    )
    product = jax.jit(jnp.matmul)
    square = jnp.asarray(np.random.default_rng(1).normal(size=(SQUARE, SQUARE)))
    seconds(product, square, square)
    for size in options.vocab:
        for weighting in ("none", "uniform"):
            pairs = costs(size, weighting)
            w = 0.1 * jnp.asarray(np.random.default_rng(2).normal(size=(size, options.dim)))
            seconds(tied_gradient, w, pairs)  # compiles
            rates, taken = [], []
            for _ in range(options.rounds):
                rates.append(2 * SQUARE**3 / seconds(product, square, square))
                taken.append(seconds(tied_gradient, w, pairs))
                rates.append(2 * SQUARE**3 / seconds(product, square, square))
            rate, middle = np.median(rates) / 1e9, np.median(taken)
            done = 4 * size**2 * options.dim / middle / 1e9
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            print(
                f"{size:>6} {weighting:<9}{1e3 * middle:>8.1f}{done:>9.1f}{rate:>10.1f}"
                f"{done / rate:>8.0%}{peak:>9.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
