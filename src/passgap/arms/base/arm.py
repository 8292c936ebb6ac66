"""The interface of an arm."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from passgap.arms._matched_control import MatchedControl
from passgap.arms.base.candidate import Candidate
from passgap.arms.base.lab import DeclaredStudy, Lab
from passgap.arms.base.origin import Origin
from passgap.arms.base.work import Work
from passgap.errors import StudyError
from passgap.recipes import Recipe
from passgap.records.yields import Minimum, YieldForecast
from passgap.spec import StudySpec
from passgap.spec.draft import DraftSections
from passgap.spec.section import Section

if TYPE_CHECKING:  # a study is checked with its arms, and needs nothing of what it takes to carry them out
    from passgap.estimates import Counts
    from passgap.stages.evaluation import Evaluation
    from passgap.store import SamplesArtifact

S = TypeVar("S", bound=Section)

POOL_REFERENCES = "pool-references"
"""In the place of external data: the reference solutions of the pool's problems."""

Place = Callable[[str], str]
"""The full path of a field of an arm's section, as the person wrote it: ``training.epochs`` may stand under
``arms.ssd``, or at the top level, where it stood in the first form of a study."""


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
    changes_prompts: ClassVar[bool] = False
    """Whether it puts text before prompts, or into a system turn: a gap that is asked for by a model's own marks has no
    place for that."""
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
