"""Minibatch descent on the text itself: what the flows of `gradflow.solve` idealise."""

from gradflow.training._objective import Cbow as Cbow
from gradflow.training._objective import SkipGram as SkipGram
from gradflow.training._pairs import PaperPairs as PaperPairs
from gradflow.training._pairs import Word2vecPairs as Word2vecPairs
from gradflow.training._train import evaluation_loss as evaluation_loss
from gradflow.training._train import train as train
from gradflow.training._training import Training as Training
