"""JSON, and where results come from: what every kind of result shares."""

from gradflow.io._encoding import packing as packing
from gradflow.io._environment import environment as environment
from gradflow.io._json import json_text as json_text
from gradflow.io._source import describe_source as describe_source
from gradflow.io._source import source_fingerprint as source_fingerprint
