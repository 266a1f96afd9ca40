"""Public names and where they live, for type checkers and for `__init__.py`."""

from ._callable import CallableTarget as CallableTarget
from ._matrices import mstar as mstar
from ._matrices import pmi as pmi
from ._matrices import ppmi as ppmi
from ._matrices import shifted_ppmi as shifted_ppmi
from ._pair_weights import PairWeights as PairWeights
from ._pair_weights import Word2vecWeighting as Word2vecWeighting
from ._pair_weights import pair_weights as pair_weights
from ._sparse_plus_low_rank import SparsePlusLowRank as SparsePlusLowRank
from ._spectrum import Spectrum as Spectrum
from ._spectrum import spectrum as spectrum
from ._target import AbstractTarget as AbstractTarget
from ._target import Target as Target
