"""The engines that a study can name, each with the fields that it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, JsonValue, Tag

from passgap.records import Decoding
from passgap.spec.section import Section, Text
from passgap.spec.thinking import ThinkingSection

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


KeepLogprobs = Annotated[
    bool, Field(description="Keep the model's own log-probability of each drawn token with the samples.")
]


class LocalEngine(Section):
    """Models of transformers on this machine."""

    name: Literal["local"] = "local"
    device: str = Field(default="auto", description="`cpu`, `cuda`, `mps`, or `auto`.")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(default="auto", description="The arithmetic.")
    keep_logprobs: KeepLogprobs = False


class VllmEngine(Section):
    """vLLM's offline engine. More replicas of it are workers under `cluster`."""

    name: Literal["vllm"]
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(default="auto", description="The arithmetic.")
    tensor_parallel: int = Field(default=1, ge=1, description="Devices that one replica of the model is spread over.")
    memory: float = Field(
        default=0.9, gt=0.0, le=1.0, description="The share of each device's memory for weights and keys."
    )
    compiled: bool = Field(
        default=True, description="Compile the model first: a minute or two that pay off in long runs."
    )
    keep_logprobs: KeepLogprobs = False
    thinking: ThinkingSection | None = Field(
        default=None,
        description="How much a reasoning model thinks before it answers: `tokens` alone; by default as it likes.",
        examples=["{tokens: 4096}"],
    )


class Dialect(StrEnum):
    """The extensions of a server to the common part of the OpenAI API, and what its defaults would add."""

    OPENAI = "openai"
    """The published API and nothing else: hosted services."""
    VLLM = "vllm"
    SGLANG = "sglang"
    LLAMA_CPP = "llama.cpp"
    TRANSFORMERS = "transformers"
    """``transformers serve``."""

    @property
    def continues_answers(self) -> bool:
        """Whether a chat endpoint of this kind goes on with an assistant's turn that was begun for it.

        llama.cpp's does too, and repeats the beginning in its answer.
        """
        return self in (Dialect.VLLM, Dialect.SGLANG)

    @property
    def takes_tokens(self) -> bool:
        """Whether the completions endpoint takes token ids, which no template of the server's can change."""
        return self in (Dialect.VLLM, Dialect.SGLANG, Dialect.LLAMA_CPP)


def _plain_url(value: str) -> str:
    """Hold a base URL to scheme, host, port and path: what else may stand in a URL is a secret or a mistake."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("a URL such as `http://127.0.0.1:8000/v1`") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("a URL such as `http://127.0.0.1:8000/v1`")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "a URL without user, password, query or fragment; name the environment variable that holds the key in "
            "`key_variable`"
        )
    return value.rstrip("/")


def _variable_name(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError("the name of an environment variable in capital letters, never the key itself")
    return value


BaseUrl = Annotated[Text, AfterValidator(_plain_url)]
"""The address of an OpenAI-compatible server with its version path, and no secret in it."""

VariableName = Annotated[str, AfterValidator(_variable_name)]
"""The name of an environment variable that holds a key."""


class ServerEngine(Section):
    """An OpenAI-compatible server. ``model.id`` is the name under which it serves the base model."""

    name: Literal["server"]
    base_url: BaseUrl = Field(
        description="Where the server is, with its version path and without any credentials.",
        examples=["http://127.0.0.1:8000/v1"],
    )
    dialect: Dialect = Field(
        description="What the server is: the same setting has other names and other defaults in each.",
        examples=["vllm"],
    )
    key_variable: VariableName | None = Field(
        default=None,
        description="The name of the environment variable that holds the key; the key itself stands nowhere.",
        examples=["PASSGAP_API_KEY"],
    )
    tokenizer: Text | None = Field(
        default=None,
        description="The served model's tokenizer (`embedded`, a folder, or a hub id): prompts are then rendered here "
        "and sent as the local engine would read them.",
    )
    concurrency: int = Field(default=16, ge=1, le=1024, description="Requests in flight at most.")
    requests_per_minute: int | None = Field(default=None, ge=1, description="The server's limit, where it has one.")
    tokens_per_minute: int | None = Field(
        default=None, ge=1, description="The server's limit on prompt and new tokens together, where it has one."
    )
    timeout_seconds: float = Field(default=300.0, gt=0.0, le=86400.0, description="How long one answer may take.")
    retry_seconds: float = Field(
        default=300.0, ge=0.0, le=86400.0, description="How long a failing request is tried again before it counts."
    )
    logprobs: int = Field(
        default=20,
        ge=0,
        le=1000,
        description="How many of the most likely tokens to ask for when the learning signal is measured; 0 for none.",
    )
    arms: dict[Text, Text] = Field(
        default={},
        description="Arms that were trained elsewhere, by the name under which they are served.",
        examples=["{ssd: my-tuned-model}"],
    )
    thinking: ThinkingSection | None = Field(
        default=None,
        description="How much a reasoning model thinks before it answers; by default as the server has it.",
    )


class PluginEngine(Section):
    """An engine that another distribution brings; it is told apart by its ``options``, which may be empty."""

    name: Text = Field(description="The name under which it is installed.")
    options: dict[Text, JsonValue] = Field(description="What its sampler takes besides the model and `context_tokens`.")


_OWN = ("local", "vllm", "server")

_PLUGIN = "plugin"


def _named(value: Any) -> Any:
    """An engine without a name is the local one."""
    return {"name": "local", **value} if isinstance(value, dict) else value


def _kind(value: Any) -> str:
    """Which section an engine is read as."""
    if isinstance(value, PluginEngine):
        return _PLUGIN
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return _PLUGIN if isinstance(value, dict) and "options" in value and name not in _OWN else str(name)


EngineSection = Annotated[
    Annotated[LocalEngine, Tag("local")]
    | Annotated[VllmEngine, Tag("vllm")]
    | Annotated[ServerEngine, Tag("server")]
    | Annotated[PluginEngine, Tag(_PLUGIN)],
    Discriminator(_kind),
    BeforeValidator(_named),
]


def unsupported_settings(dialect: Dialect, decoding: Decoding) -> Iterator[str]:
    """Yield what of a decoding a server of this kind cannot be told, each with what to change.

    Nothing is dropped or approximated: samples that were drawn otherwise than declared would be measured all the same.
    """
    if decoding.greedy:
        return
    if dialect is Dialect.OPENAI:
        if decoding.top_k:
            yield (
                f"top_k: the OpenAI API has no such setting, and it is {decoding.top_k}. Set `top_k: 0`, or name "
                f"another `engine.dialect` if the server understands it."
            )
        if decoding.min_p:
            yield (
                f"min_p: the OpenAI API has no such setting, and it is {decoding.min_p:g}. Set `min_p: 0`, or name "
                f"another `engine.dialect` if the server understands it."
            )
        if decoding.temperature > 2.0:
            yield f"temperature: the OpenAI API takes at most 2, and it is {decoding.temperature:g}."
    if dialect is Dialect.SGLANG and decoding.top_k and decoding.top_p < 1.0:
        yield (
            f"top_k and top_p: SGLang takes top-p on the whole distribution, not on what top-k left, so the two "
            f"together mean something else there. Set `top_k: 0` or `top_p: 1.0` (they are {decoding.top_k} and "
            f"{decoding.top_p:g}), or sample with vLLM."
        )
