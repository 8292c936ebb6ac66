"""The decode-only control: the base model at every declared setting, on the problems that it was measured on.

Decoding is the cheapest thing that could be changed instead of the weights, so it is swept before anybody trains, and
the verdict reads its lift. Production decoding joins the sweep with the base model's own samples. With interim
analyses, the sweep runs once, on the problems of the analysis that ended the measuring, at the level of these analyses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from passgap.arms.base import Arm, Candidate, Lab, Place, Work
from passgap.arms.decoding import label_of, stem
from passgap.errors import StudyError
from passgap.records import Decoding, Insufficient
from passgap.spec import PluginEngine, ServerEngine, StudySpec, unsupported_settings
from passgap.spec.budget import Part
from passgap.spec.decoding import decoding_of
from passgap.spec.draft import DraftSections
from passgap.spec.section import Section

if TYPE_CHECKING:
    from passgap.arms.decoding.sweep import Sweep
    from passgap.store import SamplesArtifact

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 1.0)
"""From greedy to the model's own distribution."""

SAMPLES = 4
"""The whole default sweep takes 17 samples a problem: about what measuring the base model at 16 takes."""

Temperature = Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)]
TopK = Annotated[int, Field(ge=0)]
TopP = Annotated[float, Field(gt=0.0, le=1.0)]


class SettingSection(Section):
    """One setting of the sweep. Its token limit is that of production decoding, or lengths would be compared."""

    temperature: Temperature = Field(description="How sharply tokens are drawn; 0 is greedy.", examples=[0.6])
    top_k: TopK = Field(default=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: TopP = Field(default=1.0, description="Keep the smallest set of this probability.")
    min_p: float = Field(
        default=0.0,
        ge=0.0,
        lt=1.0,
        description="Keep the tokens with at least this share of the most likely one's probability, in place of top-p; "
        "0 keeps all.",
    )
    best_of: int = Field(
        default=1,
        ge=1,
        description="Samples of each answer, of which the one counts that the model finds likeliest (mean "
        "log-probability per token). An answer costs as many.",
    )

    @model_validator(mode="after")
    def _one_nucleus(self) -> Self:
        if self.min_p > 0.0 and self.top_p < 1.0:
            raise ValueError("a setting with `min_p` or with `top_p`: engines apply the two in different orders")
        return self

    def decoding(self, max_new_tokens: int) -> Decoding:
        """The decoding of each sample."""
        return Decoding(
            temperature=self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            min_p=self.min_p,
            max_new_tokens=max_new_tokens,
        )


class DecodeOnlySection(Section):
    """The sweep: a grid of temperatures and truncations, or a list of settings. Production decoding always joins it."""

    temperatures: tuple[Temperature, ...] = Field(
        default=TEMPERATURES, min_length=1, description="Temperatures of the grid; 0 is greedy.", examples=["[0, 0.4]"]
    )
    top_k: tuple[TopK, ...] = Field(
        default=(),
        description="top-k of the grid, each with each temperature; empty takes that of production decoding.",
        examples=["[0, 20]"],
    )
    top_p: tuple[TopP, ...] = Field(
        default=(),
        description="top-p of the grid, each with each temperature; empty takes that of production decoding.",
        examples=["[0.9, 1.0]"],
    )
    settings: tuple[SettingSection, ...] = Field(
        default=(),
        description="The settings one by one, in place of the grid.",
        examples=["[{temperature: 0.6, top_p: 0.95}, {temperature: 0}]"],
    )
    samples: int = Field(
        default=SAMPLES, ge=1, description="Samples for each problem at each setting; greedy decoding needs one."
    )

    @property
    def mixed(self) -> bool:
        """Whether a grid and a list were both given: nobody could say which one was meant."""
        return bool(self.settings) and bool(self.model_fields_set & {"temperatures", "top_k", "top_p"})

    def sweep(self, production: Decoding) -> dict[str, Decoding]:
        """The settings to be sampled by their labels, each once; production decoding, measured anyway, is not one."""
        if self.settings:
            listed = ((each, each.decoding(production.max_new_tokens)) for each in self.settings)
            found = {label_of(decoding, each.best_of): decoding for each, decoding in listed}
            return {label: each for label, each in found.items() if label != production.label}
        grid = (self.temperatures, self.top_k or (production.top_k,), self.top_p or (production.top_p,))
        points = list(itertools.product(*grid))
        decodings = [
            Decoding(temperature=temperature, top_k=top_k, top_p=top_p, max_new_tokens=production.max_new_tokens)
            for temperature, top_k, top_p in points
        ]
        return {each.label: each for each in decodings if each.label != production.label}

    def samples_per_answer(self, production: Decoding) -> dict[str, int]:
        """How many samples are drawn for each answer, by the label of the setting, where it is more than one."""
        several = [each for each in self.settings if each.best_of > 1]
        return {label_of(each.decoding(production.max_new_tokens), each.best_of): each.best_of for each in several}

    def samples_at(self, decoding: Decoding) -> int:
        """How many samples a problem gets at a setting: greedy decoding would only repeat its first one."""
        return 1 if decoding.greedy else self.samples


class DecodeOnly(Arm[DecodeOnlySection]):
    """The base model at another decoding: the control that needs no training."""

    name = "decode-only"
    caption = "decoding alone (nothing trained)"
    position = 10.0
    Section = DecodeOnlySection
    in_every_run = True
    trains = False

    def refusals(self, section: DecodeOnlySection, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what leaves nothing to choose between, and settings that a server cannot be told."""
        diagnostics, engine = study.get("diagnostics"), study.get("engine")
        if section.mixed:
            yield (
                f"{at('settings')}: a list of settings and a grid of `temperatures`, `top_k` and `top_p` are both "
                f"given. Keep one of the two."
            )
            return
        if diagnostics is None:
            return
        production = decoding_of(diagnostics.decoding)
        sweep = section.sweep(production)
        if not sweep:
            yield (
                f"{at('')}: production decoding ({production.label}) is its only setting, so there is nothing to "
                f"choose between. Example: `temperatures: [0, 0.4]`."
            )
        yield from _without_likelihoods(section, engine, at)
        if isinstance(engine, PluginEngine) and any(each.min_p for each in sweep.values()):
            yield (
                f"{at('settings')}: `min_p` is not known to be understood by the engine `{engine.name}`, which another "
                f"distribution brings. Remove these settings."
            )
        if isinstance(engine, ServerEngine):
            said = set(unsupported_settings(engine.dialect, production))
            problems = (
                problem for setting in sweep.values() for problem in unsupported_settings(engine.dialect, setting)
            )
            for problem in dict.fromkeys(problems):
                if problem not in said:
                    yield f"{at('')}: {problem}"

    def flags_as_comparator(self, study: DraftSections) -> Iterator[str]:
        """Flag a comparator that is not swept."""
        if self.name not in study["arms"]:
            yield (
                "comparator.method: decode-only, and no `decode_only` section says which settings to sweep, so it is "
                "not run. Example: `decode_only: {temperatures: [0, 0.4]}`."
            )

    def undeclared(self) -> StudyError:
        """Say that a sweep is declared before anything is measured."""
        return StudyError(
            "the study declares no decode-only sweep",
            [
                "arms.decode-only: missing. It is declared before anything is measured, so a study that has begun "
                "needs a new folder for it. Example: `arms: {decode-only: {temperatures: [0, 0.4], samples: 4}}`."
            ],
        )

    def declared(self, section: DecodeOnlySection, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """The settings."""
        samples = f"{section.samples} samples per problem at each setting, 1 where greedy"
        return (("decode-only sweep", f"{'; '.join(section.sweep(spec.production_decoding))}: {samples}"),)

    def work(self, section: DecodeOnlySection, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Sampling and running every setting."""
        drawn = section.samples_per_answer(spec.production_decoding)
        return tuple(
            Work(
                Part.EVALUATION,
                f"{stem(label)}-heldout",
                heldout * section.samples_at(decoding) * drawn.get(label, 1),
                run=True,
                title="sweep decoding on the base model",
            )
            for label, decoding in section.sweep(spec.production_decoding).items()
        )

    def sample(self, section: DecodeOnlySection, lab: Lab) -> SamplesArtifact:
        """Refuse: there is no one set of samples."""
        raise StudyError(
            "the decode-only arm is sampled at several settings, one after the other",
            ["`passgap evaluate STUDY --arm decode-only` draws all of them, runs them, and chooses."],
        )

    def sweep(self, section: DecodeOnlySection, lab: Lab) -> Sweep:
        """Measure every setting and choose; what is on disk is not drawn or run again.

        Raises:
            EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
        """
        from passgap.arms.decoding.sweep import sweep_decodings  # noqa: PLC0415 - a study is checked without it

        settings = section.sweep(lab.spec.production_decoding)
        samples = {label: section.samples_at(decoding) for label, decoding in settings.items()}
        return sweep_decodings(lab, settings, samples, section.samples_per_answer(lab.spec.production_decoding))

    def produce(self, section: DecodeOnlySection, lab: Lab) -> Candidate:
        """The base model at the setting that the sweep chose.

        Raises:
            StudyError: nothing could be chosen.
        """
        swept = self.sweep(section, lab)
        if isinstance(swept.choice, Insufficient):
            raise StudyError("no decoding could be chosen", [swept.choice.insufficient])
        candidate = swept.candidate
        assert candidate is not None
        return candidate


def _without_likelihoods(section: DecodeOnlySection, engine: object, at: Place) -> Iterator[str]:
    """Refuse to choose by likelihood where it is not known, or where there is nothing to choose from."""
    several = [each for each in section.settings if each.best_of > 1]
    if several and not getattr(engine, "keep_logprobs", False):
        yield (
            f"{at('settings')}: `best_of` chooses by the log-probabilities of the drawn tokens, which the engine has "
            f"to keep. Set `engine.keep_logprobs: true` with the local engine or vLLM, or remove `best_of`."
        )
    if any(each.temperature < 1e-5 for each in several):
        yield f"{at('settings')}: `best_of` at temperature 0 draws the same sample again. Raise the temperature."


ARM = DecodeOnly()
