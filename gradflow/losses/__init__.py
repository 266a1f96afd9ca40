"""Losses of embeddings with explicit gradients, and the function φ they are made of."""

from gradflow.losses._fast_softplus import logistic as logistic
from gradflow.losses._fast_softplus import softplus as softplus
from gradflow.losses._pairs import PairCosts as PairCosts
from gradflow.losses._pairs import tied_gradient as tied_gradient
from gradflow.losses._pairs import tied_loss as tied_loss
from gradflow.losses._pairs import untied_gradient as untied_gradient
from gradflow.losses._pairs import untied_loss as untied_loss
from gradflow.losses._quadratic import quadratic_gradient as quadratic_gradient
from gradflow.losses._quadratic import quadratic_loss as quadratic_loss
from gradflow.losses._quadratic import untied_quadratic_gradient as untied_quadratic_gradient
from gradflow.losses._quadratic import untied_quadratic_loss as untied_quadratic_loss
from gradflow.losses._softplus import AbstractSoftplus as AbstractSoftplus
from gradflow.losses._softplus import Softplus as Softplus
from gradflow.losses._softplus import TaylorSoftplus as TaylorSoftplus
from gradflow.losses._tiles import Tiles as Tiles
from gradflow.losses._tiles import tiled as tiled
from gradflow.losses._tiles import untiled as untiled
