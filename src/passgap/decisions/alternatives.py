"""The move that a GO-OTHER names: for each situation the candidates in order, and what each one needs."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from passgap.decisions.evidence import Alternatives, Thresholds
from passgap.moves import LabelledMove, Move
from passgap.records import Record


class Situation(StrEnum):
    """The situation that the evidence amounts to."""

    GAP = "gap"
    """The gap is there and nothing speaks against spending it: minimal SSD."""
    WRONG_MODE = "wrong-mode"
    """The gap is there, and sharpening would fix the wrong behaviour more often than the right one."""
    FLOOR = "floor"
    """No feasible number of tries solves enough: the model does not know."""
    CEILING = "ceiling"
    """One try solves nearly everything: no room is left."""
    CONCENTRATED = "concentrated"
    """Neither floor nor ceiling, and more tries add little: the mass is already where it will be."""
    RARE = "rare"
    """Little up to the feasible k, more beyond it: successes exist and are rare."""
    DECODING = "decoding"
    """Better decoding alone takes so much of the gap that what remains is below the threshold."""
    NO_SIGNAL = "no-signal"
    """No sampling setting of the sweep moves the model: nothing can be learned from its samples."""
    UNAFFORDABLE = "unaffordable"
    """The gap is there and the budget for spending it is not."""
    FORETOLD = "foretold"
    """The gap is there, and diagnostics whose track record bears them out foretell that minimal SSD lowers pass@1."""
    OPEN = "open"
    """The interval of the gap reaches across the threshold, or no gap could be measured."""


class Choice(Record):
    """The alternative named, and why."""

    other: LabelledMove
    why: str


Need = Callable[[Alternatives, Thresholds], bool]


def _curated(at_hand: Alternatives, thresholds: Thresholds) -> bool:
    return at_hand.curated_examples >= thresholds.curated


def _pairs(at_hand: Alternatives, thresholds: Thresholds) -> bool:
    return at_hand.preference_pairs >= thresholds.curated


def _verifier(at_hand: Alternatives, thresholds: Thresholds) -> bool:
    return at_hand.verifier


def _documents(at_hand: Alternatives, thresholds: Thresholds) -> bool:
    return at_hand.documents


def _always(at_hand: Alternatives, thresholds: Thresholds) -> bool:
    return True


_NEEDED: dict[Need, str] = {
    _curated: "curated examples",
    _pairs: "preference pairs",
    _verifier: "a verifier",
    _documents: "documents to retrieve",
}

_Row = tuple[Move, Need, str]

_IMPORT: _Row = (Move.SFT_EXTERNAL, _curated, "curated data brings in what the model does not know")
_RETRIEVE: _Row = (Move.RETRIEVAL, _documents, "what the model lacks can be put into its prompt")
_NOTHING: _Row = (Move.DO_NOTHING, _always, "nothing available would change the result")

CANDIDATES: dict[Situation, tuple[_Row, ...]] = {
    Situation.FLOOR: (
        _IMPORT,
        _RETRIEVE,
        (
            Move.DO_NOTHING,
            _always,
            "neither curated data nor documents are available, and no reward would ever arrive",
        ),
    ),
    Situation.CEILING: ((Move.DO_NOTHING, _always, "one try leaves hardly any room for improvement"),),
    Situation.CONCENTRATED: (
        _IMPORT,
        (Move.DPO, _pairs, "preference pairs carry a signal that the model's own samples do not"),
        (Move.GRPO, _verifier, "a verifier rewards what the model's own distribution will not move towards by itself"),
        _RETRIEVE,
        _NOTHING,
    ),
    Situation.RARE: (
        (
            Move.REJECTION_SAMPLING,
            _verifier,
            "a verifier can harvest successes that are too rare to amplify unfiltered",
        ),
        _IMPORT,
        _NOTHING,
    ),
    Situation.WRONG_MODE: (
        _IMPORT,
        (Move.DPO, _pairs, "preference pairs can say which of the model's behaviours is the right one"),
        _RETRIEVE,
        (Move.DO_NOTHING, _always, "without a verifier nothing can tell the right samples from the frequent ones"),
    ),
    Situation.FORETOLD: (
        _IMPORT,
        (Move.DPO, _pairs, "preference pairs can say which of the model's answers are the right ones"),
        _RETRIEVE,
        (Move.DO_NOTHING, _always, "without a verifier nothing can tell the right samples from the likely ones"),
    ),
    Situation.DECODING: ((Move.DECODE_ONLY, _always, "it takes most of the gap and costs no training"),),
    Situation.NO_SIGNAL: (
        _IMPORT,
        (Move.GRPO, _verifier, "a verifier brings a signal that the model's samples do not carry"),
        _NOTHING,
    ),
    Situation.UNAFFORDABLE: (
        (Move.DECODE_ONLY, _always, "a change of decoding is the only move that needs no training hours"),
    ),
}
"""For each situation the candidates in order; the first whose need is met is named."""


def why_of(situation: Situation, move: Move) -> str:
    """The reason for a move in a situation; empty where it is no candidate there."""
    return next((why for each, _, why in CANDIDATES.get(situation, ()) if each is move), "")


def missing_before(situation: Situation, move: Move) -> tuple[str, ...]:
    """The needs, not met by a study, of the candidates that come before the one that was named, in their order."""
    missing = []
    for each, need, _ in CANDIDATES.get(situation, ()):
        if each is move:
            break
        missing.append(_NEEDED[need])
    return tuple(missing)


def choose_other(situation: Situation, at_hand: Alternatives, thresholds: Thresholds) -> Choice:
    """Name the first alternative whose need is met."""
    other, _, why = next(row for row in CANDIDATES[situation] if row[1](at_hand, thresholds))
    return Choice(other=other, why=why)
