"""Tokens are drawn from exactly the distribution that temperature, top-k and top-p leave, in that order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

torch = pytest.importorskip("torch")

from passgap.engines.local import token_sampling  # noqa: E402 - after the skip
from passgap.records import Decoding, sample_seed  # noqa: E402

DRAWS = 10_000
CHUNK = 1_000
LEAST_CELL = 20.0


def target(logits: npt.NDArray[np.float64], decoding: Decoding) -> npt.NDArray[np.float64]:
    """The distribution of the paper, written as slowly and plainly as it can be."""
    scaled = logits / decoding.temperature
    chances = np.exp(scaled - scaled.max())
    chances /= chances.sum()
    order = np.argsort(-chances, kind="stable")
    if decoding.top_k:
        chances[order[decoding.top_k :]] = 0.0
        chances /= chances.sum()
    if decoding.top_p < 1.0:
        mass = 0.0
        for token in order:
            if mass >= decoding.top_p:
                chances[token] = 0.0
            mass += chances[token]
        chances /= chances.sum()
    chances[chances < decoding.min_p * chances.max()] = 0.0
    return chances / chances.sum()


def counted(
    logits: npt.NDArray[np.float64], decoding: Decoding, position: int = 0, draws: int = DRAWS
) -> npt.NDArray[np.int64]:
    rows = torch.from_numpy(logits).expand(CHUNK, -1)
    seeds = [sample_seed(3, "problem", index) for index in range(draws)]
    drawn = [
        token_sampling.sample_tokens(rows, decoding, seeds[start : start + CHUNK], [position] * CHUNK)
        for start in range(0, draws, CHUNK)
    ]
    return np.bincount(torch.cat(drawn).numpy(), minlength=len(logits))


SETTINGS = [
    Decoding(temperature=0.8, top_p=0.95, max_new_tokens=1),
    Decoding(temperature=1.0, max_new_tokens=1),
    Decoding(temperature=1.6, top_k=20, top_p=0.8, max_new_tokens=1),
    Decoding(temperature=0.6, top_k=7, max_new_tokens=1),
    Decoding(temperature=1.3, min_p=0.1, max_new_tokens=1),
    Decoding(temperature=1.6, top_k=20, min_p=0.3, max_new_tokens=1),
    Decoding(temperature=2.0, top_p=0.99, max_new_tokens=1),
    Decoding(temperature=1.1, top_k=400, top_p=0.9, max_new_tokens=1),
]


def grouped(expected: npt.NDArray[np.float64], seen: npt.NDArray[np.int64]) -> tuple[list[float], list[int]]:
    """Join tokens, from the most likely down, into cells large enough for the chi-square's approximation."""
    cells, hits = [0.0], [0]
    for token in np.argsort(-expected):
        if cells[-1] >= LEAST_CELL:
            cells.append(0.0)
            hits.append(0)
        cells[-1] += float(expected[token])
        hits[-1] += int(seen[token])
    if len(cells) > 1 and cells[-1] < LEAST_CELL:
        last_cell, last_hits = cells.pop(), hits.pop()
        cells[-1] += last_cell
        hits[-1] += last_hits
    return cells, hits


EACH = [
    pytest.param(
        *(decoding, spread, vocabulary, draws),
        id=f"{vocabulary}-{spread}-{decoding.model_dump_json()}",
        marks=[] if (at + far + many) % 3 == 0 else [pytest.mark.slow],
    )
    for many, (vocabulary, draws) in enumerate([(300, DRAWS), (128 * 80, 1_000)])
    for far, spread in enumerate([0.5, 3.0])
    for at, decoding in enumerate(SETTINGS)
]
"""Each decoding of flat and peaked targets; a third of them in the fast suite, each decoding in some."""


@pytest.mark.parametrize(("decoding", "spread", "vocabulary", "draws"), EACH)
def test_the_drawn_tokens_follow_the_target(decoding: Decoding, spread: float, vocabulary: int, draws: int) -> None:
    logits = np.random.default_rng(0).normal(scale=spread, size=vocabulary)
    wanted = target(logits, decoding)
    seen = counted(logits, decoding, draws=draws)
    assert not seen[wanted == 0].any()
    cells, hits = grouped(wanted * draws, seen)
    assert len(cells) >= 2
    assert stats.chisquare(hits, cells).pvalue > 1e-4


def test_a_tiny_temperature_is_greedy() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 1.0, 0.0]])
    assert token_sampling.sample_tokens(
        logits, Decoding(temperature=0.0, max_new_tokens=1), [1, 2], [0, 0]
    ).tolist() == [1, 0]


def test_top_p_is_taken_on_the_renormalised_top_k() -> None:
    logits = np.log(np.array([0.4, 0.2, 0.2, 0.1, 0.1]))
    # Of the whole, 0.55 needs two tokens; of the best two alone, where they hold 2/3 and 1/3, it needs one.
    assert counted(logits, Decoding(temperature=1.0, top_p=0.55, max_new_tokens=1))[1:].sum() > 0
    assert counted(logits, Decoding(temperature=1.0, top_k=2, top_p=0.55, max_new_tokens=1))[0] == DRAWS


def test_a_token_depends_on_its_own_row_alone() -> None:
    logits = torch.randn(9, 500, generator=torch.Generator().manual_seed(1))
    decoding = Decoding(temperature=1.0, top_p=0.95, max_new_tokens=1)
    seeds, positions = list(range(100, 109)), list(range(9))
    together = token_sampling.sample_tokens(logits, decoding, seeds, positions).tolist()
    alone = [
        int(token_sampling.sample_tokens(logits[row : row + 1], decoding, [seeds[row]], [positions[row]]))
        for row in range(len(seeds))
    ]
    assert together == alone


def test_the_numbers_of_neighbouring_seeds_and_positions_are_uniform_and_independent() -> None:
    seeds = np.repeat(np.arange(400, dtype=np.uint64), 100)
    positions = np.tile(np.arange(100, dtype=np.uint64), 400)
    numbers = token_sampling.uniforms(seeds, positions)
    assert stats.kstest(numbers, "uniform").pvalue > 1e-3
    grid = numbers.reshape(400, 100)
    assert abs(np.corrcoef(grid[:-1].ravel(), grid[1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(grid[:, :-1].ravel(), grid[:, 1:].ravel())[0, 1]) < 0.02


def test_the_largest_logits_are_found_through_blocks_as_through_a_sort() -> None:
    logits = torch.randn(5, 128 * 100, generator=torch.Generator().manual_seed(4))
    values, tokens = token_sampling._largest(logits, 64)
    wanted = logits.topk(64, dim=-1)
    assert torch.equal(values, wanted.values)
    assert torch.equal(logits.gather(1, tokens), values)
