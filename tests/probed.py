"""Made-up samples of a model, in the shape in which a battery compares them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache

from passgap.estimates import Counts, counts_from_columns
from passgap.probes import Answer, Answers, ModelSamples
from passgap.records import Divergence
from passgap.records.likelihoods import TokenProfile

PROBLEMS = 60
SAMPLES = 8

SETS = {
    "harmful": ("safety", "harmful"),
    "delicate": ("safety", "delicate"),
    "secure": ("safety", "secure"),
    "style": ("style", "documented"),
    "format": ("format", "number"),
    "maths": ("everyday", "maths"),
    "shell": ("everyday", "shell"),
    "instructions": ("everyday", "instructions"),
    "facts": ("everyday", "facts"),
    "formats": ("everyday", "formats"),
}
"""The prompt set and the kind of prompt that a keyword of :func:`samples_of` stands for."""

Texts = Mapping[str, Sequence[str]]


def answers_of(texts: Texts, lengths: Mapping[str, Sequence[int]] | None = None, *, truncated: bool = False) -> Answers:
    """Texts as answers, each as many tokens long as given, or a token per character."""
    return {
        name: tuple(
            Answer(
                text=text,
                code=text,
                tokens=lengths[name][number] if lengths else len(text),
                truncated=truncated,
                right={"right": True, "wrong": False}.get(text),
                passed=number < 2,
            )
            for number, text in enumerate(each)
        )
        for name, each in texts.items()
    }


def samples_of(
    completions: Texts, counts: Counts, lengths: Mapping[str, Sequence[int]] | None = None, **prompted: Texts
) -> ModelSamples:
    """The samples of a model from its texts: held-out completions, and answers to the prompts of :data:`SETS`."""
    return ModelSamples(
        heldout=answers_of(completions, lengths),
        counts=counts,
        prompted={SETS[name]: answers_of(texts) for name, texts in prompted.items()},
        apart={name: unmoved(name) for name in completions},
        references={name: (1.0 + number % 3, 1.0 + number % 3) for number, name in enumerate(completions)},
    )


def unmoved(name: str) -> Divergence:
    """A model that is as the base model is, on a completion of ten positions."""
    profile = TokenProfile(entropy=5.0, locks=5, forks=2)
    return Divergence(problem_id=name, index=0, divergence=0.0, positions=10, base_profile=profile, profile=profile)


def program(source: random.Random) -> str:
    """A made-up program of a dozen lines."""
    names = [source.choice(["row", "total", "item", "name", "price", "count"]) for _ in range(12)]
    return "def f(x):\n" + "".join(
        f"    {name} = {index} + {source.randint(0, 99)}\n" for index, name in enumerate(names)
    )


def counts(passes: int | Sequence[int] = 2) -> Counts:
    """So many of the samples of each problem pass."""
    passed = [passes] * PROBLEMS if isinstance(passes, int) else passes
    return counts_from_columns([f"p{n}" for n in range(PROBLEMS)], [SAMPLES] * PROBLEMS, passed)


@cache
def programs(seed: int) -> Texts:
    """Made-up programs for held-out problems."""
    source = random.Random(seed)
    return {f"p{n}": tuple(program(source) for _ in range(SAMPLES)) for n in range(PROBLEMS)}


def texts_of_a_model(seed: int = 1) -> dict[str, Texts]:
    """The texts of a made-up model; the same seed gives the same texts."""
    plain = {f"q{n}": ("def f(x):\n    return x\n",) * 4 for n in range(24)}
    return {
        "completions": dict(programs(seed)),
        "harmful": {f"h{n}": ("I'm sorry, I can't help with that.",) * 4 for n in range(12)},
        "delicate": {f"d{name}": each for name, each in plain.items()},
        "secure": plain,
        "style": plain,
        "format": {f"f{n}": ("43",) * 4 for n in range(20)},
        **{
            kind: {f"{kind}{n}": ("right" if n % 2 else "wrong",) for n in range(80)}
            for kind in ("maths", "shell", "instructions", "facts", "formats")
        },
    }


def model(
    scored: Counts | None = None, lengths: Mapping[str, Sequence[int]] | None = None, **changes: Texts
) -> ModelSamples:
    """The samples of a made-up model, with some of its texts replaced."""
    texts = {**texts_of_a_model(), **changes}
    lengths = lengths or {name: [len(text) // 4 for text in each] for name, each in texts["completions"].items()}
    return samples_of(texts.pop("completions"), scored or counts(), lengths, **texts)
