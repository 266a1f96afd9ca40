"""Texts and their co-occurrence statistics. This package needs NumPy, and not JAX."""

from gradflow.corpus._count import count_cooccurrence as count_cooccurrence
from gradflow.corpus._download import corpus_names as corpus_names
from gradflow.corpus._download import download_corpus as download_corpus
from gradflow.corpus._load import embedded_names as embedded_names
from gradflow.corpus._load import load_statistics as load_statistics
from gradflow.corpus._planted import planted_statistics as planted_statistics
from gradflow.corpus._statistics import CooccurrenceStatistics as CooccurrenceStatistics
from gradflow.corpus._text import text8_tokens as text8_tokens
from gradflow.corpus._text_corpus import TokenCorpus as TokenCorpus
from gradflow.corpus._text_corpus import read_corpus as read_corpus
