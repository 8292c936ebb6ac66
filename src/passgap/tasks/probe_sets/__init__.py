"""The prompts of the battery's own probes, as package data: safety, style and format."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from passgap.records import Prompt, Record, digest_of

PROBE_SETS = ("safety", "style", "format")


class ProbePrompt(Record):
    """One prompt of a probe set; its kind says what is looked at."""

    id: str
    kind: str
    text: str

    def prompt_for(self, *, chat: bool) -> Prompt:
        """Return the prompt: a chat turn with nothing begun for the model, or a question and the start of an answer."""
        return Prompt(user=self.text) if chat else Prompt(user=f"Question: {self.text}\n\nAnswer:", chat=False)


class ProbeSet(Record):
    """A named, versioned list of prompts."""

    name: str
    prompts: tuple[ProbePrompt, ...]

    @property
    def digest(self) -> str:
        """The hash that the pre-registration names."""
        return digest_of(self)

    def of_kind(self, *kinds: str) -> tuple[ProbePrompt, ...]:
        """The prompts of the given kinds, in order."""
        return tuple(prompt for prompt in self.prompts if prompt.kind in kinds)


@cache
def load_probe_set(name: str) -> ProbeSet:
    """Read one of :data:`PROBE_SETS`."""
    text = resources.files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return ProbeSet.model_validate(yaml.safe_load(text))
