"""Supervised fine-tuning on data that the model did not make: curated examples, or the pool's reference solutions.

It imports knowledge, so it is never self-distillation, and is compared with it as the alternative that it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from passgap.arms.base import POOL_REFERENCES, Arm, Candidate, DeclaredStudy, Lab, Origin, Place, Work
from passgap.recipes import Recipe, examples_seen, training_config, updates_of
from passgap.records.yields import Minimum, YieldForecast, YieldOf
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.draft import DraftSections
from passgap.spec.fine_tuning import CompletionsSection, adapters_without_effect
from passgap.spec.repetitions import RepeatedSection
from passgap.spec.section import Text

if TYPE_CHECKING:
    from passgap.arms.external_data.choice import Choice
    from passgap.estimates import Counts

CHARACTERS_PER_TOKEN = 3.0
"""Of code, about, for predictions before anything is encoded."""

UNSTATED = (
    "no licence is declared. Weights that were trained on data are bound by their licence: `licence: CC-BY-4.0`, or "
    "what the data say."
)


class ExternalTrainingSection(CompletionsSection):
    """How the model is fine-tuned on external data; nothing is mixed in, as all of the data are external."""


class SftExternalSection(RepeatedSection):
    """Data of other origin, and the fine-tune on them."""

    data: Text = Field(
        default=POOL_REFERENCES,
        description="JSON lines, Parquet, a folder of such files or a hub id, each example with `messages`, or "
        "`prompt` and `completion`; or `pool-references`: the reference solutions of the pool's problems.",
        examples=["curated.jsonl"],
    )
    learn: Literal["every", "last"] = Field(
        default="every", description="The answers of a conversation that a loss is taken on: every one, or the last."
    )
    limit: int | None = Field(
        default=None, ge=1, description="The most examples, drawn by the study's seed; all where it is not given."
    )
    per_problem: int | None = Field(
        default=None, ge=1, description="The most examples with the same prompt; no such limit where it is not given."
    )
    licence: Text | None = Field(
        default=None, description="The licence of the data, for the report.", examples=["CC-BY-4.0"]
    )
    source: Text | None = Field(
        default=None, description="Where the data are from, for the report.", examples=["our code reviews of 2025"]
    )
    training: ExternalTrainingSection = ExternalTrainingSection()


class SftExternal(Arm[SftExternalSection]):
    """The base model, fine-tuned on somebody else's answers."""

    name = "sft-external"
    caption = "SFT on external data (imports knowledge)"
    position = 40.0
    Section = SftExternalSection
    origin = Origin.EXTERNAL
    minimum = Minimum(of=YieldOf.EXAMPLES, amount=1, why="there would be nothing to train on")

    def flags(self, section: SftExternalSection, study: DraftSections, at: Place) -> Iterator[str]:
        """Flag data without a licence, and a setting without effect."""
        if section.licence is None and section.data != POOL_REFERENCES:
            yield f"{at('licence')}: {UNSTATED}"
        yield from adapters_without_effect(section.training, at)

    def lacks(self, section: SftExternalSection, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Refuse data of which nothing is left."""
        external = study.splits.external[self.name]
        if external.data.examples:
            return
        if external.removed:
            yield (
                f"{at('data')}: all {external.removed} examples of {external.data.name} are too close to a held-out "
                f"problem, so that nothing may be trained on. Name other data."
            )
        else:
            yield (
                f"{at('data')}: the pool's problems carry no reference solutions. Name data of your own: "
                f"`data: curated.jsonl`."
            )

    def data(self, section: SftExternalSection) -> str | None:
        """As declared."""
        return section.data

    def declared(self, section: SftExternalSection, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """Where the data are from."""
        return (("external data", f"{section.data}, licence {section.licence or 'not declared'}"),)

    def choice(self, section: SftExternalSection, study: DeclaredStudy) -> Choice:
        """The examples that are trained on."""
        from passgap.arms.external_data.choice import choose  # noqa: PLC0415 - a study is checked without it

        return choose(
            self.name,
            study,
            references=section.data == POOL_REFERENCES,
            learn=section.learn,
            limit=section.limit,
            per_problem=section.per_problem,
        )

    def work(self, section: SftExternalSection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """The fine-tune, as if there were an example for each problem of the pool."""
        return self._fine_tune(section, min(pool, section.limit or pool), None)

    def work_in(self, section: SftExternalSection, study: DeclaredStudy) -> tuple[Work, ...]:
        """The fine-tune on the examples that there are, with answers as long as theirs are on average."""
        examples = study.splits.external[self.name].data.examples
        count = len(examples)
        length = sum(len(each.completion) for each in examples) / max(1, count) / CHARACTERS_PER_TOKEN
        longest = min(section.training.max_length, math.ceil(length))
        return self._fine_tune(section, min(count, section.limit or count), max(1, longest))

    def forecast(self, section: SftExternalSection, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """The examples that there are: they do not depend on what the model can do."""
        from passgap.estimates.yields import known  # noqa: PLC0415 - a study is checked without numerics

        if self.name not in study.splits.external:
            return None  # nobody declared which data
        examples, level = len(self.choice(section, study).examples), study.spec.thresholds.level
        return YieldForecast(
            arm=self.name,
            examples=known(examples, counts, level=level),
            steps=known(updates_of(examples, training_config(section.training)), counts, level=level),
        )

    def _fine_tune(self, section: SftExternalSection, examples: int, longest: int | None) -> tuple[Work, ...]:
        config = training_config(section.training)
        seen, updates = examples_seen(examples, config), updates_of(examples, config)
        return (
            Work(Part.TRAINING, self.name, examples, longest=longest, seen=seen, updates=updates, title="fine-tune"),
        )

    def registered(self, section: SftExternalSection, study: DeclaredStudy) -> Recipe:
        """The examples by their digest, and how the model is trained on them."""
        from passgap.arms.external_data import choice as rules  # noqa: PLC0415 - a study is checked without it

        chosen = self.choice(section, study)
        references = section.data == POOL_REFERENCES
        return Recipe(
            selection=rules.CHOICE_RULE,
            training=training_config(section.training),
            settings={
                "data_digest": chosen.digest,
                "examples": len(chosen.examples),
                "removed": chosen.removed,
                "learn": section.learn,
                "limit": section.limit,
                "per_problem": section.per_problem,
                "licence": section.licence,
                "source": section.source,
                "target": rules.REFERENCE_TARGET if references else rules.CURATED_TARGET,
            },
        )

    def produce(self, section: SftExternalSection, lab: Lab) -> Candidate:
        """Train on the examples; what is on disk is not trained again."""
        from passgap.arms.external_data.fine_tune import fine_tune  # noqa: PLC0415 - a study is checked without it

        return fine_tune(self.name, self.registered(section, lab), self.choice(section, lab), lab)


ARM = SftExternal()
