"""Word vectors: from counts without training, in files that others open, and back."""

from gradflow.vectors._embed import EmbedSettings as EmbedSettings
from gradflow.vectors._embed import embed as embed
from gradflow.vectors._embed import embed_with as embed_with
from gradflow.vectors._read import load_vectors as load_vectors
from gradflow.vectors._word_vectors import WordVectors as WordVectors
from gradflow.vectors._write import Format as Format
from gradflow.vectors._write import check_format as check_format
from gradflow.vectors._write import file_format as file_format
