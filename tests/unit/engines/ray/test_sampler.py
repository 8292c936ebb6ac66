"""The parts of an engine on a cluster that need no cluster; the rest is in ``tests/contract/test_cluster.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("ray", reason="Ray is not installed")

from passgap.engines import ENGINES, open_on_cluster, open_sampler
from passgap.engines.ray.worker import EngineWorker
from passgap.errors import EngineError
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt
from passgap.spec import ClusterSection

NOWHERE = ClusterSection(workers=3, address="127.0.0.1:1")
REQUEST = SampleRequest(problem_id="p", prompt=Prompt(user="x"), indices=(0,), seeds=(1,))


def test_it_is_known_before_there_is_a_cluster_and_says_clearly_where_there_is_none(tiny_model: Path) -> None:
    engine = open_on_cluster("local", tiny_model, NOWHERE, device="cpu")
    assert engine.identity == open_sampler("local", tiny_model, device="cpu", workers=1).identity
    assert (engine.concurrency, engine.devices) == (3, 3)
    with pytest.raises(EngineError, match=r"no Ray cluster at 127\.0\.0\.1:1") as caught:
        list(engine.sample([REQUEST], Decoding(temperature=1.0, max_new_tokens=1)))
    assert "RAY_ADDRESS" in str(caught.value)
    engine.close()


@pytest.mark.parametrize(
    ("name", "options", "cluster", "expected"),
    [
        ("local", {"device": "auto"}, {"cpus": 4}, {"device": "cpu", "workers": 4}),
        ("local", {"device": "auto"}, {"cpus": 4, "gpus": 1}, {"device": "cuda", "workers": 1}),
        ("local", {"device": "cpu"}, {"gpus": 1}, {"device": "cpu", "workers": 1}),
        ("vllm", {"tensor_parallel": 2}, {"gpus": 2}, {"tensor_parallel": 2}),
    ],
)
def test_a_workers_engine_keeps_within_its_share(
    name: str, options: dict[str, Any], cluster: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert ENGINES[name].within_worker(options, ClusterSection(workers=2, **cluster)) == expected


def test_a_worker_that_would_draw_other_samples_says_what_differs(tiny_model: Path) -> None:
    def opened() -> Any:
        return open_sampler("local", tiny_model, device="cpu", workers=1)

    assert EngineWorker(opened, opened().identity).open() is None
    other = opened().identity.model_copy(update={"versions": {"torch": "1.0"}, "dtype": "float64"})
    error = EngineWorker(opened, other).open()
    assert isinstance(error, EngineError)
    assert [problem.split(":")[0] for problem in error.problems] == ["dtype", "versions"]
