"""A model's parameter count, from its weights' headers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from passgap.models.parameters import parameters_on_disk

transformers = pytest.importorskip("transformers")


def test_the_count_is_that_of_the_loaded_model(tiny_model: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(tiny_model)
    assert parameters_on_disk(str(tiny_model)) == sum(each.numel() for each in model.parameters())


@pytest.mark.parametrize("name", ["nowhere", "owner/model", "embedded", "."])
def test_weights_that_are_not_here_have_no_count_and_are_not_fetched(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSGAP_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert parameters_on_disk(name) is None


def test_damaged_and_quantised_weights_have_no_count(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "copy"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": {"bits": 4}}))
    assert parameters_on_disk(str(folder)) is None
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(b"\xff" * 64)
    assert parameters_on_disk(str(folder)) is None
