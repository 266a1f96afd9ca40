"""Public names and where they live, for type checkers and for `__init__.py`."""

from ._encoding import packing as packing
from ._environment import environment as environment
from ._environment import versions as versions
from ._json import json_text as json_text
from ._source import describe_source as describe_source
from ._source import source_fingerprint as source_fingerprint
