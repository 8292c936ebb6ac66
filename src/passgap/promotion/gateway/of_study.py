"""The gateways of a study that a command reaches: those of its folder, and with a shared store of all machines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from passgap.errors import PassgapError, StoreError, StudyError
from passgap.promotion.fetching import open_replicas
from passgap.promotion.gateway.aliases_file import publish_to_gateways
from passgap.promotion.gateway.shared_state import agree_on_all
from passgap.promotion.gateway.status import GatewayStatus, live_gateways
from passgap.promotion.registry.registry import Registry
from passgap.promotion.settings import GatewaySettings, Roles

if TYPE_CHECKING:
    from passgap.promotion.gateway.replicas import Replicas


class StudyGateways:
    """Their statuses, and the state that they follow.

    Args:
        study: its folder.
        settings: of the gateways here; None where they cannot be read, and nobody elsewhere is reached.
        environment: holds the store's address.
    """

    def __init__(self, study: Path, settings: GatewaySettings | None, environment: Mapping[str, str]) -> None:
        self._study = study
        self.by_registry = settings is not None and settings.roles is Roles.REGISTRY
        """Whether the registry says which checkpoint is in production, and not the file."""
        self._open = ExitStack()
        self._replicas: Replicas | None = None
        self.fault: str | None = None
        """Why the shared store cannot be used; None where it can, or there is none."""
        store = settings.telemetry.store if settings is not None else None
        if store is not None:
            try:
                self._replicas = self._open.enter_context(open_replicas(store, environment))
            except PassgapError as error:
                self.fault = " ".join(error.problems) or error.summary

    def __enter__(self) -> StudyGateways:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def follow(self, registry: Registry) -> None:
        """Let the gateways have the registry's aliases, where there is a registry."""
        if registry.production is not None and publish_to_gateways(registry, dt.datetime.now(dt.UTC)):
            self.agree()

    def agree(self) -> None:
        """Let the folder and the store have the same flip and the same aliases."""
        if self._replicas is not None:
            try:
                agree_on_all(self._study, self._replicas)
            except StoreError as error:
                self._lose(error)

    def alive(self) -> list[GatewayStatus]:
        """Their statuses; of one of this folder, as its own file says."""
        here = live_gateways(self._study)
        elsewhere: list[GatewayStatus] = []
        if self._replicas is not None:
            try:
                elsewhere = self._replicas.gateways()
            except StoreError as error:
                self._lose(error)
        names = {each.instance for each in here}
        return here + [each for each in elsewhere if each.instance not in names]

    def tell(self, done: str) -> None:
        """Say what the store has not taken.

        Raises:
            StudyError: there is a store, and it cannot be used.
        """
        if self.fault is not None:
            raise StudyError(
                f"{done} on this machine alone",
                [
                    f"The shared store cannot be used: {self.fault} A gateway here, or this command given again, tells "
                    f"the gateways of other machines when it can be; until then they go on as they were."
                ],
            )

    def _lose(self, error: StoreError) -> None:
        self.fault = " ".join(error.problems) or error.summary
        self._open.close()
        self._replicas = None
