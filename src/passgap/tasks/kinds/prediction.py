"""The result of a call, or arguments that give a result, predicted from the code (CRUXEval, arXiv 2401.03065)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from passgap.languages import LANGUAGES
from passgap.records import AssertTests, Problem, Prompt, Record
from passgap.tasks.answers.expressions import (
    asserted_arguments,
    asserted_value,
    is_literal,
    is_plain_expression,
    leading_arguments,
    leading_value,
)
from passgap.tasks.answers.extraction import Extraction, ExtractionRule
from passgap.tasks.answers.fenced import fenced_answer
from passgap.tasks.kinds.base import FENCE_END, TaskKind
from passgap.tasks.prompt_styles import PromptStyle

FUNCTION = "f"
ENTRY_POINT = "predicted"
"""The function of the program that is run: it returns the predicted value, or what the call with the predicted
arguments returns."""
_CALLED = "called"
"""Stands for the function while the arguments of its call are read."""


class Predicted(StrEnum):
    """The side of a call that is asked for."""

    OUTPUT = "output"
    INPUT = "input"


class PredictionRule(StrEnum):
    """How a prediction was found in a completion."""

    VALUE = "the value of the assertion"
    ARGUMENTS = "the arguments of the assertion"
    NOT_LITERAL = "a value that is no literal"
    CALLS = "arguments that call the function, or hold more than values"


class PredictionBody(Record):
    """The fields of a problem whose ``prompt`` is the code of a function ``f``."""

    predict: Predicted
    given: str
    """The other side: the arguments, as they stand between the parentheses, or the result, as an expression."""
    function: str = FUNCTION
    """The function that is called."""


class Prediction(TaskKind):
    """A call of ``f`` of which one side is missing, to be predicted without running it.

    The program that is run is made of the problem's code and of the predicted values alone; an answer that is more than
    values is not run. Results are compared outside the jail.
    """

    name = "prediction"
    caption = "the result of a call, or arguments that give a result"
    tests = (AssertTests,)
    body = PredictionBody

    def infers(self, problem: Problem) -> bool:
        return False

    def refusals(self, problem: Problem) -> Iterator[str]:
        yield from super().refusals(problem)
        if problem.language != "python":
            yield f"the kind `{self.name}` reads Python alone, not `{problem.language}`"

    # --- asking -----------------------------------------------------------------------------------------------------

    def prompt(self, problem: Problem, style: PromptStyle) -> Prompt:
        """The code and an assertion with a gap; where the answer can be begun, it begins with the assertion."""
        body = _body(problem)
        outputs = body.predict is Predicted.OUTPUT
        begun = f"assert {body.function}({body.given}) == " if outputs else f"assert {body.given} == {body.function}("
        if style is PromptStyle.COMPLETION:
            return Prompt(user=f"{problem.prompt.rstrip()}\n\n{begun}".rstrip(" "), stop=("\n",), chat=False)
        if outputs:
            asked = f"What does `{body.function}({body.given})` return?"
            form = f"the assertion `{begun.rstrip()}` and behind it the value, as a literal"
        else:
            asked = f"With which arguments does `{body.function}` return `{body.given}`?"
            form = f"the assertion `{begun}`, behind it such arguments, as values, and `)`"
        shown = f"```python\n{problem.prompt.rstrip()}{FENCE_END}"
        user = f"{shown}\n\n{asked} Answer with one line of code in a block: {form}."
        if style is PromptStyle.CHAT:
            return Prompt(user=user)
        return Prompt(user=user, prefix=f"```python\n{begun}".rstrip(" "), stop=("\n",))

    # --- answers ----------------------------------------------------------------------------------------------------

    def submission(self, problem: Problem, completion: str, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
        """The program of a prediction: the value that was predicted, or the call with the predicted arguments.

        A value that is no literal, and arguments that name ``f`` or call more than constructors and methods of values,
        submit nothing.
        """
        text = self._answer(problem, completion, prompt)
        if _body(problem).predict is Predicted.OUTPUT:
            if text is None or not is_literal(text):
                return Extraction("", ExtractionRule.NONE if text is None else PredictionRule.NOT_LITERAL)
            return Extraction(_returning(text.strip()), PredictionRule.VALUE)
        if text is None:
            return Extraction("", ExtractionRule.NONE)
        values, others = _bound_by(problem.prompt)
        if not is_plain_expression(f"{_CALLED}({text})", values | {_CALLED}, others | {_body(problem).function}):
            return Extraction("", PredictionRule.CALLS)
        program = f"{problem.prompt.rstrip()}\n\n\n{_returning(f'{_body(problem).function}({text.strip()})')}"
        return Extraction(program, PredictionRule.ARGUMENTS)

    def _answer(self, problem: Problem, completion: str, prompt: Prompt) -> str | None:
        outputs = _body(problem).predict is Predicted.OUTPUT
        if prompt.prefix or not prompt.chat:
            line = completion.lstrip(" \t").partition("\n")[0]
            return leading_value(line) if outputs else leading_arguments(line)
        found = fenced_answer(completion, prompt, LANGUAGES["python"])
        if found is None:
            return None
        return asserted_value(found.text) if outputs else asserted_arguments(found.text, _body(problem).function)

    def continued(self, problem: Problem, completion: str) -> str:
        return self.submission(problem, completion, Prompt(user=problem.prompt, chat=False)).program

    def reference_answer(self, problem: Problem, prompt: Prompt) -> str | None:
        known = _reference_value(problem)
        if known is None:
            return None
        body = _body(problem)
        outputs = body.predict is Predicted.OUTPUT
        if prompt.prefix or not prompt.chat:
            return f" {known}\n" if outputs else f"{known})\n"
        asked = (
            f"assert {body.function}({body.given}) == {known}"
            if outputs
            else f"assert {body.given} == {body.function}({known})"
        )
        return f"```python\n{asked}{FENCE_END}"

    # --- sets -------------------------------------------------------------------------------------------------------

    def names(self, problem: Problem) -> frozenset[str]:
        return frozenset({ENTRY_POINT})

    def contamination_text(self, problem: Problem) -> str:
        return f"{problem.prompt}\n{_body(problem).given}"


KIND = Prediction()


def prediction_problem(
    *, code: str, arguments: str, result: str, predict: Predicted, function: str = FUNCTION, **fields: Any
) -> Problem:
    """A problem of this kind from a function and one call of it.

    Args:
        code: defines the function.
        arguments: of the call, as they stand between the parentheses.
        result: of the call, as an expression.
        predict: the side that is asked for.
        function: the name of the function.
        fields: of the problem: its ``id`` and ``source`` at least.
    """
    outputs = predict is Predicted.OUTPUT
    body = PredictionBody(predict=predict, given=arguments if outputs else result, function=function)
    program = f"{code.rstrip()}\n\n\n{_returning(f'{function}({arguments})')}"
    return Problem(
        prompt=code,
        entry_point=ENTRY_POINT,
        tests=AssertTests(statements=(f"assert {ENTRY_POINT}() == ({result})",)),
        reference=_returning(result) if outputs else program,
        kind=KIND.name,
        body=body.model_dump(mode="json", exclude_defaults=True),
        **fields,
    )


def called_with(problem: Problem) -> str:
    """The arguments of the reference's call, where they are what is predicted."""
    returned = (problem.reference or "").rpartition("    return ")[2]
    return returned.removesuffix(")\n").removeprefix(f"{_body(problem).function}(")


def _body(problem: Problem) -> PredictionBody:
    return PredictionBody.model_validate(problem.body)


def _returning(expression: str) -> str:
    return f"def {ENTRY_POINT}():\n    return {expression}\n"


def _bound_by(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a program binds at its top level: those of values, and the others."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError):
        return frozenset(), frozenset()
    values: set[str] = set()
    others: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            others.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            others |= {each.asname or each.name.partition(".")[0] for each in node.names}
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            values |= names
        else:
            others |= names
    return frozenset(values - others), frozenset(others)


def _reference_value(problem: Problem) -> str | None:
    """The side that is asked for, as the reference has it."""
    returned = (problem.reference or "").rpartition("    return ")[2].strip()
    if _body(problem).predict is Predicted.OUTPUT:
        return returned or None
    return returned.removeprefix(f"{_body(problem).function}(").removesuffix(")") if returned else None
