"""Hooks of the documentation site: no page is left out, and files outside the documentation are named, not linked.

The site does not know where its repository is published, so a link to a file of it becomes the file's path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")


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
    """Name the files of the repository that links lead to; a link to a file that is not there is left, and refused."""
    del files
    docs = Path(config["docs_dir"]).resolve()
    return _LINK.sub(lambda found: _named(found, docs, (docs / page.file.src_uri).parent), markdown)


def _named(link: re.Match[str], docs: Path, folder: Path) -> str:
    target = (folder / link[2]).resolve()
    if target.is_relative_to(docs) or not target.exists() or not target.is_relative_to(docs.parent):
        return link[0]
    path = f"`{target.relative_to(docs.parent)}`"
    return path if link[1].strip("`") in str(target) else f"{link[1]} ({path} of the repository)"
