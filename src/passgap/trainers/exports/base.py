"""The interface of an export target, and what all of them write: a page that says what is there, and JSON."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from passgap._version import __version__
from passgap.errors import EngineError
from passgap.ports import Export, ExportRequest, FineTuneJob

PAGE = """\
# {arm} of the study "{study}"

{caption}

| | |
|---|---|
| base model | `{base_model}`, digest `{base_digest}` |
| registration | `{registration}` |
| training | {kind}, {method} |
| {counted} |
| files | {files} |

passgap {version} wrote this folder. The data are those that it would train on itself: nothing is to be tokenised,
templated, filtered or shortened again.

## Train

{commands}

What must stay as it is: the base model with these weights, its tokenizer and vocabulary, the data, and {kept}.

## Bring the checkpoint back

Measure the device-hours of the training, those of all devices together and of attempts that failed, and then run, in
the place of the study:

```console
passgap import-checkpoint STUDY --arm {arm} --checkpoint FOLDER --hours HOURS --device DEVICE
```

`FOLDER` holds the trained model in Hugging Face layout (safetensors), or LoRA adapters of it. After that,
`passgap run STUDY --arm {arm}` evaluates, probes and reports the arm as any other one.
"""


@dataclass
class Written:
    """The facts of a target's export, for the page and the result."""

    commands: str
    """How to train, in Markdown."""
    kept: str
    """Whatever else may not be changed, in words."""
    counted: Mapping[str, str]
    """Lines of the page's table."""
    examples: int
    dropped_too_long: int = 0
    loss_tokens: int = 0
    files: list[str] = field(default_factory=list)


class ExportTarget(ABC):
    """A program that trains, or a format that any program can read."""

    name: ClassVar[str]
    """As on the command line."""
    caption: ClassVar[str]
    position: ClassVar[float] = 100.0
    kinds: ClassVar[tuple[str, ...]]
    """The kinds of jobs that it can train."""

    @abstractmethod
    def write(self, job: Any, request: ExportRequest, folder: Path) -> Written:
        """Write recipe and data into an empty folder.

        Raises:
            EngineError: the base model's tokenizer cannot be loaded, or there is nothing to train on.
        """


def write_export(target: ExportTarget, job: FineTuneJob, request: ExportRequest) -> Export:
    """Write a job for a target into a new folder.

    Raises:
        EngineError: the folder holds something, or as :meth:`ExportTarget.write` says.
    """
    folder = request.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EngineError(f"{folder} is there already", ["Nothing is overwritten: name a new folder with `--out`."])
    folder.mkdir(parents=True, exist_ok=True)
    written = target.write(job, request, folder)
    facts = {
        **request.model_dump(mode="json", exclude={"folder"}),
        "kind": job.kind,
        "seed": job.seed,
        **{
            name: getattr(job, name).model_dump(mode="json")
            for name in ("config", "loss", "policy")
            if hasattr(job, name)
        },
        "examples": written.examples,
        "dropped_too_long": written.dropped_too_long,
        "loss_tokens": written.loss_tokens,
        "passgap": __version__,
    }
    (folder / "export.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    files = (*written.files, "export.json", "README.md")
    page = PAGE.format(
        **request.model_dump(mode="json", exclude={"folder", "format"}),
        caption=target.caption,
        kind=job.kind,
        method=job.config.method,
        counted=" |\n| ".join(f"{label} | {text}" for label, text in written.counted.items()),
        files=", ".join(f"`{name}`" for name in files),
        version=__version__,
        commands=written.commands,
        kept=written.kept,
    )
    (folder / "README.md").write_text(page, encoding="utf-8")
    return Export(
        folder=folder,
        files=files,
        examples=written.examples,
        dropped_too_long=written.dropped_too_long,
        loss_tokens=written.loss_tokens,
    )


def base_of(job: FineTuneJob, request: ExportRequest) -> str:
    """The base model as a trainer elsewhere loads it: its hub id where the study names one, else its folder here."""
    name = request.base_model
    on_hub = name.count("/") == 1 and not name.startswith((".", "~", "/")) and not Path(name).exists()
    return name if on_hub else str(job.base)


def write_lines(path: Path, rows: Any) -> None:
    """Write rows as JSON lines."""
    with path.open("w", encoding="utf-8") as handle:
        for row in rows:
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")
