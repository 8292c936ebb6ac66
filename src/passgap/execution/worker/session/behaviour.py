"""A digest of what a program answered, to group samples by what they do."""

from __future__ import annotations

import hashlib
from typing import Any

from ..exchange.frames import to_json
from ..exchange.value_encoder import Encoder
from ..exchange.value_types import TooDeep


class Behaviour:
    """The digest of the answers to calls. Of an exception only the class counts: its text may differ between runs."""

    def __init__(self) -> None:
        self._hash: Any = None
        self._encoder = Encoder(lambda value: ["h", type(value).__name__])

    def add(self, node: Any) -> None:
        """Add an answer, as JSON."""
        if self._hash is None:
            self._hash = hashlib.sha256()
        self._hash.update(to_json(node))

    def add_value(self, value: Any) -> None:
        """Add an answer, with the content of its containers."""
        try:
            node = self._encoder.encode(value)
        except (TooDeep, RecursionError):
            node = ["h", "nested"]
        self.add(node)

    @property
    def digest(self) -> str | None:
        """The digest, or None where there was no answer."""
        return None if self._hash is None else str(self._hash.hexdigest())
