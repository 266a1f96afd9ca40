"""JSON, and where results come from: what every kind of result shares.

Its public names are listed in `__init__.pyi` and imported when they are first used: settings of a
command line can be read without the libraries that follow them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
