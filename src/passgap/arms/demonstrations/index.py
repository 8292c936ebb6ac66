"""The solved problems that are most like a text, by BM25.

BM25 as in Lucene, with its usual constants (Robertson and Zaragoza 2009, doi:10.1561/1500000019), by the library
bm25s. It is the best retriever, or close to it, where code models are shown demonstrations (arXiv 2410.09662).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from bm25s import BM25
from bm25s.stopwords import STOPWORDS_EN

from passgap.tasks.contamination.texts import normalised

K1, B = 1.5, 0.75

INDEX_RULE = (
    f"BM25 as in Lucene (k1 {K1}, b {B}) over the words of the problems as they are asked, less numbers, English stop "
    "words and words of more than half of the problems; the earlier problem of the pool first among equals"
)
"""The rule in words, as pre-registered."""


class Index:
    """Finds the texts that share the most telling words with a query.

    Args:
        texts: to be searched.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        words = [[each for each in normalised(text) if _tells(each)] for text in texts]
        owners = Counter(word for each in words for word in set(each))
        # What most problems say, such as that there are tests, would make every problem a neighbour of every other.
        self._known = {word for word, count in owners.items() if count <= max(1.0, len(texts) / 2)}
        self._bm25 = None
        if self._known:
            self._bm25 = BM25(method="lucene", k1=K1, b=B, dtype="float64")
            self._bm25.index([[word for word in each if word in self._known] for each in words], show_progress=False)

    def nearest(self, query: str) -> list[int]:
        """The positions of all texts that share a word with the query, the most similar first."""
        words = [word for word in normalised(query) if word in self._known]
        if self._bm25 is None or not words:
            return []
        scores = self._bm25.get_scores(words)
        order = np.argsort(-scores, kind="stable")
        return [int(place) for place in order if scores[place] > 0.0]


def _tells(word: str) -> bool:
    """Whether a word says what a problem is about: a number that two problems have in their tests says nothing."""
    return not word.isdigit() and word not in STOPWORDS_EN
