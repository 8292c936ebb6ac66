"""Intake for an assistant: what is missing as questions, and what is wrong in sentences."""

from __future__ import annotations

from pathlib import Path

from passgap.assistants.answers import IntakeAnswer
from passgap.errors import StudyError
from passgap.spec import draft_study, intake_of
from passgap.spec.questions import Question, open_questions
from passgap.spec.yaml_text import parse_mapping
from passgap.study.checking import check_study, tables

ASK = (
    "Ask the user for every missing field at once, with why it is needed. Do not fill any of them in: an assumed "
    "number is refused, and the examples only show the form."
)
WRITE = (
    "Complete. Write it as `study.yaml` into a folder that the user names, and check that folder: its task sets are "
    "read then."
)
MEASURE = "Complete and sound. The user can measure the base model in a terminal: `passgap verdict {study}`."


def intake_of_text(text: str) -> IntakeAnswer:
    """Check the text of a study; no file that it names is read.

    Raises:
        StudyError: it is no YAML.
    """
    text = text if text.strip() else "{}"
    missing = open_questions(parse_mapping(text, "study_yaml"))
    draft = draft_study(text, "study_yaml", tables=tables())
    if draft.problems:
        return _incomplete(missing, draft.problems)
    intake = intake_of(draft, "study_yaml", tables=tables())
    return IntakeAnswer(valid=True, flags=intake.flags, notes=intake.notes, next_step=WRITE)


def intake_of_folder(study: Path) -> IntakeAnswer:
    """Check the study in a folder, with the task sets that it names.

    Raises:
        StudyError: there is none, or it is no YAML.
    """
    file = study if study.is_file() else study / "study.yaml"
    missing: tuple[Question, ...] = ()
    if file.is_file() and (text := file.read_text(encoding="utf-8", errors="replace")).strip():
        missing = open_questions(parse_mapping(text, str(file)))
    try:
        checked = check_study(study)
    except StudyError as error:
        if not file.is_file():
            raise
        return _incomplete(missing, error.problems or (error.summary,))
    return IntakeAnswer(
        valid=True,
        flags=checked.flags,
        notes=checked.notes,
        heldout_problems=checked.heldout,
        pool_problems=checked.pool,
        removed_from_pool=checked.removed,
        next_step=MEASURE.format(study=study),
    )


def _incomplete(missing: tuple[Question, ...], problems: tuple[str, ...]) -> IntakeAnswer:
    asked = tuple(f"{each.field}: missing." for each in missing)
    wrong = tuple(each for each in problems if not each.startswith(asked))
    return IntakeAnswer(
        valid=False,
        missing=missing,
        problems=wrong,
        next_step=ASK if missing else "Settle every problem with the user.",
    )
