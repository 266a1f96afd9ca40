"""What is kept of a run: labelled arrays, a table of steps, and a summary."""

from gradflow.io._grid import save_grid as save_grid
from gradflow.io._json import json_text as json_text
from gradflow.io._load import load_study_data as load_study_data
from gradflow.io._packing import packing as packing
from gradflow.io._save import save_study as save_study
from gradflow.io._source import describe_source as describe_source
from gradflow.io._source import source_fingerprint as source_fingerprint
from gradflow.io._summary import environment as environment
from gradflow.io._summary import read_summary as read_summary
from gradflow.io._summary import summarise as summarise
