"""Public names and where they live, for type checkers and for `__init__.py`."""

from ._embed import embed as embed
from ._embed_settings import EmbedSettings as EmbedSettings
from ._read import load_vectors as load_vectors
from ._word_vectors import WordVectors as WordVectors
