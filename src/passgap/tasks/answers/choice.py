"""The choice of the blocks of an answer that are the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from passgap.languages import ParsedProgram
from passgap.tasks.answers.blocks import Block, BlockLanguage
from passgap.tasks.answers.reading import Reading

_RANK = {BlockLanguage.ASKED: 3, BlockLanguage.UNSTATED: 2, BlockLanguage.SESSION: 1, BlockLanguage.OTHER: 0}


@dataclass(frozen=True)
class Chosen:
    """A program made of blocks: the number of blocks that it uses, and of those that could be read."""

    program: str
    used: int
    of: int
    cut: bool


@dataclass(frozen=True)
class _Code:
    """A block that parses."""

    text: str
    program: ParsedProgram
    rank: int
    cut: bool

    def imports(self, name: str) -> bool:
        """Whether all that binds a name is an import."""
        binding = [each for each in self.program.statements if name in each.binds]
        return bool(binding) and all(each.imports for each in binding)


def choose(blocks: Sequence[Block], reading: Reading) -> Chosen | None:
    """Choose the blocks that are the program: they parse, and together they define what the tests call.

    Of each name, the last block that defines it is taken, one in the language that was asked for before blocks of no
    stated language, those before interactive sessions and those before blocks of another language; a block that reads
    standard input when imported, as usages do, comes after those that do not. What the chosen blocks need of others -
    imports, classes, helpers - is taken from them, from what stands before rather than after, and nothing else of them.
    """
    if any(_goes_on(block, reading) for block in blocks[1:]) and (joined := _joined(blocks, reading)) is not None:
        return joined
    codes = [code for block in blocks if (code := _code(block, reading)) is not None]
    picked = _picked(codes, reading.names) if codes else None
    if picked is None:
        return _joined(blocks, reading)
    parts = {place: codes[place].text for place in picked}
    _complete(parts, codes)
    ordered = [parts[place] for place in sorted(parts)]
    readable = sum(code.rank > 0 for code in codes)
    cut = any(codes[place].cut for place in picked)
    program = reading.language.hoisted("\n".join(ordered)) if len(ordered) > 1 else ordered[0]
    return Chosen(program, len(ordered), max(readable, 1), cut)


def _code(block: Block, reading: Reading) -> _Code | None:
    language = reading.language
    text = language.session_input(block.text) if block.language is BlockLanguage.SESSION else block.text
    rank, cut = _RANK[block.language], False
    program = language.parse(text)
    if program is None and (shorter := language.without_commands(text)) != text:
        text, program = shorter, language.parse(shorter)
    if program is None and not block.closed and reading.may_be_cut and block.language is not BlockLanguage.OTHER:
        finished = reading.longest_program(text, defining=False)
        if finished is not None:
            text, program, cut = finished, language.parse(finished), True
    return None if program is None or not program.acts else _Code(text, program, rank, cut)


def _picked(codes: Sequence[_Code], names: frozenset[str]) -> set[int] | None:
    if not names:
        return _whole_program(codes)
    picked: set[int] = set()
    for name in sorted(names):
        serving = [place for place, code in enumerate(codes) if code.program.defines(name)]
        # A usage may import the program, and an explanation may show its head alone.
        own = [place for place in serving if not codes[place].imports(name)]
        own = [place for place in own if not codes[place].program.is_stub_of(name)] or own
        if not serving:
            return None
        picked.add(
            max(own or serving, key=lambda place: (codes[place].rank, not codes[place].program.reads_input, place))
        )
    return picked


def _whole_program(codes: Sequence[_Code]) -> set[int] | None:
    """The last block that writes, reads and does something, in this order; one in another language is no program.

    A block that only defines does none of it: tests of a program, or a program that a later block calls.
    """
    readable = [place for place, code in enumerate(codes) if code.rank > 0]
    if not readable:
        return None
    best = max(codes[place].rank for place in readable)
    alike = [place for place in readable if codes[place].rank == best]

    def does(place: int) -> tuple[bool, bool, bool, int]:
        program = codes[place].program
        runs = not program.only_defines
        return runs and program.prints, runs and program.names_input, runs, place

    return {max(alike, key=does)}


def _complete(parts: dict[int, str], codes: Sequence[_Code]) -> None:
    """Add to the chosen blocks the statements of others that they need."""
    whole = set(parts)
    taken: dict[int, set[int]] = {}
    bound = {name for place in whole for name in codes[place].program.binds}
    needed = {name for place in whole for name in codes[place].program.reads} - bound
    anchor = min(whole)
    while needed:
        name = min(needed)
        needed.discard(name)
        others = [place for place in range(len(codes)) if place not in whole and codes[place].rank > 0]
        binding = [place for place in others if name in codes[place].program.binds]
        if not binding:
            continue
        before = [place for place in binding if place < anchor]
        place = before[-1] if before else binding[0]
        for number, statement in enumerate(codes[place].program.statements):
            if name in statement.binds and number not in taken.setdefault(place, set()):
                taken[place].add(number)
                bound |= statement.binds
                needed |= statement.reads
        needed -= bound
    missing = {name for place in whole for name in codes[place].program.reads} - bound
    for place, code in enumerate(codes):
        unnamed = {number for number, each in enumerate(code.program.statements) if missing and each.binds_unnamed}
        if unnamed and place not in whole:
            taken.setdefault(place, set()).update(unnamed)
    for place, numbers in taken.items():
        statements = codes[place].program.statements
        parts[place] = "".join(_ended(statements[number].text) for number in sorted(numbers))


def _goes_on(block: Block, reading: Reading) -> bool:
    """Whether a block goes on inside a statement that an earlier one began."""
    first = next((line for line in block.text.splitlines() if line.strip()), "")
    if block.language is BlockLanguage.OTHER or first[:1] not in (" ", "\t"):
        return False
    return reading.language.parse(block.text) is None


def _joined(blocks: Sequence[Block], reading: Reading) -> Chosen | None:
    """One program that was cut into blocks, which need not parse by themselves."""
    code = [block.text for block in blocks if block.language in (BlockLanguage.ASKED, BlockLanguage.UNSTATED)]
    if len(code) < 2 or not reading.names:
        return None
    text = "\n".join(code)
    program = reading.language.parse(text)
    if program is None or not reading.defines_all(program):
        return None
    return Chosen(text, len(code), len(code), cut=False)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
