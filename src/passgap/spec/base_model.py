"""The base model as a study declares it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passgap.spec.section import Count, Day, Fraction, Section, Text


class ReportedScore(Section):
    """A score that somebody published or measured, and where it comes from."""

    value: Fraction = Field(description="The score as a fraction of 1.", examples=[0.121])
    source: Text = Field(
        description="Where the number comes from: it is quoted in the report.", examples=["model card, 2026-02"]
    )


Unknown = Literal["unknown"]


class Benchmark(Section):
    """The known scores of the base model on a public code benchmark."""

    name: Text = Field(description="Which benchmark the two scores are of.", examples=["HumanEval"])
    pass_at_1: ReportedScore | Unknown = Field(
        alias="pass@1",
        description="The base model's pass@1, with its source, or `unknown`: then only what is measured here counts.",
        examples=["unknown"],
    )
    pass_at_10: ReportedScore | Unknown = Field(
        alias="pass@10",
        description="The base model's pass@10, with its source, or `unknown`.",
        examples=["unknown"],
    )


class ModelSection(Section):
    """The base model."""

    id: Text = Field(
        description="What to load: `embedded`, a folder in Hugging Face layout, or a hub id.", examples=["embedded"]
    )
    name: Text = Field(description="What the report calls the model.", examples=["SmolLM2-135M-Instruct"])
    parameters: Count = Field(
        description="The parameter count: what a study will cost is estimated from it until a speed was measured.",
        examples=["135M"],
    )
    active_parameters: Count | None = Field(
        default=None,
        description="The parameters that one token uses, of a mixture of experts: costs are estimated from them.",
        examples=["3.3B"],
    )
    licence: Text = Field(
        description="The model's licence: it must allow training on the model's own outputs.", examples=["Apache-2.0"]
    )
    context_tokens: Count = Field(
        description="The context length used: prompts and completions must fit into it.", examples=[2048]
    )
    chat: bool = Field(
        default=True, description="Whether the model answers in a chat template or continues plain text."
    )
    cutoff: Day | None = Field(
        default=None,
        description="The last day of the model's training data, or its month: held-out problems that are dated no "
        "later may have been trained on.",
        examples=["2024-06"],
    )
    before_cutoff: Literal["list", "remove"] = Field(
        default="list",
        description="What becomes of held-out problems from before the cutoff: they are listed and the verdict says "
        "so, or they are removed and nothing is measured on them.",
    )
    infill: Literal["auto", "request", "suffix", "qwen", "starcoder", "deepseek", "codellama"] = Field(
        default="auto",
        description="How the model is asked for the middle of a program: by the tokens that its tokenizer has for it "
        "(`auto`) or that are named, by a `request` in words, or by the field `suffix` of a server's completions.",
        examples=["qwen"],
    )
    infill_order: Literal["psm", "spm"] = Field(
        default="psm", description="The order of both sides: prefix, suffix, middle; or the suffix first."
    )
    benchmark: Benchmark = Field(
        description="What is known of the model before passgap measures it.",
        examples=["{name: HumanEval, pass@1: unknown, pass@10: unknown}"],
    )
