"""The context of every step of a study: the declared spec, the folder, and the services that it works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import StudyError
from passgap.languages import language_called
from passgap.ports import EngineIdentity, Executor, FolderModel, ModelReference, Sampler, ServedModel
from passgap.probes import FIRST_PROBES, DeclaredBattery, battery_of_study, readers_here
from passgap.spec import Intake, ServerEngine, StudySpec
from passgap.spec.section import Section
from passgap.stages import StageContext
from passgap.store import LedgerEntry, StudyFolder
from passgap.study.chosen_recipe import flags_of_chosen
from passgap.study.compute_dtype import services_of
from passgap.study.own_prompt_sets import own_prompt_sets
from passgap.study.parameter_count import flags_of
from passgap.study.probe_needs import able_of
from passgap.study.services import Services

DECLARATION = "declaration"
EDITION_DECLARED = "battery_edition"
"""The field of the declaration that holds the edition of the battery; the first version wrote none."""
LOOKS_DECLARED = "battery_looks"
"""The field of the declaration that holds the looks of the battery; before the fourth edition there was one."""
REGISTRATION = "pre-registration"
VERDICT = "verdict"
ENGINE = "engine"
MODEL = "model"
READERS = "readers"
"""The field of the declaration that holds the readers of code by language."""
PROMPT_SETS = "prompt_sets"
"""The field of the declaration that holds the prompt sets of the study's own."""
JUDGE = "judge"
"""The identity that the server of the judge model states, before anything is judged."""
LOOK = "look"
GATE = "gate"
ROUND2 = "round-2"
"""A second round began, with the hash of the gate's entry that opened it."""
FRONTIER = "frontier"
"""The decodings of the frontier and how it is judged, before any of it was measured."""
BUDGET = "budget"
"""The budget was changed after the study was declared."""
CONFIRMATION = "confirmation"
"""The best of several arms was confirmed on problems that it was not chosen on."""
FAILURE = "failure"
"""An arm gave no candidate."""
PREDICTION = "prediction"
"""The kind of entry that holds the diagnostics' predictions for an arm, made before it is registered."""
PREDICTION_OUTCOME = "prediction-outcome"
"""The kind of entry that holds the outcome of an arm that there are predictions for."""
WAIVER = "waiver"
"""An alert of a probe was declared to stop nothing, and why."""
OVER_BUDGET = "over-budget"
"""Somebody let an arm begin that does not fit into the budget."""


@dataclass(frozen=True, kw_only=True)
class StudyContext:
    """One study at work."""

    intake: Intake
    folder: StudyFolder
    services: Services
    read_only: bool = False
    """Whether the study is only read (:mod:`.read_only`): nothing is measured, and no model is looked for."""
    chosen: dict[str, Section] = field(default_factory=dict)
    """The sections of arms whose recipe was chosen by a search: filled in as soon as one ends."""
    judge_faults: list[str] = field(default_factory=list)
    """Why the judge model gave no judgements in this process: it is not waited for again."""
    over_budget: bool = False
    """Whether a step may begin that does not fit into what is left of the budget; the ledger says so."""

    @property
    def spec(self) -> StudySpec:
        """The study as the person declared it, with the recipes that were chosen by a declared search."""
        declared = self.intake.spec
        return declared.model_copy(update={"arms": {**declared.arms, **self.chosen}}) if self.chosen else declared

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags of intake and of chosen recipes, and one where the model is of another size than declared."""
        said = flags_of(self.intake, self.services.parameters(self.spec.model.id))
        return (
            *said,
            *(flag for flag in flags_of_chosen(self.folder.ledger, self.spec, self.chosen) if flag not in said),
        )

    @property
    def stage(self) -> StageContext:
        """The surroundings of this study's stages."""
        return StageContext(folder=self.folder, clock=self.services.clock, progress=self.services.progress)

    @property
    def declared(self) -> bool:
        """Whether what decides is in the ledger."""
        return bool(self.folder.ledger.of_kind(DECLARATION))

    @property
    def probes(self) -> tuple[str, ...]:
        """The names of the battery's probes: as declared; those that there are now, where nothing was declared yet.

        A probe that was added or installed since is not shown for the study: its tolerance was not declared before
        training, and a report that was read yesterday would say something else today.
        """
        return self.battery.probes

    @property
    def battery(self) -> DeclaredBattery:
        """The battery as it was declared, or as it would be declared now."""
        languages = self.spec.task_family.languages
        known = language_called(languages[0])
        language = known.name if known is not None else languages[0]
        declared = self.folder.ledger.of_kind(DECLARATION)
        if not declared:
            probes = battery_of_study(self.spec.battery, language, able_of(self.spec))
            return DeclaredBattery(
                probes,
                language=language,
                own=self.own_prompt_sets(),
                readers=readers_here(languages),
                looks=self.spec.battery_looks,
            )
        payload = declared[0].payload if isinstance(declared[0].payload, dict) else {}
        names, edition = payload.get("probes"), payload.get(EDITION_DECLARED)
        probes = tuple(map(str, names)) if isinstance(names, list) else FIRST_PROBES
        if not isinstance(edition, int):
            return DeclaredBattery(probes, edition=1)
        own, readers, looks = (payload.get(name) for name in (PROMPT_SETS, READERS, LOOKS_DECLARED))
        return DeclaredBattery(
            probes,
            edition,
            language,
            own if isinstance(own, dict) else {},
            {name: str(each) for name, each in readers.items()} if isinstance(readers, dict) else {},
            tuple(each for each in looks if isinstance(each, int)) if isinstance(looks, list) else (1,),
        )

    def own_prompt_sets(self) -> dict[str, JsonValue]:
        """The prompt sets that the study gives in the place of the battery's, as their files are now.

        Raises:
            StudyError: everything that is wrong with them.
        """
        return own_prompt_sets(self.spec, self.folder.path)

    def base_model(self) -> ModelReference:
        """The base model: its folder, or its name on a server."""
        return self.services.resolve_model(self.spec.model.id)

    def base_folder(self) -> Path:
        """The folder with the base model's weights.

        Raises:
            StudyError: the weights are not here, so nothing can be trained.
        """
        model = self.base_model()
        if isinstance(model, FolderModel):
            return model.folder
        raise StudyError(
            "a model on a server can be measured, not trained",
            [
                f"engine.name: training needs the weights of `{model.name}` here. Name the model's folder or hub id "
                f"under `model.id` with `engine: {{name: local}}` in a study of its own. With a server, `verdict`, "
                f"`sample` and `plan` work, and `evaluate` for the arms that `engine.arms` names."
            ],
        )

    @property
    def trains(self) -> bool:
        """Whether a model can be trained in this study: its weights are here."""
        return not isinstance(self.spec.engine, ServerEngine)

    def served_arm(self, arm: str) -> ServedModel | None:
        """The model that a server has for an arm that was trained elsewhere, where the study names one."""
        engine = self.spec.engine
        if not isinstance(engine, ServerEngine) or arm not in engine.arms:
            return None
        return ServedModel(name=engine.arms[arm], base_url=engine.base_url)

    @cached_property
    def computing(self) -> Services:
        """The services whose engine and trainer compute in the study's floating-point type."""
        return services_of(self)

    @contextmanager
    def sampler(self, model: ModelReference) -> Iterator[Sampler]:
        """Open a model for sampling and free it afterwards: two models need not fit into memory at once.

        What a server says of itself goes into the ledger before anything is drawn from it, and so does the digest of
        the base model's weights: a study's samples are of one model, and can be read when it is gone.
        """
        served = isinstance(model, ServedModel)
        entries = self.folder.ledger.of_kind(ENGINE) if served else []
        recorded = [EngineIdentity.model_validate(entry.payload) for entry in entries]
        sampler = self.computing.open_sampler(model, recorded)
        try:
            if served and sampler.identity not in recorded:
                self.record(ENGINE, sampler.identity.model_dump(mode="json"))
            if isinstance(model, FolderModel) and not self.read_only:
                self._note_model(model, sampler.identity.model_digest)
            yield sampler
        finally:
            sampler.close()

    def _note_model(self, model: FolderModel, digest: str) -> None:
        """Write down which weights the study's model has; a fine-tune of the study says so itself.

        The pilot of a plan is drawn before the study is declared, and binds it to nothing.
        """
        if model.folder.is_relative_to(self.folder.artifacts) or not self.declared:
            return
        entries = (entry.payload for entry in self.folder.ledger.of_kind(MODEL))
        earlier = [each for each in entries if isinstance(each, dict) and each.get("id") == self.spec.model.id]
        now: dict[str, JsonValue] = {"id": self.spec.model.id, "digest": digest}
        if (counted := self.services.parameters(self.spec.model.id)) is not None:
            now["parameters"] = counted
        if not earlier or earlier[-1] != now:
            self.record(MODEL, now)

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Open the sandbox and leave no process behind."""
        executor = self.services.open_executor()
        try:
            yield executor
        finally:
            executor.close()

    def record(self, kind: str, payload: JsonValue) -> LedgerEntry:
        """Put an entry into the ledger."""
        return self.folder.ledger.append(kind, payload, who=self.services.who, time=self.services.clock.now())

    def record_once(self, kind: str, payload: JsonValue) -> bool:
        """Put an entry into the ledger unless it holds one that says the same; says whether it is new.

        An earlier version may have said less, and sentences that explain an entry may be worded otherwise.
        """
        if self.recorded(kind, payload) is not None:
            return False
        self.record(kind, payload)
        return True

    def recorded(self, kind: str, payload: JsonValue) -> LedgerEntry | None:
        """The first entry of the ledger that says the same; None where there is none."""
        return next((each for each in self.folder.ledger.of_kind(kind) if _says(each.payload, payload)), None)

    def note(self, text: str) -> None:
        """Say something to whoever looks; of a study that is only read there is nothing to say."""
        if not self.read_only:
            self.services.progress.note(text)


def _says(written: JsonValue, now: JsonValue) -> bool:
    """Whether all that was written holds now, less the sentences that explain it.

    The first version wrote down the one results file of a verdict where there is a list of them now.
    """
    if not isinstance(written, dict) or not isinstance(now, dict):
        return written == now
    facts = {name: value for name, value in written.items() if name not in ("justification", "why")}
    return all(now.get(name) in (value, [value]) for name, value in facts.items())
