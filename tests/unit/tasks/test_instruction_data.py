"""Instruction data is read whole or not at all, with every fault of the file in one message."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.records import AssertTests, MixedExample, Problem, Turn
from passgap.tasks import ContaminationRule, clean_mix, find_mix_contamination, load_mix
from passgap.tasks.instruction_data import MixSet

USER = {"role": "user", "content": "Say hello."}
ASSISTANT = {"role": "assistant", "content": "Hello."}
ROWS: list[dict[str, Any]] = [
    {"messages": [{"role": "system", "content": "Be short."}, USER, ASSISTANT], "source": "x"},
    {"prompt": "What is 2 + 2?", "completion": "4"},
    {"prompt": [USER], "completion": [ASSISTANT], "prompt_id": 3},
    {"messages": [USER, ASSISTANT, {"role": "user", "content": "And bye?"}, {"role": "assistant", "content": "Bye."}]},
    {"messages": [USER, ASSISTANT, {"role": "user", "content": "never answered"}], "prompt": "ignored"},
]


def lines(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def check_rows(mix: MixSet) -> None:
    system, plain, both, longer, open_end = mix.examples
    assert [turn.role for turn in system.turns] == ["system", "user"] and system.completion == "Hello."
    assert plain.turns == (Turn(role="user", content="What is 2 + 2?"),) and plain.completion == "4"
    assert both.turns == (Turn(role="user", content="Say hello."),) and both.completion == "Hello."
    assert [turn.role for turn in longer.turns] == ["user", "assistant", "user"] and longer.completion == "Bye."
    assert len(open_end.turns) == 1 and open_end.completion == "Hello."


def test_lines_of_every_form_are_read(tmp_path: Path) -> None:
    (tmp_path / "mix.jsonl").write_text(lines(*ROWS[:2], "", *ROWS[2:]))
    mix = load_mix("mix.jsonl", tmp_path, chat=True)
    check_rows(mix)
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(lines(*ROWS).encode()))
    assert load_mix(str(tmp_path / "packed.jsonl.gz"), Path("/nowhere"), chat=True).digest == mix.digest


def test_parquet_holds_the_same_as_lines(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    conversations = [row for row in ROWS if "messages" in row]
    pq.write_table(
        pa.Table.from_pylist([{"messages": row["messages"]} for row in conversations]), tmp_path / "mix.parquet"
    )
    (tmp_path / "mix.jsonl").write_text(lines(*conversations))
    of_lines, of_parquet = (load_mix(f"mix.{kind}", tmp_path, chat=True) for kind in ("jsonl", "parquet"))
    assert of_lines.digest == of_parquet.digest and len(of_parquet.examples) == 3


def test_a_dataset_is_read_by_its_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("datasets")
    (tmp_path / "owner" / "talks").mkdir(parents=True)
    (tmp_path / "owner" / "talks" / "train.jsonl").write_text(lines(*({"messages": [USER, ASSISTANT]},) * 3))
    monkeypatch.chdir(tmp_path)
    assert len(load_mix("owner/talks", tmp_path / "elsewhere", chat=True).examples) == 3


def test_every_bad_line_is_named_at_once_with_what_it_lacks(tmp_path: Path) -> None:
    bad = [
        "{not json",
        "[1]",
        {"text": "only"},
        {"prompt": "p"},
        {"messages": [USER]},
        {"messages": [ASSISTANT]},
        {"messages": [USER, {"role": "assistant", "content": "  "}]},
        {"messages": [USER, {"role": "assistant", "content": None}]},
        {"messages": [USER, {"role": "tool", "content": "x"}, ASSISTANT]},
        {"messages": "hello"},
        {"prompt": 3, "completion": "x"},
    ]
    (tmp_path / "mix.jsonl").write_text(lines(ROWS[0], *bad))
    with pytest.raises(StudyError) as caught:
        load_mix("mix.jsonl", tmp_path, chat=True)
    problems = caught.value.problems
    assert [problem.split(":")[0] for problem in problems] == [f"line {n}" for n in range(2, 13)]
    for problem, said in zip(
        problems,
        [
            "not JSON",
            "JSON object",
            "`prompt` and `completion` missing",
            "`completion` missing",
            "no assistant turn",
            "no user turn",
            "is empty",
            "message 2 has no text",
            "role 'tool'",
            "is not a list of messages",
            "is not a list of messages",
        ],
        strict=True,
    ):
        assert said in problem


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [("", "mix.jsonl", "holds no examples"), ("", "gone.jsonl", "is not there"), ("", "a/b/c", "is not there")],
)
def test_nothing_to_read_is_said(tmp_path: Path, text: str, place: str, said: str) -> None:
    (tmp_path / "mix.jsonl").write_text(text)
    with pytest.raises(StudyError, match=said):
        load_mix(place, tmp_path, chat=True)


def test_a_damaged_parquet_file_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "mix.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(StudyError, match="cannot be read"):
        load_mix("mix.parquet", tmp_path, chat=True)


def test_conversations_are_refused_where_the_model_continues_plain_text(tmp_path: Path) -> None:
    (tmp_path / "mix.jsonl").write_text(lines(*ROWS))
    with pytest.raises(StudyError, match="continues plain text") as caught:
        load_mix("mix.jsonl", tmp_path, chat=False)
    assert "2 of the 5" in caught.value.problems[0] and "example 1 of mix.jsonl" in caught.value.problems[0]
    (tmp_path / "mix.jsonl").write_text(lines(ROWS[1]))
    assert load_mix("mix.jsonl", tmp_path, chat=False).examples[0].completion == "4"


HELD = Problem(
    id="held/1",
    prompt="Write a function that counts how many of the given orders were shipped late in the last month.",
    entry_point="count_late",
    tests=AssertTests(statements=("assert count_late([]) == 0", "assert count_late([1, 2]) == 2")),
    reference="def count_late(orders):\n    return sum(1 for order in orders if order and order > 0)\n",
    source="s",
)


def talk(name: str, user: str, answer: str = "I would not know that.", before: str | None = None) -> MixedExample:
    earlier = (Turn(role="user", content=before), Turn(role="assistant", content="Well.")) if before else ()
    return MixedExample(id=name, turns=(*earlier, Turn(role="user", content=user)), completion=answer)


@pytest.mark.parametrize(
    ("example", "rule"),
    [
        (talk("a", HELD.prompt.upper()), ContaminationRule.EXACT),
        (talk("b", "Go on.", before=HELD.prompt), ContaminationRule.EXACT),
        (talk("c", f"Please help me. {HELD.prompt} Thank you."), ContaminationRule.OVERLAP),
        (talk("d", "Repeat a task.", answer=f"Here: {HELD.prompt}"), ContaminationRule.OVERLAP),
        (talk("e", HELD.prompt.replace("month", "year")), ContaminationRule.NEAR_DUPLICATE),
        (talk("f", "Anything late?", answer=str(HELD.reference)), ContaminationRule.EXACT),
        (
            talk("g", "count_late, such that assert count_late([])==0 and assert count_late( [1,2] ) == 2"),
            ContaminationRule.SAME_TESTS,
        ),
    ],
)
def test_what_says_a_held_out_problem_is_listed_and_removed(example: MixedExample, rule: ContaminationRule) -> None:
    clean = talk("z", "What is the capital of France, and how far is it from there to Lyon by train these days?")
    log = find_mix_contamination([HELD], [clean, example])
    assert log.dirty == {example.id} and rule in {each.rule for each in log.items}
    assert {each.matched for each in log.items} == {"held/1"}
    left = clean_mix(MixSet(name="m", examples=(clean, example)), log)
    assert left.examples == (clean,) and left.digest != MixSet(name="m", examples=(clean, example)).digest
