"""Which of an answer's blocks are the program."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from passgap.languages.python.syntax import (
    bound_by,
    defines,
    free_names,
    future_first,
    has_star_import_in,
    is_program,
    is_stub_of,
    lines_of,
    longest_program,
    parse,
    reads_input,
    source_of,
)
from passgap.tasks.answers.context import body_of
from passgap.tasks.answers.fences import Block, Language, session_input

_RANK = {Language.PYTHON: 3, Language.UNSTATED: 2, Language.SESSION: 1, Language.OTHER: 0}
_COMMAND = re.compile(r"^(?:!|%{1,2}[A-Za-z]|pip3? install ).*(?:\n|\Z)", re.MULTILINE)
"""Lines of a notebook that are no Python."""

_OUTPUT = frozenset({"print", "sys", "os", "stdout"})


@dataclass(frozen=True)
class Reading:
    """The criteria by which a program is looked for in an answer."""

    names: frozenset[str]
    """Names that the tests call; a program that defines none of them is none."""
    may_be_cut: bool
    prompt: str | None
    """The head of the program, where the problem gives one."""

    def as_body(self, text: str) -> str | None:
        """The program that a text is as the rest of the prompt's function; None where it is not that."""
        return None if self.prompt is None else body_of(text, self.prompt)

    def names_in(self, text: str) -> bool:
        """Whether a text that does not parse looks as if it defined what the tests call."""
        return any(
            re.search(rf"^[ \t]*(?:async )?(?:def|class) {re.escape(name)}\b", text, re.M) for name in self.names
        )


@dataclass(frozen=True)
class Chosen:
    """A program made of blocks: how many it has something of, and of how many."""

    program: str
    used: int
    of: int
    cut: bool


@dataclass(frozen=True)
class _Code:
    """A block that parses."""

    text: str
    tree: ast.Module
    rank: int
    cut: bool

    def serves(self, name: str) -> bool:
        return defines(self.tree, name)

    def imports(self, name: str) -> bool:
        """Whether all that binds a name is an import."""
        binding = [each for each in self.tree.body if name in bound_by([each])]
        return bool(binding) and all(isinstance(each, ast.Import | ast.ImportFrom) for each in binding)


def choose(blocks: Sequence[Block], reading: Reading) -> Chosen | None:
    """Choose the blocks that are the program: they parse, and together they define what the tests call.

    Of each name, the last block that defines it is taken, Python before blocks of no stated language, those before
    interactive sessions and those before blocks of another language; a block that reads standard input when imported,
    as usages do, comes after those that do not. What the chosen blocks need of others - imports,
    classes, helpers - is taken from them, from what stands before rather than after, and nothing else of them.
    """
    if any(_goes_on(block) for block in blocks[1:]) and (joined := _joined(blocks, reading)) is not None:
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
    program = future_first("\n".join(ordered)) if len(ordered) > 1 else ordered[0]
    return Chosen(program, len(ordered), max(readable, 1), cut)


def _code(block: Block, reading: Reading) -> _Code | None:
    text = session_input(block.text) if block.language is Language.SESSION else block.text
    rank, cut = _RANK[block.language], False
    tree = parse(text)
    if tree is None and _COMMAND.search(text):
        text = _COMMAND.sub("", text)
        tree = parse(text)
    if tree is None and not block.closed and reading.may_be_cut and block.language is not Language.OTHER:
        shorter = longest_program(text, frozenset())
        if shorter is not None:
            text, tree, cut = shorter, parse(shorter), True
    return None if tree is None or not is_program(tree) else _Code(text, tree, rank, cut)


def _picked(codes: Sequence[_Code], names: frozenset[str]) -> set[int] | None:
    if not names:
        return _whole_program(codes)
    picked: set[int] = set()
    for name in sorted(names):
        serving = [place for place, code in enumerate(codes) if code.serves(name)]
        # A usage may import the program, and an explanation may show its head alone.
        own = [place for place in serving if not codes[place].imports(name)]
        own = [place for place in own if not is_stub_of(codes[place].tree, name)] or own
        if not serving:
            return None
        picked.add(
            max(own or serving, key=lambda place: (codes[place].rank, not reads_input(codes[place].tree), place))
        )
    return picked


def _whole_program(codes: Sequence[_Code]) -> set[int] | None:
    """The last block that writes something, else the last one; another language's is no program."""
    readable = [place for place, code in enumerate(codes) if code.rank > 0]
    if not readable:
        return None
    best = max(codes[place].rank for place in readable)
    alike = [place for place in readable if codes[place].rank == best]
    writing = [place for place in alike if _OUTPUT & _names(codes[place].tree)]
    return {(writing or alike)[-1]}


def _names(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _complete(parts: dict[int, str], codes: Sequence[_Code]) -> None:
    """Add to the chosen blocks the statements of others that they need."""
    whole = set(parts)
    taken: dict[int, set[int]] = {}
    bound = {name for place in whole for name in bound_by(codes[place].tree.body)}
    needed = {name for place in whole for name in free_names(codes[place].tree)} - bound
    anchor = min(whole)
    while needed:
        name = min(needed)
        needed.discard(name)
        others = [place for place in range(len(codes)) if place not in whole and codes[place].rank > 0]
        binding = [place for place in others if name in bound_by(codes[place].tree.body)]
        if not binding:
            continue
        before = [place for place in binding if place < anchor]
        place = before[-1] if before else binding[0]
        for number, statement in enumerate(codes[place].tree.body):
            if name in bound_by([statement]) and number not in taken.setdefault(place, set()):
                taken[place].add(number)
                bound |= bound_by([statement])
                needed |= free_names(statement)
        needed -= bound
    missing = {name for place in whole for name in free_names(codes[place].tree)} - bound
    for place, code in enumerate(codes):
        stars = {number for number, each in enumerate(code.tree.body) if missing and has_star_import_in(each)}
        if stars and place not in whole:
            taken.setdefault(place, set()).update(stars)
    for place, numbers in taken.items():
        lines = lines_of(codes[place].text)
        parts[place] = "".join(_ended(source_of(codes[place].tree.body[number], lines)) for number in sorted(numbers))


def _goes_on(block: Block) -> bool:
    """Whether a block goes on inside a statement that an earlier one began."""
    first = next((line for line in block.text.splitlines() if line.strip()), "")
    return block.language is not Language.OTHER and first[:1] in (" ", "\t") and parse(block.text) is None


def _joined(blocks: Sequence[Block], reading: Reading) -> Chosen | None:
    """One program that was cut into blocks, none of which need parse by itself."""
    code = [block.text for block in blocks if block.language in (Language.PYTHON, Language.UNSTATED)]
    if len(code) < 2 or not reading.names:
        return None
    program = "\n".join(code)
    tree = parse(program)
    if tree is None or not all(defines(tree, name) for name in reading.names):
        return None
    return Chosen(program, len(code), len(code), cut=False)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
