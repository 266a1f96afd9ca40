"""What the main job does. Nothing here needs JAX, so that a command's help is quick."""

import dataclasses

from gradflow._checks import positive_float, positive_int, positive_scales


@dataclasses.dataclass(frozen=True)
class StudySettings:
    """What a study does; equal settings on equal counts give equal results.

    Attributes:
        negatives: Negatives per positive, k.
        scales: Initialisation scales σ.
        seeds: Random starts for each scale: seeds 0, 1, ...
        dim: Dimension d of the embeddings.
        modes: How many steps are measured and predicted; all of them where dim is smaller.
        num_times: Times at which each run is looked at.
        sgns_words: Vocabulary of the full-batch SGNS flow beside it, the most frequent words; 0 for
            none.
        sgns_dim: Dimension of its embeddings.
        sgns_scale: Its initialisation scale.
        sgns_rtol: Relative error per substep of its integrator.

    Example:
        >>> import gradflow as gf
        >>> settings = gf.StudySettings(dim=20, scales=(1e-2, 1e-4))
        >>> settings.modes, settings.shown_scale
        (20, 0.0001)
    """

    negatives: float = 1.0
    scales: tuple[float, ...] = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
    seeds: int = 4
    dim: int = 100
    modes: int = 50
    num_times: int = 400
    sgns_words: int = 500
    sgns_dim: int = 12
    sgns_scale: float = 1e-6
    sgns_rtol: float = 1e-6

    def __post_init__(self) -> None:
        positive_float("negatives", self.negatives)
        object.__setattr__(self, "scales", positive_scales("scales", self.scales))
        positive_int("seeds", self.seeds)
        positive_int("num_times", self.num_times, least=8)
        positive_int("dim", self.dim)
        object.__setattr__(self, "modes", min(positive_int("modes", self.modes), self.dim))
        if self.sgns_words:
            positive_int("sgns_words", self.sgns_words)
            positive_int("sgns_dim", self.sgns_dim)
            positive_float("sgns_scale", self.sgns_scale)
            positive_float("sgns_rtol", self.sgns_rtol)

    @property
    def shown_scale(self) -> float:
        """The scale that tables and figures show: the smallest, where steps are clearest."""
        return min(self.scales)
