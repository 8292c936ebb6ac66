"""Tiny tokenizers of the kinds in use, trained here, each in the class of transformers that loads its kind."""

from __future__ import annotations

import json
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import LlamaTokenizerFast, PreTrainedTokenizerFast

CORPUS = [
    "def add(a, b):\n    return a + b\n\n\nclass Adder:\n    def total(self, rows):\n        return sum(rows)\n",
    "Write a function that returns the first item of a list , or None where it is empty.\n"
    "```python\nimport math\n```\n",
    "# a comment\nif x == 1:\n\tprint('größe', x)\nassert add(1, 2) == 3  # done\n",
]

BYTES = [f"<0x{number:02X}>" for number in range(256)]
SPECIAL = ["<unk>", "<s>", "</s>"]


def llama(*, legacy: bool) -> Any:
    """As Llama 2's: BPE with byte fallback over spaces that are marked, one put in front of a text."""
    raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    raw.train_from_iterator(CORPUS * 8, _bpe(SPECIAL + BYTES))
    merges = [tuple(pair) for pair in _state(raw)["merges"]]
    return LlamaTokenizerFast(vocab=raw.get_vocab(), merges=merges, legacy=legacy)


def unigram(scheme: str) -> Any:
    """As T5's, Gemma's or Mistral's SentencePiece model of the other kind: Unigram with byte fallback."""
    raw = Tokenizer(models.Unigram())
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=True)
    raw.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=500, special_tokens=SPECIAL + BYTES, unk_token="<unk>", show_progress=False
    )
    raw.train_from_iterator(CORPUS * 8, trainer)
    pieces = [(piece, score) for piece, score in _state(raw)["vocab"]]
    raw.model = models.Unigram(pieces, unk_id=0, byte_fallback=True)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>", clean_up_tokenization_spaces=True
    )


def prepended() -> Any:
    """As an older Llama's file: the space in front comes from a normalizer."""
    raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    raw.train_from_iterator(CORPUS * 8, _bpe(SPECIAL + BYTES))
    return PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


def byte_level(*, split: bool) -> Any:
    """As GPT-2's; or, with ``split``, as Qwen's, which parts text by a pattern first."""
    raw = Tokenizer(models.BPE())
    byte = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not split)
    pattern = r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    parts = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), byte])
    raw.pre_tokenizer = parts if split else byte
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(CORPUS * 8, trainer)
    raw.add_tokens([AddedToken("<think>", special=False), AddedToken("</think>", special=True)])
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|endoftext|>")


def _bpe(special: list[str]) -> Any:
    return trainers.BpeTrainer(vocab_size=500, special_tokens=special, show_progress=False)


def _state(raw: Any) -> dict[str, Any]:
    return dict(json.loads(raw.to_str())["model"])


KINDS = {
    "llama": lambda: llama(legacy=False),
    "llama legacy": lambda: llama(legacy=True),
    "unigram always": lambda: unigram("always"),
    "unigram first": lambda: unigram("first"),
    "unigram never": lambda: unigram("never"),
    "prepended": prepended,
    "gpt-2": lambda: byte_level(split=False),
    "qwen": lambda: byte_level(split=True),
}
