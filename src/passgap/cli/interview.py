"""The interview of ``passgap init --ask``: every question that a study answers, one at a time, in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from passgap.cli.output import stderr
from passgap.errors import StudyError
from passgap.messages import describe_expected
from passgap.plain_text import has_controls
from passgap.spec.questions import Question, example_of, field_at, questions

SKIPPED = "-"
"""The answer that leaves a question open."""

BACK = "<"
"""The answer that goes back to the question before."""

ALSO_ASKED = (
    "model.chat",
    "heldout.split",
    "heldout.path",
    "pool.split",
    "pool.path",
    "alternatives.curated_examples",
    "alternatives.preference_pairs",
    "alternatives.documents",
    "alternatives.verifier",
)
"""Fields that have a default and are asked all the same: whether it fits, only the person knows."""

Ask = Callable[[str], str]
"""Show a prompt and return the line that was typed."""


class _Back(Exception):  # noqa: N818 - no error: the person wants to correct an answer
    """The question before is to be asked again."""


class Broken(Exception):  # noqa: N818 - no error: the person has had enough
    """The interview was broken off."""

    def __init__(self, answers: dict[str, Any]) -> None:
        """Keep what was answered so far."""
        super().__init__()
        self.answers = answers


def require_terminal() -> None:
    """Refuse to ask where nobody can answer.

    Raises:
        StudyError: standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise StudyError(
            "`--ask` asks a person, and standard input is no terminal",
            ["Without `--ask`, `passgap init FOLDER` writes a commented study to edit; `passgap check` checks it."],
        )


def interview(name: str, ask: Ask) -> dict[str, Any]:
    """Ask every question, and return the study as far as it was answered.

    Args:
        name: that the study may go by, offered for the first question.
        ask: shows a prompt and reads a line.

    Raises:
        Broken: the person ended the interview; it holds the answers so far.
    """
    answers: dict[str, Any] = {}
    asked = [*_asked()]
    stderr.print(
        f"{len(asked)} questions. Enter alone takes what stands in [brackets]; `{SKIPPED}` leaves a question open; "
        f"`{BACK}` goes back to correct an answer; Ctrl-C ends, and what was answered is written.\n"
    )
    section, at = "", 0
    while at < len(asked):
        each = asked[at]
        if each.field.partition(".")[0] != section:
            section = each.field.partition(".")[0]
            stderr.rule(section, style="dim", align="left")
        try:
            value = _answer(each, f"{at + 1}/{len(asked)}", name if each.field == "name" else None, ask)
        except (KeyboardInterrupt, EOFError):
            raise Broken(answers) from None
        except _Back:
            at = max(0, at - 1)
            continue
        _put(answers, each.field, value)
        at += 1
    return answers


def study_yaml(answers: dict[str, Any]) -> str:
    """The study as YAML, with where its other fields are explained."""
    head = (
        "# A passgap study, written by `passgap init --ask`. Fields that are not here have defaults:\n"
        "# `passgap init OTHER-FOLDER` writes a commented study that shows them.\n\n"
    )
    return head + yaml.safe_dump(answers, sort_keys=False, allow_unicode=True, width=100)


def _asked() -> Iterator[Question]:
    """The questions in the order of the file, each section's with a default after those without."""
    every = [*questions()]
    sections = dict.fromkeys([*(each.field.partition(".")[0] for each in every), "alternatives"])
    for section in sections:
        yield from (each for each in every if each.field.partition(".")[0] == section)
        for path in ALSO_ASKED:
            info = field_at(path)
            if path.startswith(f"{section}.") and info is not None:
                yield Question(field=path, why=info.description or "", example=example_of(info))


def _answer(question: Question, place: str, offered: str | None, ask: Ask) -> Any:
    """Ask until the answer can be read; None where it was left open or the default is kept."""
    info = field_at(question.field)
    assert info is not None
    stderr.print(f"{place}  {question.why}")
    choices = choices_of(info)
    if choices:
        stderr.print(f"  one of: {', '.join(choices)}", style="dim")
    elif question.example:
        stderr.print(f"  for example: {question.example}", style="dim")
    default = offered if offered is not None else _default(info)
    while True:
        typed = _typed(ask, f"  {question.field}{f' [{default}]' if default is not None else ''}: ")
        if typed is None:
            continue
        if typed == BACK:
            raise _Back
        if typed == SKIPPED or (not typed and info.get_default() is None and not info.is_required()):
            return None
        if not typed and default is not None:
            return offered if offered is not None else None
        if not typed:
            stderr.print(f"  There is no default. Type a value, or `{SKIPPED}` to leave it open.", style="yellow")
            continue
        value, fault = _read(info, typed)
        if not fault:
            return value
        stderr.print(f"  {fault}", style="yellow")


_UNREADABLE = "That holds a control character, as an arrow key types one, or is no UTF-8. Type the whole of it again."


def _typed(ask: Ask, prompt: str) -> str | None:
    """The line that was typed; None, and said so, where it is none that a person types."""
    try:
        typed = ask(prompt).strip()
    except UnicodeDecodeError:
        typed = "\0"
    if not has_controls(typed):
        return typed
    stderr.print(f"  {_UNREADABLE}", style="yellow")
    return None


def _default(info: FieldInfo) -> str | None:
    """A field's default as it is shown; None where it has none."""
    if info.is_required():
        return None
    default = info.get_default(call_default_factory=True)
    return "none" if default is None else yaml.safe_dump(default).splitlines()[0]


def _read(info: FieldInfo, typed: str) -> tuple[Any, str]:
    """Read what was typed as YAML, or as plain text where the field takes that; returns it with what is wrong."""
    adapter: TypeAdapter[Any] = TypeAdapter(info.rebuild_annotation())
    try:
        value = yaml.safe_load(typed)
    except (yaml.YAMLError, ValueError):
        value = typed
    candidates = [value, typed] if not isinstance(value, str) else [value, value.replace(" ", "").split(",")]
    fault = ""
    for each in candidates:
        try:
            adapter.validate_python(each)
        except ValidationError as error:
            fault = fault or f"It should be {describe_expected(error.errors()[0])}."
        else:
            return each, ""
    return None, fault


def choices_of(info: FieldInfo) -> tuple[str, ...]:
    """The values that a field chooses from; none where it takes others."""
    kind = info.annotation
    inner = get_args(kind)[0] if get_origin(kind) is tuple else kind
    if get_origin(inner) is Literal:
        return tuple(map(str, get_args(inner)))
    members = getattr(inner, "__members__", None)
    return tuple(str(each) for each in inner) if members else ()  # type: ignore[union-attr]


def _put(answers: dict[str, Any], path: str, value: Any) -> None:
    """Put an answer in its place; with None, one that was there is taken back."""
    first, _, rest = path.partition(".")
    if rest:
        section = answers.setdefault(first, {})
        _put(section, rest, value)
        if not section:
            del answers[first]
    elif value is None:
        answers.pop(first, None)
    else:
        answers[first] = value
