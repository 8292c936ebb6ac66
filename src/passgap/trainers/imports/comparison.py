"""Checkpoints of other programs compared with the base model: by their files alone, before anything is loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ADAPTERS = "adapter_config.json"

SHAPE = (
    "model_type",
    "architectures",
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "num_experts",
    "num_local_experts",
    "tie_word_embeddings",
)
"""Fields of a configuration that say which architecture it is."""

_TIED = ("lm_head.weight",)
"""Tensors that one program stores and another one leaves out, because they are those of the embeddings."""

_SHOWN = 5


def faults_of(checkpoint: Path, base: Path) -> list[str]:
    """Every reason for which a folder is no checkpoint of the base model; none where it can be one."""
    if not checkpoint.is_dir():
        return [f"{checkpoint} is no folder. Name the folder of the trained model, or of its LoRA adapters."]
    adapters = (checkpoint / ADAPTERS).exists()
    if not any(checkpoint.glob("*.safetensors")):
        return [
            "The folder holds no safetensors file. Pickled weights are not read: save the model with "
            "`safe_serialization=True`, and gather shards of FSDP or DeepSpeed first."
        ]
    try:
        faults = [*_vocabulary(checkpoint, base)]
        for compare in (_adapters,) if adapters else (_configuration, _tensors):
            faults += compare(checkpoint, base)
    except (OSError, ValueError, KeyError, struct.error) as error:
        return [f"A file of it cannot be read: {type(error).__name__}: {error}."]
    return faults


def undefined(folder: Path) -> str | None:
    """The name of a tensor that holds an infinite or undefined weight; None where all are finite."""
    import torch  # noqa: PLC0415 - loaded when it is needed

    for name, tensor in _weights(folder):
        if not bool(torch.isfinite(tensor).all()):
            return name
    return None


def unchanged(folder: Path, base: Path) -> bool:
    """Whether every weight is the base model's, both in bfloat16."""
    import torch  # noqa: PLC0415 - loaded when it is needed

    before = _files_of(base)
    for name, tensor in _weights(folder):
        if name not in before:
            continue
        if not torch.equal(tensor.to(torch.bfloat16), _tensor(before[name], name).to(torch.bfloat16)):
            return False
    return True


def shapes_in(folder: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of a folder's safetensors files, from their headers."""
    found: dict[str, tuple[int, ...]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        for name, entry in _header(path).items():
            if name != "__metadata__":
                found[name] = tuple(entry["shape"])
    return found


def _configuration(checkpoint: Path, base: Path) -> Iterator[str]:
    mine, theirs = _json(checkpoint / "config.json"), _json(base / "config.json")
    for field in SHAPE:
        if field in theirs and mine.get(field, theirs[field]) != theirs[field]:
            yield f"config.json: `{field}` is {mine.get(field)!r}, and the base model's is {theirs[field]!r}."


def _tensors(checkpoint: Path, base: Path) -> Iterator[str]:
    mine, theirs = shapes_in(checkpoint), shapes_in(base)
    missing = sorted(set(theirs) - set(mine) - set(_TIED))
    other = sorted(set(mine) - set(theirs) - set(_TIED))
    if missing:
        yield f"{len(missing)} tensors of the base model are missing: {_listed(missing)}."
    if other:
        yield f"{len(other)} tensors are none of the base model's: {_listed(other)}."
    differing = [
        f"{name} {list(mine[name])} instead of {list(theirs[name])}"
        for name in sorted(set(mine) & set(theirs))
        if mine[name] != theirs[name]
    ]
    if differing:
        yield f"{len(differing)} tensors have another shape: {_listed(differing)}."


def _adapters(checkpoint: Path, base: Path) -> Iterator[str]:
    """Compare adapters with the weights that they adapt."""
    config = _json(checkpoint / ADAPTERS)
    kind = config.get("peft_type")
    if kind != "LORA":
        yield f"{ADAPTERS}: `peft_type` is {kind!r}; LORA adapters are merged, and no other ones."
        return
    turned = -1 if config.get("fan_in_fan_out") else 1  # GPT-2 stores its weights transposed
    weights = {name: shape[::turned] for name, shape in shapes_in(base).items()}
    unknown, differing = [], []
    for name, shape in sorted(shapes_in(checkpoint).items()):
        module, _, side = name.removeprefix("base_model.model.").partition(".lora_")
        weight = weights.get(f"{module}.weight")
        if side and weight is None:
            unknown.append(module)
        elif side and weight is not None and shape[side.startswith("A")] != weight[side.startswith("A")]:
            differing.append(f"{name} {list(shape)} for a weight of {list(weight)}")
    if unknown:
        yield f"{len(unknown)} adapters are of modules that the base model does not have: {_listed(unknown)}."
    if differing:
        yield f"{len(differing)} adapters do not fit the base model's weights: {_listed(differing)}."


def _vocabulary(checkpoint: Path, base: Path) -> Iterator[str]:
    """Compare what token ids stand for, where the checkpoint brings a tokenizer."""
    mine, theirs = _tokens(checkpoint), _tokens(base)
    if mine is None or theirs is None:
        return
    moved = sorted(token for token in mine.keys() & theirs.keys() if mine[token] != theirs[token])
    added = sorted(mine.keys() - theirs.keys())
    lost = sorted(theirs.keys() - mine.keys())
    for tokens, said in ((moved, "have another id"), (added, "are not in the base model's"), (lost, "are missing")):
        if tokens:
            yield f"tokenizer.json: {len(tokens)} tokens {said}: {_listed(map(repr, tokens))}."


def _tokens(folder: Path) -> dict[str, int] | None:
    path = folder / "tokenizer.json"
    if not path.exists():
        return None
    content = _json(path)
    vocabulary = content["model"]["vocab"]
    if isinstance(vocabulary, list):  # a Unigram model: pieces with scores, in the order of their ids
        known = {str(piece): number for number, (piece, _) in enumerate(vocabulary)}
    else:
        known = {str(token): int(number) for token, number in vocabulary.items()}
    return known | {str(each["content"]): int(each["id"]) for each in content.get("added_tokens", ())}


def _weights(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield every tensor of a folder with its name; one is in memory at a time."""
    for name, path in _files_of(folder).items():
        yield name, _tensor(path, name)


def _files_of(folder: Path) -> dict[str, Path]:
    return {
        name: path for path in sorted(folder.glob("*.safetensors")) for name in _header(path) if name != "__metadata__"
    }


def _tensor(path: Path, name: str) -> Any:
    from safetensors import safe_open  # noqa: PLC0415 - loaded when it is needed

    with safe_open(path, framework="pt") as opened:
        return opened.get_tensor(name)


def _header(path: Path) -> Mapping[str, Any]:
    """The header of a safetensors file: its length in eight bytes, then JSON (https://github.com/huggingface/safetensors)."""
    with path.open("rb") as handle:
        (length,) = struct.unpack("<Q", handle.read(8))
        header: Mapping[str, Any] = json.loads(handle.read(length))
    return header


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _listed(names: Any) -> str:
    names = list(names)
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
