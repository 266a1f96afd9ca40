"""Texts and their co-occurrence statistics. This package needs NumPy, and not JAX.

Its public names are listed in `__init__.pyi` and imported when they are first used: what lists them
needs no SciPy.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
