"""The documentation as a site: what its hooks do to links, and that no address of the project is made up."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site() -> Any:
    """The module of hooks."""
    spec = importlib.util.spec_from_file_location("site_hooks", ROOT / "docs" / "_site.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a page](verdict.md#words)", "[a page](verdict.md#words)"),
        ("![a picture](images/report.png)", "![a picture](images/report.png)"),
        ("[elsewhere](https://arxiv.org/abs/2010.09686)", "[elsewhere](https://arxiv.org/abs/2010.09686)"),
        ("[benchmarks/explorer.py](../benchmarks/explorer.py)", "`benchmarks/explorer.py`"),
        ("[the script](../benchmarks/explorer.py#L1)", "the script (`benchmarks/explorer.py` of the repository)"),
        ("[gone](../benchmarks/nothing.py)", "[gone](../benchmarks/nothing.py)"),
    ],
)
def test_a_file_of_the_repository_is_named_and_not_linked(site: Any, written: str, shown: str) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="report.md"))
    assert site.on_page_markdown(written, page=page, config={"docs_dir": ROOT / "docs"}, files=None) == shown


def test_a_page_without_a_place_gets_one(site: Any, tmp_path: Path) -> None:
    for name in ("index.md", "new.md"):
        (tmp_path / name).write_text("# A page\n")
    nav = site.on_config({"docs_dir": tmp_path, "nav": [{"Overview": "index.md"}]})["nav"]
    assert nav == [{"Overview": "index.md"}, {"Further pages": ["new.md"]}]


def test_no_address_of_the_project_is_made_up() -> None:
    made_up = re.compile(r"(?:github|gitlab)\.(?:com|io)/passgap|passgap\.(?:dev|io|org|readthedocs|github)|ghcr\.io")
    files = [ROOT / name for name in ("README.md", "pyproject.toml", "mkdocs.yml", "Containerfile", "CHANGELOG.md")]
    files += [path for folder in ("docs", "src", "scripts", "examples") for path in (ROOT / folder).rglob("*")]
    texts = [path for path in files if path.suffix in {"", ".md", ".py", ".toml", ".yml", ".yaml", ".sh", ".j2"}]
    found = [str(path) for path in texts if path.is_file() and made_up.search(path.read_text("utf-8", "replace"))]
    assert not found
