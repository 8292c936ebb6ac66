"""Every engine of the table keeps the contract of a sampler, on a tiny real model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from passgap.engines import ENGINES, open_sampler
from passgap.errors import EngineError
from passgap.models.digests import model_digest
from passgap.models.resolution import resolve_model
from passgap.ports import LogitSource, Sampler, TopLogprobSource
from passgap.spec import Dialect, ServerEngine
from passgap.testing import SamplerContract
from served import MODEL, serve

CONTEXT = 1024
OPTIONS: dict[str, dict[str, Any]] = {"local": {"device": "cpu"}, "vllm": {"memory": 0.15, "compiled": False}}
"""Options with which engines are opened here; others are opened with the context alone."""
MODELS = {"vllm": "wide_model"}
"""The fixtures of models that engines are opened on, where the tiny one will not do."""
OTHER = "local, of an architecture that its decoder does not know"


class TestEveryEngine(SamplerContract):
    context_tokens = CONTEXT

    @pytest.fixture(scope="class", params=[*ENGINES.names(), OTHER])
    @classmethod
    def sampler(cls, request: pytest.FixtureRequest) -> Iterator[Sampler]:
        """Every engine, and the local one on an architecture that its decoder does not know."""
        with ExitStack() as server:
            opened = _open(request, server)
            yield opened
            opened.close()
            opened.close()

    def test_it_gives_what_the_learning_signal_is_measured_with(self, sampler: Sampler) -> None:
        assert isinstance(sampler, LogitSource | TopLogprobSource)


def _open(request: pytest.FixtureRequest, server: ExitStack) -> Sampler:
    name = request.param
    if name == OTHER:
        return open_sampler("local", request.getfixturevalue("other_model"), device="cpu")
    if name == "vllm":
        pytest.importorskip("vllm", reason="vLLM is not installed")
    model = request.getfixturevalue(MODELS.get(name, "tiny_model"))
    if not ENGINES[name].served:
        return open_sampler(name, model, context_tokens=CONTEXT, **OPTIONS.get(name, {}))
    url = server.enter_context(serve(model)).url
    declared = ServerEngine(name="server", base_url=url, dialect=Dialect.VLLM, tokenizer=str(model))
    return open_sampler(name, MODEL, engine=declared, context_tokens=CONTEXT)


def test_an_engine_or_a_model_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no engine"):
        open_sampler("steam", tmp_path)
    with pytest.raises(EngineError, match="no model folder"):
        resolve_model("nowhere")
    with pytest.raises(EngineError, match="holds no model"):
        model_digest(tmp_path)
