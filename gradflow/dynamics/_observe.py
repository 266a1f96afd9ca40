"""What numerical methods keep of a state, so that states themselves need not be held."""

from jaxtyping import Array, Float

from gradflow._precision import qr_triangle, singular_values
from gradflow.dynamics._problem import AbstractProblem


def observe(
    problem: AbstractProblem, w: Float[Array, "V d"]
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Singular values of W, falling, and the loss.

    QR first: it is cheaper than a singular value decomposition of (V, d), and keeps the digits of
    columns that are small beside others.
    """
    return singular_values(qr_triangle(w)), problem.loss(w)
