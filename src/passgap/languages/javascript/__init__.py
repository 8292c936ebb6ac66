"""JavaScript."""

from passgap.languages.javascript.language import JavaScript

LANGUAGE = JavaScript()

__all__ = ["LANGUAGE", "JavaScript"]
