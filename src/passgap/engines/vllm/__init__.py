"""The offline engine of vLLM, on this machine or on each worker of a cluster."""

from passgap.engines.base import Engine

ENGINE = Engine(name="vllm", sampler="passgap.engines.vllm.sampler:VllmSampler", requirement="passgap[vllm]")
