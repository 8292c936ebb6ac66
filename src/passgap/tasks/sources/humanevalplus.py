"""HumanEval+ (Liu et al. 2023, arXiv 2305.01210): HumanEval with many more inputs, whole or the Mini version."""

from __future__ import annotations

from passgap.records import PromptKind
from passgap.tasks.sources._evalplus import EvalPlusSource


class HumanEvalPlus(EvalPlusSource):
    """A file such as ``HumanEvalPlus.jsonl.gz``."""

    name = "humanevalplus"
    position = 7
    caption = "HumanEval+: HumanEval with many more inputs (arXiv 2305.01210)"
    licence = "Apache-2.0"
    difficulty = "none stated"
    dates = "none stated; problems of July 2021"
    prompt_kind = PromptKind.CODE
    prefix = "HumanEval"
    oracles = {"HumanEval/32": "root-of-polynomial"}  # noqa: RUF012 - never changed


SOURCE = HumanEvalPlus()
