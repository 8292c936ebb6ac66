"""A workbench that measures nothing: for a report of what is on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

from passgap.errors import StudyError
from passgap.ports import EngineIdentity, ModelReference, Progress, Sampler, SampleRequest
from passgap.records import Decoding, Sample
from passgap.study.workbench import Workbench


class NotOnDiskError(StudyError):
    """A step would have had to measure something."""


class _FrozenSampler:
    """Knows which samples belong to a model, and draws none."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    @property
    def identity(self) -> EngineIdentity:
        return self._sampler.identity

    @property
    def lanes(self) -> int:
        return self._sampler.lanes

    @property
    def devices(self) -> int:
        return self._sampler.devices

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        del requests, decoding, progress
        _refuse()

    def close(self) -> None:
        self._sampler.close()


def frozen(bench: Workbench) -> Workbench:
    """The same workbench, whose engine, sandbox and trainer refuse to work.

    Steps that are complete need none of them; a step that is not raises :class:`NotOnDiskError`.
    """

    def open_sampler(model: ModelReference, written_down: Sequence[EngineIdentity]) -> Sampler:
        return _FrozenSampler(bench.open_sampler(model, written_down))

    return replace(bench, open_sampler=open_sampler, open_executor=_refuse, open_trainer=_refuse)


def _refuse() -> NoReturn:
    raise NotOnDiskError(
        "part of what the report needs is not on disk",
        ["The study was changed or is not finished. `passgap run STUDY` measures what is missing."],
    )
