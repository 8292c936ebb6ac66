"""Code that is put into a place of a program which runs it and looks at what it leaves, as in DS-1000."""

from __future__ import annotations

import re

from passgap.languages import LANGUAGES
from passgap.records import NoTests, Problem, Prompt, ScriptTests
from passgap.tasks.answers.extraction import Extraction, ExtractionRule
from passgap.tasks.answers.fenced import fenced_answer
from passgap.tasks.kinds.base import FENCE_END, TaskKind
from passgap.tasks.prompt_styles import PromptStyle

_ENDS = ("</code>", "# SOLUTION END", "END SOLUTION")
_END = re.compile("|".join(map(re.escape, _ENDS)))
_BEGIN = re.compile(r"<code>[ \t]*\n?|^[ \t]*(?:#+ )?BEGIN SOLUTION[ \t]*\n", re.MULTILINE)
_REQUEST = "Answer with the code for the place of the solution alone, indented as it has to be there, in one block."


class Snippet(TaskKind):
    """Statements that go on where the prompt ends; they define nothing by a name, and stay indented as they are."""

    name = "snippet"
    caption = "code in a place of a given program, tested by what it leaves there"
    tests = (ScriptTests, NoTests)

    def infers(self, problem: Problem) -> bool:
        return isinstance(problem.tests, ScriptTests)

    def prompt(self, problem: Problem, style: PromptStyle) -> Prompt:
        """The problem as the set words it; a base model goes on with it, up to the marks that end a solution."""
        if style is PromptStyle.COMPLETION:
            return Prompt(user=f"{problem.prompt}\n", stop=(*_ENDS, FENCE_END), chat=False)
        user = f"{problem.prompt}\n\n{_REQUEST}"
        if style is PromptStyle.CHAT:
            return Prompt(user=user)
        return Prompt(user=user, prefix=f"```{LANGUAGES[problem.language].labels[0]}\n", stop=(FENCE_END,))

    def submission(self, problem: Problem, completion: str, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
        """The last block of the answer, less the marks of a solution that it repeats."""
        answer = fenced_answer(completion, prompt, LANGUAGES[problem.language])
        if answer is None:
            return Extraction("", ExtractionRule.NONE)
        begun = list(_BEGIN.finditer(answer.text))
        text = answer.text[begun[-1].end() :] if begun else answer.text
        text = _END.split(text)[0]
        rule = ExtractionRule.BLOCK if "```" in prompt.prefix + completion else ExtractionRule.WHOLE
        return Extraction(text, rule if text.strip() else ExtractionRule.NONE, reasoning=answer.reasoning)


KIND = Snippet()
