"""Public names and where they live, for type checkers and for `__init__.py`."""
