"""Experiments, one module or package a claim: `python -m gradflow.experiments NAME`."""
