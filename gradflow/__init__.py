"""gradflow simulates, solves and predicts how word embeddings learn.

Its public names are listed in `__init__.pyi` and imported when they are first used: JAX, diffrax
and pandas take seconds to import, and counting a text or asking for help needs none of them.
"""

import importlib
import os
import sys

import lazy_loader

from gradflow._suggestions import did_you_mean

__version__ = "0.1.0"

# Dynamics started at 1e-12 need 64 bits (`gradflow/_precision.py`), and so do arrays that are made
# after this import and before the first name is used. JAX reads the variable when it is imported.
if "jax" in sys.modules:
    importlib.import_module("gradflow._precision")
else:
    os.environ.setdefault("JAX_ENABLE_X64", "1")

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, or say which one may have been meant."""
    try:
        return _attribute(name)
    except AttributeError:
        if name in __all__ or name.startswith("_"):
            raise
    # Raised with the message alone: Python would add a question of its own to a name.
    raise AttributeError(
        f"module 'gradflow' has no attribute {name!r}{did_you_mean(name, __all__)}"
    )
