"""The tokens for filling in are those of the tokenizer at hand, and what is declared has to be there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from passgap import parse_study
from passgap.errors import PassgapError, StudyError
from passgap.records import AssertTests, Problem
from passgap.spec import StudySpec
from passgap.study.fill_marks import fill_marks
from passgap.study.splits import refuse_lacking
from passgap.tasks import ContaminationLog, task_set
from passgap.tasks.fill_marks import BY_SERVER, FILL_MARKS, FillOrder
from passgap.tasks.splits import Splits

TESTS = AssertTests(statements=("assert f()",))
GAP = Problem(id="p", prompt="def f():\n", tests=TESTS, source="t", kind="infill", body={"suffix": ""})
PLAIN = Problem(id="q", prompt="Add.", tests=TESTS, source="t")


def spec(folder: Path | str, **model: Any) -> StudySpec:
    text = (Path(__file__).parents[3] / "examples/kinds/infill/study.yaml").read_text(encoding="utf-8")
    found = parse_study(text).spec
    return found.model_copy(update={"model": found.model.model_copy(update={"id": str(folder), **model})})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tokens = [{"content": f"<|fim_{name}|>"} for name in ("prefix", "suffix", "middle")]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"added_tokens": tokens}), encoding="utf-8")
    return tmp_path


def test_a_tokenizers_own_tokens_are_used_in_the_declared_order(folder: Path) -> None:
    found = fill_marks(spec(folder, infill_order="spm"), [PLAIN, GAP])
    assert found is not None
    assert (found.family, found.order) == ("qwen", FillOrder.SPM)
    assert fill_marks(spec(folder), [PLAIN]) is None
    assert fill_marks(spec(folder, infill="request"), [GAP]) is None


def test_tokens_that_the_tokenizer_lacks_are_refused(folder: Path) -> None:
    with pytest.raises(StudyError, match="lacks <fim_prefix>, <fim_suffix>, <fim_middle> of starcoder"):
        fill_marks(spec(folder, infill="starcoder"), [GAP])


def test_without_any_the_model_is_asked_in_words(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"added_tokens": []}', encoding="utf-8")
    assert fill_marks(spec(folder), [GAP]) is None


def test_a_suffix_field_needs_a_server() -> None:
    text = (Path(__file__).parents[3] / "examples/kinds/infill/study.yaml").read_text(encoding="utf-8")
    with pytest.raises(PassgapError, match=r"model\.infill: `suffix` is a field of a server's completions"):
        parse_study(text.replace("  parameters: 135M", "  parameters: 135M\n  infill: suffix"))


def test_arms_that_put_text_before_prompts_are_refused_where_marks_leave_no_place_for_it() -> None:
    text = (Path(__file__).parents[3] / "examples/kinds/infill/study.yaml").read_text(encoding="utf-8")
    declared = parse_study(f"{text}  retrieval: {{}}\n").spec
    tasks = task_set("t", [GAP.model_copy(update={"reference": "def f():\n    return 1\n"})])
    asked = {"heldout": tasks, "pool": tasks, "contamination": ContaminationLog(items=()), "removed": 0}
    refuse_lacking(declared, Splits(**asked))
    for marks, said in ((FILL_MARKS["qwen"], "marks of qwen"), (BY_SERVER, "a field of the server")):
        with pytest.raises(StudyError) as caught:
            refuse_lacking(declared, Splits(**asked, marks=marks))
        [problem] = caught.value.problems
        assert problem.startswith("arms.retrieval: it puts text before prompts") and said in problem
        assert "model.infill: request" in problem
