"""The content security policy of passgap's pages: nothing is run or loaded but what the page itself holds."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources


def policy(style: str, script: str, *, lazy: bool = False) -> str:
    """A policy under which one style sheet and one script are in force, known by their hashes.

    Args:
        style: the text of the page's ``<style>``.
        script: the text of its ``<script>``.
        lazy: whether this script may load others, as the explorer's data; a script in the markup still may not.
    """
    scripts = f"'sha256-{_hash(script)}'" + (" 'strict-dynamic'" if lazy else "")
    return (
        f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src {scripts}; img-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )


def asset(name: str) -> str:
    """The text of a file of ``report/assets``."""
    return resources.files("passgap.report").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
