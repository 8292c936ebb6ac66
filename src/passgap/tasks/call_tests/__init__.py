"""Tests in other languages than Python, split into calls and expected values by rules about their form."""

from passgap.tasks.call_tests.assertions import SplitAssertions, split_assertions
from passgap.tasks.call_tests.embedding import (
    Embedding,
    embedded,
    embedded_assertions,
    unembedded,
    unembedded_assertions,
)
from passgap.tasks.call_tests.splitting import Split, split_tests
from passgap.tasks.call_tests.written_assertions import written_assertions
from passgap.tasks.call_tests.written_calls import written_calls

__all__ = [
    "Embedding",
    "Split",
    "SplitAssertions",
    "embedded",
    "embedded_assertions",
    "split_assertions",
    "split_tests",
    "unembedded",
    "unembedded_assertions",
    "written_assertions",
    "written_calls",
]
