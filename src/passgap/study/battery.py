"""The prompts of a study's battery: what is asked, how often, and what a judge model reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from passgap.arms.base import PromptChange
from passgap.languages import LANGUAGES
from passgap.probes import PROBES, DeclaredBattery
from passgap.records import Prompt
from passgap.study.context import StudyContext
from passgap.study.judge_model import judged_prompts
from passgap.tasks.probe_sets import ProbePrompt, ProbeSet, in_order, load_probe_set

GREEDY = "greedy-probes"
_SAMPLED = "probes"


class Asked(NamedTuple):
    """Answers that a model gives to prompts of the battery."""

    answers: int
    longest: int
    """The most tokens of one."""


def prompt_sets_of(battery: DeclaredBattery) -> tuple[ProbeSet, ...]:
    """The prompt sets that the probes of a battery read, in the order in which they are asked.

    A set of the study's own stands in the place of the battery's. One that neither has is empty.
    """
    read = (PROBES[name].prompts for name in battery.probes if name in PROBES)
    names = in_order(prompts.prompt_set for prompts in read if prompts is not None)
    return tuple(_prompt_set(battery, name) for name in names)


def _prompt_set(battery: DeclaredBattery, name: str) -> ProbeSet:
    if name in battery.own:
        return ProbeSet.model_validate(battery.own[name])
    try:
        return load_probe_set(name, battery.edition)
    except FileNotFoundError:  # of a probe of another distribution, whose prompts each study brings
        return ProbeSet(name=name, prompts=())


def answers_asked(battery: DeclaredBattery) -> dict[str, Asked]:
    """The answers that a model gives for a battery, by the names of their artifacts after the model's."""
    return {
        group.name: Asked(len(group.prompts) * group.answers, group.tokens)
        for group in groups_of(prompt_sets_of(battery))
    }


def further_asked(battery: DeclaredBattery) -> dict[str, Asked]:
    """The most answers that a model gives at later looks, by the names of their artifacts after the model's."""
    return {
        look_name(key, look): Asked(
            len(each.of_kind(key[1])) * each.answers * (multiple - before), each.longest(key[1])
        )
        for each in prompt_sets_of(battery)
        for key in kinds_of((each,))
        for look, (before, multiple) in enumerate(pairwise(battery.looks), start=2)
    }


def kinds_of(sets: Iterable[ProbeSet]) -> tuple[tuple[str, str], ...]:
    """The kinds of prompts that can be asked again, each with its set."""
    return tuple(
        (each.name, kind)
        for each in sets
        if not each.greedy
        for kind in dict.fromkeys(one.kind for one in each.prompts)
    )


def look_name(key: tuple[str, str], look: int) -> str:
    """The name of the answers to a kind of prompts at a later look, after the model's."""
    named = "-".join(re.findall(r"[A-Za-z0-9]+", " ".join(key)))
    return f"{named}-look-{look}-{_SAMPLED}"


@dataclass(frozen=True)
class Group:
    """Prompts that are asked in one go: equally often, and with the same most tokens of an answer."""

    name: str
    """Of its artifact, after the model's."""
    greedy: bool
    answers: int
    tokens: int
    prompts: tuple[tuple[ProbeSet, ProbePrompt], ...]


def groups_of(sets: Sequence[ProbeSet]) -> tuple[Group, ...]:
    """The prompts of these sets by how they are asked."""
    found: dict[tuple[bool, int, int], list[tuple[ProbeSet, ProbePrompt]]] = {}
    for each in sets:
        for prompt in each.prompts:
            key = (each.greedy, each.answers, each.longest(prompt.kind))
            found.setdefault(key, []).append((each, prompt))
    taken = set[str]()
    groups = []
    for (greedy, answers, tokens), prompts in found.items():
        kind = GREEDY if greedy else _SAMPLED
        name = f"{answers}x{tokens}-{kind}" if kind in taken else kind
        taken.add(kind)
        groups.append(Group(name, greedy, answers, tokens, tuple(prompts)))
    return tuple(groups)


def requests_judged(context: StudyContext) -> dict[str, str]:
    """The requests whose answers a judge model reads, as they are put to a model, by the names of their prompts."""
    title = LANGUAGES[context.battery.language].title
    read = tuple(judged_prompts(context.battery))
    return {
        key_of(each, prompt.id): prompt.prompt_for(title, chat=True).user
        for each in prompt_sets_of(context.battery)
        for prompt in each.prompts
        if any(each.name == one.prompt_set and (not one.kinds or prompt.kind in one.kinds) for one in read)
    }


def questions_of(context: StudyContext) -> tuple[Prompt, ...]:
    """Every prompt of the study's battery, in the order in which they are asked."""
    return tuple(
        prompt for group in groups_of(prompt_sets_of(context.battery)) for _, prompt in asked_of(group, context)
    )


def asked_of(group: Group, context: StudyContext) -> Iterator[tuple[str, Prompt]]:
    """Yield the prompts of a group by name, as a model without a changed prompt is asked them."""
    language = LANGUAGES[context.battery.language].title
    for each, prompt in group.prompts:
        yield key_of(each, prompt.id), prompt.prompt_for(language, chat=context.spec.model.chat)


def prompts_of(group: Group, change: PromptChange | None, context: StudyContext) -> Iterator[tuple[str, Prompt]]:
    """Yield the prompts of a group by name, as a candidate is asked them."""
    for key, prompt in asked_of(group, context):
        yield key, change.apply(prompt) if change else prompt


def key_of(probe_set: ProbeSet, prompt_id: str) -> str:
    """The name of a prompt among the samples of a model."""
    return f"{probe_set.name}/{prompt_id}"
