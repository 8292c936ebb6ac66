"""The tokens by which a study's model is asked for the middle of a program."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from passgap.errors import StudyError
from passgap.models.folders import added_tokens
from passgap.models.resolution import EMBEDDED, resolve_tokenizer
from passgap.records import Problem
from passgap.spec import PluginEngine, ServerEngine, StudySpec
from passgap.tasks import kind_of
from passgap.tasks.fill_marks import BY_SERVER, FILL_MARKS, FillMarks, FillOrder, marks_among


def fill_marks(spec: StudySpec, problems: Iterable[Problem]) -> FillMarks | None:
    """The marks that prompts are written with; None where no problem has a gap, or it is asked for in words.

    Raises:
        StudyError: the named tokens are not the tokenizer's, or no tokenizer is at hand that would tell.
    """
    asked, order = spec.model.infill, FillOrder(spec.model.infill_order)
    if asked == "request" or not any(kind_of(each).marked_prompt(each, BY_SERVER) is not None for each in problems):
        return None
    if asked == "suffix":
        return BY_SERVER
    tokens = _tokens_at_hand(spec)
    if asked == "auto":
        if tokens is None:
            raise StudyError(
                "whether the model has tokens for filling in the middle of a program cannot be told here",
                [f"Name them: `model.infill: {next(iter(FILL_MARKS))}` ({', '.join(FILL_MARKS)}), or `request`."],
            )
        found = marks_among(tokens)
        return None if found is None else found.model_copy(update={"order": order})
    marks = FILL_MARKS[asked]
    lacking = [each for each in (marks.prefix, marks.suffix, marks.middle) if tokens is not None and each not in tokens]
    if lacking:
        known = marks_among(tokens or ())
        advice = f"It has those of {known.family}." if known else "It has none of the known ones: use `request`."
        raise StudyError(f"model.infill: the tokenizer lacks {', '.join(lacking)} of {asked}", [advice])
    return marks.model_copy(update={"order": order})


def _tokens_at_hand(spec: StudySpec) -> frozenset[str] | None:
    """The added tokens of the tokenizer that the model is used with; None where it is not at hand."""
    engine = spec.engine
    if isinstance(engine, PluginEngine):
        return None
    name = engine.tokenizer if isinstance(engine, ServerEngine) else spec.model.id
    if name is None:
        return None
    folder = Path(name).expanduser()
    return added_tokens(resolve_tokenizer(name) if name == EMBEDDED or not folder.is_dir() else folder)
