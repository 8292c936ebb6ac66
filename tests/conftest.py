"""Real components that many tests share, made by the tests themselves."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # for `served`, which several folders share

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# The models are tiny: threads would only wait for each other, for minutes where the machine has other work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what it puts into the background with interrupts ignored, and so would be every program of a test.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.fsync = lambda descriptor: None  # no test cuts the power, and a busy disk takes its time

gc.disable()  # until all is imported, of which nothing becomes garbage


def pytest_collection_finish() -> None:
    """Leave the libraries and the tests themselves out of every later collection of garbage."""
    gc.freeze()
    gc.enable()


settings.register_profile("no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("few examples", settings.get_profile("no-clock"), max_examples=30)


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples of a property in the fast suite, unless its test says how many."""
    settings.load_profile("few examples" if config.option.markexpr == "not slow" else "no-clock")


CORPUS = [
    "def add(a, b):\n    return a + b\n",
    "def total(rows):\n    result = 0\n    for row in rows:\n        result += row\n    return result\n",
    "Write a function that returns the first item of a list, or None where it is empty.\n```python\n",
    "assert add(1, 2) == 3\nassert total([]) == 0\n```\n",
]

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two small layers with random weights and a real byte-level tokenizer, as a folder."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture(scope="session")
def wide_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with heads of 32, the least that vLLM's kernels take."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "wide-llama", hidden_size=128)


def write_tiny_model(folder: Path, hidden_size: int = 64) -> Path:
    """Write a tiny model whose four heads share ``hidden_size``."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")

    raw = tokenizers.Tokenizer(tokenizers.models.BPE())
    raw.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = tokenizers.decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    raw.train_from_iterator(
        CORPUS * 4,
        tokenizers.trainers.BpeTrainer(
            vocab_size=420,
            special_tokens=special,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token="<|endoftext|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=CHAT_TEMPLATE,
    )
    torch.manual_seed(7)
    model = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=hidden_size,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=1024,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def other_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny GPT-2 with the tiny model's tokenizer: an architecture that the decoder does not know."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("models") / "tiny-gpt2"
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    torch.manual_seed(8)
    model = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=1024,
            n_embd=48,
            n_layer=2,
            n_head=4,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
