"""Extraction of the program from a completion, with the rule by which it was found."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from passgap.records import Prompt
from passgap.tasks.answers.blocks import Block, BlockLanguage, blocks_of, cut_at_fence
from passgap.tasks.answers.choice import Chosen, choose
from passgap.tasks.answers.completing import with_what_the_prompt_holds
from passgap.tasks.answers.in_json import texts_in_json
from passgap.tasks.answers.labels import labels_of
from passgap.tasks.answers.reading import Reading
from passgap.tasks.answers.reasoning import without_reasoning

_MOST_INLINE = 20


class ExtractionRule(StrEnum):
    """How a program was found in a completion."""

    CONTINUATION = "continuation"
    """Plain text goes on where the prompt ended, and is code to its end."""
    CONTINUATION_CUT = "continuation up to its last statement"
    """The same, less what follows the code: a closing fence, an explanation, an unfinished line."""
    PREFILLED = "block begun in the prompt"
    """The answer was prefilled with a fence; the code goes to the next one, or to the end."""
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
    GIVEN = "as it was given"
    """It was not looked for in an answer."""
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
    rule: StrEnum
    """An :class:`ExtractionRule`, or a rule of the kind of task's own."""
    reasoning: bool = False
    """Whether reasoning was taken out first."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files that the answer holds beside the program, by their paths relative to it."""

    @property
    def label(self) -> str:
        """The rule in words, as recorded in results."""
        return f"{self.rule.value}, after reasoning" if self.reasoning else self.rule.value


def read_answer(completion: str, prompt: Prompt, reading: Reading) -> Extraction:
    """Extract the program to run from a completion of ``prompt``; ``docs/tasks.md`` states the rules in words.

    Nothing is run, no text makes it raise, and no text is added but the prompt's own.

    Args:
        completion: the text that the model wrote.
        prompt: how it was asked.
        reading: what is looked for.
    """
    if not prompt.chat:
        found = _continuation(completion, prompt, reading)
    elif prompt.prefix.lstrip().startswith(("```", "~~~")):
        found = _prefilled(completion, prompt, reading)
    else:
        found = _completed(_answer(completion, reading), reading)
    return _without_usage(found, reading)


def _without_usage(found: Extraction, reading: Reading) -> Extraction:
    """End a program of functions above a usage that reads standard input as the program is imported."""
    program = reading.language.parse(found.program) if reading.names else None
    above = None if program is None else program.before_input
    return found if above is None or not reading.serves(above) else replace(found, program=above)


@lru_cache(maxsize=4096)  # every probe of every comparison reads the base model's answers again
def extract_code_blocks(answer: str, language: Language | None = None) -> str:
    """All code of an answer to no particular problem: its blocks of the language, else all others, else the answer."""
    text = without_reasoning(answer).text
    blocks = blocks_of(text, language or LANGUAGES[DEFAULT_LANGUAGE])
    code = [block for block in blocks if block.language is not BlockLanguage.OTHER] or blocks
    return "\n".join(block.text for block in code) if code else text


def _continuation(completion: str, prompt: Prompt, reading: Reading) -> Extraction:
    head = prompt.prefix if reading.head is None else reading.head
    whole = head + completion
    if reading.serves(whole):
        return Extraction(whole, ExtractionRule.CONTINUATION)
    unfenced = head + cut_at_fence(completion)
    for text in dict.fromkeys([unfenced, whole]):
        if text != whole and reading.serves(text) and not reading.only_declares(text):
            return Extraction(text, ExtractionRule.CONTINUATION_CUT)
        shorter = reading.longest_program(text) if reading.names else None
        if shorter is not None and len(shorter) > len(head) and not reading.only_declares(shorter):
            return Extraction(shorter, ExtractionRule.CONTINUATION_CUT)
    answer = _answer(completion, reading)
    if answer.rule not in (ExtractionRule.MALFORMED, ExtractionRule.NONE):
        return _completed(answer, reading)
    cut = unfenced != whole and bool(unfenced.removeprefix(head).strip())
    return (
        Extraction(unfenced, ExtractionRule.CONTINUATION_CUT) if cut else Extraction(whole, ExtractionRule.CONTINUATION)
    )


def _prefilled(completion: str, prompt: Prompt, reading: Reading) -> Extraction:
    begun = blocks_of(prompt.prefix.lstrip() + completion, reading.language)
    first = begun[0].text if begun else completion
    if reading.serves(first):
        return _completed(Extraction(first, ExtractionRule.PREFILLED), reading)
    if reading.as_body(first) is not None:
        return _completed(Extraction(first, ExtractionRule.BODY), reading)
    for found in (_of_blocks(begun, reading), _answer(completion, reading)):
        if found is not None and found.rule not in (ExtractionRule.MALFORMED, ExtractionRule.NONE):
            return _completed(found, reading)
    return _completed(Extraction(first, ExtractionRule.PREFILLED), reading)


def _answer(completion: str, reading: Reading) -> Extraction:
    """Read a whole answer, which was not prefilled."""
    labels = labels_of(reading.language)
    begins_otherwise = labels.alone.match(completion) or labels.tagged.match(completion.lstrip())
    if reading.serves(completion) and not begins_otherwise:
        return Extraction(completion, ExtractionRule.WHOLE)
    answer = without_reasoning(completion)
    found = _found(answer.text, reading)
    if found is None:
        found = Extraction(answer.text if answer.text.strip() else "", ExtractionRule.NONE)
    return replace(found, reasoning=answer.reasoning)


def _found(text: str, reading: Reading) -> Extraction | None:  # noqa: PLR0911 - one a form of answer
    labels = labels_of(reading.language)
    stripped = labels.alone.sub("", text.strip("\r\n\ufeff\u200b")) + "\n"
    if reading.serves(stripped) and not labels.tagged.match(stripped.lstrip()):
        return Extraction(stripped, ExtractionRule.WHOLE)
    blocks = blocks_of(text, reading.language)
    if not blocks:
        tagged = labels.tagged.finditer(text)
        blocks = [Block(_tagged(each), BlockLanguage.ASKED, closed=True) for each in tagged]
    of_blocks = _of_blocks(blocks, reading)
    if of_blocks is not None and of_blocks.rule is not ExtractionRule.MALFORMED:
        return of_blocks
    for inline in () if blocks else labels.inline.findall(text)[:_MOST_INLINE]:
        code = inline.strip(" \t") + "\n"
        if reading.serves(code) and reading.names:
            return Extraction(code, ExtractionRule.BLOCK)
    code = reading.language.between_prose(text, calls=not reading.names) if not blocks else ""
    if code and reading.serves(code):
        return Extraction(code, ExtractionRule.PROSE)
    if not blocks and reading.as_body(text) is not None:
        return Extraction(text, ExtractionRule.BODY)
    for value in texts_in_json(text) if reading.names else ():
        if reading.serves(value):
            return Extraction(value, ExtractionRule.BLOCK)
    return of_blocks


def _of_blocks(blocks: list[Block], reading: Reading) -> Extraction | None:
    """Extract the program from the blocks of an answer; None where there are no blocks."""
    chosen = choose(blocks, reading)
    if chosen is not None:
        return Extraction(chosen.program, _rule(chosen))
    code = [block for block in blocks if block.language is not BlockLanguage.OTHER]
    for block in reversed(code):
        if reading.as_body(block.text) is not None:
            return Extraction(block.text, ExtractionRule.BODY)
    if not blocks:
        return None
    naming = [block for block in blocks if reading.seems_to_define_one(block.text)]
    return Extraction((naming or code or blocks)[-1].text, ExtractionRule.MALFORMED)


def _rule(chosen: Chosen) -> ExtractionRule:
    if chosen.cut:
        return ExtractionRule.CUT
    if chosen.used > 1:
        return ExtractionRule.SEVERAL
    return ExtractionRule.BLOCK if chosen.of == 1 else ExtractionRule.CHOSEN


def _completed(found: Extraction, reading: Reading) -> Extraction:
    """Add what the prompt holds of a program: the head of the function, or the imports and helpers above it."""
    return replace(found, program=with_what_the_prompt_holds(found.program, reading))


def _tagged(found: re.Match[str]) -> str:
    return textwrap.dedent((found.group(1) or found.group(3) or found.group(4) or "").strip("\r\n")) + "\n"
