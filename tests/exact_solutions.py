"""Systems with exact solutions that every method must reproduce.

Nothing here calls the library. Where the columns of W₀ lie along eigenvectors of M, each mode is a
logistic; elsewhere the Riccati formula

    WWᵀ(t) = e^{Mt/2} W₀ [I + W₀ᵀ (e^{Mt} − I) M⁻¹ W₀]⁻¹ W₀ᵀ e^{Mt/2}

is evaluated as it stands, with so many digits that its cancellations do not matter. Targets made by
`walsh_target` have eigenvectors ±1/√8 and entries that float64 holds exactly, so that zero and
repeated eigenvalues are exactly that.
"""

import dataclasses
import functools
import math

import mpmath
import numpy as np

WALSH = np.array([[(-1.0) ** (i & j).bit_count() for j in range(8)] for i in range(8)])


def walsh_target(eigenvalues):
    """The 8 × 8 matrix with these eigenvalues; exact where they are small multiples of 2⁻ⁿ."""
    return (WALSH * np.asarray(eigenvalues, dtype=float)) @ WALSH.T / 8


@dataclasses.dataclass(frozen=True)
class Answer:
    """What is exact at the times of a problem.

    Attributes:
        singular_values: (T, d), falling.
        loss: (T,), ⅛‖WWᵀ − M‖².
        products: (T, V, V), WWᵀ.
    """

    singular_values: np.ndarray
    loss: np.ndarray
    products: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class ExactProblem:
    """A quadratic problem, a start, and its solution.

    Attributes:
        name: What tests call it.
        matrix: M (V, V).
        w0: W₀ (V, d).
        times: (T,).
        eigenvalues: λ of each column of W₀ where all lie along eigenvectors, else None.
        walsh: All eigenvalues of M where the eigenvectors are WALSH/√8, else None.
    """

    name: str
    matrix: np.ndarray
    w0: np.ndarray
    times: np.ndarray
    eigenvalues: np.ndarray | None = None
    walsh: np.ndarray | None = None

    @property
    def decoupled(self):
        return self.eigenvalues is not None

    @functools.cached_property
    def answer(self):
        if self.decoupled:
            return logistics(self.matrix, self.eigenvalues, self.w0, self.times)
        digits = digits_for(self.matrix, self.w0, self.times)
        return riccati(self.matrix, self.w0, self.times, digits, self.walsh)

    @property
    def singular_values(self):
        return self.answer.singular_values

    @property
    def loss(self):
        return self.answer.loss

    @property
    def squared_norm(self):
        return float(np.sum(self.matrix**2))


def logistics(matrix, eigenvalues, w0, times):
    """The answer where column k of W₀ lies along an eigenvector of eigenvalue λ_k."""
    lengths = np.linalg.norm(w0, axis=0)
    directions = w0 / np.where(lengths > 0, lengths, 1)
    with mpmath.workdps(60):
        starts = [_squared_length(column) for column in w0.T]
        rates = [mpmath.mpf(float(rate)) for rate in eigenvalues]
        norm = _squared_length(matrix.ravel())
        singular_values, losses, products = [], [], []
        for time in times:
            time = mpmath.mpf(float(time))
            squares = [
                s * mpmath.exp(rate * time) / (1 + s * _growth(rate, time))
                for s, rate in zip(starts, rates, strict=True)
            ]
            learnt = sum(s**2 - 2 * r * s for s, r in zip(squares, rates, strict=True))
            losses.append(float((norm + learnt) / 8))
            singular_values.append(sorted((float(mpmath.sqrt(s)) for s in squares), reverse=True))
            products.append((directions * np.array(squares, dtype=float)) @ directions.T)
    return Answer(np.array(singular_values), np.array(losses), np.array(products))


def riccati(matrix, w0, times, digits, walsh=None):
    """The answer by the formula above, with `digits` decimal digits.

    Singular values below 10^(−0.45 digits) of the largest are rounding, and returned as zero.
    """
    matrix, w0 = np.asarray(matrix), np.asarray(w0)
    with mpmath.workdps(digits):
        if walsh is None:
            rates, vectors = mpmath.eigsy(mpmath.matrix(matrix.tolist()))
        else:
            rates = [mpmath.mpf(float(rate)) for rate in walsh]
            vectors = mpmath.matrix(WALSH.tolist()) / mpmath.sqrt(8)
        start = mpmath.matrix(w0.tolist())
        rows = start.T * vectors
        norm = _squared_length(matrix.ravel())
        found = [_at(list(rates), vectors, rows, norm, mpmath.mpf(float(t)), digits) for t in times]
    return Answer(*(np.array(part, dtype=float) for part in zip(*found, strict=True)))


def _at(rates, vectors, rows, norm, time, digits):
    bracket = mpmath.eye(rows.rows) + _gram(rows, [_growth(rate, time) for rate in rates])
    inverse = mpmath.inverse(mpmath.cholesky(bracket))
    half = inverse * _scaled(rows, [mpmath.exp(rate * time / 2) for rate in rates])
    squares = mpmath.eigsy(half * half.T, eigvals_only=True)
    squares = sorted((mpmath.mpf(s) for s in squares), reverse=True)
    noise = mpmath.mpf(10) ** (-0.9 * digits) * squares[0]
    squares = [s if s > noise else mpmath.mpf(0) for s in squares]
    overlap = mpmath.fsum(_gram_diagonal(half, rates))
    loss = (norm - 2 * overlap + mpmath.fsum(s**2 for s in squares)) / 8
    embedding = half * vectors.T
    product = np.array((embedding.T * embedding).tolist(), dtype=float)
    return [float(mpmath.sqrt(s)) for s in squares], float(loss), product


def _scaled(rows, weights):
    """rows · diag(weights)."""
    scaled = rows.copy()
    for k, weight in enumerate(weights):
        for i in range(rows.rows):
            scaled[i, k] *= weight
    return scaled


def _gram(rows, weights):
    """rows · diag(weights) · rowsᵀ."""
    return _scaled(rows, weights) * rows.T


def _gram_diagonal(rows, weights):
    gram = _gram(rows, weights)
    return (gram[i, i] for i in range(rows.rows))


def _growth(rate, time):
    """(e^{λt} − 1)/λ, t at λ = 0."""
    return mpmath.expm1(rate * time) / rate if rate != 0 else time


def _squared_length(numbers):
    return mpmath.fsum(mpmath.mpf(float(x)) ** 2 for x in numbers)


def digits_for(matrix, w0, times):
    """Enough digits for what cancels in the Riccati formula, and forty more."""
    rates = np.linalg.eigvalsh(matrix)
    grown = (max(rates.max(), 0) - min(rates.min(), 0)) * max(times) / math.log(10)
    smallest = np.abs(w0[w0 != 0]).min(initial=1.0)
    return math.ceil(40 + 1.2 * (grown - 2 * math.log10(smallest)))


def along_eigenvectors(eigenvalues, columns, lengths, times, name):
    """W₀ = U diag(lengths) with U some columns of WALSH/√8: every mode is a logistic."""
    rates = np.asarray(eigenvalues, dtype=float)
    w0 = WALSH[:, columns] / np.sqrt(8) * np.asarray(lengths)
    return ExactProblem(name, walsh_target(rates), w0, np.asarray(times), rates[list(columns)])


def random_indefinite(seed, size, dim, scale, times, name):
    """A random symmetric target and a Gaussian start that do not commute."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(size, size))
    w0 = scale * random.normal(size=(size, dim))
    return ExactProblem(name, matrix + matrix.T, w0, np.asarray(times))


# Most have one shape, so that one compilation serves them.
PROBLEMS = (
    ExactProblem(
        "single mode",
        np.array([[2.0]]),
        np.array([[1e-3]]),
        np.array([0.0, 1.0, 5.0, 7.0, 9.0, 20.0]),
        np.array([2.0]),
    ),
    along_eigenvectors(
        [4, 3, 2, 1, 0, -1, -2, -3],
        [0, 1, 2, 3],
        [1e-2, 2e-2, 1e-3, 0.3],
        [0.0, 0.3, 1.0, 2.0, 3.0, 8.0],
        "commuting, falling eigenvalues",
    ),
    along_eigenvectors(
        [3, 1, 0, -2, -3, -3, -4, -5],
        [0, 1, 2, 3],
        [1e-2, 5e-2, 0.5, 0.2],
        [0.0, 0.3, 1.0, 2.0, 3.0, 5.0],
        "commuting, zero and negative eigenvalues",
    ),
    along_eigenvectors(
        [3, 3, 2, 2, 0, 0, 0, 0],
        [0, 1, 2, 3],
        [1e-2, 1e-2, 2e-3, 2e-3],
        [0.0, 1.0, 3.0, 4.0, 6.0, 9.0],
        "commuting, repeated eigenvalues",
    ),
    ExactProblem(
        "2 by 2, not commuting",
        np.array([[2.0, 1.0], [1.0, -1.0]]),
        np.array([[0.1, -0.2], [0.3, 0.05]]),
        np.array([0.0, 0.5, 1.0, 3.0, 6.0, 10.0]),
    ),
    random_indefinite(1, 8, 4, 0.1, [0.0, 0.2, 0.5, 1.0, 2.0, 4.0], "8 by 8, indefinite"),
    random_indefinite(2, 8, 4, 1e-3, [0.0, 0.5, 1.0, 2.0, 3.0, 5.0], "8 by 8, small start"),
)
NAMED = {problem.name: problem for problem in PROBLEMS}
