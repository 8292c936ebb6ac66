"""The program in a completion: total, pure, and by a rule that is told with it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, replace
from enum import StrEnum

from passgap.languages.python.between_prose import code_between_prose
from passgap.languages.python.syntax import defines, is_program, longest_program, only_declares, parse
from passgap.records import Problem, Prompt, PromptKind
from passgap.tasks.answers.choice import Chosen, Reading, choose
from passgap.tasks.answers.context import with_what_the_prompt_holds
from passgap.tasks.answers.fences import Block, Language, blocks_of, cut_at_fence
from passgap.tasks.answers.names import wanted_names
from passgap.tasks.answers.reasoning import without_reasoning

_TAGGED = re.compile(r"\[PYTHON\](.*?)(?:\[/PYTHON\]|\Z)|<(code|python)>(.*?)(?:</\2>|\Z)", re.DOTALL | re.IGNORECASE)


_LABEL = re.compile(r"\A\s*(?:python3?|py)[ \t]*\r?\n", re.IGNORECASE)
"""The label that is left of a fence that was taken off an answer."""

_INLINE = re.compile(r"`{1,3}(?:python3?[ \t]|py[ \t])?[ \t]*([^`\r\n]+?)[ \t]*`{1,3}")
"""Code inside a line."""


class ExtractionRule(StrEnum):
    """How a program was found in a completion."""

    CONTINUATION = "continuation"
    """Plain text goes on where the prompt ended, and is code to its end."""
    CONTINUATION_CUT = "continuation up to its last statement"
    """The same, less what follows the code: a closing fence, an explanation, an unfinished line."""
    BEGUN = "block begun in the prompt"
    """The answer was begun with a fence; the code goes to the next one, or to the end."""
    WHOLE = "whole answer"
    """The answer is a program as it stands."""
    BLOCK = "only block"
    """The answer's one fenced block of the language."""
    CHOSEN = "chosen block"
    """The last of several blocks that parses and defines what the tests call."""
    SEVERAL = "several blocks"
    """Blocks that need each other."""
    CUT = "unfinished block"
    """A block that nothing closed, up to its last complete statement."""
    PROSE = "code between sentences"
    """Statements of an answer without fences."""
    BODY = "body of the function"
    """The answer is what comes below the function's head, which the prompt holds."""
    MALFORMED = "block that does not parse"
    """No block is a program that defines what the tests call; the likeliest one is taken as it stands."""
    NONE = "no program found"
    """The answer is taken whole, and will not pass."""


@dataclass(frozen=True)
class Extraction:
    """A program and how it was found."""

    program: str
    rule: ExtractionRule
    reasoning: bool = False
    """Whether reasoning was taken out first."""

    @property
    def label(self) -> str:
        """The rule in words, as results keep it."""
        return f"{self.rule.value}, after reasoning" if self.reasoning else self.rule.value


def extract(completion: str, problem: Problem, prompt: Prompt, *, cut: bool | None = None) -> Extraction:
    """Take the program to be run out of a completion of ``prompt``; ``docs/tasks.md`` states the rules in words.

    Nothing is run, no text makes it raise, and the only text that is added is the prompt's own.

    Args:
        completion: what the model wrote.
        problem: what it was asked for.
        prompt: how it was asked.
        cut: whether the token limit ended it; None where that is not known, and an unclosed block may have been cut.
    """
    names = wanted_names(problem)
    reading = Reading(names=names, may_be_cut=cut is not False, prompt=problem.prompt if _is_code(problem) else None)
    if not prompt.chat:
        return _continuation(completion, problem, prompt, reading)
    if prompt.prefix.lstrip().startswith(("```", "~~~")):
        return _begun(completion, problem, prompt, reading)
    return _completed(_answer(completion, reading), problem)


def extract_program(completion: str, problem: Problem, prompt: Prompt) -> str:
    """The program alone (:func:`extract`)."""
    return extract(completion, problem, prompt).program


def extract_code_blocks(answer: str) -> str:
    """All code of an answer to no particular problem: its blocks of Python, else all others, else the answer."""
    text = without_reasoning(answer).text
    blocks = blocks_of(text)
    code = [block for block in blocks if block.language is not Language.OTHER] or blocks
    return "\n".join(block.text for block in code) if code else text


def _continuation(completion: str, problem: Problem, prompt: Prompt, reading: Reading) -> Extraction:
    head = problem.prompt if _is_code(problem) else prompt.prefix
    whole = head + completion
    if _serves(whole, reading):
        return Extraction(whole, ExtractionRule.CONTINUATION)
    unfenced = head + cut_at_fence(completion)
    for text in dict.fromkeys([unfenced, whole]):
        if text != whole and _serves(text, reading) and not _declares(text, reading):
            return Extraction(text, ExtractionRule.CONTINUATION_CUT)
        shorter = longest_program(text, reading.names) if reading.names else None
        if shorter is not None and len(shorter) > len(head) and not _declares(shorter, reading):
            return Extraction(shorter, ExtractionRule.CONTINUATION_CUT)
    answer = _answer(completion, reading)
    if answer.rule not in (ExtractionRule.MALFORMED, ExtractionRule.NONE):
        return _completed(answer, problem)
    cut = unfenced != whole and bool(unfenced.removeprefix(head).strip())
    return (
        Extraction(unfenced, ExtractionRule.CONTINUATION_CUT) if cut else Extraction(whole, ExtractionRule.CONTINUATION)
    )


def _begun(completion: str, problem: Problem, prompt: Prompt, reading: Reading) -> Extraction:
    begun = blocks_of(prompt.prefix.lstrip() + completion)
    first = begun[0].text if begun else completion
    if _serves(first, reading):
        return _completed(Extraction(first, ExtractionRule.BEGUN), problem)
    if reading.as_body(first) is not None:
        return _completed(Extraction(first, ExtractionRule.BODY), problem)
    for found in (_of_blocks(begun, reading), _answer(completion, reading)):
        if found is not None and found.rule not in (ExtractionRule.MALFORMED, ExtractionRule.NONE):
            return _completed(found, problem)
    return _completed(Extraction(first, ExtractionRule.BEGUN), problem)


def _answer(completion: str, reading: Reading) -> Extraction:
    """Read a whole answer, which was not begun for the model."""
    if _serves(completion, reading) and not _LABEL.match(completion):
        return Extraction(completion, ExtractionRule.WHOLE)
    answer = without_reasoning(completion)
    found = _found(answer.text, reading)
    if found is None:
        found = Extraction(answer.text if answer.text.strip() else "", ExtractionRule.NONE)
    return replace(found, reasoning=answer.reasoning)


def _found(text: str, reading: Reading) -> Extraction | None:
    stripped = _LABEL.sub("", text.strip("\r\n\ufeff\u200b")) + "\n"
    if _serves(stripped, reading):
        return Extraction(stripped, ExtractionRule.WHOLE)
    blocks = blocks_of(text)
    blocks += [] if blocks else [Block(_tagged(each), Language.PYTHON, closed=True) for each in _TAGGED.finditer(text)]
    of_blocks = _of_blocks(blocks, reading)
    if of_blocks is not None and of_blocks.rule is not ExtractionRule.MALFORMED:
        return of_blocks
    for inline in () if blocks else _INLINE.findall(text)[:20]:
        if _serves(inline + "\n", reading) and reading.names:
            return Extraction(inline + "\n", ExtractionRule.BLOCK)
    code = code_between_prose(text, calls=not reading.names) if not blocks else ""
    if code and _serves(code, reading):
        return Extraction(code, ExtractionRule.PROSE)
    if not blocks and reading.as_body(text) is not None:
        return Extraction(text, ExtractionRule.BODY)
    return of_blocks


def _of_blocks(blocks: list[Block], reading: Reading) -> Extraction | None:
    """Extract the program from the blocks of an answer; None where there are no blocks."""
    chosen = choose(blocks, reading)
    if chosen is not None:
        return Extraction(chosen.program, _rule(chosen))
    code = [block for block in blocks if block.language is not Language.OTHER]
    for block in reversed(code):
        if reading.as_body(block.text) is not None:
            return Extraction(block.text, ExtractionRule.BODY)
    if not blocks:
        return None
    naming = [block for block in blocks if reading.names_in(block.text)]
    return Extraction((naming or code or blocks)[-1].text, ExtractionRule.MALFORMED)


def _rule(chosen: Chosen) -> ExtractionRule:
    if chosen.cut:
        return ExtractionRule.CUT
    if chosen.used > 1:
        return ExtractionRule.SEVERAL
    return ExtractionRule.BLOCK if chosen.of == 1 else ExtractionRule.CHOSEN


def _completed(found: Extraction, problem: Problem) -> Extraction:
    """Put a program behind what the prompt holds of it: the head of the function, or the imports and helpers above."""
    if not _is_code(problem):
        return found
    return replace(found, program=with_what_the_prompt_holds(found.program, problem))


def _serves(program: str, reading: Reading) -> bool:
    """Whether a program parses and defines what the tests call."""
    tree = parse(program)
    return tree is not None and is_program(tree) and all(defines(tree, name) for name in reading.names)


def _declares(program: str, reading: Reading) -> bool:
    """Whether a program that parses is no more than the head of what the tests call: the code must stand elsewhere."""
    tree = parse(program)
    return tree is not None and any(only_declares(tree, name) for name in reading.names)


def _tagged(found: re.Match[str]) -> str:
    return textwrap.dedent((found.group(1) or found.group(3) or "").strip("\r\n")) + "\n"


def _is_code(problem: Problem) -> bool:
    return problem.prompt_kind is PromptKind.CODE
