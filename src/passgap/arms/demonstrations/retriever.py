"""From a question to the question with its demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from passgap.arms.demonstrations.documents import Document
from passgap.arms.demonstrations.index import Index
from passgap.arms.demonstrations.prompts import DemonstrationStyle, with_demonstrations
from passgap.records import Prompt
from passgap.tasks.contamination.texts import NEAR, Text, near, same_text

NEAR_RULE = (
    f"problems that are a near duplicate of the question (Jaccard similarity of 3-word shingles of at least {NEAR}) "
    "are passed over"
)
"""The rule in words, as pre-registered: the threshold is that of the pool's contamination."""


@dataclass(frozen=True)
class Retrieved:
    """The demonstrations of one question."""

    shown: tuple[int, ...]
    """The positions of the documents in the order in which they are shown."""
    near_duplicates: int
    """Documents that were passed over because they are too close to the question."""
    no_room: int
    """Documents that were left out because the prompt would not have fitted."""


class Retriever:
    """Finds demonstrations for questions.

    Args:
        documents: the solved problems.
        most: the most demonstrations in a prompt.
        style: where they stand in it.
    """

    def __init__(self, documents: Sequence[Document], most: int, style: DemonstrationStyle) -> None:
        self.documents = tuple(documents)
        self._index = Index([each.asked for each in documents])
        self.most = most
        self.style = style

    def retrieve(self, question: Prompt, fits: Callable[[Prompt], bool]) -> Retrieved:
        """Choose the demonstrations of a question.

        Args:
            question: as the base model is asked.
            fits: whether a prompt fits into the model's context. A demonstration that does not is left out, never cut.
        """
        near_duplicates = no_room = 0
        wanted: list[int] = []
        for place in self._index.nearest(question.user):
            if len(wanted) == self.most:
                break
            if same_problem(question.user, self.documents[place].asked):
                near_duplicates += 1
            else:
                wanted.append(place)
        kept: list[int] = []
        for place in wanted:
            if fits(self.apply(question, (place, *kept))):
                kept.insert(0, place)
            else:
                no_room += 1
        return Retrieved(tuple(kept), near_duplicates, no_room)

    def apply(self, question: Prompt, shown: Sequence[int]) -> Prompt:
        """The question with these documents before it."""
        return with_demonstrations(question, [self.documents[place] for place in shown], self.style)


def same_problem(one: str, other: str) -> bool:
    """Whether two texts are one problem, by the rules by which a pool is cleaned of held-out problems."""
    first, second = [Text("one", one)], [Text("other", other)]
    return any(True for found in (same_text(first, second), near(first, second)) for _ in found)
