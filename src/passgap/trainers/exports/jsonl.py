"""JSON lines for any trainer: token ids with their labels, the same as text, and the recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.ports import ExportRequest
from passgap.ports.preference_job import PreferenceJob
from passgap.recipes import updates_of
from passgap.trainers.exports._supervised import DATA, TEXT, decoded, rows_of, tokenizer_of
from passgap.trainers.exports.base import ExportTarget, Written, write_lines
from passgap.trainers.preference.encoding import encode_pairs

COMMANDS = """\
`data.jsonl` has one example per line: `input_ids`, `attention_mask` and `labels`, where -100 marks a token without a
loss. `examples.jsonl` has the same as text in segments, in the same order, to read. `export.json` has the recipe:
`config`, `seed`, and the number of examples. The loss is the mean over the tokens of an update, the learning rate
goes on from its peak as `schedule` says, and an update takes `batch_size` examples over all devices.
"""


PAIRS = """\
`data.jsonl` has one pair per line: the token ids of the prompt and of the two answers, `prompt_ids`, `chosen_ids` and
`rejected_ids`, ends included, and the base model's summed log-probabilities of the answers, `ref_chosen_logps` and
`ref_rejected_logps`, in nats. `examples.jsonl` has the same as text, in the same order, to read. `export.json` has
the recipe: `config`, `seed`, and `loss` with its `beta`; `sft_weight` is the weight of the cross-entropy of the chosen
answer beside it. An update takes `batch_size` pairs over all devices.
"""


class JsonLines(ExportTarget):
    """A format that any trainer can be made to read."""

    name = "jsonl"
    caption = "Examples and recipe for any trainer."
    position = 40.0
    kinds = ("supervised", "preference")

    def write(self, job: Any, request: ExportRequest, folder: Path) -> Written:
        """Write the rows."""
        if isinstance(job, PreferenceJob):
            return _write_pairs(job, folder)
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


def _write_pairs(job: PreferenceJob, folder: Path) -> Written:
    tokenizer = tokenizer_of(job)
    encoded = encode_pairs(tokenizer, job.pairs, job.config.max_length)
    known = [job.reference[place] for place in encoded.kept]
    references = [
        {"ref_chosen_logps": each.chosen, "ref_rejected_logps": each.rejected} if each is not None else {}
        for each in known
    ]
    rows = [{**row, **reference} for row, reference in zip(encoded.rows, references, strict=True)]
    write_lines(folder / DATA, rows)
    texts = ({name: decoded(tokenizer, tokens) for name, tokens in row.items()} for row in encoded.rows)
    write_lines(folder / TEXT, ({name.removesuffix("_ids"): text for name, text in row.items()} for row in texts))
    return Written(
        commands=PAIRS,
        kept="the settings in `export.json`",
        counted={
            "pairs": f"{len(rows)}; {encoded.dropped_too_long} longer ones were left out",
            "loss": f"{job.loss.kind}, beta {job.loss.beta:g}, weight of the chosen answer {job.loss.sft_weight:g}",
            "updates": str(updates_of(len(rows), job.config)),
        },
        examples=len(rows),
        dropped_too_long=encoded.dropped_too_long,
        loss_tokens=encoded.chosen_tokens + encoded.rejected_tokens,
        files=[DATA, TEXT],
    )


EXPORT = JsonLines()
