"""Public names and where they live, for type checkers and for `__init__.py`."""

from ._count import count_cooccurrence as count_cooccurrence
from ._download import corpus_names as corpus_names
from ._download import download_corpus as download_corpus
from ._embedded import embedded_names as embedded_names
from ._load import load_statistics as load_statistics
from ._planted import planted_statistics as planted_statistics
from ._statistics import CooccurrenceStatistics as CooccurrenceStatistics
from ._text import text8_tokens as text8_tokens
from ._text_corpus import TokenCorpus as TokenCorpus
from ._text_corpus import read_corpus as read_corpus
