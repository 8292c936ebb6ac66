"""Tests that cannot be used."""

from __future__ import annotations


class TestsUnusable(Exception):
    """The tests cannot be used: it is their fault, never a sample's."""

    __test__ = False
