"""Notes on a model's completions that a reader needs before believing the numbers that they give."""

from __future__ import annotations

from passgap.spec import StudySpec
from passgap.stages.evaluation import Evaluation
from passgap.study.chat_template import template_at_hand
from passgap.tasks import ExtractionRule

MOST = 0.5
"""The share of completions without a program above which a reader is told."""


def notes_on(spec: StudySpec, evaluation: Evaluation) -> tuple[str, ...]:
    """A note where most of a model's completions are empty or hold no program, with what to do."""
    drawn = [each for samples in evaluation.by_problem.values() for each in samples]
    empty = sum(not each.completion.strip() for each in drawn)
    if drawn and empty > MOST * len(drawn):
        return (f"{empty} of {len(drawn)} completions are empty. {_advice(spec)}",)
    nothing = sum((each.extraction or "").startswith(ExtractionRule.NONE.value) for each in evaluation.outcomes)
    if nothing > MOST * len(evaluation.outcomes):
        return (f"{nothing} of {len(evaluation.outcomes)} completions hold no program. Read some of them first.",)
    return ()


def _advice(spec: StudySpec) -> str:
    if not spec.model.chat:
        why = (
            "Its tokenizer has a chat template, so" if template_at_hand(spec) else "If it was tuned for conversations,"
        )
        return (
            f"The study lets the model continue plain text (`model.chat: false`). {why} it may take a prompt for "
            f"finished and end at once: declare `model.chat: true` in a new study folder."
        )
    return (
        "The model ends its answers at once. Look at its chat template, and whether `model.id` is the model that was "
        "meant."
    )
