"""Python."""

from passgap.languages.python.language import Python

LANGUAGE = Python()

__all__ = ["LANGUAGE", "Python"]
