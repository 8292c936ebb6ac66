"""The running sequences: what a step computes, and the prompts that they continue.

A sequence is not a completion but a text: completions of a prompt that have the same tokens so far share a sequence,
which is computed once, and are split when they sample different tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from passgap.engines.common.completion import Completion
from passgap.engines.local.decoder import Decoder
from passgap.engines.local.kv_cache import BucketedKVCache
from passgap.engines.local.prefix_cache import Prefix, PrefixBatch


@dataclass(eq=False)
class RunningSequence:
    """A prompt whose keys and values are cached, and the completions that have the same tokens so far; at least one."""

    prefix: Prefix
    completions: list[Completion]

    @property
    def tokens(self) -> list[int]:
        """The tokens that the completions share."""
        return self.completions[0].tokens


class RunningSequences:
    """All sequences of a batch.

    Args:
        decoder: the model.
        longest: the most tokens that a completion can have.
    """

    def __init__(self, decoder: Decoder, longest: int) -> None:
        self._decoder = decoder
        self._cache: BucketedKVCache[RunningSequence] = BucketedKVCache(decoder.new_cache, longest)
        self._prefixes: _StackedPrefixes | None = None
        self._assigned: list[RunningSequence] = []

    @property
    def sequences(self) -> list[RunningSequence]:
        """The sequences; a step may change their order."""
        return self._cache.sequences

    @property
    def completions(self) -> int:
        """How many completions the sequences stand for."""
        return sum(len(sequence.completions) for sequence in self._cache.sequences)

    def add(self, sequence: RunningSequence, groups: Sequence[list[Completion]]) -> None:
        """Add the completions of a sequence that no step has computed yet, as one sequence for each group."""
        for group in groups:
            self._cache.add(RunningSequence(sequence.prefix, group))

    def split(self, sequence: RunningSequence, groups: Sequence[list[Completion]]) -> None:
        """Continue the completions of a sequence as one sequence for each group; without a group it ends."""
        if not groups:
            self._cache.remove(sequence)
            return
        sequence.completions = groups[0]
        for group in groups[1:]:
            self._cache.fork(sequence, RunningSequence(sequence.prefix, group))

    def step(self) -> tuple[list[RunningSequence], torch.Tensor]:
        """Compute each sequence's last token.

        Returns:
            The sequences, and their hidden states of shape (sequences, hidden size).
        """
        for sequence in self._cache.sequences:
            self._cache.grow(sequence, len(sequence.tokens))
        sequences, device = self._cache.sequences, self._decoder.device
        hidden = self._decoder.step(
            torch.tensor([sequence.tokens[-1] for sequence in sequences], device=device),
            torch.tensor([len(sequence.tokens) - 1 for sequence in sequences], device=device),
            torch.tensor([sequence.prefix.length for sequence in sequences], device=device),
            self._cache.caches,
            self._prefixes_of(sequences),
        )
        return sequences, hidden

    def _prefixes_of(self, sequences: list[RunningSequence]) -> PrefixBatch:
        if self._prefixes is None or not self._prefixes.serves(sequences):
            self._prefixes = _StackedPrefixes(sequences)
        elif sequences == self._assigned:
            return self._prefixes.batch
        self._assigned = sequences
        self._prefixes.assign(sequences)
        return self._prefixes.batch


class _StackedPrefixes:
    """The prompts of the running sequences, stacked once; sequences may end without the stack being rebuilt."""

    def __init__(self, sequences: Sequence[RunningSequence]) -> None:
        prefixes = dict.fromkeys(sequence.prefix for sequence in sequences)
        self._place = {prefix: place for place, prefix in enumerate(prefixes)}
        self.batch = PrefixBatch(list(self._place))

    def assign(self, sequences: Sequence[RunningSequence]) -> None:
        """Say which sequences continue which prompt."""
        self.batch.assign([self._place[sequence.prefix] for sequence in sequences])

    def serves(self, sequences: Sequence[RunningSequence]) -> bool:
        """Whether every sequence's prompt is stacked, and at least half of the stacked prompts are still continued."""
        wanted = {sequence.prefix for sequence in sequences}
        return wanted <= self._place.keys() and 2 * len(wanted) >= len(self._place)
