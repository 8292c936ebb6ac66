"""Annotations: the share of answers to the style prompts with a function that states a type."""

from __future__ import annotations

import ast

from passgap.languages import DEFAULT_LANGUAGE, ProgramSyntax
from passgap.probes._outcome import Rule
from passgap.probes._reading import by_syntax
from passgap.probes._samples import Answer, Prompts
from passgap.probes._syntax import tree_of_start
from passgap.probes.base import ScoreProbe
from passgap.spec import Tolerance, ToleranceUnit


def annotated(program: str) -> float | None:
    """Whether a function of a program states the type of a parameter or of its result; None without a function."""
    tree = tree_of_start(program)
    nodes = ast.walk(tree) if tree else ()
    functions = [each for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    if not functions:
        return None
    return float(any(_states_a_type(each) for each in functions))


def _states_a_type(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = function.args
    parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return function.returns is not None or any(each.annotation is not None for each in parameters)


def _by_syntax(answer: Answer, syntax: ProgramSyntax) -> float | None:
    if answer.language == DEFAULT_LANGUAGE:
        return annotated(answer.code)  # whose last lines may be cut off
    return float(any(each.typed for each in syntax.functions)) if syntax.functions else None


PROBE = ScoreProbe(
    name="annotations",
    position=62,
    quantity="share of answers with a function that states a type",
    rule=Rule.CHANGE,
    optional=True,
    tolerance=Tolerance(
        key="annotations",
        default=0.15,
        unit=ToleranceUnit.DIFFERENCE,
        description="Largest change of the share of functions that state a type.",
    ),
    prompts=Prompts("style"),
    languages=("python", "typescript", "php"),
    reads_syntax=True,
    score=by_syntax(_by_syntax, before=lambda answer: annotated(answer.code)),
)
