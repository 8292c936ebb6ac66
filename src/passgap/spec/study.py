"""A study: one (model, task family, budget) triple and everything that was declared about it."""

from __future__ import annotations

from pydantic import Field, PrivateAttr, SerializeAsAny

from passgap.records import Decoding, digest_of
from passgap.records.first_schema import FIRST_FIELDS
from passgap.spec.alternatives import ComparatorSection, ExternalDataSection, FailureCostSection
from passgap.spec.base_model import ModelSection
from passgap.spec.battery_looks import LOOKS, BatteryLooks
from passgap.spec.budget import BudgetSection
from passgap.spec.cluster import ClusterSection
from passgap.spec.decoding import decoding_of
from passgap.spec.development import DevelopmentSection
from passgap.spec.diagnostics import DiagnosticsSection
from passgap.spec.engines import EngineSection, LocalEngine, ServerEngine, VllmEngine
from passgap.spec.first_form import in_first_form, place
from passgap.spec.frontier import FrontierSection
from passgap.spec.judge import JudgeSection
from passgap.spec.pilot import PilotSection
from passgap.spec.problem_sets import TaskFamilySection, TaskSource
from passgap.spec.promotion import PromotionSection
from passgap.spec.race import RaceSection
from passgap.spec.section import Fraction, Section, Text
from passgap.spec.thresholds import Round2Section, ThresholdsSection
from passgap.spec.throughput import ThroughputSection


class StudySpec(Section):
    """A valid study."""

    name: Text = Field(description="What the study is called in its report.", examples=["autocomplete, spring"])
    seed: int = Field(default=0, ge=0, lt=2**63, description="The root of every random choice.")
    rehearsal: bool = Field(
        default=False,
        description="A run too small to decide anything: its verdict is labelled underpowered and cannot be promoted.",
    )
    model: ModelSection = Field(description="The base model that would be trained.")
    task_family: TaskFamilySection = Field(description="What the model is for.")
    heldout: TaskSource = Field(
        description="The problems to evaluate on, at least 200, none of them in the pool.",
        examples=["{tasks: starter, split: heldout}"],
    )
    pool: TaskSource = Field(
        description="The prompts to sample from and train on.", examples=["{tasks: starter, split: pool}"]
    )
    development: DevelopmentSection = DevelopmentSection()
    diagnostics: DiagnosticsSection = Field(description="How the base model is measured: no verdict without it.")
    budget: BudgetSection = Field(description="What may be spent: an answer that cannot be paid for is no answer.")
    comparator: ComparatorSection = Field(description="The baseline that SSD has to beat.")
    failure_cost: FailureCostSection = Field(description="What stops a release and how it is undone.")
    alternatives: ExternalDataSection = ExternalDataSection()
    arms: dict[str, SerializeAsAny[Section]] = Field(
        default={},
        description="What can be done with the base model, each arm with its own settings; SSD has defaults.",
        examples=["{ssd: {sampling: {per_prompt: 4}}, decode-only: {temperatures: [0, 0.4]}}"],
    )
    battery: dict[str, Fraction] = Field(
        default={},
        description="The tolerances of the anti-collapse battery, declared before training, by their names. The intake "
        "fills in the defaults (:func:`passgap.spec.tolerances.registered_tolerances`).",
    )
    battery_looks: BatteryLooks = Field(
        default=LOOKS,
        description="Answers to each of the battery's prompts after each look, as multiples of those of the first: "
        "more are asked where a probe is undecided. One look asks everything at once.",
        examples=["[1, 2, 4]"],
    )
    waivers: dict[str, Text] = Field(
        default={},
        description="Probes whose alert stops nothing, each with the reason; the ledger says since when.",
        examples=["{comments: the house style asks for fewer comments}"],
    )
    prompt_sets: dict[str, Text] = Field(
        default={},
        description="Files with prompt sets of one's own, in the place of the battery's of the same name.",
        examples=["{everyday: our-tasks.yaml}"],
    )
    judge: JudgeSection | None = Field(
        default=None,
        description="A judge model that reads the answers to the safety prompts; without it, the battery's rules do.",
        examples=["{model: gpt-5, base_url: https://api.openai.com/v1, key_variable: JUDGE_API_KEY}"],
    )
    pilot: PilotSection | None = Field(
        default=None,
        description="The search for an arm's recipe on development problems; without it, its section is the recipe.",
        examples=["{arm: ssd, recipes: [{temperature: 1.6, epochs: 4}, {temperature: 1.0, epochs: 1}]}"],
    )
    thresholds: ThresholdsSection = ThresholdsSection()
    round2: Round2Section = Round2Section()
    engine: EngineSection = LocalEngine()
    frontier: FrontierSection | None = Field(
        default=None,
        description="The decodings of `passgap frontier`, which has defaults; where it is declared, it is planned for.",
    )
    race: RaceSection | None = Field(
        default=None,
        description="Arms that race on development problems, and are measured no further once they are out.",
        examples=["{arms: [ssd, rejection-sampling], error: 0.05, money: 250}"],
    )
    promotion: PromotionSection | None = Field(
        default=None,
        description="How a promoted checkpoint is compared in production and kept; without it, the defaults hold.",
        examples=["{retention_days: 30}"],
    )
    cluster: ClusterSection | None = Field(
        default=None, description="A Ray cluster to sample and run programs on; without it, this machine does."
    )
    tracking: dict[str, SerializeAsAny[Section]] = Field(
        default={},
        description="Experiment trackers that results are written to as well. They decide nothing, so they are in no "
        "digest and may be changed at any time.",
        examples=["{mlflow: {uri: sqlite:///mlflow.db}, wandb: {project: passgap}}"],
    )
    throughput: ThroughputSection | None = Field(
        default=None,
        description="The speed by which `passgap plan` prices the study until one is measured; without it, a pilot is.",
        examples=["{tokens_per_second: 1500, tokens_per_sample: 4000, training_tokens_per_second: 3000, source: vLLM}"],
    )

    _first_form: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def digest(self) -> str:
        """The hash of everything declared, written out with its defaults: the same in either form of a study.

        A section that was added since schema 1 is part of it where it differs from its default.
        """
        first = FIRST_FIELDS["StudySpec"]
        fields = {
            name: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if name not in ("arms", "tracking")
            and (name in first or getattr(self, name) != field.get_default(call_default_factory=True))
        }
        return digest_of(in_first_form(fields, self.arms))

    def written_in(self, first_form: frozenset[str]) -> StudySpec:
        """The same study, of which these fields stand at the top level of the file, as they first did."""
        self._first_form = first_form
        return self

    def at(self, arm: str, field: str) -> str:
        """The path of a field of an arm as it was written: ``arms.ssd.training.epochs``; the arm's own, without one."""
        return place(f"arms.{arm}.{field}".removesuffix("."), self._first_form)

    @property
    def promotion_rules(self) -> PromotionSection:
        """The rules of promotion: as declared, or their defaults."""
        return self.promotion or PromotionSection()

    @property
    def production_decoding(self) -> Decoding:
        """The decoding of every evaluation."""
        return decoding_of(self.diagnostics.decoding)

    @property
    def begins_answers(self) -> bool:
        """Whether a chat model's answer is begun for it.

        Not every server's chat endpoint can go on with one, and a model that is to think first begins with that.
        """
        engine = self.engine
        if isinstance(engine, VllmEngine):
            return engine.thinking is None
        if not isinstance(engine, ServerEngine) or engine.tokenizer:
            return True
        return engine.dialect.continues_answers and engine.thinking is None
