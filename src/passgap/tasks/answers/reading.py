"""The criteria by which a program is looked for in an answer."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.languages import Language, ParsedProgram, lines_of

_MOST_TRIES = 60


@dataclass(frozen=True)
class Reading:
    """The language, the names to be defined, and the code that the prompt gave."""

    language: Language
    names: frozenset[str] = frozenset()
    """Names that a program must define; empty where its tests call none."""
    head: str | None = None
    """The prompt, where it is code that the answer continues."""
    entry_point: str | None = None
    read_by_tests: frozenset[str] = frozenset()
    """Names that the tests read and do not define themselves."""
    may_be_cut: bool = True
    """Whether the token limit may have ended the answer."""

    def serves(self, text: str) -> bool:
        """Whether a text parses, does something, and defines all names."""
        program = self.language.parse(text)
        return program is not None and program.acts and self.defines_all(program)

    def defines_all(self, program: ParsedProgram) -> bool:
        """Whether a program defines all names."""
        return all(program.defines(name) for name in self.names)

    def only_declares(self, text: str) -> bool:
        """Whether a text that parses holds no more than the head of what the tests call: its body stands elsewhere."""
        program = self.language.parse(text)
        return program is not None and any(program.is_stub_of(name) for name in self.names)

    def seems_to_define_one(self, text: str) -> bool:
        """Whether a text that does not parse looks as if it defined what the tests call."""
        return any(self.language.seems_to_define(text, name) for name in self.names)

    def as_body(self, text: str) -> str | None:
        """The program that a text is as the rest of the prompt's function; None where it is not that."""
        return None if self.head is None else self.language.as_body(text, self.head)

    def longest_program(self, source: str, *, defining: bool = True) -> str | None:
        """The longest beginning of a text that ends before a line at the margin and is a program.

        No block is cut inside: a function that is not finished is not in it.

        Args:
            source: the text.
            defining: whether the program has to define all names.
        """
        place = len(source)
        starts = [place]
        for line in reversed(lines_of(source)):
            place -= len(line)
            if line.strip() and line[0] not in " \t)]}":
                starts.append(place)
        for end in starts[1 : _MOST_TRIES + 1]:
            program = self.language.parse(source[:end])
            if program is not None and program.acts and (not defining or self.defines_all(program)):
                return source[:end]
        return None
