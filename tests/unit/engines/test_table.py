"""Engines are found by name, those of other distributions among them, and opened without the others' libraries."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from passgap import registry
from passgap.engines import ENGINES, open_on_cluster, open_sampler
from passgap.engines.base import Engine
from passgap.errors import EngineError
from passgap.spec import ClusterSection

ANOTHER = Engine(name="another", sampler="another_engine:opened", requirement="another-engine")


def test_the_engines_of_passgap_are_there_and_their_libraries_are_not() -> None:
    code = (
        "import sys; from passgap.engines import ENGINES; print(*ENGINES); "
        "print([name for name in ('torch', 'transformers', 'vllm', 'ray', 'httpx', 'anyio') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["local server vllm", "[]"]


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EngineError, match="no engine named `steam`") as caught:
        open_sampler("steam", "m")
    assert "local, server, vllm" in caught.value.problems[0]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A distribution that offers an engine, as far as its entry point goes."""
    point = EntryPoint(name="another", value=f"{__name__}:ANOTHER", group="passgap.engines")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(registry, "_installed", lambda group: (point,) if group == "passgap.engines" else ())
    monkeypatch.syspath_prepend(tmp_path)
    ENGINES.refresh()
    yield tmp_path
    monkeypatch.undo()
    sys.modules.pop("another_engine", None)
    ENGINES.refresh()


def test_an_engine_of_another_distribution_is_opened_by_name_with_its_options(installed: Path) -> None:
    (installed / "another_engine.py").write_text("def opened(model, **options):\n    return (model, options)\n")
    opened: Any = open_sampler("another", "a/folder", speed=3)
    assert opened == (Path("a/folder"), {"speed": 3})


def test_a_library_that_is_missing_is_named_with_what_to_install(installed: Path) -> None:
    (installed / "another_engine.py").write_text("import no_such_library\n")
    with pytest.raises(EngineError, match="the engine `another` needs a library that is not installed") as caught:
        open_sampler("another", "m")
    assert "no_such_library" in caught.value.summary
    assert "pip install 'another-engine'" in caught.value.problems[0]


def test_a_worker_of_a_cluster_has_the_options_within_its_share() -> None:
    cluster = ClusterSection(workers=2, cpus=4)
    assert ENGINES["local"].within_worker({"device": "auto"}, cluster) == {"device": "cpu", "workers": 4}
    assert ENGINES["vllm"].within_worker({"memory": 0.5}, cluster) == {"memory": 0.5}


def test_a_cluster_without_ray_is_refused_when_the_engine_is_opened(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr("passgap.cluster.library.find_spec", lambda _: None)
    with pytest.raises(EngineError, match="needs a library that is not installed: ray") as caught:
        open_on_cluster("local", tiny_model, ClusterSection(workers=1), device="cpu")
    assert "passgap[ray]" in caught.value.problems[0]
