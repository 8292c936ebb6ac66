"""JSON as clients and model servers write it."""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import from_json


def parsed(data: bytes) -> Any:
    """The document of some bytes; None for what is none.

    The quick parser refuses lone surrogates and deep nesting, which are JSON all the same.
    """
    try:
        return from_json(data)
    except ValueError:
        pass
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
