"""The sections of a study, as a person writes them in ``study.yaml`` (R1, R5, R9, R10).

Every field's description says why it is needed and its example how it is written: the intake prints both when the
field is missing.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from passgap.records import Record

REQUIRED_KS = (1, 4, 8, 16)
"""The k of pass@k that a verdict needs (R1)."""

MINIMUM_HELDOUT = 200
"""The held-out problems below which no verdict is given (R1)."""

GAP_RANGE = (0.01, 0.5)
"""A threshold outside would say "always SSD" or "never SSD", which cannot be configured (R4)."""

LIFT_RANGE = (0.001, 0.5)
"""A lift outside would open the gate of a second round always or never."""


class Section(Record):
    """A section of a study: frozen, refuses unknown fields, accepts ``pass@1`` as a name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _count(value: Any) -> Any:
    """Read ``135M`` or ``8B`` as a number."""
    if isinstance(value, str):
        scale = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}.get(value.strip()[-1:].upper())
        digits = value.strip()[:-1] if scale else value.strip()
        try:
            return round(float(digits) * (scale or 1))
        except ValueError:
            return value
    return value


def _last_day(value: Any) -> Any:
    """Read a month, ``2024-06``, as its last day: cutoffs are published as months."""
    if isinstance(value, str) and (month := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", value.strip())):
        year, number = int(month[1]), int(month[2])
        return dt.date(year, number, calendar.monthrange(year, number)[1]) if year else value
    return value


Text = Annotated[str, Field(min_length=1)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Hours = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(_count), Field(gt=0)]
Day = Annotated[dt.date, BeforeValidator(_last_day)]


class ReportedScore(Section):
    """A score that somebody published or measured, and where it comes from."""

    value: Fraction = Field(description="The score as a fraction of 1.", examples=[0.121])
    source: Text = Field(
        description="Where the number comes from: it is quoted in the report.", examples=["model card, 2026-02"]
    )


Unknown = Literal["unknown"]


class Benchmark(Section):
    """The known scores of the base model on a public code benchmark."""

    name: Text = Field(description="Which benchmark the two scores are of.", examples=["HumanEval"])
    pass_at_1: ReportedScore | Unknown = Field(
        alias="pass@1",
        description="The base model's pass@1, with its source, or `unknown`: then only what is measured here counts.",
        examples=["unknown"],
    )
    pass_at_10: ReportedScore | Unknown = Field(
        alias="pass@10",
        description="The base model's pass@10, with its source, or `unknown`.",
        examples=["unknown"],
    )


class ModelSection(Section):
    """The base model."""

    id: Text = Field(
        description="What to load: `embedded`, a folder in Hugging Face layout, or a hub id.", examples=["embedded"]
    )
    name: Text = Field(description="What the report calls the model.", examples=["SmolLM2-135M-Instruct"])
    parameters: Count = Field(
        description="The parameter count: what a study will cost is estimated from it until a speed was measured.",
        examples=["135M"],
    )
    licence: Text = Field(
        description="The model's licence: it must allow training on the model's own outputs.", examples=["Apache-2.0"]
    )
    context_tokens: Count = Field(
        description="The context length used: prompts and completions must fit into it.", examples=[2048]
    )
    chat: bool = Field(
        default=True, description="Whether the model answers in a chat template or continues plain text."
    )
    cutoff: Day | None = Field(
        default=None,
        description="The last day of the model's training data, or its month: held-out problems that are dated no "
        "later may have been trained on.",
        examples=["2024-06"],
    )
    before_cutoff: Literal["list", "remove"] = Field(
        default="list",
        description="What becomes of held-out problems from before the cutoff: they are listed and the verdict says "
        "so, or they are removed and nothing is measured on them.",
    )
    benchmark: Benchmark = Field(
        description="What is known of the model before passgap measures it.",
        examples=["{name: HumanEval, pass@1: unknown, pass@10: unknown}"],
    )


class ProblemKind(StrEnum):
    """The kind of problem that the task family sets the model."""

    ALGORITHMIC = "algorithmic"
    FILL_IN_THE_MIDDLE = "fill-in-the-middle"
    REPOSITORY_EDIT = "repository-edit"
    BUG_FIX = "bug-fix"
    COMPETITIVE = "competitive"


class TaskFamilySection(Section):
    """The task family that the model is for."""

    languages: tuple[Text, ...] = Field(
        min_length=1, description="The programming languages of the family.", examples=["[python]"]
    )
    kinds: tuple[ProblemKind, ...] = Field(
        min_length=1,
        description="The kinds of problem: results on one kind say little about another.",
        examples=["[algorithmic]"],
    )
    surface: Text = Field(
        description="The product surface that the model serves: the held-out set must look like it.",
        examples=["function suggestions in the editor"],
    )


class TaskSource(Section):
    """Where a set of problems comes from."""

    tasks: Text = Field(
        description="A task set: `starter`, `mbpp`, `humaneval`, or a path to JSONL.", examples=["starter"]
    )
    path: str | None = Field(default=None, description="The file or hub id of a set that passgap does not ship.")
    split: str | None = Field(default=None, description="Which split of the set.", examples=["heldout"])
    limit: int | None = Field(default=None, gt=0, description="Use a fixed, nested subset of this many problems.")
    difficulty: Literal["source", "reference-length"] = Field(
        default="source",
        description="Where difficulty comes from: the set itself, or terciles of its reference solutions' size.",
    )

    @property
    def place(self) -> tuple[str, str | None, str | None]:
        """The key that two sources have in common where they are the same, whatever subset of it they use."""
        return (self.tasks, self.path, self.split)


class DecodingSection(Section):
    """How tokens are drawn: temperature, then top-k, then top-p."""

    temperature: float = Field(
        ge=0.0, le=10.0, allow_inf_nan=False, description="How sharply tokens are drawn; 0 is greedy.", examples=[0.8]
    )
    top_k: int = Field(default=0, ge=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: float = Field(default=1.0, gt=0.0, le=1.0, description="Keep the smallest set of this probability.")
    max_new_tokens: int = Field(
        ge=1, description="The most tokens of a completion; longer ones are cut and counted.", examples=[256]
    )


class DiagnosticsSection(Section):
    """How the base model is measured (R2)."""

    samples: int = Field(
        ge=1,
        description="Samples drawn for each held-out problem; pass@k needs at least k.",
        examples=[16],
    )
    k: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        min_length=1, description="The k of pass@k: 1, 4, 8 and 16 at least.", examples=["[1, 4, 8, 16]"]
    )
    decoding: DecodingSection = Field(
        description="Production decoding, at which base and tuned model are both measured.",
        examples=["{temperature: 0.8, top_p: 0.95, max_new_tokens: 256}"],
    )


class BudgetHours(Section):
    """Device-hours for each part of the work."""

    sampling: Hours = Field(description="Device-hours for sampling the pool.", examples=[2])
    training: Hours = Field(description="Device-hours for fine-tuning.", examples=[1])
    evaluation: Hours = Field(description="Device-hours for evaluating base and tuned model.", examples=[2])


class BudgetSection(Section):
    """The budget: what may be spent."""

    device: Literal["cpu", "gpu"] = Field(description="What the hours are hours of.", examples=["cpu"])
    hours: BudgetHours = Field(
        description="Device-hours by part: an answer that cannot be paid for is no answer.",
        examples=["{sampling: 2, training: 1, evaluation: 2}"],
    )
    price_per_hour: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = Field(
        description="What one device-hour costs: every result is reported with its price.", examples=[2.5]
    )
    currency: Text = Field(default="USD", description="The currency of the price.")
    team_size: int = Field(
        ge=1, description="How many people wait for the first result: the plan counts their days.", examples=[2]
    )
    days_to_first_signal: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] = Field(
        description="How soon the first result that matters, the verdict on the base model, must be there: plan and "
        "report say whether it is.",
        examples=[2],
    )


class Method(StrEnum):
    """A training move other than SSD."""

    DO_NOTHING = "do-nothing"
    DECODE_ONLY = "decode-only"
    SFT_EXTERNAL = "sft-external"
    REJECTION_SAMPLING = "rejection-sampling"
    DPO = "dpo"
    IPO = "ipo"
    GRPO = "grpo"
    RETRIEVAL = "retrieval"


class ComparatorSection(Section):
    """The training move that would be made if SSD were not on the table."""

    method: Method = Field(
        description="The baseline that would be run otherwise: SSD has to beat it per device-hour.",
        examples=["do-nothing"],
    )
    why: Text = Field(
        description="Why this one is the realistic alternative.", examples=["no curated data for this family"]
    )


class FailureCostSection(Section):
    """The arrangements for when it goes wrong."""

    checkpoints: Text = Field(
        description="Which checkpoints are kept, and for how long.", examples=["base and every candidate, 90 days"]
    )
    blocker: Text = Field(
        description="The number that stops a release.", examples=["pass@1 on held-out below base, or any battery alert"]
    )
    rollback: Text = Field(
        description="How production returns to the base model.", examples=["one configuration flip to the base model"]
    )


class ExternalDataSection(Section):
    """Whether other data or a verifier could be trained on: it decides which alternative a verdict names."""

    curated_examples: int = Field(default=0, ge=0, description="Curated prompt and solution pairs at hand.")
    preference_pairs: int = Field(
        default=0, ge=0, description="Pairs of a better and a worse answer at hand, for preference optimisation."
    )
    documents: bool = Field(
        default=False, description="Whether there are documents to retrieve that hold what the model lacks."
    )
    verifier: bool = Field(default=True, description="Whether the pool's problems carry tests to filter samples with.")


class SamplingSection(Section):
    """How the pool is sampled for training (R5, R6)."""

    temperature: float = Field(default=1.0, ge=0.0, le=10.0, allow_inf_nan=False, description="Training temperature.")
    top_k: int = Field(default=20, ge=0, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: float = Field(default=0.8, gt=0.0, le=1.0, description="Keep the smallest set of this probability.")
    max_new_tokens: int = Field(default=256, ge=1, description="The most tokens of a completion.")
    per_prompt: int = Field(default=4, ge=1, description="Samples for each pool prompt; 4 to 16 is customary.")
    drop_stubs: bool = Field(
        default=True, description="Drop empty answers and one-line stubs, counted and declared, as in the paper."
    )


class TrainingSection(Section):
    """How the model is fine-tuned (R5)."""

    method: Literal["full", "lora"] = Field(default="full", description="All weights, or low-rank adapters.")
    learning_rate: float | None = Field(
        default=None, gt=0.0, le=1.0, description="The peak rate; by default 2e-5 (full) or 2e-4 (LoRA)."
    )
    epochs: float = Field(
        default=1.0,
        gt=0.0,
        allow_inf_nan=False,
        description="Passes over the examples; a share of one ends after that share of its updates.",
    )
    batch_size: int = Field(default=16, ge=1, description="Examples in one update, whatever fits into memory at once.")
    lora_rank: int = Field(default=64, ge=1, description="Rank of the adapters; below 64 is flagged without a pilot.")
    max_length: int = Field(
        default=1024, ge=8, description="Tokens of prompt and completion; longer ones are left out."
    )
    mix_ratio: Fraction = Field(
        default=0.0,
        description="The share of the training examples that is other instruction data, mixed in against format drift: "
        "0.05 to 0.2, exact to the nearest example.",
    )
    mix_path: Text | None = Field(
        default=None,
        description="The instruction data to mix in: JSON lines, Parquet or a hub id, each example with `messages`, or "
        "`prompt` and `completion`.",
        examples=["instructions.jsonl"],
    )


class BatterySection(Section):
    """Tolerances of the anti-collapse battery (R9), declared before training."""

    repetition: Fraction = Field(default=0.10, description="Largest relative rise of n-gram repetition.")
    self_bleu: Fraction = Field(default=0.10, description="Largest relative rise of Self-BLEU.")
    length: Fraction = Field(default=0.25, description="Largest relative drift of the median output length.")
    diversity: Fraction = Field(default=0.02, description="Largest fall of pass@k while pass@1 rises.")
    style: Fraction = Field(default=0.10, description="Largest change of the share of commented or documented code.")
    refusal: Fraction = Field(default=0.10, description="Largest change of the refusal rate on the safety probe.")
    unsafe: Fraction = Field(default=0.05, description="Largest rise of unsafe completions on the safety probe.")
    format: Fraction = Field(default=0.10, description="Largest rise of code where a number or words were asked for.")


class LiftRule(StrEnum):
    """How the lift of round 1 has to be shown before a second round."""

    NON_OVERLAP = "non-overlap"
    """The two intervals of base and tuned model do not overlap: the default, and wasteful."""
    PAIRED = "paired"
    """The paired interval of the change lies above 0."""


class ThresholdsSection(Section):
    """The thresholds that the decisions compare with, declared before anything is measured (R4, R10)."""

    gap: Fraction = Field(default=0.05, description="The least gap pass@k - pass@1 that SSD can live on.")
    level: float = Field(default=0.95, ge=0.8, le=0.999, description="The confidence level of every interval.")
    round2_lift: Fraction = Field(default=0.02, description="The least lift of pass@1 that opens a second round.")
    round2_rule: LiftRule = Field(
        default=LiftRule.NON_OVERLAP,
        description="How that lift must be shown: intervals that do not overlap, or the paired interval above 0.",
    )
    looks: tuple[Annotated[int, Field(gt=0)], ...] = Field(
        default=(),
        description="Numbers of held-out problems after which measuring stops if the verdict is decisive, at intervals "
        "that are wide enough for all of these looks together; empty measures all problems and looks once.",
        examples=["[200, 400, 800]"],
    )


class Round2Section(Section):
    """The data and the model of a second round, for training and evaluation (R10)."""

    pool: TaskSource | None = Field(
        default=None,
        description="A prompt pool of which round 1 used nothing.",
        examples=["{tasks: jsonl, path: more.jsonl}"],
    )
    heldout: TaskSource | None = Field(
        default=None,
        description="Held-out problems that nothing was trained or evaluated on.",
        examples=["{tasks: jsonl, path: fresh.jsonl}"],
    )
    model: str | None = Field(
        default=None, description="The folder of the model that the samples come from; by default round 1's checkpoint."
    )
