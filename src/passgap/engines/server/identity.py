"""The identity that a server reports, its own and that of the model that it serves."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from passgap.engines.server.faults import RefusedStudyError
from passgap.engines.server.transport import Transport
from passgap.errors import EngineError
from passgap.ports import EngineIdentity
from passgap.records import digest_of
from passgap.spec import Dialect

_OF_THE_CARD = ("owned_by", "root", "parent", "max_model_len", "meta")
"""Fields of a model's entry that stay as they are while it is served; times and random ids do not."""

_SERVER = "server version"

_OUTSIDE_API = {
    Dialect.VLLM: ("version", {"version": _SERVER}),
    Dialect.SGLANG: ("get_model_info", {"model_path": "model.path", "tokenizer_path": "model.tokenizer"}),
    Dialect.LLAMA_CPP: ("props", {"build_info": _SERVER, "model_path": "model.path"}),
}
"""Where each kind of server reports more, which of it can change a sample, and what that is called here."""

_NOT_THERE = f"HTTP {HTTPStatus.NOT_FOUND.value}"


async def reported_by(transport: Transport, dialect: Dialect, model: str) -> dict[str, str]:
    """Ask a server what it is and what it serves under this name.

    Raises:
        EngineError: it does not serve the model.
        NoAnswerError: it did not answer.
    """
    found: dict[str, str] = {}
    try:
        listed = (await transport.get("models")).get("data")
    except RefusedStudyError as fault:
        if not str(fault).startswith(_NOT_THERE):
            raise
        listed = None
    if isinstance(listed, list):
        cards = {str(card.get("id")): card for card in listed if isinstance(card, dict)}
        if model not in cards:
            raise EngineError(f"the server does not serve `{model}`", [_served(model, list(cards))])
        found |= dict(_flat("model", {name: cards[model][name] for name in _OF_THE_CARD if name in cards[model]}))
    if dialect in _OUTSIDE_API:
        path, names = _OUTSIDE_API[dialect]
        try:
            said = await transport.get(path, outside_api=True)
        except RefusedStudyError:
            said = {}
        found |= {called: str(said[name]) for name, called in names.items() if name in said}
    return found


def identity_of(model: str, base_url: str, declared: Mapping[str, str], reported: Mapping[str, str]) -> EngineIdentity:
    """The identity of a served model: what the study declares of the server, and what the server reports."""
    versions = dict(sorted({**declared, **{f"reported {name}": value for name, value in reported.items()}}.items()))
    return EngineIdentity(
        engine="server",
        model=model,
        model_digest=digest_of({"endpoint": base_url, "model": model, **versions}),
        dtype="as served",
        device=base_url,
        versions=versions,
    )


def refuse_another(before: EngineIdentity, now: EngineIdentity) -> None:
    """Compare what is served now with what this study's samples came from: everything of the same model, the server
    itself of another one.

    Raises:
        EngineError: it is another; every difference is named.
    """
    names = sorted({*before.versions, *now.versions}) if before.model == now.model else [f"reported {_SERVER}"]
    changes = [
        f"{name}: {before.versions.get(name, 'nothing')} before, {now.versions.get(name, 'nothing')} now"
        for name in names
        if before.versions.get(name) != now.versions.get(name)
    ]
    if not changes:
        return
    raise EngineError(
        f"the server at {before.device} is not the one that this study's samples came from",
        [
            *changes,
            "Samples of two servers are not mixed. Start the earlier one again, or begin a new study folder. What was "
            "measured is kept.",
        ],
    )


def _served(model: str, names: list[str]) -> str:
    near = difflib.get_close_matches(model, names, n=1)
    served = ", ".join(f"`{name}`" for name in names[:20]) or "nothing"
    return f"model.id: it serves {served}." + (f" Did you mean `{near[0]}`?" if near else "")


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{prefix}.{name}", inner)
    elif value is not None:
        yield prefix, str(value)
