"""A prompt reaches the model as the tokens that the local engine reads, or it is said that it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

from passgap.engines.server.prompt_payload import CHAT, COMPLETIONS, PayloadBuilder  # noqa: E402
from passgap.errors import EngineError  # noqa: E402
from passgap.models.chat import render_prompt  # noqa: E402 - after the skip
from passgap.records import Prompt  # noqa: E402
from passgap.spec import Dialect  # noqa: E402

ASKED = Prompt(user="Add two numbers.", system="Be brief.", prefix="```python\n", stop=("\n```",))


@pytest.fixture
def with_bos(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model's tokenizer, which puts a token before every text, as Llama's does."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    start = ("<|endoftext|>", tokenizer.bos_token_id)
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[start]
    )
    tokenizer.chat_template = "{{ bos_token }}" + tokenizer.chat_template
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("dialect", [each for each in Dialect if each.takes_tokens])
def test_tokens_are_sent_as_the_local_engine_reads_them(dialect: Dialect, with_bos: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(with_bos)
    written = PayloadBuilder(dialect, str(with_bos)).build(ASKED)
    rendered = render_prompt(tokenizer, ASKED)
    assert written.path == COMPLETIONS
    assert written.body["prompt"] == tokenizer(rendered, add_special_tokens=False)["input_ids"]
    assert written.tokens == len(written.body["prompt"])
    plain = PayloadBuilder(dialect, str(with_bos)).build(Prompt(user="x = ", chat=False))
    assert plain.body["prompt"] == tokenizer("x = ")["input_ids"]


@pytest.mark.parametrize("chat", [True, False])
def test_text_is_sent_so_that_the_servers_tokenizer_reads_the_same_tokens(chat: bool, with_bos: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(with_bos)
    asked = ASKED.model_copy(update={"chat": chat})
    writer = PayloadBuilder(Dialect.TRANSFORMERS, str(with_bos))
    sent = writer.build(asked).body["prompt"]
    assert tokenizer(sent)["input_ids"] == writer.encoder.tokens(asked)
    assert writer.encoder.tokens(asked).count(tokenizer.bos_token_id) == 1


def test_text_that_cannot_be_sent_as_these_tokens_is_refused(with_bos: Path, tiny_model: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(with_bos)
    tokenizer.chat_template = transformers.AutoTokenizer.from_pretrained(tiny_model).chat_template
    tokenizer.save_pretrained(with_bos)
    with pytest.raises(EngineError, match="cannot be sent to this server as text"):
        PayloadBuilder(Dialect.TRANSFORMERS, str(with_bos)).build(ASKED)


def test_a_conversation_ends_with_the_begun_answer_where_the_server_goes_on_with_it() -> None:
    written = PayloadBuilder(Dialect.VLLM, None).build(ASKED)
    assert written.path == CHAT
    assert [turn["role"] for turn in written.body["messages"]] == ["system", "user", "assistant"]
    assert written.body["messages"][-1]["content"] == "```python\n"
    assert written.body["continue_final_message"] is True
    assert written.body["add_generation_prompt"] is False
    whole = PayloadBuilder(Dialect.OPENAI, None).build(ASKED.model_copy(update={"prefix": ""}))
    assert [turn["role"] for turn in whole.body["messages"]] == ["system", "user"]
    assert set(whole.body) == {"messages"}


@pytest.mark.parametrize("dialect", [Dialect.OPENAI, Dialect.TRANSFORMERS, Dialect.LLAMA_CPP])
def test_a_prefilled_answer_is_not_silently_dropped(dialect: Dialect) -> None:
    with pytest.raises(EngineError, match="cannot continue a prefilled answer"):
        PayloadBuilder(dialect, None).build(ASKED)


def test_a_base_model_is_sent_plain_text() -> None:
    written = PayloadBuilder(Dialect.OPENAI, None).build(Prompt(user="a", prefix="b", chat=False))
    assert (written.path, written.body) == (COMPLETIONS, {"prompt": "ab"})


def test_a_folder_without_a_tokenizer_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="holds no tokenizer"):
        PayloadBuilder(Dialect.VLLM, str(tmp_path))
