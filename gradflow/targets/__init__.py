"""Target matrices of co-occurrence counts, their spectra, and weightings of pairs."""

from gradflow.targets._bipartite import BipartiteTarget as BipartiteTarget
from gradflow.targets._callable import CallableTarget as CallableTarget
from gradflow.targets._matrices import mstar as mstar
from gradflow.targets._matrices import pmi as pmi
from gradflow.targets._matrices import ppmi as ppmi
from gradflow.targets._matrices import shifted_ppmi as shifted_ppmi
from gradflow.targets._pair_weights import WEIGHTINGS as WEIGHTINGS
from gradflow.targets._pair_weights import PairWeights as PairWeights
from gradflow.targets._pair_weights import Weighting as Weighting
from gradflow.targets._pair_weights import WeightingName as WeightingName
from gradflow.targets._pair_weights import Word2vecWeighting as Word2vecWeighting
from gradflow.targets._pair_weights import pair_weights as pair_weights
from gradflow.targets._sparse_plus_low_rank import SparsePlusLowRank as SparsePlusLowRank
from gradflow.targets._spectrum import Spectrum as Spectrum
from gradflow.targets._spectrum import spectrum as spectrum
from gradflow.targets._target import AbstractTarget as AbstractTarget
from gradflow.targets._target import Target as Target
