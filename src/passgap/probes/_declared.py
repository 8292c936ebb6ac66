"""The battery that a study declared: its probes, and the edition of the rules and prompts that hold for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from passgap.languages import DEFAULT_LANGUAGE, LANGUAGES, RULES, language_called
from passgap.probes._reading import missing_reader

EDITION = 4
"""The edition that a study declares now.

1. A drift raises an alert by its value alone; the sets have 20 to 40 prompts, asked twice, for Python.
2. An alert needs a drift that is shown beyond chance over the whole battery; the sets have 50 to 150 prompts of each
   kind, for the first language of the task family, and what each probe can resolve is registered before training.
3. Comments, documentation, types, names, layout and errors are read from the syntax of code, by a reader that is
   declared for each language of the task family; each held-out completion is read in its problem's language.
4. Prompts are asked again where a probe is undecided, at looks that are declared, and an alert is read off the
   sequential p-value of the drift in the direction that counts; the sets have 70 to 200 prompts of each kind.
"""


MOST_CHARACTERS = 1_000_000
"""The longest answer that is one: of a longer one nothing is read, since no model with a token limit gives it."""


@dataclass(frozen=True)
class DeclaredBattery:
    """The probes of a study, and the edition that they are carried out by."""

    probes: tuple[str, ...]
    """Their names, in order."""
    edition: int = EDITION
    language: str = "python"
    """The language that its prompts ask for."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """Prompt sets of the study's own by name, as JSON: they stand in the place of the battery's."""

    readers: Mapping[str, str] = field(default_factory=dict)
    """The readers of code by language, Python aside: a grammar with its version, or ``rules``."""

    @property
    def reads_syntax(self) -> bool:
        """Whether its probes of code read the syntax that a declared reader finds."""
        return self.edition >= 3

    def reader(self, language: str) -> str | None:
        """The reader of a language's code; rules where none was declared, and None where the edition names none."""
        return self.readers.get(language, RULES) if self.reads_syntax else None

    looks: tuple[int, ...] = (1,)
    """Answers to each prompt after each look, as multiples of those of the first."""

    @property
    def directed(self) -> bool:
        """Whether a drift is tested in the direction that counts alone."""
        return self.edition >= 4

    @property
    def reads(self) -> int:
        """The most characters of an answer that probes read: no time is lost on one that is endless."""
        return 100_000 if self.edition >= 4 else MOST_CHARACTERS

    @property
    def judged_together(self) -> bool:
        """Whether an alert needs a drift that is shown beyond chance over the whole battery."""
        return self.edition >= 2


def readers_here(languages: Iterable[str]) -> dict[str, str]:
    """The readers of code of a study that is declared here and now, by language."""
    known = (language_called(each) for each in languages)
    return {each.name: each.reader for each in known if each is not None and each.name != DEFAULT_LANGUAGE}


def missing_readers(battery: DeclaredBattery) -> Iterator[str]:
    """Yield a sentence on each declared reader that is not here as it was declared."""
    for language, reader in battery.readers.items():
        if language in LANGUAGES and (missing := missing_reader(language, reader)):
            yield missing
