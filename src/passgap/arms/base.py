"""The interface of an arm, the means that it may use, and the candidate that it yields."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import JsonValue

from passgap.arms._matched_control import MatchedControl
from passgap.errors import StudyError
from passgap.recipes import Recipe
from passgap.records import Decoding, DosePoint, Prompt, Record
from passgap.records.yields import Minimum, YieldForecast, YieldOf
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.draft import DraftSections
from passgap.spec.section import Section

if TYPE_CHECKING:  # a study is checked with its arms, and needs nothing of what it takes to carry them out
    from passgap.decisions import DecodingChoice
    from passgap.estimates import Counts
    from passgap.ports import Executor, ModelReference, Sampler, Trainer
    from passgap.stages import StageContext, StageCost
    from passgap.stages.evaluation import Evaluation
    from passgap.store import LedgerEntry, SamplesArtifact
    from passgap.tasks.splits import Splits

S = TypeVar("S", bound=Section)

POOL_REFERENCES = "pool-references"
"""In the place of external data: the reference solutions of the pool's problems."""

Place = Callable[[str], str]
"""The full path of a field of an arm's section, as the person wrote it: ``training.epochs`` may stand under
``arms.ssd``, or at the top level, where it stood in the first form of a study."""


class Origin(StrEnum):
    """The origin of the data that an arm trains on or shows, which decides what it may be called.

    Only an arm on raw own samples is minimal self-distillation (arXiv 2604.01193): filtering adds a signal that the
    model's distribution does not have, and external data add knowledge.
    """

    RAW_OWN = "raw own samples"
    """The model's own samples, right or wrong, less empty answers and stubs."""
    FILTERED_OWN = "filtered own samples"
    """The model's own samples, selected, paired or rewarded by something that judges them."""
    THINNED_OWN = "randomly thinned own samples"
    """The model's own samples, drawn at random: nothing judges the single sample, and yet how many are drawn is taken
    from an arm that filters, so that they are not raw."""
    EXTERNAL = "external data"
    """Data that the model did not write."""
    NONE = "none"
    """Nothing is trained or shown."""


class DeclaredStudy(Protocol):
    """A study with its problems, before anything is measured for an arm."""

    @property
    def spec(self) -> StudySpec: ...

    @property
    def splits(self) -> Splits:
        """The problems: the pool without contamination, and the held-out problems that candidates are evaluated on."""
        ...


class Lab(DeclaredStudy, Protocol):
    """The means that an arm may use. Its attributes are the arguments of the stages (:mod:`passgap.stages`)."""

    @property
    def stage(self) -> StageContext:
        """The folder, the clock and the progress report of every stage."""
        ...

    @property
    def base(self) -> Evaluation:
        """The base model at production decoding on the held-out problems."""
        ...

    @property
    def level(self) -> float:
        """The level of the intervals that the verdict rests on."""
        ...

    @property
    def seed(self) -> int:
        """The root seed of sampling the pool and of training: an arm can be repeated with several. Evaluations use the
        study's seed."""
        ...

    def label(self, name: str) -> str:
        """The name of an artifact, less the stage, in this repetition of the arm: ``ssd``, and ``ssd-seed-2`` for a
        further seed. Samples that arms share, as those of the pool, keep their name: their inputs have the seed."""
        ...

    def questions(self) -> tuple[Prompt, ...]:
        """Every prompt that the base model is asked: those of the held-out problems, then the battery's."""
        ...

    def base_model(self) -> ModelReference:
        """The base model: its folder, or its name on a server."""
        ...

    def base_folder(self) -> Path:
        """The folder with the base model's weights.

        Raises:
            StudyError: the weights are not here.
        """
        ...

    def sampler(self, model: ModelReference) -> AbstractContextManager[Sampler]:
        """Open a model for sampling, and free it afterwards."""
        ...

    def executor(self) -> AbstractContextManager[Executor]:
        """Open the sandbox, and leave no process behind."""
        ...

    def trainer(self, kind: str) -> Trainer[Any]:
        """Open the trainer for a kind of job."""
        ...

    def model_digest(self, folder: Path) -> str:
        """The hash of a model folder's weights, configuration and tokenizer."""
        ...

    @property
    def course(self) -> Course | None:
        """How far the fine-tune of an arm whose recipe is searched goes (:attr:`Arm.searchable`); None to its end."""
        ...

    def registration(self, arm: str) -> LedgerEntry:
        """The ledger entry that allows an arm to be carried out.

        Raises:
            StudyError: there is none, or the study was edited after it was written.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Course:
    """How far a fine-tune goes that is carried out in parts."""

    dose: float
    """The share of its updates, as a fraction of 1; rounded up to a whole update."""
    work: Path
    """The folder of its checkpoints, from which a later part goes on."""

    def stop_after(self, updates: int) -> int | None:
        """The update to stop after; None for the end."""
        stop = math.ceil(Fraction(str(self.dose)) * updates)
        return stop if stop < updates else None


@dataclass(frozen=True)
class Work:
    """A step that takes device-hours: samples that are drawn, and perhaps run; or a fine-tune on them."""

    part: Part
    """Of the budget, from which it is paid."""
    name: str
    """Of its artifacts, less the stage: ``base-heldout`` of ``base-heldout-samples``; ``ssd`` of ``ssd-model``."""
    samples: int
    longest: int | None = None
    """The most tokens that a sample can have; None for production decoding's limit."""
    run: bool = False
    """Whether the samples are run in the sandbox too; of a fine-tune, whether they are drawn and run within it."""
    runs: int = 1
    """The times that each sample is run, as on several inputs."""
    results: str | None = None
    """The name of the artifact of the runs, less ``-results``; None where it is that of the samples."""
    draw: bool = True
    """Whether the samples are drawn for it; not where another work draws them, and this one runs them."""
    title: str = ""
    """Its name in a plan."""
    seen: int | None = None
    """Examples that the updates of a fine-tune go through, each counted as often as it is seen."""
    updates: int | None = None
    """Of a fine-tune."""
    made_from: Mapping[str, JsonValue] = field(default_factory=dict)
    """Inputs of its artifact, by dotted path: what is on disk with these need not be done again, and two arms that need
    the same work share it."""


class TrainingCounts(Record):
    """The counts of a fine-tune."""

    noun: ClassVar[str] = "examples"
    """The word for what is trained on."""
    loss_unit: ClassVar[str] = "nats per token"

    trained: int
    """Examples."""
    steps: int
    tokens: int
    """On which a loss was taken, over all epochs."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss in ``loss_unit``)."""
    dose: tuple[DosePoint, ...] = ()
    """The loss on own samples that were held back, in the course of the fine-tune."""
    held_back_examples: int = 0
    processes: int = 1
    """That shared the fine-tune."""
    peak_memory_bytes: int | None = None
    """The most main memory that they held; None where it was not measured."""
    peak_device_bytes: int | None = None
    """The most GPU memory that they reserved; None without a GPU."""


@dataclass(frozen=True)
class PromptChange:
    """How a candidate's prompts differ from the base model's."""

    caption: str
    apply: Callable[[Prompt], Prompt]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The result of an arm: a way to answer that is evaluated, probed and compared like every other one."""

    arm: str
    model: ModelReference
    decoding: Decoding
    """At which it is evaluated, and would serve."""
    prompt_change: PromptChange | None = None
    """None where it is asked as the base model is."""
    compared_on: frozenset[str] | None = None
    """The held-out problems that it may be compared on; None for all. A setting that was chosen on problems is compared
    on others."""
    costs: tuple[StageCost, ...] = ()
    """Of making it, less its evaluation and its answers to the probes."""
    facts: tuple[tuple[str, str], ...] = ()
    """Facts for the report on how it was made, each with its label."""
    registration: str | None = None
    """The hash of the ledger entry that it was made under; None where nothing is registered."""
    training: TrainingCounts | None = None
    """The counts of its fine-tune, for ``passgap train --json``."""
    yielded: Mapping[YieldOf, float] = field(default_factory=dict)
    """Its yield, to be set against what was forecast (:meth:`Arm.forecast`)."""
    choice: DecodingChoice | None = None
    """How its decoding was chosen; None for production decoding."""
    evaluation: Evaluation | None = None
    """Its held-out samples, where the arm had to draw them to make it; None lets the study draw them."""
    counts: Counts | None = None
    """The counts to compare, where they are not simply those of ``evaluation``."""
    samples_per_call: int = 1
    """Completions that are drawn for one answer, as where the best of several is chosen."""

    @property
    def checkpoint(self) -> Path:
        """The folder of its model.

        Raises:
            AttributeError: its model is on a server.
        """
        folder: Path = self.model.folder  # type: ignore[union-attr]
        return folder

    def level(self, declared: float) -> float:
        """The level at which an interval on it is computed, to hold the declared one."""
        return declared if self.choice is None else self.choice.method.level(declared)


class Arm(ABC, Generic[S]):
    """Something that can be done with a base model.

    A subclass sets the class variables; all text that it gives goes into messages and reports as it is.
    """

    name: ClassVar[str]
    """In ``study.yaml``, on the command line, in artifacts and in reports: lower case letters, digits and dashes."""
    caption: ClassVar[str]
    """In tables."""
    position: ClassVar[float] = 100.0
    """The order in which arms are run and shown."""
    Section: ClassVar[type[Section]]
    """Its block of ``study.yaml``, under ``arms``."""
    always_declared: ClassVar[bool] = False
    """Whether a study that does not name it declares it with its defaults."""
    in_every_run: ClassVar[bool] = False
    """Whether every run of a study that declares it includes it; other arms run where they are called for or named."""
    trains: ClassVar[bool] = True
    """Whether weights are changed: then it runs only where the weights are."""
    data_field: ClassVar[str] = "data"
    """The field of its section that :meth:`data` is declared in, for messages."""
    data_in_pairs: ClassVar[bool] = False
    """Whether the rows of :meth:`data` are pairs of a better and a worse answer."""
    origin: ClassVar[Origin] = Origin.NONE
    """Of the data that it trains on or shows. An arm that trains names one, and only :attr:`Origin.RAW_OWN` may be
    called minimal."""

    minimum: ClassVar[Minimum | None] = None
    """The least that it needs to learn from, unless its section has another amount (``minimum_yield`` of
    :class:`passgap.spec.arm_section.ArmSection`): below it, it is refused by name before it costs anything. None where
    nothing that :meth:`forecast` foretells can be too little."""

    searchable: ClassVar[bool] = False
    """Whether a pilot can search its recipe: its section has the blocks ``sampling`` and ``training``, and its
    fine-tune goes as far as :attr:`Lab.course` says."""

    @property
    def preregistered(self) -> bool:
        """Whether its recipe is written into the ledger before it is carried out: if it trains, or registers anything.

        The settings of any other arm are declared before anything is measured, and bind the study from then on.
        """
        return self.trains or type(self).registered is not Arm.registered

    def origin_of(self, section: S) -> Origin:
        """The origin of the data, where what is declared decides it."""
        return self.origin

    def control_for(self, section: S) -> MatchedControl | None:
        """The arm whose lift it splits into causes, where it is a control for one; None where it stands for itself."""
        return None

    def refusals(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield each reason for which a study that declares this section is refused. Nothing is loaded for it."""
        yield from ()

    def flags(self, section: S, study: DraftSections, at: Place) -> Iterator[str]:
        """Yield what is allowed in this section and yet worth a second look."""
        yield from ()

    def flags_as_comparator(self, study: DraftSections) -> Iterator[str]:
        """Yield what is worth saying of a study that names this arm as comparator, and may not declare it."""
        yield from ()

    def lacks(self, section: S, study: DeclaredStudy, at: Place) -> Iterator[str]:
        """Yield what the problems of a study lack for this arm, now that they are loaded."""
        yield from ()

    def undeclared(self) -> StudyError:
        """The refusal where a study does not declare the arm and somebody asks for it."""
        return StudyError(
            f"the study does not declare the arm `{self.name}`",
            [
                f"arms.{self.name}: missing. An arm is declared before it is run. Example: "
                f"`arms: {{{self.name}: {{}}}}`."
            ],
        )

    def section_of(self, spec: StudySpec) -> S:
        """The section of a study that declares this arm.

        Raises:
            StudyError: it does not.
        """
        if self.name not in spec.arms:
            raise self.undeclared()
        section: Any = spec.arms[self.name]
        return section  # type: ignore[no-any-return]

    def declared(self, section: S, spec: StudySpec) -> tuple[tuple[str, str], ...]:
        """The lines of a report on the section, each with its label."""
        return ()

    def mix(self, section: S, pool: int) -> tuple[str, float, int] | None:
        """The instruction data to mix in: file, share of all examples, and at most how many own examples are beside it.

        Args:
            section: of the arm.
            pool: the number of pool problems.
        """
        return None

    def data(self, section: S) -> str | None:
        """The data of other origin that the arm trains on: a file, a folder or a hub id.

        :data:`~passgap.arms.base.POOL_REFERENCES` stands for the reference solutions of the pool. The study loads them,
        takes out what is too close to a held-out problem, and gives the rest as ``splits.external`` of this arm.
        """
        return None

    def work(self, section: S, spec: StudySpec, heldout: int, pool: int) -> tuple[Work, ...]:
        """Return the work that making the candidate takes, before it is evaluated.

        Args:
            section: of the arm.
            spec: the study.
            heldout: how many held-out problems it is evaluated on.
            pool: how many problems the pool has.
        """
        return ()

    def work_in(self, section: S, study: DeclaredStudy) -> tuple[Work, ...]:
        """The work, now that the study's problems and its data are loaded."""
        return self.work(section, study.spec, len(study.splits.heldout.problems), len(study.splits.pool.problems))

    def forecast(self, section: S, study: DeclaredStudy, counts: Counts) -> YieldForecast | None:
        """Forecast the yield of the arm, before it costs anything; None where counts cannot tell.

        Hours, money and the minimum are added by the study, from :meth:`work_in` and :attr:`minimum`.

        Args:
            section: of the arm.
            study: with its pool.
            counts: scored and passed samples of problems like those of the pool, or of the pool itself
                (:func:`passgap.arms.yields.pool_yield`).
        """
        return None

    def registered(self, section: S, study: DeclaredStudy) -> Recipe:
        """Exactly what :meth:`produce` reads of the study, as it is pre-registered."""
        return Recipe()

    def findings(self, section: S, lab: Lab, evaluated: Evaluation) -> tuple[tuple[str, str], ...]:
        """Facts for the report that take the candidate's held-out samples, each with its label.

        Args:
            section: of the arm.
            lab: with the base model's evaluation on the same problems.
            evaluated: the candidate's.
        """
        return ()

    def sample(self, section: S, lab: Lab) -> SamplesArtifact:
        """Draw the samples that the candidate is made from: what ``passgap sample`` does.

        Raises:
            StudyError: there are none.
        """
        raise StudyError(f"the {self.name} arm is not made from samples", ["Nothing is drawn before it is evaluated."])

    @abstractmethod
    def produce(self, section: S, lab: Lab) -> Candidate:
        """Make the candidate; what is on disk is not made again.

        Raises:
            StudyError: it is not pre-registered as it stands, or nothing could be made.
            EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
        """
