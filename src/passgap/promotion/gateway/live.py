"""The settings in force: read again when their file changes, and never exchanged for worse.

A file that is invalid, names a key that is not there, changes what only a start can change, or sends production's calls
to an upstream that does not answer, and an alias of the registry that no upstream serves, leave the settings in force
as they are, and the status says why.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from passgap.errors import PassgapError, StoreError, StudyError
from passgap.promotion.gateway.admission import Keys, keys_of
from passgap.promotion.gateway.aliases_file import aliases_path, read_aliases
from passgap.promotion.gateway.flip import Flip, flip_path, read_flip
from passgap.promotion.gateway.ports import UpstreamClient
from passgap.promotion.gateway.probes import Probe, probe
from passgap.promotion.gateway.settings_file import read_settings
from passgap.promotion.routing.keyed_hash import SECRET_BYTES
from passgap.promotion.routing.roles import with_roles
from passgap.promotion.routing.snapshot import Snapshot
from passgap.promotion.settings import GatewaySettings


@dataclass(frozen=True)
class InForce:
    """The configuration that a call is pinned to from its first byte to its last."""

    snapshot: Snapshot
    keys: Keys
    flip: Flip | None


FIXED = (
    *("listen", "admin", "limits.header_bytes", "limits.header_count", "limits.header_seconds", "limits.idle_seconds"),
    *("telemetry.secret_variable", "telemetry.reserve_bytes", "telemetry.pending_rows"),
    *("telemetry.spans", "telemetry.store"),
)
"""Fields that are read once, at the start."""


class LiveSettings:
    """The settings of one gateway.

    Args:
        path: of the file.
        client: asks upstreams before they take over.
        environment: holds the keys that the file names.

    Raises:
        PassgapError: the settings cannot be read, or are invalid.
    """

    def __init__(self, path: Path, client: UpstreamClient, environment: Mapping[str, str] = os.environ) -> None:
        self.path = path
        self.study = path.parent
        self.refused: str | None = None
        """Why the file as it stands is not in force; None where it is."""
        self.probes: dict[str, Probe] = {}
        self.considered: Flip | None = None
        """The flip that was last looked at, whether it is in force or refused."""
        self._client = client
        self._environment = environment
        self._seen = self._signature()
        self._settings, keys = self._read()
        self._resolved = self._resolved_at_start()
        variable = self._settings.telemetry.secret_variable
        self._secret = (
            environment[variable].strip().encode() if variable else kept_secret(self.study / "promotion" / "secret")
        )
        self.in_force = self._flipped(self._resolved, keys, read_flip(self.study))

    def current(self) -> InForce:
        """The configuration that a call that arrives now is pinned to."""
        return self.in_force

    async def refresh(self, *, forced: bool = False) -> bool:
        """Read the file and the flip where they have changed, and put them in force if they may be; whether they were.

        A flip does not wait for a sound file: it is applied to the settings in force.

        Args:
            forced: read them also where they look unchanged, as after a refusal that may have passed.
        """
        signature = self._signature()
        if signature == self._seen and not forced:
            return False
        settings, resolved, keys, problems = self._settings, self._resolved, self.in_force.keys, []
        try:
            settings, keys = self._read()
            resolved, unserved = with_roles(settings, read_aliases(self.study))
            problems = [*self._refusals(settings), *unserved]
        except PassgapError as error:
            problems = [error.summary, *error.problems]
        if problems:
            settings, resolved, keys = self._settings, self._resolved, self.in_force.keys
        flip = read_flip(self.study)
        wanted = self._flipped(resolved, keys, flip)
        not_ready = await self._not_ready(wanted)
        self._seen, self.considered = signature, flip
        self.refused = "\n".join((*problems, *not_ready)) or None
        if not_ready:
            return False
        before, self.in_force, self._settings, self._resolved = self.in_force, wanted, settings, resolved
        return wanted.snapshot.config_hash != before.snapshot.config_hash or wanted.flip != before.flip

    async def look_at_upstreams(self) -> bool:
        """Probe production and base while they are warm; whether they answer otherwise than before."""
        pinned, before = self.in_force, dict(self.probes)
        for each in {pinned.snapshot.production.name, pinned.snapshot.base.name}:
            key = pinned.keys.upstreams.get(each)
            self.probes[each] = await probe(self._client, pinned.snapshot.upstreams[each], key)
        return self.probes != before

    def _read(self) -> tuple[GatewaySettings, Keys]:
        settings = read_settings(self.path)
        keys, problems = keys_of(settings, self._environment)
        if settings.telemetry.secret_variable is not None:
            problems.extend(self._faults_of_secret(settings.telemetry.secret_variable))
        if problems:
            raise StudyError(f"{self.path}: keys are missing", problems)
        return settings, keys

    def _resolved_at_start(self) -> GatewaySettings:
        """The settings with the registry's roles; where no upstream serves its candidate, without one.

        Raises:
            StudyError: no upstream serves what the registry has in production.
        """
        aliases = read_aliases(self.study)
        resolved, problems = with_roles(self._settings, aliases)
        if problems and aliases is not None:
            self.refused = "\n".join(problems)
            resolved, problems = with_roles(self._settings, aliases.model_copy(update={"candidate": None}))
        if problems:
            raise StudyError(f"{self.path}: the registry's roles cannot be had", problems)
        return resolved

    def _flipped(self, settings: GatewaySettings, keys: Keys, flip: Flip | None) -> InForce:
        return InForce(Snapshot(settings.rolled_back() if flip else settings, self._secret), keys, flip)

    def _refusals(self, then: GatewaySettings) -> list[str]:
        now = self._settings
        return [
            f"{name}: takes effect when the gateway is started again, so the whole file waits. Restart the gateway, or "
            f"undo this change."
            for name in FIXED
            if attrgetter(name)(now) != attrgetter(name)(then)
        ]

    async def _not_ready(self, wanted: InForce) -> list[str]:
        """Why an upstream that is to take production over cannot."""
        upstream = wanted.snapshot.production
        if upstream == self.in_force.snapshot.production or (wanted.flip is not None and wanted.flip.force):
            return []
        found = self.probes[upstream.name] = await probe(
            self._client, upstream, wanted.keys.upstreams.get(upstream.name)
        )
        if found.answers:
            return []
        return [
            f"{upstream.name} does not take over: {found.detail}. It is asked again every second. "
            f"`passgap rollback --force` sends the calls there all the same."
        ]

    def _signature(self) -> tuple[object, ...]:
        found: list[object] = []
        for path in (self.path, flip_path(self.study), aliases_path(self.study)):
            try:
                stat = path.stat()
                found += [stat.st_mtime_ns, stat.st_size, stat.st_ino]
            except OSError:
                found.append(None)
        return tuple(found)

    def _faults_of_secret(self, variable: str) -> list[str]:
        if len(self._environment.get(variable, "").strip().encode()) >= SECRET_BYTES:
            return []
        return [f"telemetry.secret_variable: {variable} is not set, or has fewer than {SECRET_BYTES} characters."]


def kept_secret(path: Path) -> bytes:
    """The secret of a file, which is made if it does not exist, and can be read by its user alone.

    Raises:
        StoreError: it cannot be written, or is damaged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            secret = bytes.fromhex(path.read_text().strip())
        else:
            secret = secrets.token_bytes(SECRET_BYTES)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secret.hex() + "\n")
    except (OSError, ValueError) as error:
        raise StoreError(
            f"the secret {path} cannot be used", [f"{error}. Restore it; a new one assigns users anew."]
        ) from error
    if len(secret) < SECRET_BYTES:
        raise StoreError(f"the secret {path} is damaged", ["Restore it; a new one assigns users anew."])
    return secret
