"""The search finds what BM25 by its formula finds, and nothing for what only frequent words connect."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.arms.demonstrations.index import K1, B, Index

WORDS = [f"word{number}" for number in range(12)]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=12)


def scores_by_the_formula(texts: list[str], query: str) -> list[float]:
    """BM25 as Lucene computes it, over the words of at most half of the texts."""
    owners = Counter(word for text in texts for word in set(text.split()))
    known = {word for word, count in owners.items() if count <= max(1.0, len(texts) / 2)}
    documents = [[word for word in text.split() if word in known] for text in texts]
    mean = sum(map(len, documents)) / len(documents)
    scores = []
    for document in documents:
        counts, score = Counter(document), 0.0
        for word in query.split():
            if word in known and counts[word]:
                rarity = math.log(1 + (len(texts) - owners[word] + 0.5) / (owners[word] + 0.5))
                score += rarity * counts[word] / (counts[word] + K1 * (1 - B + B * len(document) / mean))
        scores.append(score)
    return scores


@given(TEXTS, st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=6).map(" ".join))
def test_the_order_is_that_of_the_formula(texts: list[str], query: str) -> None:
    scores = scores_by_the_formula(texts, query)
    found = Index(texts).nearest(query)
    assert sorted(found) == [place for place, score in enumerate(scores) if score > 0.0]
    for before, after in pairwise(found):
        assert scores[before] > scores[after] - 1e-9
        if texts[before] == texts[after]:
            assert before < after, "the earlier text first among equals"


@pytest.mark.parametrize(
    ("texts", "query", "found"),
    [
        ([], "sort a list", []),
        (["", "!?"], "sort", []),
        (["Sort the list."], "SORT", [0]),
        (["sort_rows(rows)", "find the maximum"], "How do I sort?", [0]),
        (["assert one", "assert two", "assert three"], "assert", []),
        (["of the", "prime numbers"], "the", []),
        (["assert f(36) == 6", "squares"], "assert g(36) == 49", [0]),
        (["assert f(36) == 6", "squares"], "the squares below 36", [1]),
    ],
)
def test_words_are_compared_without_case_marks_stop_words_and_what_most_texts_say(
    texts: list[str], query: str, found: list[int]
) -> None:
    assert Index(texts).nearest(query) == found
