"""vLLM itself, imported when an engine is opened."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

_SETTINGS = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # scheduling in this process is reproducible
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "CRITICAL",  # a failure's message is in the error that it becomes
}
"""Environment variables that vLLM reads when it is imported and when an engine is made."""


def load_vllm() -> Any:
    """Import vLLM with these settings; what the environment says already takes precedence.

    Raises:
        ImportError: vLLM is not installed.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    for module in ("vllm.lora.request", "vllm.platforms", "vllm.sampling_params"):
        import_module(module)
    return import_module("vllm")
