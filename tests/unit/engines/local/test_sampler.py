"""The local engine's sampler: its batches, its workers, and the identity of its model."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("torch")

from passgap.engines import open_sampler
from passgap.errors import EngineError
from passgap.models.digests import model_digest
from passgap.testing.sampler_contract import DECODING, sample_requests


def test_more_samples_than_a_batch_holds_are_all_drawn(tiny_model: Path) -> None:
    few = open_sampler("local", tiny_model, device="cpu", batch_size=2, workers=1)
    assert len(list(few.sample(sample_requests(4, 6), DECODING))) == 24


def test_workers_draw_side_by_side_what_each_would_draw_alone(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", batch_size=8, workers=2)
    shares = [sample_requests(4, 16), sample_requests(5, 12), sample_requests(6, 10)]
    try:
        with ThreadPoolExecutor(3) as threads:
            together = list(threads.map(lambda share: list(opened.sample(share, DECODING)), shares))
        assert together == [list(opened.sample(share, DECODING)) for share in shares]
    finally:
        opened.close()
    alone = open_sampler("local", tiny_model, device="cpu", batch_size=4, workers=1)
    assert together[0] == list(alone.sample(shares[0], DECODING))


def test_a_killed_worker_is_one_clear_error_and_the_next_call_has_a_new_one(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", workers=2)
    try:
        drawing = opened.sample(sample_requests(4, 1000), DECODING)  # more than the worker can send before it is read
        next(drawing)
        [worker] = opened._pool.pids  # type: ignore[attr-defined]
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(EngineError, match="was killed"):
            list(drawing)
        assert len(list(opened.sample(sample_requests(4, 16), DECODING))) == 64
    finally:
        opened.close()


def test_a_call_that_is_left_early_leaves_nothing_for_the_next_in_workers(tiny_model: Path) -> None:
    opened = open_sampler("local", tiny_model, device="cpu", workers=2)
    try:
        for _ in opened.sample(sample_requests(4, 16), DECODING):
            break
        given = list(opened.sample(sample_requests(3, 12), DECODING))
        assert len({(each.problem_id, each.index) for each in given}) == len(given) == 36
    finally:
        opened.close()


def test_the_identity_of_a_local_model_holds_its_weights_and_versions(tiny_model: Path) -> None:
    local = open_sampler("local", tiny_model, device="cpu")
    assert local.identity.model_digest == model_digest(tiny_model)
    assert {"torch", "transformers"} <= set(local.identity.versions)
