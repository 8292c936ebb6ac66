"""A repository to be edited: the answer changes some of its files, and hidden tests are laid over it and run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pydantic import Field

from passgap.languages import LANGUAGES
from passgap.records import NoTests, Problem, Prompt, Record, RepositoryTests
from passgap.records.execution import MAX_FILES
from passgap.tasks.answers.extraction import Extraction
from passgap.tasks.answers.reasoning import without_reasoning
from passgap.tasks.edits import AnswerFormat, EditFault, EditRule, apply, read_edits
from passgap.tasks.edits.paths import fault_of, is_below, matches
from passgap.tasks.kinds.base import FENCE_END, TaskKind
from passgap.tasks.prompt_styles import PromptStyle

_FORMS = {
    AnswerFormat.WHOLE: "Answer with every file that you change, whole: a line with its path, and below it one fenced "
    "block with its content.",
    AnswerFormat.SEARCH_REPLACE: "Answer with your changes as search and replace blocks: a line with the path, and "
    "below it\n<<<<<<< SEARCH\nthe lines to be replaced, exactly as they are\n=======\nthe new lines\n>>>>>>> REPLACE",
    AnswerFormat.UDIFF: "Answer with your changes as one unified diff (`--- a/path`, `+++ b/path`, `@@`).",
}


class RepositoryBody(Record):
    """The fields of a problem whose ``prompt`` says what is to be changed."""

    files: dict[str, str] = Field(min_length=1)
    """The repository by path, without the tests that decide."""
    editable: tuple[str, ...] = Field(min_length=1)
    """Patterns of the files that may be changed or added: ``src/*.py``, ``src/**/*.py``."""
    shown: tuple[str, ...] = ()
    """Patterns of files that prompts show beside those that may be changed."""
    answer: AnswerFormat = AnswerFormat.WHOLE
    """The form in which answers state their edits."""
    solution: dict[str, str] = Field(default_factory=dict)
    """The files of a reference solution, by path."""


class RepositoryEdit(TaskKind):
    """Changes of some files of a repository.

    An edit is applied exactly or not at all; one that does not apply, or touches a path that it may not, submits
    nothing, and is counted apart from edits whose tests fail.
    """

    name = "repository-edit"
    caption = "changes of files of a repository, tested by hidden tests"
    tests = (RepositoryTests, NoTests)
    body = RepositoryBody
    nothing = "the repository unchanged"

    def infers(self, problem: Problem) -> bool:
        return isinstance(problem.tests, RepositoryTests)

    def refusals(self, problem: Problem) -> Iterator[str]:
        faults = list(super().refusals(problem))
        yield from faults
        if faults:
            return
        body = _body(problem)
        astray = [path for path in (*body.files, *_hidden(problem)) if not is_below(path)]
        if astray:
            yield f"paths that are not below the repository: {', '.join(map(repr, astray))}"
            return
        if len(body.files) > MAX_FILES:
            yield f"`body.files`: {len(body.files)} files, over the limit of {MAX_FILES}"
        for path in body.solution:
            if (fault := fault_of(path, body.editable, _hidden(problem))) is not None:
                yield f"`body.solution`: {path}: {fault.value}"
        hidden = [path for path in body.files if path in _hidden(problem)]
        if hidden:
            yield f"`body.files` holds tests that decide: {', '.join(hidden)}; they belong into `tests.files` alone"
        if isinstance(problem.tests, RepositoryTests):
            inside, brought = bool(problem.tests.command), LANGUAGES[problem.language].environments is not None
            if inside and brought and problem.tests.environment is None:
                yield "`tests.environment` is missing: a command for Python runs in an environment that you bring"
            elif not inside and problem.language != "python":
                yield "`tests.command` is missing: Python tests alone are run outside the jail"
            elif problem.tests.environment is not None and not brought:
                yield f"`tests.environment`: commands for {problem.language} run with its toolchain"
        if not any(matches(path, pattern) for path in (*body.files, *body.solution) for pattern in body.editable):
            yield f"`body.editable`: no file matches {', '.join(body.editable)}"

    # --- asking -----------------------------------------------------------------------------------------------------

    def prompt(self, problem: Problem, style: PromptStyle) -> Prompt:
        """The request, the files that may be changed and those that are shown, and the form of the answer.

        Where one file alone may be changed, and is written whole, its path and the opening fence can begin the answer.
        """
        body = _body(problem)
        patterns = (*body.editable, *body.shown)
        shown = [path for path in sorted(body.files) if any(matches(path, each) for each in patterns)]
        listed = "\n\n".join(f"{path}\n{_fenced(body.files[path], self._label(problem, path))}" for path in shown)
        others = ", ".join(path for path in sorted(body.files) if path not in shown)
        rest = f"\n\nOther files, which stay as they are: {others}" if others else ""
        user = f"{problem.prompt.rstrip()}\n\n{listed}{rest}\n\n{_FORMS[body.answer]}"
        only = _only_path(body)
        begun = f"{only}\n```{self._label(problem, only)}\n" if only and body.answer is AnswerFormat.WHOLE else ""
        if style is PromptStyle.COMPLETION:
            stops = (FENCE_END,) if begun else ()
            return Prompt(user=f"{user}\n\n", prefix=begun, stop=stops, chat=False)
        if style is PromptStyle.CHAT or not begun:
            return Prompt(user=user)
        return Prompt(user=user, prefix=begun, stop=(FENCE_END,))

    def _label(self, problem: Problem, path: str) -> str:
        language = LANGUAGES[problem.language]
        return language.labels[0] if path.endswith(language.suffixes) else ""

    # --- answers ----------------------------------------------------------------------------------------------------

    def submission(self, problem: Problem, completion: str, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
        """The whole tree after the edit as files, and as the program the text of those that may be changed."""
        begun = prompt.prefix.strip() != ""
        answer = without_reasoning(completion) if not begun else None
        text = prompt.prefix + completion if answer is None else answer.text
        return self._edited(problem, text, reasoning=answer is not None and answer.reasoning)

    def submitted_text(self, problem: Problem, text: str, *, whole: bool) -> Extraction:
        return self._edited(problem, text, reasoning=False)

    def _edited(self, problem: Problem, text: str, *, reasoning: bool) -> Extraction:
        body = _body(problem)
        try:
            edits = read_edits(text, body.answer, _only_path(body))
            files, rule = apply(body.files, edits, body.editable, _hidden(problem))
        except EditFault as fault:
            return Extraction("", fault.rule, reasoning=reasoning)
        return Extraction(_text_of(files, body.editable), rule, reasoning=reasoning, files=files)

    def reference_answer(self, problem: Problem, prompt: Prompt) -> str | None:
        """The solution as whole files, where answers are written so."""
        body = _body(problem)
        if not body.solution or body.answer is not AnswerFormat.WHOLE:
            return None
        if prompt.prefix:
            if list(body.solution) != [_only_path(body)]:
                return None
            return next(iter(body.solution.values())).removesuffix("\n") + FENCE_END
        return "\n\n".join(
            f"{path}\n{_fenced(text, self._label(problem, path))}" for path, text in sorted(body.solution.items())
        )

    # --- sets -------------------------------------------------------------------------------------------------------

    def reference_submission(self, problem: Problem) -> Extraction | None:
        body = _body(problem)
        if not body.solution:
            return None
        files = {**body.files, **body.solution}
        return Extraction(_text_of(files, body.editable), EditRule.APPLIED, files=files)

    def nothing_done(self, problem: Problem) -> Extraction:
        body = _body(problem)
        return Extraction(_text_of(body.files, body.editable), EditRule.NONE, files=dict(body.files))

    def size(self, problem: Problem) -> int | None:
        """The lines of the solution's files that the repository's do not have."""
        body = _body(problem)
        if not body.solution:
            return None
        return sum(
            len(set(text.splitlines()) - set(body.files.get(path, "").splitlines()))
            for path, text in body.solution.items()
        )

    def contamination_text(self, problem: Problem) -> str:
        return problem.prompt


KIND = RepositoryEdit()


def python_tests(files: Mapping[str, str], hidden: Mapping[str, str]) -> RepositoryTests:
    """Python tests that are run outside the jail, with the modules of the repository that they import.

    Args:
        files: the repository.
        hidden: the test files.

    Raises:
        SyntaxError: a test file does not parse.
    """
    own = {_module_of(path) for path in files if path.endswith(".py")}
    nodes = [node for text in hidden.values() for node in ast.walk(ast.parse(text))]
    named = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    named |= {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    return RepositoryTests(files=dict(hidden), modules=tuple(sorted(named & own)))


def _module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _body(problem: Problem) -> RepositoryBody:
    return RepositoryBody.model_validate(problem.body)


def _hidden(problem: Problem) -> tuple[str, ...]:
    return tuple(problem.tests.files) if isinstance(problem.tests, RepositoryTests) else ()


def _only_path(body: RepositoryBody) -> str | None:
    """The one file that may be changed; None where there are several, or others may be added."""
    return body.editable[0] if len(body.editable) == 1 and body.editable[0] in body.files else None


def _text_of(files: Mapping[str, str], editable: tuple[str, ...]) -> str:
    """The files that may be changed as one text."""
    chosen = [path for path in sorted(files) if any(matches(path, each) for each in editable)]
    return "\n".join(f"==> {path} <==\n{files[path]}" for path in chosen)


def _fenced(text: str, label: str) -> str:
    fence = "````" if "```" in text else "```"
    return f"{fence}{label}\n{text.rstrip()}\n{fence}"
