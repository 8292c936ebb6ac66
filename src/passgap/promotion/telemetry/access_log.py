"""Access logs of proxies as telemetry: lines of JSON that ``passgap export`` has a proxy write become rows of calls.

A line holds what a proxy knows of a call: no token, no text and no reading of the answer. Users are kept by their keyed
hash, as the gateway keeps them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from passgap.errors import StoreError
from passgap.messages import describe_errors
from passgap.promotion.routing.keyed_hash import pseudonym_of
from passgap.promotion.telemetry.reading import telemetry_folder
from passgap.promotion.telemetry.rows import CallRow, Outcome, Role, TokenSource
from passgap.store.files import read_json, write_json, writing

HEADERS = {
    "mirrored": "x-passgap-mirrored",
    "shadow_share": "x-passgap-shadow-share",
    "canary_share": "x-passgap-canary-share",
    "config": "x-passgap-config",
}
"""The request headers in which a proxy's routes say what they do, for the log; each is overwritten."""

ENVOY_FORMAT = {
    "time": "%START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "upstream": "%UPSTREAM_CLUSTER%",
    **{name: f"%REQ({header.upper()})%" for name, header in HEADERS.items()},
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "request_bytes": "%BYTES_RECEIVED%",
    "response_bytes": "%BYTES_SENT%",
    "milliseconds": "%DURATION%",
    "first_byte_milliseconds": "%RESPONSE_DURATION%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "content_type": "%RESP(CONTENT-TYPE)%",
}
"""The line of a call, but for its listener and user, in Envoy's operators (https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/
access_log/usage). The listener of copies is ``mirror``."""

BUCKET_HEADER = "x-passgap-bucket"
BUCKETS = 100
"""Where a proxy cannot split by a hash, each call brings its user's bucket: two digits."""

FILE = "access-log.json"
INSTANCE = "proxy"
"""In the names of the files with the rows."""

_OUTCOMES = {
    "DC": Outcome.CLIENT_CLOSED,
    "UT": Outcome.TIMEOUT,
    "SI": Outcome.TIMEOUT,
    "DT": Outcome.TIMEOUT,
    "UF": Outcome.UNREACHABLE,
    "UH": Outcome.UNREACHABLE,
    "NC": Outcome.UNREACHABLE,
    "UO": Outcome.UNREACHABLE,
    "UC": Outcome.UPSTREAM_CUT,
    "UR": Outcome.UPSTREAM_CUT,
    "UPE": Outcome.UPSTREAM_CUT,
}
"""By Envoy's response flags, the first that fits."""


class Line(BaseModel):
    """One line of the log; a field that a proxy has nothing for is null or ``-``."""

    listener: str = ""
    """``mirror`` for copies; a proxy with one listener tells them by ``authority``."""
    authority: str = ""
    time: dt.datetime
    request_id: str = Field(min_length=1)
    path: str
    upstream: str | None
    """``NAME@CHECKPOINT``."""
    user: str | None
    bucket: int | None
    """Of the user, where a share is a set of buckets."""
    mirrored: bool
    shadow_share: float
    canary_share: float
    config: str
    status: int
    flags: str
    request_bytes: int
    response_bytes: int
    milliseconds: float
    first_byte_milliseconds: float | None
    attempts: int
    content_type: str | None


def buckets_of(share: float) -> int:
    """The number of buckets of a share."""
    return round(share * BUCKETS)


@dataclass(frozen=True)
class Shares:
    """Facts of the experiment, for logs that do not say it themselves."""

    candidate: str
    """Its checkpoint, whose calls are the canary's; upstreams may name it by its beginning."""
    shadow: float = 0.0
    canary: float = 0.0
    """By buckets, from ``canary_since`` on; until then those of the shadow."""
    canary_since: dt.datetime | None = None


class _Progress(BaseModel):
    """How far logs were read, and rows were written: what is beyond was written by a process that was killed."""

    read: dict[str, int] = Field(default_factory=dict)
    """Bytes by the file's device and inode, which stay when it is renamed."""
    written: dict[str, int] = Field(default_factory=dict)
    """Bytes by the name of a file of rows."""


def import_access_log(study: Path, log: Path, shares: Shares, *, secret: bytes) -> int:
    """Turn new lines of access logs into rows of telemetry, each once, also where a process is killed meanwhile.

    Args:
        study: its folder.
        log: a file, or a folder with files ``access.jsonl`` and what a rotation made of them, at any depth.
        shares: what the log does not say.
        secret: the key of the users' hashes.

    Returns:
        The number of rows.

    Raises:
        StoreError: there is no log, or a line is none of a call.
    """
    files = sorted(log.rglob("access.jsonl*")) if log.is_dir() else [log]
    if not files or not all(each.is_file() for each in files):
        raise StoreError(f"there is no access log at {log}", ["Name a file, or a folder with files `access.jsonl`."])
    folder, state = telemetry_folder(study), study / "promotion" / FILE
    known = _Progress.model_validate(read_json(state)) if state.exists() else _Progress()
    progress = known.model_copy(deep=True)
    for name, size in progress.written.items():
        path = folder / name
        if path.exists() and path.stat().st_size > size:
            with path.open("rb+") as handle:
                handle.truncate(size)
    rows = 0
    for path in files:
        status = path.stat()
        key = f"{status.st_dev}:{status.st_ino}"
        before = progress.read.get(key, 0)
        begin = before if before <= status.st_size else 0  # else it was emptied
        found, progress.read[key] = _rows(path, begin, shares, secret)
        _append(folder, found, progress)
        rows += len(found)
    if progress != known:
        write_json(state, progress.model_dump())
    return rows


def _append(folder: Path, rows: Sequence[CallRow], progress: _Progress) -> None:
    by_day: dict[str, list[str]] = {}
    for row in rows:
        by_day.setdefault(f"calls-{row.time:%Y-%m-%d}.{INSTANCE}.jsonl", []).append(row.model_dump_json() + "\n")
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, lines in by_day.items():
            content = "".join(lines).encode()
            with (folder / name).open("ab") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            progress.written[name] = progress.written.get(name, 0) + len(content)


def _rows(path: Path, begin: int, shares: Shares, secret: bytes) -> tuple[list[CallRow], int]:
    rows = []
    with path.open("rb") as handle:
        handle.seek(begin)
        for line in handle:
            if not line.endswith(b"\n"):
                break
            try:
                known = {name: value for name, value in json.loads(line).items() if value not in ("-", None)}
                read = Line.model_validate({**_EMPTY, **known})
            except (ValueError, AttributeError) as error:
                told = describe_errors(error.errors()) if isinstance(error, ValidationError) else str(error)
                raise StoreError(
                    f"{path} holds a line that is no call in the format of `passgap export`",
                    [f"{told}: {line[:120]!r}"],
                ) from error
            rows.append(_row(read, shares, secret))
            begin += len(line)
    return rows, begin


_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("upstream", "user", "bucket", "first_byte_milliseconds", "content_type")),
    **{"mirrored": False, "shadow_share": 0.0, "canary_share": 0.0, "config": "", "flags": ""},
    **dict.fromkeys(("status", "request_bytes", "response_bytes", "milliseconds", "attempts"), 0),
}
"""Of a line in which a proxy had nothing to say."""


def _row(line: Line, shares: Shares, secret: bytes) -> CallRow:
    name, _, checkpoint = (line.upstream or "").partition("@")
    copy = line.listener == "mirror" or line.authority.partition(":")[0].endswith("-shadow")
    candidate = bool(checkpoint) and shares.candidate.startswith(checkpoint)
    if line.bucket is not None:
        line = _by_bucket(line, line.bucket, shares, candidate=candidate)
    role = Role.NONE if not checkpoint else Role.SHADOW if copy else Role.PRODUCTION
    if role is Role.PRODUCTION and line.canary_share and candidate:
        role = Role.CANARY
    outcome = _outcome(line) if checkpoint else Outcome.REFUSED
    return CallRow(
        request_id=f"{line.request_id}-copy" if copy else line.request_id,
        pair_id=line.request_id,
        time=line.time,
        route=line.path.partition("?")[0],
        role=role,
        checkpoint=checkpoint or None,
        config_hash=line.config,
        upstream=name or None,
        model=None,
        stream=(line.content_type or "").startswith("text/event-stream"),
        user=pseudonym_of(secret, line.user) if line.user else None,
        key=None,
        canary_share=line.canary_share,
        shadow_share=line.shadow_share,
        mirrored=line.mirrored and not copy,
        status=line.status or None,
        outcome=outcome,
        error=None if outcome is Outcome.OK else line.flags or None,
        attempts=line.attempts,
        prompt_tokens=None,
        completion_tokens=None,
        token_source=TokenSource.NONE,
        request_bytes=line.request_bytes,
        response_bytes=line.response_bytes,
        queue_seconds=0.0,
        first_token_seconds=None if line.first_byte_milliseconds is None else line.first_byte_milliseconds / 1000.0,
        latency_seconds=line.milliseconds / 1000.0,
        finish_reason=None,
        upstream_request_id=None,
        gateway="access log",
    )


def _by_bucket(line: Line, bucket: int, shares: Shares, *, candidate: bool) -> Line:
    """The shares that held for a call: a user's bucket decides, and what is routed otherwise is in no comparison."""
    if shares.canary_since is None or line.time < shares.canary_since:
        return line.model_copy(update={"mirrored": bucket < buckets_of(shares.shadow)})
    as_declared = (bucket < buckets_of(shares.canary)) == candidate
    return line.model_copy(update={"canary_share": shares.canary if as_declared else 0.0})


def _outcome(line: Line) -> Outcome:
    flags = line.flags.split(",")
    told = next((outcome for flag, outcome in _OUTCOMES.items() if flag in flags), None)
    if told is not None:
        return told
    if line.status == 0:
        return Outcome.UPSTREAM_CUT
    if line.status >= 500:
        return Outcome.UPSTREAM_ERROR
    return Outcome.CLIENT_ERROR if line.status >= 400 else Outcome.OK
