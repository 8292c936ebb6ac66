"""Examples side by side in one sequence, without padding, and with a prompt that they share computed once.

A completion's tokens see its prompt and the tokens before them in the same completion, and nothing else; their
positions count on from the prompt's. So the log-probabilities are those of the examples one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress

from passgap.trainers.supervised.encoding import IGNORED_LABEL


@dataclass(frozen=True)
class Example:
    """Token ids of a prompt, which is not empty, and of what is to be learned behind it.

    In a conversation whose every answer is learned, what the user says between answers is read and not learned.
    """

    prompt: tuple[int, ...]
    target: tuple[int, ...]
    learned: tuple[bool, ...] = ()
    """Which tokens of ``target`` are learned; all of them where it is empty."""

    @property
    def loss_tokens(self) -> int:
        """Tokens on which a loss is taken."""
        return sum(self.learned) if self.learned else len(self.target)

    @classmethod
    def of(cls, row: dict[str, list[int]]) -> Example:
        """The example of a row with labels.

        Nothing precedes the first token of a text without a prompt, so that it counts as one.
        """
        tokens, labels = row["input_ids"], row["labels"]
        start = max(1, next(place for place, label in enumerate(labels) if label != IGNORED_LABEL))
        learned = tuple(label != IGNORED_LABEL for label in labels[start:])
        return cls(prompt=tuple(tokens[:start]), target=tuple(tokens[start:]), learned=() if all(learned) else learned)


@dataclass(frozen=True)
class Pack:
    """A sequence of tokens with what is to be predicted in it."""

    tokens: tuple[int, ...]
    positions: tuple[int, ...]
    prompts: tuple[int, ...]
    """The number of the prompt that each token belongs to, or is behind of."""
    branches: tuple[int, ...]
    """0 for a token of a prompt, else the number of its completion."""
    places: tuple[int, ...]
    """Where the next token is to be predicted: a prompt's last token is there once for every completion of it."""
    targets: tuple[int, ...]
    """The tokens to predict, one for each place."""

    @property
    def plain(self) -> bool:
        """Whether it is one example, which the model's own causal mask is right for."""
        return max(self.branches, default=0) <= 1 and max(self.prompts, default=0) == 0


def pack(examples: Iterable[Example]) -> Pack:
    """Put examples side by side, those of one prompt behind it. The last token of a completion predicts nothing."""
    behind: dict[tuple[int, ...], list[Example]] = {}
    for example in examples:
        behind.setdefault(example.prompt, []).append(example)
    tokens: list[int] = []
    positions: list[int] = []
    prompts: list[int] = []
    branches: list[int] = []
    places: list[int] = []
    targets: list[int] = []
    branch = 0
    for number, (prompt, completions) in enumerate(behind.items()):
        tokens += prompt
        positions += range(len(prompt))
        prompts += [number] * len(prompt)
        branches += [0] * len(prompt)
        fork = len(tokens) - 1
        for each in completions:
            branch += 1
            read = each.target[:-1]
            known = each.learned or (True,) * len(each.target)
            places += compress((fork, *range(len(tokens), len(tokens) + len(read))), known)
            targets += compress(each.target, known)
            tokens += read
            positions += range(len(prompt), len(prompt) + len(read))
            prompts += [number] * len(read)
            branches += [branch] * len(read)
    return Pack(*map(tuple, (tokens, positions, prompts, branches, places, targets)))


def packs_of(examples: Sequence[Example], prompts_at_once: int, most_tokens: int, *, shared: bool) -> list[Pack]:
    """Divide the examples of an update into packs.

    Args:
        examples: of the update.
        prompts_at_once: the most prompts in one pack.
        most_tokens: a length that packs of several examples do not exceed.
        shared: whether examples may stand side by side at all; otherwise each is a pack of its own.
    """
    if not shared:
        return [pack([each]) for each in examples]
    groups: dict[tuple[int, ...], list[Example]] = {}
    for each in examples:
        groups.setdefault(each.prompt, []).append(each)
    packs: list[Pack] = []
    held: list[list[Example]] = []
    length = 0
    for piece in (piece for group in groups.values() for piece in _pieces(group, most_tokens)):
        size = _length(piece)
        if held and (len(held) == prompts_at_once or length + size > most_tokens):
            packs.append(pack(chain.from_iterable(held)))
            held, length = [], 0
        held.append(piece)
        length += size
    return [*packs, pack(chain.from_iterable(held))] if held else packs


def _pieces(group: Sequence[Example], most_tokens: int) -> Iterator[list[Example]]:
    """Divide the examples of one prompt where they are too long together."""
    piece: list[Example] = []
    for each in group:
        if piece and _length([*piece, each]) > most_tokens:
            yield piece
            piece = []
        piece.append(each)
    yield piece


def _length(examples: Sequence[Example]) -> int:
    """Tokens of examples of one prompt in a pack."""
    return len(examples[0].prompt) + sum(len(each.target) - 1 for each in examples)


def shares_of(packs: Sequence[Pack], processes: int) -> list[list[Pack]]:
    """Divide packs among processes, the longest first to whoever has the least."""
    shares: list[list[Pack]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for each in sorted(packs, key=lambda one: -len(one.tokens)):
        least = loads.index(min(loads))
        shares[least].append(each)
        loads[least] += len(each.tokens)
    return shares
