"""Any OpenAI-compatible server as an engine: vLLM, SGLang, llama.cpp, ``transformers serve``, hosted services."""

from passgap.engines.base import Engine

ENGINE = Engine(
    name="server",
    sampler="passgap.engines.server.opening:open_server",
    requirement="passgap[local]",  # of an engine that renders prompts with the served model's tokenizer
    served=True,
)
