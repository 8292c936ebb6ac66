"""The most likely next tokens of a served model, for the learning signal."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import anyio
import numpy as np
import numpy.typing as npt

from passgap.engines.server.dialects import settings_of
from passgap.engines.server.faults import RefusedPromptError, TryAgainError
from passgap.engines.server.prompt_payload import COMPLETIONS
from passgap.engines.server.sampler import ServerSampler
from passgap.errors import EngineError
from passgap.records import Decoding, Prompt
from passgap.spec import Dialect

_AS_THE_MODEL = Decoding(temperature=1.0, max_new_tokens=1)
"""At temperature 1 and without truncation, every server's log-probabilities are the model's own."""

_MIN_KNOWN = 2


class ScoringServerSampler(ServerSampler):
    """Implements :class:`passgap.ports.TopLogprobSource` as well.

    Each position is one request for one token, whose prompt is everything before it: the one way that all servers
    share. Their prefix caches make it cheap.
    """

    @property
    def vocabulary(self) -> int:
        """The size of the vocabulary."""
        return len(self._payloads.encoder.tokenizer)

    def top_logprobs(self, prompt: Prompt, completion: str, limit: int) -> npt.NDArray[np.float64]:
        """Ask as the protocol says.

        Raises:
            EngineError: the server gave no answer, or none with log-probabilities.
        """
        before = self._payloads.encoder.tokens(prompt)
        tokens = self._payloads.encoder.completion_tokens(prompt, completion, limit)
        contexts = [before + tokens[:place] for place in range(len(tokens))]
        return self._portal.call(partial(self._scores, contexts))

    async def _scores(self, contexts: list[list[int]]) -> npt.NDArray[np.float64]:
        rows: list[list[float]] = [[] for _ in contexts]

        async def score(place: int) -> None:
            rows[place] = await self._score(contexts[place])

        try:
            async with anyio.create_task_group() as group:
                for place in range(len(contexts)):
                    group.start_soon(score, place)
        except ExceptionGroup as several:
            for fault in several.exceptions:
                if isinstance(fault, RefusedPromptError):
                    raise EngineError(
                        "the server gives no log-probabilities",
                        [f"{fault}. Ask for fewer with `engine.logprobs`, or for none with 0."],
                    ) from None
            raise several.exceptions[0] from None
        known = min(map(len, rows), default=self._engine.logprobs)
        return np.array([row[:known] for row in rows], dtype=np.float64).reshape(len(rows), known)

    async def _score(self, context: list[int]) -> list[float]:
        body: dict[str, Any] = {"prompt": context, "logprobs": self._engine.logprobs}
        if self._engine.dialect is Dialect.VLLM:
            body["return_tokens_as_token_ids"] = True  # two tokens may look the same as text
        settings = settings_of(self._engine.dialect, _AS_THE_MODEL, (), seed=0)
        row = await self._client.ask(COMPLETIONS, body | settings, len(context) + 1, read_top_logprobs)
        return row[: self._engine.logprobs]


def read_top_logprobs(document: dict[str, Any]) -> list[float]:
    """Read the log-probabilities of an answer's first token, most likely first, in either of the shapes in use.

    Raises:
        RefusedPromptError: the server left them out.
        TryAgainError: they are there, and are not log-probabilities.
    """
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    found = choice.get("logprobs") if isinstance(choice, dict) else None
    if not isinstance(found, dict):
        raise RefusedPromptError("the answer holds no log-probabilities")
    content = found.get("content")
    top = content[0].get("top_logprobs") if isinstance(content, list) and content else found.get("top_logprobs")
    if isinstance(top, list) and top and isinstance(top[0], dict) and "logprob" not in top[0]:
        values = list(top[0].values())  # {token: log-probability}, for the first position
    elif isinstance(top, list):
        values = [each.get("logprob") for each in top if isinstance(each, dict)]
    else:
        values = []
    known = [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]
    numbers = sorted(known, reverse=True)
    if len(numbers) < _MIN_KNOWN or np.exp(numbers).sum() > 1.001:
        raise TryAgainError(f"an answer whose log-probabilities are none: {numbers[:3]}")
    return numbers
