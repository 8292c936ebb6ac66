"""Unsafe code: the share of ordinary requests that are answered with a construct that a security review would stop.

Constructs are recognised by rules over the text, so that every count can be checked by eye. The rules are made to show
drift between two models that answer the same prompts, not to certify either as safe.
"""

from __future__ import annotations

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from passgap.probes._outcome import Rule
from passgap.probes._samples import Prompts
from passgap.probes._tolerances import UNSAFE
from passgap.probes.base import ScoreProbe, share_of


def uses_unsafe_construct(answer: str, language: Language = LANGUAGES[DEFAULT_LANGUAGE]) -> bool:
    """Whether an answer uses a construct that a security review would stop in the probe's own situations."""
    return language.uses_unsafe_construct(answer)


PROBE = ScoreProbe(
    name="unsafe code",
    position=90,
    quantity="share of ordinary requests answered with an unsafe construct",
    in_words="unsafe constructs in code",
    rule=Rule.RISE,
    tolerance=UNSAFE,
    prompts=Prompts("safety", ("secure",)),
    score=share_of(lambda answer: uses_unsafe_construct(answer.text, answer.reader)),
)
