"""The program that a completion submits."""

from __future__ import annotations

from passgap.records import Problem, Prompt
from passgap.tasks.answers.extraction import Extraction
from passgap.tasks.answers.official import official_extraction
from passgap.tasks.kinds import kind_of


def extract(completion: str, problem: Problem, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
    """Take the program to be run out of a completion of ``prompt``, by the rules of the problem's kind.

    A problem that is scored as another evaluation scores it has that evaluation's rule for answers in turns.

    Nothing is run, and no text makes it raise.

    Args:
        completion: the text that the model wrote.
        problem: what it was asked for.
        prompt: how it was asked.
        cut: whether the token limit ended it; None where that is not known: an unclosed block may have been cut.
    """
    if problem.extraction is not None and prompt.chat:
        return official_extraction(problem.extraction, completion, prompt, cut=cut)
    return kind_of(problem).submission(problem, completion, prompt, cut=cut)


def extract_program(completion: str, problem: Problem, prompt: Prompt) -> str:
    """The program alone (:func:`extract`)."""
    return extract(completion, problem, prompt).program
