"""Problems: what is learned, a loss and the data behind it."""

from gradflow.problems._contrastive import NCE as NCE
from gradflow.problems._contrastive import Contrastive as Contrastive
from gradflow.problems._contrastive import Taylor as Taylor
from gradflow.problems._custom import Custom as Custom
from gradflow.problems._problem import AbstractProblem as AbstractProblem
from gradflow.problems._quadratic import Quadratic as Quadratic
