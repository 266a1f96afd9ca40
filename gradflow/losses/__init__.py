"""Losses of embeddings, with their gradients written out."""

from gradflow.losses._contrastive import contrastive_gradient as contrastive_gradient
from gradflow.losses._contrastive import contrastive_loss as contrastive_loss
from gradflow.losses._quadratic import quadratic_gradient as quadratic_gradient
from gradflow.losses._quadratic import quadratic_loss as quadratic_loss
from gradflow.losses._softplus import AbstractSoftplus as AbstractSoftplus
from gradflow.losses._softplus import Softplus as Softplus
from gradflow.losses._softplus import TaylorSoftplus as TaylorSoftplus
