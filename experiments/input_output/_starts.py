"""The starts that are compared, and the problem and the method of each."""

import dataclasses

import jax
from jaxtyping import Array

import gradflow as gf
from experiments.input_output._config import Config


@dataclasses.dataclass(frozen=True)
class Begin:
    """One of them.

    Attributes:
        w0: W₀, or (W₀, C₀).
        imbalance: λ, the mean of the diagonal of W₀ᵀW₀ − C₀ᵀC₀.
        exact: Whether the flow has a closed form.
    """

    w0: Array | tuple[Array, Array]
    imbalance: float
    exact: bool

    @property
    def tied(self) -> bool:
        """Whether there is one set of embeddings."""
        return not isinstance(self.w0, tuple)

    @property
    def one_sided(self) -> bool:
        """Whether C₀ is nothing beside W₀, as the mean field takes it to be."""
        if not isinstance(self.w0, tuple):
            return False
        w, c = (float((side**2).sum()) for side in self.w0)
        return c <= 1e-6 * w


def starts(config: Config, largest: float) -> dict[str, Begin]:
    """By name.

    Args:
        config: Sizes and scales.
        largest: The largest |λ_k|.
    """
    key, sizes = jax.random.key(0), (config.words, config.dim)
    unequal = config.lazy * largest
    drawn: dict[str, Array | tuple[Array, Array]] = {
        "tied": gf.gaussian_init(key, *sizes, config.scale),
        "balanced": gf.balanced_init(key, *sizes, config.scale),
        "word2vec": gf.word2vec_init(key, *sizes),
        "small word2vec": gf.word2vec_init(key, *sizes, config.scale),
        "unequal": gf.balanced_init(key, *sizes, config.scale, imbalance=unequal),
    }
    closed = ("tied", "balanced", "unequal")
    return {name: Begin(w0, _imbalance(w0), name in closed) for name, w0 in drawn.items()}


def _imbalance(w0: Array | tuple[Array, Array]) -> float:
    if not isinstance(w0, tuple):
        return 0.0
    return float((w0[0] ** 2).sum() - (w0[1] ** 2).sum()) / w0[0].shape[1]
