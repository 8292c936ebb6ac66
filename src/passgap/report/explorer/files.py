"""The explorer as files: a page with its index, and beside it one small script of data for each problem.

A page that is opened from a disk may not fetch files, but it may run scripts that its own script asks for
(``strict-dynamic``). So each problem's data are a call with one argument of plain JSON.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.plain_text import harmless
from passgap.report.explorer.data import Explorer
from passgap.report.policy import asset, policy
from passgap.store import atomic_path, write_text

PAGE = "explorer.html"
DATA = "explorer-data"


def data_name(number: int) -> str:
    """The name of the file with one problem's data, below :data:`DATA`."""
    return f"{number:05d}.js"


def refuse_other_files(folder: Path, suffix: str) -> None:
    """Refuse to replace a folder that holds anything but what passgap writes into it.

    Raises:
        StoreError: it does.
    """
    others = sorted(each.name for each in folder.iterdir() if each.suffix != suffix) if folder.is_dir() else []
    if others:
        raise StoreError(
            f"{folder} would be replaced, and holds files that passgap did not write",
            [f"Move them elsewhere: {', '.join(others[:5])}{' and more' if len(others) > 5 else ''}."],
        )


def write_explorer(explorer: Explorer, folder: AnyPath) -> None:
    """Write ``explorer.html`` and the data beside it into a study's folder.

    Raises:
        StoreError: the disk is full, or the folder is not writable.
    """
    folder = Path(folder)
    refuse_other_files(folder / DATA, ".js")
    with atomic_path(folder / DATA) as staged:
        staged.mkdir()
        for number, each in enumerate(explorer.each()):
            call = f"passgapProblem({number},{_json(each.payload())});\n"
            (staged / data_name(number)).write_text(call, encoding="ascii")
    write_text(folder / PAGE, explorer_html(explorer))


def explorer_html(explorer: Explorer) -> str:
    """The page: the index and what shows it, without any problem's data."""
    style, script = asset("page.css") + asset("explorer.css"), asset("explorer.js")
    return _template().render(
        title=harmless(f"{explorer.study}: problems and samples"),
        study=harmless(explorer.study),
        policy=policy(style, script, lazy=True),
        style=Markup(style),  # noqa: S704 - it is passgap's own
        script=Markup(script),  # noqa: S704 - it is passgap's own
        index=Markup(_json(explorer.index())),  # noqa: S704 - it holds no character that ends a script
    )


def _json(value: Any) -> str:
    """JSON that may stand in a script: plain ASCII, without a character that markup gives a meaning to."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passgap.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("explorer.html.j2")
