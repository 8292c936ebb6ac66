"""The complete files that pages of the documentation show."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

DOCS = Path(__file__).parents[1] / "docs"
_FILE = re.compile(r'^```\w+ title="([\w./-]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def files_of(page: str) -> dict[str, str]:
    """The files of a page, by the name that its fence gives each."""
    return dict(_FILE.findall((DOCS / page).read_text(encoding="utf-8")))


def write_files(page: str, folder: Path) -> None:
    """Write the files of a page into a folder."""
    for name, text in files_of(page).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def module_of(page: str, name: str) -> ModuleType:
    """Execute a Python file of a page as a module of its own."""
    spec = importlib.util.spec_from_loader(Path(name).stem, loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    exec(compile(files_of(page)[name], f"{page}:{name}", "exec"), vars(module))
    return module
