"""Step times and directions before any run, from the expected slopes at the origin."""

import dataclasses

import numpy as np
import scipy.special
from jaxtyping import Array, Float

import gradflow as gf
from gradflow.targets._bipartite import BipartiteTarget


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """What counts say before any run, from the first two orders of the loss at the origin.

    Attributes:
        rates: λ_k (m,), the largest singular values of −2 ∂L/∂x, which is A − B for negative
            sampling.
        left: u (V, m), their left singular vectors; on the side of W.
        plateaus: (m,), where s_k² of mode k alone ends: 2λ_k / Σ_ij (4 ∂²L/∂x²)_ij u_i² v_j², with
            A + B in the brackets for negative sampling.
        spectrum: The same rates with u above v, as `predict_steps` takes them.
    """

    rates: Float[np.ndarray, " m"]
    left: Float[np.ndarray, "V m"]
    plateaus: Float[np.ndarray, " m"]
    spectrum: gf.Spectrum

    def times(
        self, start: tuple[Array, Array], heights: Float[np.ndarray, " m"]
    ) -> Float[np.ndarray, " m"]:
        """When each s_k² would pass its height, a logistic on its way to twice that."""
        w0, c0 = start
        times = []
        for mode, (rate, height) in enumerate(zip(self.rates, heights, strict=True)):
            # In units in which the plateau is the one that predict_steps takes for granted.
            unit = np.sqrt(rate / height)
            times.append(gf.predict_steps(self.spectrum, (unit * w0, unit * c0))[mode])
        return np.array(times)


def predict(
    seen: Float[np.ndarray, "V V"],
    noise: Float[np.ndarray, "V V"],
    offset: Float[np.ndarray, " V"],
    modes: int,
) -> Prediction:
    """Return the prediction for L = Σ_ij [A_ij φ(−y_ij) + B_ij φ(y_ij)], y_ij = x_ij − b_j.

    Args:
        seen: A, rows for W.
        noise: B.
        offset: b, zero for negative sampling.
        modes: m.
    """
    odds = scipy.special.expit(-offset)
    pull = 2 * (seen - (seen + noise) * odds)
    spec = gf.spectrum(BipartiteTarget(pull, None, "−2 ∂L/∂x"), modes)
    sides = np.sqrt(2) * spec.eigenvectors
    left, right = sides[: len(seen)], sides[len(seen) :]
    bend = 4 * (seen + noise) * odds * (1 - odds)
    curvature = np.einsum("ik,ij,jk->k", left**2, bend, right**2)
    return Prediction(spec.eigenvalues, left, 2 * spec.eigenvalues / curvature, spec)
