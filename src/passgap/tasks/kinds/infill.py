"""The middle of a program, of which what stands before and after it is given."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from passgap.languages import LANGUAGES
from passgap.records import (
    AssertTests,
    CallTests,
    CheckTests,
    EmbeddedTests,
    FinishReason,
    NoTests,
    PairTests,
    Problem,
    Prompt,
    PytestTests,
    Record,
    Sample,
    StdioTests,
)
from passgap.tasks.answers.extraction import Extraction, ExtractionRule
from passgap.tasks.answers.fenced import fenced_answer
from passgap.tasks.fill_marks import FillMarks
from passgap.tasks.kinds.base import FENCE_END, TaskKind
from passgap.tasks.prompt_styles import PromptStyle

HOLE = "<MISSING>"
"""The mark of the gap in a request in words."""


class CutRule(StrEnum):
    """Where a middle ends that a model goes on behind; declared by the problem, since it is part of the score."""

    NONE = "none"
    """Where the model ends it (Bavarian et al. 2022, the rule of HumanEval-Infilling)."""
    LINE = "line"
    """At the end of its first line that is not blank."""
    UNTIL_SUFFIX = "until-suffix"
    """Before the first line of the suffix that is not blank, where the model repeats it."""


class InfillRule(StrEnum):
    """How a middle was found in a completion."""

    MIDDLE = "the middle as it was written"
    CUT = "the middle up to the declared end"
    BLOCK = "the middle in a block"
    WHOLE = "the whole program in a block"


class InfillBody(Record):
    """The fields of a problem whose ``prompt`` stands before the gap."""

    suffix: str
    """The code behind the gap."""
    cut: CutRule = CutRule.NONE


class Infill(TaskKind):
    """Code with a gap. The program is the problem's prompt, the middle and the suffix, with nothing between them."""

    name = "infill"
    caption = "the missing middle of a program"
    tests = (AssertTests, CheckTests, PairTests, PytestTests, CallTests, EmbeddedTests, StdioTests, NoTests)
    body = InfillBody
    nothing = "an empty middle"

    def infers(self, problem: Problem) -> bool:
        return False

    def refusals(self, problem: Problem) -> Iterator[str]:
        yield from super().refusals(problem)
        if problem.body is None or "suffix" not in problem.body:
            return
        suffix = problem.body["suffix"]
        reference = problem.reference
        if reference is not None and isinstance(suffix, str) and _between(reference, problem.prompt, suffix) is None:
            yield "the reference does not begin with `prompt` and end with `body.suffix`"

    # --- asking -----------------------------------------------------------------------------------------------------

    def marked_prompt(self, problem: Problem, marks: FillMarks) -> Prompt:
        return marks.prompt(problem.prompt, _body(problem).suffix)

    def prompt(self, problem: Problem, style: PromptStyle) -> Prompt:
        """The prompt for a model without tokens for it.

        A chat model gets the code with a mark in place of the gap. A base model continues the code before the gap, with
        the code behind it in a comment above.
        """
        language, suffix = LANGUAGES[problem.language], _body(problem).suffix
        if style is PromptStyle.COMPLETION:
            seen = language.comment(f"The code below ends in a gap, behind which this follows:\n\n{suffix.rstrip()}")
            return Prompt(user=f"{seen}\n{problem.prompt}", stop=language.stops, chat=False)
        fence = f"```{language.labels[0]}\n"
        user = (
            f"A part of this {language.title} code is missing: it belongs where {HOLE} stands. Answer with the missing "
            f"part alone, in one fenced block, indented as it has to be, without the code before and after it."
            f"\n\n{fence}{problem.prompt}{HOLE}{suffix.rstrip()}{FENCE_END}"
        )
        if style is PromptStyle.CHAT:
            return Prompt(user=user)
        return Prompt(user=user, prefix=fence, stop=(FENCE_END,))

    # --- answers ----------------------------------------------------------------------------------------------------

    def submission(self, problem: Problem, completion: str, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
        """The program with the middle of a completion in its gap.

        Of an answer in chat, the last fenced block is the middle. A block that holds the code before the gap as well,
        or defines the function that this begins, is taken for the whole program.
        """
        if not prompt.chat:
            middle = self._cut(problem, completion)
            rule = InfillRule.MIDDLE if middle == completion else InfillRule.CUT
            return Extraction(self._filled(problem, middle), rule)
        found = fenced_answer(completion, prompt, LANGUAGES[problem.language])
        if found is None:
            return Extraction("", ExtractionRule.NONE)
        if self._is_whole(problem, found.text):
            return Extraction(found.text, InfillRule.WHOLE, reasoning=found.reasoning)
        middle = self._cut(problem, self._fitting(problem, found.text))
        return Extraction(self._filled(problem, middle), InfillRule.BLOCK, reasoning=found.reasoning)

    def _is_whole(self, problem: Problem, block: str) -> bool:
        """Whether a block is more than the middle: it holds the code before the gap, or defines what that begins."""
        language, before = LANGUAGES[problem.language], problem.prompt.strip()
        if before and before in block:
            return True
        begun = [name for name in self.names(problem) if language.seems_to_define(before, name)]
        parsed = language.parse(block) if begun else None
        return parsed is not None and all(parsed.defines(name) for name in begun)

    def continued(self, problem: Problem, completion: str) -> str:
        return self._filled(problem, self._cut(problem, completion))

    def training_target(self, problem: Problem, sample: Sample) -> Sample:
        """The middle alone: what a model wrote behind the declared end is not learned, nor are its tokens kept."""
        middle = self._cut(problem, sample.completion)
        if middle == sample.completion or (sample.tokens is None and not middle):
            return sample
        return sample.model_copy(
            update={"completion": middle, "tokens": None, "logprobs": None, "stop": None}
            | ({} if sample.end_token is not None else {"finish_reason": FinishReason.LENGTH})
        )

    def reference_answer(self, problem: Problem, prompt: Prompt) -> str | None:
        middle = _middle(problem)
        if middle is None:
            return None
        if not prompt.chat:
            return middle or None
        fence = "" if prompt.prefix else f"```{LANGUAGES[problem.language].labels[0]}\n"
        answer = f"{fence}{middle.removesuffix(chr(10))}{FENCE_END}"
        read = self.submission(problem, answer, prompt, cut=False).program
        return answer if read == problem.reference else None

    def _fitting(self, problem: Problem, block: str) -> str:
        """The text of a block as a middle: without the line break that ends it, where the gap ends within a line."""
        parse = LANGUAGES[problem.language].parse
        ways = [block, block.removesuffix("\n"), block.strip("\n"), block.strip()]
        return next((way for way in ways if parse(self._filled(problem, way)) is not None), block)

    def _filled(self, problem: Problem, middle: str) -> str:
        return problem.prompt + middle + _body(problem).suffix

    def _cut(self, problem: Problem, middle: str) -> str:
        body = _body(problem)
        if body.cut is CutRule.LINE:
            blank = len(middle) - len(middle.lstrip("\r\n"))
            end = middle.find("\n", blank)
            return middle if end < 0 else middle[: end + 1]
        if body.cut is CutRule.UNTIL_SUFFIX:
            return _until(middle, body.suffix)
        return middle

    # --- sets -------------------------------------------------------------------------------------------------------

    def names(self, problem: Problem) -> frozenset[str]:
        return super().names(problem)

    def nothing_done(self, problem: Problem) -> Extraction:
        return Extraction(self._filled(problem, ""), InfillRule.MIDDLE)

    def size(self, problem: Problem) -> int | None:
        """The length of the reference's middle in characters."""
        middle = _middle(problem)
        return None if middle is None else len(middle.strip())

    def contamination_text(self, problem: Problem) -> str:
        return problem.prompt + _body(problem).suffix


KIND = Infill()


def _body(problem: Problem) -> InfillBody:
    return InfillBody.model_validate(problem.body or {"suffix": ""})


def _middle(problem: Problem) -> str | None:
    return None if problem.reference is None else _between(problem.reference, problem.prompt, _body(problem).suffix)


def _between(whole: str, before: str, after: str) -> str | None:
    """The text between two ends of a text; None where it does not begin and end with them."""
    if len(whole) < len(before) + len(after) or not (whole.startswith(before) and whole.endswith(after)):
        return None
    return whole[len(before) : len(whole) - len(after)]


def _until(middle: str, suffix: str) -> str:
    """A middle up to where it repeats the first line of the suffix that is not blank."""
    lines = suffix.splitlines()
    number, first = next(((at, line) for at, line in enumerate(lines) if line.strip()), (0, ""))
    if not first:
        return middle
    if number == 0 and not suffix.startswith(("\n", "\r")):  # the gap ends within this line, or right before it
        place = middle.find(first)
        return middle if place < 0 else middle[:place]
    place = 0
    for line in middle.splitlines(keepends=True):
        if line.rstrip() == first.rstrip():
            return middle[:place]
        place += len(line)
    return middle
