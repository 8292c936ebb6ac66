"""Verdicts of the sandbox against those of plain CPython, on the same programs and tests."""
