"""Leading eigenpairs of M* at full vocabulary: block Lanczos against SciPy's ARPACK.

    python benchmarks/eigenpairs.py --text enwiki-articles.txt.xz [--vocab 10000 50000]

For each vocabulary the text is counted once, then the top k eigenpairs of M* are found to the same
largest residual max ‖Mu − λu‖/λ by three: `gf.spectrum`; ARPACK (`eigsh`) with SciPy's CSR product
in float64 plus the rank-one part; ARPACK with gradflow's product. ARPACK stops by its own rule, so
its tolerance is lowered by tens, from a hundred times the goal, until the residual is reached: the
time is that of the first run that does. Residuals are formed with SciPy's product, whoever found
the vectors. `products` counts
vectors. Before that, products alone, against the rates of the machine.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable

import numpy as np
import scipy.sparse.linalg

import gradflow as gf
from gradflow.targets._partial_eigenpairs import partial_eigenpairs

Multiply = Callable[[np.ndarray], np.ndarray]


def seconds(function: Callable[[], object], rounds: int = 3) -> float:
    """Least wall-clock time of a call."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return min(times)


def print_products(target: gf.targets.SparsePlusLowRank) -> None:
    """Rates of products with blocks, and of the machine."""
    ones = np.ones(1 << 26, np.float32)
    square = np.ones((2048, 2048), np.float32)
    bandwidth = ones.nbytes / seconds(lambda: ones.sum()) / 1e9
    rate = 2 * 2048**3 / seconds(lambda: square @ square) / 1e9
    print(f"machine: reads {bandwidth:.0f} GB/s on one core, {rate:.0f} GFLOP/s in float32")
    print(f"{'block':>6} {'dtype':<8}{'ms':>8}{'GFLOP/s':>9}{'gathered GB/s':>15}")
    stored = target.sparse.nnz
    for dtype in (np.float32, np.float64):
        for width in (1, 8, 16, 32, 64):
            x = np.random.default_rng(0).normal(size=(target.vocab_size, width)).astype(dtype)
            target.product(x)
            taken = seconds(lambda x=x: target.product(x))  # type: ignore[misc]
            gathered = stored * (8 + (width + 1) * x.itemsize) / taken / 1e9
            print(
                f"{width:>6} {x.dtype.name:<8}{1e3 * taken:>8.1f}"
                f"{2e-9 * stored * width / taken:>9.1f}{gathered:>15.1f}"
            )


def ours(
    target: gf.targets.SparsePlusLowRank, k: int, goal: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Eigenvalues, eigenvectors and products of block Lanczos."""
    eigenpairs = partial_eigenpairs(
        target.product, target.vocab_size, k, which="largest", tolerance=goal
    )
    return eigenpairs.values, eigenpairs.vectors, eigenpairs.products


def arpack(
    multiply: Multiply, size: int, k: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """The same of ARPACK."""
    count = [0]

    def counted(x: np.ndarray) -> np.ndarray:
        count[0] += 1
        return multiply(x)

    operator = scipy.sparse.linalg.LinearOperator((size, size), matvec=counted, dtype=np.float64)
    start = np.random.default_rng(0).normal(size=size)
    values, vectors = scipy.sparse.linalg.eigsh(operator, k, which="LA", tol=tolerance, v0=start)
    return values, vectors, count[0]


def compare(stats: gf.CooccurrenceStatistics, k: int, goal: float, peers: list[str]) -> None:
    """Print one table."""
    begin = time.perf_counter()
    target = gf.mstar(stats, layout="sparse")
    assert isinstance(target, gf.targets.SparsePlusLowRank)
    sparse, size = target.sparse, target.vocab_size
    print(f"\nV = {size}, {sparse.nnz} stored, built in {time.perf_counter() - begin:.2f} s")
    target.product(np.ones((size, 1), np.float32)), target.product(np.ones((size, 1)))  # compiles
    print_products(target)

    def by_scipy(x: np.ndarray) -> np.ndarray:
        return sparse @ x - 2 * x.sum(axis=0)

    def by_us(x: np.ndarray) -> np.ndarray:
        return target.product(x.reshape(size, -1)).reshape(x.shape)

    multiply = {"ARPACK": by_scipy, "ARPACK, our product": by_us}
    print(
        f"\n{'solver':<21}{'tol':>8}{'s':>9}{'products':>10}{'largest':>10}{'median':>10}{'x':>7}"
    )
    first = 0.0
    for name in ("gradflow", *peers):
        # ARPACK overshoots what it is asked for by orders of magnitude.
        tolerance, worst = goal if name == "gradflow" else 100 * goal, np.inf
        while worst > goal:
            begin = time.perf_counter()
            if name == "gradflow":
                values, vectors, products = ours(target, k, tolerance)
            else:
                values, vectors, products = arpack(multiply[name], size, k, tolerance)
            taken = time.perf_counter() - begin
            apart = np.linalg.norm(by_scipy(vectors) - vectors * values, axis=0) / values
            worst, first = apart.max(), first or taken
            print(
                f"{name:<21}{tolerance:>8.0e}{taken:>9.2f}{products:>10}{worst:>10.1e}"
                f"{np.median(apart):>10.1e}{taken / first:>7.1f}",
                flush=True,
            )
            tolerance /= 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory so far {peak:.2f} GB")


def main() -> None:
    """Count, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", help="a text file, one document a line")
    parser.add_argument("--counts", help="or saved statistics, whose most frequent words count")
    parser.add_argument("--vocab", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--window", type=int, default=16)
    parser.add_argument("--k", type=int, default=200)
    parser.add_argument("--residual", type=float, default=1e-4)
    parser.add_argument("--peers", nargs="*", default=["ARPACK", "ARPACK, our product"])
    options = parser.parse_args()
    if (options.text is None) == (options.counts is None):
        parser.error("one of --text and --counts, please")
    print(f"gradflow {gf.__version__}, SciPy {scipy.__version__}, load {os.getloadavg()[0]:.1f}")
    for size in options.vocab:
        if options.counts:
            stats = gf.load_statistics(options.counts)
            stats = stats.top(size) if size < stats.vocab_size else stats
        else:
            stats = gf.count_cooccurrence(options.text, vocab_size=size, window=options.window)
        compare(stats, options.k, options.residual, options.peers)


if __name__ == "__main__":
    main()
