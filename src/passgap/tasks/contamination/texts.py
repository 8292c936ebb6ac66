"""How close two texts are: equal after normalisation, a shared run of words, or a near duplicate."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from passgap.tasks.contamination.findings import ContaminationItem, ContaminationRule

NGRAM = 13
"""Words in a row that two texts may not share: customary since Brown et al. 2020 (arXiv 2005.14165, appendix C)."""

NEAR = 0.7
"""The Jaccard similarity of 3-word shingles from which two texts are near duplicates."""

MINHASH_FROM = 1_000_000
"""The number of pairs from which MinHash selects those to compare; of fewer, all are compared."""

_SHINGLE = 3
_PERMUTATIONS = 64
_SEED = 20_260_401


class Text(NamedTuple):
    """A text that can be too close to another one, with the id of what it belongs to."""

    id: str
    text: str


def normalised(text: str) -> list[str]:
    """The words of a text: lower case, no punctuation, no white space."""
    return re.findall(r"[^\W_]+", text.lower())


def same_text(heldout: Sequence[Text], pool: Sequence[Text]) -> Iterator[ContaminationItem]:
    """Texts that are equal after normalisation."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for each in heldout:
        by_text[" ".join(normalised(each.text))].append(each.id)
    for each in pool:
        for match in by_text.get(" ".join(normalised(each.text)), ()):
            yield ContaminationItem(item=each.id, matched=match, rule=ContaminationRule.EXACT, score=1.0)


def overlap(heldout: Sequence[Text], pool: Sequence[Text]) -> Iterator[ContaminationItem]:
    """Texts that share a run of words; the score is the share of the pool item's runs that are shared."""
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for each in heldout:
        for gram in _grams(normalised(each.text), NGRAM):
            owners[gram].add(each.id)
    for each in pool:
        grams = _grams(normalised(each.text), NGRAM)
        shared: dict[str, int] = defaultdict(int)
        for gram in grams:
            for match in owners.get(gram, ()):
                shared[match] += 1
        for match, count in shared.items():
            yield ContaminationItem(
                item=each.id, matched=match, rule=ContaminationRule.OVERLAP, score=count / len(grams)
            )


def near(heldout: Sequence[Text], pool: Sequence[Text]) -> Iterator[ContaminationItem]:
    """Near duplicates by their true similarity; in large sets, MinHash selects the pairs to compare."""
    many = len(heldout) * len(pool) >= MINHASH_FROM
    yield from near_by(_by_minhash if many else by_shared_shingle, heldout, pool)


def near_by(
    index: Callable[[Mapping[str, _Shingles]], Callable[[_Shingles], Iterable[str]]],
    heldout: Sequence[Text],
    pool: Sequence[Text],
) -> Iterator[ContaminationItem]:
    """Near duplicates among the candidates that an index of the held-out texts finds."""
    shingles = {each.id: _grams(normalised(each.text), _SHINGLE) for each in heldout}
    candidates = index(shingles)
    for each in pool:
        mine = _grams(normalised(each.text), _SHINGLE)
        for match in candidates(mine):
            similarity = len(mine & shingles[match]) / max(1, len(mine | shingles[match]))
            if similarity >= NEAR:
                yield ContaminationItem(
                    item=each.id, matched=match, rule=ContaminationRule.NEAR_DUPLICATE, score=similarity
                )


_Shingles = frozenset[tuple[str, ...]]


def by_shared_shingle(shingles: Mapping[str, _Shingles]) -> Callable[[_Shingles], Iterable[str]]:
    """Candidates by counting shared shingles: none is missed."""
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, each in shingles.items():
        for shingle in each:
            owners[shingle].append(name)

    def candidates(mine: _Shingles) -> Iterable[str]:
        shared = Counter(name for shingle in mine for name in owners.get(shingle, ()))
        return [name for name, count in shared.items() if count >= NEAR * max(len(mine), len(shingles[name]))]

    return candidates


def _by_minhash(shingles: Mapping[str, _Shingles]) -> Callable[[_Shingles], Iterable[str]]:
    """Candidates by MinHash and locality-sensitive hashing: few are missed, in a time that does not grow with n."""
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - it loads scipy, which small sets need not wait for

    def hashed(each: _Shingles) -> MinHash:
        digest = MinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        digest.update_batch([" ".join(shingle).encode() for shingle in sorted(each)])
        return digest

    index = MinHashLSH(threshold=NEAR, num_perm=_PERMUTATIONS)
    for name, each in shingles.items():
        index.insert(name, hashed(each))
    return lambda mine: index.query(hashed(mine))


def _grams(words: Sequence[str], n: int) -> frozenset[tuple[str, ...]]:
    """The runs of ``n`` words; a shorter text is one run."""
    if len(words) <= n:
        return frozenset({tuple(words)}) if words else frozenset()
    return frozenset(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
