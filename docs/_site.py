"""Hooks of the documentation site: no page is left out, and links to the repository lead to their place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = "https://github.com/passgap/passgap/blob/main/"
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: Any) -> Any:
    """Give pages that the navigation does not name a place at its end."""
    docs = Path(config["docs_dir"])
    named = set(_pages(config["nav"]))
    others = [name for path in sorted(docs.rglob("*.md")) if (name := path.relative_to(docs).as_posix()) not in named]
    if others:
        config["nav"] = [*config["nav"], {"Further pages": others}]
    return config


def _pages(entry: Any) -> Iterator[str]:
    """The pages of a part of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry.values() if isinstance(entry, dict) else entry:
            yield from _pages(each)


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Rewrite links that lead out of the documentation to a file that is there; a broken one is left, and refused."""
    del files
    docs = Path(config["docs_dir"]).resolve()
    folder = (docs / page.file.src_uri).parent

    def place(found: re.Match[str]) -> str:
        target = (folder / found[1]).resolve()
        if target.is_relative_to(docs) or not target.exists():
            return found[0]
        return f"]({REPOSITORY}{target.relative_to(docs.parent)}{found[2] or ''})"

    return _LINK.sub(place, markdown)
