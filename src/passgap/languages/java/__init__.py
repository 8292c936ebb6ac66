"""Java."""

from passgap.languages.java.language import Java

LANGUAGE = Java()

__all__ = ["LANGUAGE", "Java"]
