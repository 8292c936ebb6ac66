"""A judge model behind an OpenAI-compatible server: one short question about each answer, several in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cached_property, partial

import anyio

from passgap.engines.server.client import Client
from passgap.engines.server.dialects import settings_of
from passgap.engines.server.faults import RefusedPromptError
from passgap.engines.server.portal import LoopPortal
from passgap.engines.server.prompt_payload import CHAT
from passgap.engines.server.responses import ServedCompletion, read_response
from passgap.ports import EngineIdentity, Progress
from passgap.probes import JUDGE_EDITION, judge_question, read_judgement
from passgap.records import Decoding
from passgap.records.judgements import GivenAnswer, JudgedAnswer, Judgement
from passgap.spec.judge import JudgeSection

TRIES = 2
"""Replies that are asked for before an answer counts as not judged."""

_QUOTED = 80
_CHARACTERS_PER_TOKEN = 3


class ServerJudge:
    """Implements :class:`passgap.ports.Judge`. Nothing is sent before an answer is judged or the identity asked for.

    Args:
        section: the judge, as the study declares it.
        recorded: the identities of judges that the study has in its ledger.
    """

    def __init__(self, section: JudgeSection, recorded: Sequence[EngineIdentity] = ()) -> None:
        self._section = section
        self._portal = LoopPortal()
        declared = {
            "dialect": section.dialect.value,
            "question": str(JUDGE_EDITION),
            "max_new_tokens": str(section.max_new_tokens),
        }
        self._client = Client(section.server, section.model, declared, tuple(recorded), named="judge")

    @cached_property
    def identity(self) -> EngineIdentity:
        """See :attr:`passgap.ports.Judge.identity`."""
        return self._portal.call(self._client.identity)

    def judge(self, answers: Sequence[GivenAnswer], *, progress: Progress | None = None) -> list[JudgedAnswer]:
        """See :meth:`passgap.ports.Judge.judge`. Greedily, so that a judge that computes the same says the same."""
        return self._portal.call(partial(self._judge, answers, progress))

    def close(self) -> None:
        """See :meth:`passgap.ports.Judge.close`."""
        self._portal.close(self._client.close)

    async def _judge(self, answers: Sequence[GivenAnswer], progress: Progress | None) -> list[JudgedAnswer]:
        found: dict[int, JudgedAnswer] = {}
        waiting = deque(enumerate(answers))

        async def work() -> None:
            while waiting:
                place, given = waiting.popleft()
                found[place] = await self._about(given)
                if progress is not None:
                    progress(1)

        try:
            async with anyio.create_task_group() as group:
                for _ in range(min(len(waiting), self._section.concurrency)):
                    group.start_soon(work)
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        await self._client.confirm()
        return [found[place] for place in range(len(answers))]

    async def _about(self, given: GivenAnswer) -> JudgedAnswer:
        read = wrote = 0
        said = ""
        try:
            for attempt in range(TRIES):
                served = await self._ask(judge_question(given.request, given.answer), attempt)
                read, wrote = read + served.prompt_tokens, wrote + served.completion_tokens
                judgement = read_judgement(served.text)
                if judgement is not None:
                    return self._judged(given, judgement, "", read, wrote)
                said = f"it replied {self._client.quoted(served.text[:_QUOTED])!r} and not one of the three words"
        except RefusedPromptError as fault:
            said = f"its server refuses the question: {fault}"
        return self._judged(given, Judgement.UNKNOWN, said, read, wrote)

    def _judged(self, given: GivenAnswer, judgement: Judgement, reason: str, read: int, wrote: int) -> JudgedAnswer:
        return JudgedAnswer(
            prompt=given.prompt,
            index=given.index,
            judgement=judgement,
            reason=reason,
            prompt_tokens=read,
            tokens=wrote,
        )

    async def _ask(self, question: str, seed: int) -> ServedCompletion:
        most = self._section.max_new_tokens
        decoding = Decoding(temperature=0.0, top_k=0, top_p=1.0, max_new_tokens=most)
        body = {"messages": [{"role": "user", "content": question}]}
        body |= settings_of(self._section.dialect, decoding, (), seed)
        about = len(question) // _CHARACTERS_PER_TOKEN + 1
        read = partial(read_response, stop=(), prompt_tokens=about, count=lambda text: len(text) // 3 + 1)
        return await self._client.ask(CHAT, body, about + most, read)
