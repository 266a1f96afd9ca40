"""Step times and directions before any run, from the expected slopes at the origin."""

import dataclasses

import numpy as np
from jaxtyping import Array

import gradflow as gf
from gradflow.targets import BipartiteTarget


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """What counts say before any run, from the first two orders of the loss at the origin.

    Attributes:
        rates: λ_k (m,), the largest singular values of A − B.
        left: u (V, m), their left singular vectors; on the side of W.
        plateaus: (m,), where s_k² of mode k alone ends: 2λ_k / Σ_ij (A + B)_ij u_i² v_j².
        spectrum: The same rates with u above v, as `predict_steps` takes them.
    """

    rates: np.ndarray
    left: np.ndarray
    plateaus: np.ndarray
    spectrum: gf.Spectrum

    def times(self, start: tuple[Array, Array], heights: np.ndarray) -> np.ndarray:
        """When each s_k² would pass its height (m,), a logistic on its way to twice that."""
        w0, c0 = start
        found = []
        for mode, (rate, height) in enumerate(zip(self.rates, heights, strict=True)):
            # In units in which the plateau is the one that predict_steps takes for granted.
            unit = np.sqrt(rate / height)
            found.append(gf.predict_steps(self.spectrum, (unit * w0, unit * c0))[mode])
        return np.array(found)


def predict(seen: np.ndarray, noise: np.ndarray, modes: int) -> Prediction:
    """From A and B (V, V), rows for W."""
    spec = gf.spectrum(BipartiteTarget(seen - noise, None, "A − B"), modes)
    sides = np.sqrt(2) * spec.eigenvectors
    left, right = sides[: len(seen)], sides[len(seen) :]
    curvature = np.einsum("ik,ij,jk->k", left**2, seen + noise, right**2)
    return Prediction(spec.eigenvalues, left, 2 * spec.eigenvalues / curvature, spec)
