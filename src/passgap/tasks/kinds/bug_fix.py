"""Code with a bug in it, to be written again without."""

from __future__ import annotations

from passgap.languages import LANGUAGES
from passgap.records import (
    AssertTests,
    CallTests,
    CheckTests,
    EmbeddedTests,
    NoTests,
    PairTests,
    Problem,
    Prompt,
    PromptKind,
    PytestTests,
    Record,
    StdioTests,
)
from passgap.tasks.answers.extraction import Extraction, ExtractionRule
from passgap.tasks.kinds.base import FENCE_END, TaskKind
from passgap.tasks.prompt_styles import PromptStyle


class BugFixBody(Record):
    """The fields of a problem whose ``prompt`` says what is to be fixed."""

    buggy: str
    """The code with the bug, as a whole program."""
    tests_shown: bool = False
    """Whether prompts show the tests that decide: contamination by design, which is recorded as such."""


class BugFix(TaskKind):
    """A program that fails its tests. The answer is the whole program again, corrected."""

    name = "bug-fix"
    caption = "code with a bug, to be corrected"
    tests = (AssertTests, CheckTests, PairTests, PytestTests, CallTests, EmbeddedTests, StdioTests, NoTests)
    body = BugFixBody
    nothing = "the buggy code unchanged"

    def infers(self, problem: Problem) -> bool:
        return False

    # --- asking -----------------------------------------------------------------------------------------------------

    def prompt(self, problem: Problem, style: PromptStyle) -> Prompt:
        """The buggy code and the request to correct it; a base model gets the code, and the request as a comment."""
        language, body = LANGUAGES[problem.language], _body(problem)
        request = "\n".join([problem.prompt, *self.shown_tests(problem)])
        if style is PromptStyle.COMPLETION:
            head = language.function_head(problem.entry_point) if problem.entry_point else ""
            shown = f"{body.buggy.rstrip()}\n\n\n{language.comment(f'{request}{chr(10)}The corrected code:')}"
            return Prompt(
                user=f"{language.comment('This code has a bug:')}{shown}", prefix=head, stop=language.stops, chat=False
            )
        fence = f"```{language.labels[0]}\n"
        user = (
            f"{request}\n\n{fence}{body.buggy.strip()}{FENCE_END}\n\nAnswer with the whole corrected code in one block."
        )
        if style is PromptStyle.CHAT:
            return Prompt(user=user)
        return Prompt(user=user, prefix=fence, stop=(FENCE_END,))

    def shown_tests(self, problem: Problem) -> tuple[str, ...]:
        """The tests, where the problem declares that they are shown."""
        if not _body(problem).tests_shown:
            return ()
        tests = problem.tests
        if isinstance(tests, AssertTests):
            shown = "\n".join(part for part in (tests.setup, *tests.statements) if part)
        elif isinstance(tests, CheckTests | PytestTests | EmbeddedTests):
            shown = tests.code.strip()
        elif isinstance(tests, CallTests):
            shown = "\n".join(f"{tests.function}({each.arguments}) == {each.expected}" for each in tests.cases)
        elif isinstance(tests, PairTests):
            shown = "\n".join(f"{list(each.args)!r} -> {each.expected!r}" for each in tests.cases)
        elif isinstance(tests, StdioTests):
            shown = "\n".join(f"reads {each.stdin!r}, prints {each.stdout!r}" for each in tests.cases)
        else:
            return ()
        return ("It has to pass these tests:", shown)

    def shows_tests(self, problem: Problem) -> bool:
        return bool(self.shown_tests(problem))

    # --- answers ----------------------------------------------------------------------------------------------------

    def submission(self, problem: Problem, completion: str, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
        """The corrected program; what the buggy code holds beside the function is not added to it."""
        whole = problem.model_copy(update={"prompt_kind": PromptKind.INSTRUCTION})
        return super().submission(whole, completion, prompt, cut=cut)

    def continued(self, problem: Problem, completion: str) -> str:
        """A completion is the whole program: the prompt is words and the buggy code."""
        return completion

    # --- sets -------------------------------------------------------------------------------------------------------

    def nothing_done(self, problem: Problem) -> Extraction:
        return Extraction(_body(problem).buggy, ExtractionRule.GIVEN)

    def contamination_text(self, problem: Problem) -> str:
        return f"{problem.prompt}\n{_body(problem).buggy}"


KIND = BugFix()


def _body(problem: Problem) -> BugFixBody:
    return BugFixBody.model_validate(problem.body or {"buggy": ""})
