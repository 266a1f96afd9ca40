"""Losses of embeddings with explicit gradients, and the function φ they are made of."""

from gradflow.losses._softplus import TaylorSoftplus as TaylorSoftplus
