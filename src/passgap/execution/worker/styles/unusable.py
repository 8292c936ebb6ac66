"""Tests that cannot be used."""

from __future__ import annotations


class TestsUnusable(Exception):
    """The tests cannot be used: a fault of theirs, never of a sample."""

    __test__ = False
