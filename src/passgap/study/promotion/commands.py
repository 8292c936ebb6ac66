"""The commands of a study about its checkpoints: their registry, promotion, monitors and retention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from passgap.arms import arm_of
from passgap.decisions.promotion import PromotionWaiver
from passgap.errors import PassgapError, StudyError
from passgap.paths import AnyPath
from passgap.promotion.exports import DEPLOYMENTS, Deployment, Experiment, write_deployment
from passgap.promotion.fetching import open_replicas
from passgap.promotion.gateway.aliases_file import publish_to_gateways
from passgap.promotion.gateway.settings_file import read_settings
from passgap.promotion.gateway.shared_state import agree_on_all
from passgap.promotion.monitoring.report import CanaryReport
from passgap.promotion.registry import Checkpoint, Collected, Registry, State, collect_expired
from passgap.promotion.registry.mlflow_aliases import publish_aliases
from passgap.promotion.serve import settings_path
from passgap.promotion.settings import Roles
from passgap.store import study_lock
from passgap.study.opened import OpenStudy
from passgap.study.promotion.following import follow_mlflow
from passgap.study.promotion.promoting import move_checkpoint, promote_arm
from passgap.study.promotion.registered import registry_of, signature_of
from passgap.study.promotion.watching import RollBack, watch_candidate


class PromotionCommands(OpenStudy):
    """The commands on checkpoints of finished arms; each takes the study's lock."""

    @property
    def registry(self) -> Registry:
        """The registry of its checkpoints."""
        return registry_of(self._context)

    def promote(
        self,
        arm: str,
        *,
        seed: int | None = None,
        second_round: bool = False,
        why: str = "",
        waivers: Sequence[PromotionWaiver] = (),
        key: AnyPath | None = None,
    ) -> Checkpoint:
        """Register the checkpoint of a finished arm as candidate, if the evidence carries it; nothing is measured.

        Args:
            arm: that trained it.
            seed: of several that the arm is repeated with; None for the first.
            second_round: whether the checkpoint of its second round is meant.
            why: in a sentence, for the ledger.
            waivers: for objections that somebody answers for.
            key: the file of a private key, which signs the checkpoint first.

        Raises:
            StudyError: there is no such checkpoint, or the evidence does not carry it, with every reason.
        """
        with study_lock(self.folder.path):
            follow_mlflow(self._now)
            name = arm_of(arm).name
            signer = None if key is None else Path(key)
            one = promote_arm(self._now, name, seed=seed, second=second_round, why=why, waivers=waivers, key=signer)
            self._publish()
            return one

    def move_checkpoint(
        self, name: str, state: State, *, why: str, waivers: Sequence[PromotionWaiver] = ()
    ) -> Checkpoint:
        """Change the state of a registered checkpoint, given its id, the beginning of one, or an alias.

        Raises:
            StudyError: the state cannot follow, the monitors do not advise it, or the files are not those that were
                registered.
        """
        with study_lock(self.folder.path):
            follow_mlflow(self._now)
            one = move_checkpoint(self._now, name, state, why=why, waivers=waivers)
            self._publish()
            return one

    def canary(self, roll_back: RollBack | None = None, access_log: AnyPath | None = None) -> CanaryReport:
        """Read what the monitors of the candidate under traffic have not read yet, and say what to do with it.

        Args:
            roll_back: called with the reasons where a guardrail has alarmed; None leaves that to the caller.
            access_log: of a proxy, a file or a folder, whose new lines are taken as telemetry first.

        Raises:
            StudyError: no candidate gets traffic, or the rules were changed since it did.
        """
        with study_lock(self.folder.path):
            followed = True
            try:
                follow_mlflow(self._now)
            except PassgapError as error:  # a candidate is watched, and rolled back, by the ledger then
                followed = False
                self._context.note(f"{error.summary}: {' '.join(error.problems)}")
            report = watch_candidate(self._now, roll_back, None if access_log is None else Path(access_log))
            self._publish(to_mlflow=followed)
            return report

    def export_deployment(self, target: str, folder: AnyPath) -> Deployment:
        """Write the experiment of `serve.yaml` for another traffic manager.

        Args:
            target: `envoy`, `argo`, `kserve`, or another that is installed.
            folder: a new folder.

        Raises:
            StudyError: there is no such target, or it cannot carry the experiment out, with every reason.
        """
        settings = read_settings(settings_path(self.folder.path))
        experiment = Experiment(
            study=self.declared.name,
            settings=settings,
            rules=self.declared.promotion_rules,
            weights={name: self._files_of(each.checkpoint) for name, each in settings.upstreams.items()},
        )
        return write_deployment(DEPLOYMENTS[target], experiment, Path(folder))

    @property
    def follows_mlflow(self) -> bool:
        """Whether MLflow's aliases decide which checkpoint is production and which the candidate."""
        declared = self.declared.promotion_rules.mlflow
        return declared is not None and declared.decides == "mlflow"

    def follow_aliases(self) -> None:
        """Take over MLflow's aliases where the study declares that they decide, and tell the gateways.

        Raises:
            StudyError: an alias names what it cannot name; nothing is changed.
            StoreError: MLflow cannot be read.
        """
        with study_lock(self.folder.path):
            follow_mlflow(self._now)
            self._publish()

    def _publish(self, *, to_mlflow: bool = True) -> None:
        """Bring gateways and MLflow to the registry; where that fails, say so: the ledger has it all."""
        for publish in (self._publish_to_gateways, *((self._publish_to_mlflow,) if to_mlflow else ())):
            try:
                publish()
            except PassgapError as error:
                self._context.note(f"{error.summary}: {' '.join(error.problems)}")

    def _publish_to_mlflow(self) -> None:
        declared = self.declared.promotion_rules.mlflow
        if declared is not None:
            publish_aliases(self.registry, declared, self.declared.name)

    def _publish_to_gateways(self) -> None:
        """Write the aliases that gateways may follow, here and into the store that those of other machines read."""
        if self.registry.production is None:
            return
        publish_to_gateways(self.registry, self._now.services.clock.now())
        path = settings_path(self.folder.path)
        settings = read_settings(path) if path.exists() else None
        if settings is not None and settings.roles is Roles.REGISTRY and settings.telemetry.store is not None:
            with open_replicas(settings.telemetry.store) as replicas:
                agree_on_all(self.folder.path, replicas)

    def _files_of(self, checkpoint: str) -> str | None:
        """The folder of a checkpoint within the study, or the base model's address on the hub; None without either."""
        try:
            one = self.registry.find(checkpoint)
        except StudyError:
            return None
        whole, study = one.location.resolve() if one.location is not None else None, self.folder.path.resolve()
        if whole is not None and whole.is_relative_to(study):
            return whole.relative_to(study).as_posix()
        name = self.declared.model.id
        on_hub = name.count("/") == 1 and not name.startswith((".", "~", "/")) and not Path(name).exists()
        return f"hf://{name}" if one.is_base and on_hub else None

    def collect(self, *, delete: bool = True) -> Collected:
        """Delete the files of checkpoints that were retired longer ago than `promotion.retention_days`."""
        with study_lock(self.folder.path):
            context = self._now
            days = context.spec.promotion_rules.retention_days
            return collect_expired(self.registry, days=days, by=signature_of(context), delete=delete)
