"""Languages whose blocks end with a reserved word, as in Ruby and in shells."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from passgap.languages.common.lexed import Token
from passgap.languages.common.tokens import TokensLanguage


class WordsLanguage(TokensLanguage):
    """A language with blocks that reserved words open and close, and statements that end with their line."""

    joins: frozenset[str] = frozenset()
    """Tokens at the end of a line after which its statement goes on."""

    @abstractmethod
    def steps(self, tokens: Sequence[Token]) -> list[int]:
        """For each token how many blocks it opens, or minus how many it closes."""

    def is_whole(self, tokens: Sequence[Token]) -> bool:
        depth = 0
        for step in self.steps(tokens):
            depth += step
            if depth < 0:
                return False
        return depth == 0

    def split(self, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
        start = depth = 0
        for place, (token, step) in enumerate(zip(tokens, self.steps(tokens), strict=True)):
            before = tokens[place - 1]
            if place > start and depth == 0 and token.line > before.line and before.text not in self.joins:
                yield tokens[start:place]
                start = place
            depth += step
        if start < len(tokens):
            yield tokens[start:]

    def end_of_block(self, tokens: Sequence[Token], steps: Sequence[int], place: int) -> int:
        """The place of the token that closes the block which opens at ``place``."""
        depth = 0
        for at in range(place, len(tokens)):
            depth += steps[at]
            if depth <= 0:
                return at
        return len(tokens)
