"""Tests in other languages than Python, split into calls and expected values by rules about their form."""

from passgap.tasks.call_tests.assertions import SplitAssertions, split_assertions
from passgap.tasks.call_tests.embedding import Embedding, embedded, embedded_assertions
from passgap.tasks.call_tests.splitting import Split, split_tests

__all__ = [
    "Embedding",
    "Split",
    "SplitAssertions",
    "embedded",
    "embedded_assertions",
    "split_assertions",
    "split_tests",
]
