"""JSON lines for any trainer: token ids with their labels, the same as text, and the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.ports import ExportRequest
from passgap.trainers.exports._supervised import rows_of
from passgap.trainers.exports.base import ExportTarget, Written

COMMANDS = """\
`data.jsonl` has one example per line: `input_ids`, `attention_mask` and `labels`, where -100 marks a token without a
loss. `examples.jsonl` has the same as text in segments, in the same order, to read. `export.json` has the recipe:
`config`, `seed`, and the number of examples. The loss is the mean over the tokens of an update, the learning rate
goes on from its peak as `schedule` says, and an update takes `batch_size` examples over all devices.
"""


class JsonLines(ExportTarget):
    """A format that any trainer can be made to read."""

    name = "jsonl"
    caption = "Examples and recipe for any trainer."
    position = 40.0
    kinds = ("supervised",)

    def write(self, job: Any, request: ExportRequest, folder: Path) -> Written:
        """Write the rows."""
        rows = rows_of(job)
        return Written(
            commands=COMMANDS,
            kept="the settings in `export.json`",
            counted=rows.counted,
            examples=len(rows.rows),
            dropped_too_long=rows.dropped_too_long,
            loss_tokens=rows.loss_tokens,
            files=rows.write(folder),
        )


EXPORT = JsonLines()
