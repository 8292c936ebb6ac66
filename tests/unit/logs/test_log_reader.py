"""Logs of each harness. The files in ``fixtures`` were written by the harnesses' own code (see its README)."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from passgap.errors import PassgapError, StoreError, StudyError
from passgap.estimates import estimate_all
from passgap.logs import ImportedLog, read_log
from passgap.records import OutcomeKind, Result

FIXTURES = Path(__file__).parent / "fixtures"


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def counted(log: ImportedLog) -> dict[str, tuple[int, int]]:
    counts = log.counts
    return {name: (int(n), int(c)) for name, n, c in zip(counts.ids, counts.samples, counts.correct, strict=True)}


class TestRealLogs:
    @pytest.mark.parametrize(
        ("name", "kind", "pass_at_1"),
        [
            ("evalplus_eval_results.json", "EvalPlus", 0.375),
            ("human_eval_results.jsonl", "human-eval", 0.5),
            ("lm_eval_samples.jsonl", "lm-evaluation-harness", 0.75),
        ],
    )
    def test_pass_at_1_is_what_the_harness_printed(self, name: str, kind: str, pass_at_1: float) -> None:
        log = read_log(FIXTURES / name)
        assert log.format == kind
        assert log.counts.n == 4 and log.counts.m == 4
        assert log.counts.correct.sum() / log.counts.samples.sum() == pass_at_1

    @pytest.mark.parametrize("name", ["inspect.eval", "inspect.json.gz"])
    def test_inspect_both_forms_with_an_errored_sample(self, name: str) -> None:
        log = read_log(FIXTURES / name)
        assert log.format == "Inspect"
        assert counted(log) == {"task-0": (4, 2), "task-1": (4, 1), "task-2": (4, 1), "task-3": (3, 2)}
        assert log.counts.difficulties == ("easy", "hard", "easy", "hard")
        unscored = [result for result in log.results if result.outcome is OutcomeKind.UNSCORED]
        assert [(each.task_id, each.sample) for each in unscored] == [("task-3", 1)]

    def test_evalplus_notes_which_tests_count_and_keeps_the_programs(self) -> None:
        log = read_log(FIXTURES / "evalplus_eval_results.json")
        assert "base and extra tests" in log.notes[0]
        assert len(log.programs) == 16

    def test_lm_eval_reads_the_number_that_passed(self) -> None:
        log = read_log(FIXTURES / "lm_eval_samples.jsonl")
        assert counted(log) == {"toy/0": (4, 4), "toy/1": (4, 2), "toy/2": (4, 2), "toy/3": (4, 4)}
        assert any("only how many" in note for note in log.notes)

    @pytest.mark.parametrize("name", sorted(each.name for each in FIXTURES.iterdir() if each.suffix != ".md"))
    def test_a_truncated_log_says_so(self, name: str, tmp_path: Path) -> None:
        raw = (FIXTURES / name).read_bytes()
        cut = tmp_path / name
        cut.write_bytes(raw[: len(raw) * 2 // 3])
        with pytest.raises(StoreError, match="truncated"):
            read_log(cut)


LCB = [
    {
        "question_title": "A",
        "question_id": "abc301_a",
        "contest_date": "2025-03-01T00:00:00",
        "difficulty": "easy",
        "output_list": ["x", "y"],
        "code_list": ["print(1)", "print( 1 )"],
        "graded_list": [True, False],
        "pass@1": 0.5,
        "metadata": ["{}", "{}"],
    },
    {"question_id": "3700", "difficulty": "hard", "graded_list": [False, False], "code_list": ["", ""]},
]


def test_livecodebench_as_its_own_code_wrote_it() -> None:
    log = read_log(FIXTURES / "livecodebench_eval_all.json")
    assert log.format == "LiveCodeBench"
    assert counted(log) == {"inv_1": (4, 2), "inv_2": (4, 2), "inv_3": (4, 3), "inv_4": (4, 0)}
    assert log.counts.difficulties == ("easy", "medium", "hard", "hard")
    assert [result.sample for result in log.results if result.outcome is OutcomeKind.TIMEOUT] == [2]
    assert len(log.programs) == 16 and log.programs["inv_4", 0] == log.programs["inv_4", 1]


def test_livecodebench_by_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "Scenario.codegeneration_10_0.2_eval_all.json"
    path.write_text(json.dumps(LCB, indent=4))
    log = read_log(path)
    assert log.format == "LiveCodeBench"
    assert counted(log) == {"abc301_a": (2, 1), "3700": (2, 0)}
    assert dict(zip(log.counts.ids, log.counts.difficulties, strict=True)) == {"abc301_a": "easy", "3700": "hard"}
    assert log.programs["abc301_a", 0] == log.programs["abc301_a", 1]


def test_evalplus_first_version(tmp_path: Path) -> None:
    entry = {"nfiles": 2, "base": [["success", [True]], ["failed", [False]]], "plus": [["failed", []], ["failed", []]]}
    log = read_log(write(tmp_path / "old.json", {"date": "2023-05-01", "hash": "x", "eval": {"HumanEval/0": entry}}))
    assert counted(log) == {"HumanEval/0": (2, 0)}


def test_time_outs_keep_their_outcome(tmp_path: Path) -> None:
    late = {"base_status": "timeout", "plus_status": "pass", "solution": "x"}
    log = read_log(write(tmp_path / "e.json", {"hash": "x", "eval": {"a": [late]}}))
    assert [(result.passed, result.outcome) for result in log.results] == [(False, OutcomeKind.TIMEOUT)]
    real = read_log(FIXTURES / "human_eval_results.jsonl")
    assert OutcomeKind.TIMEOUT in {result.outcome for result in real.results}


def test_evalplus_base_only_and_a_mix_of_runs(tmp_path: Path) -> None:
    base = {"base_status": "pass", "plus_status": None, "solution": "x"}
    log = read_log(write(tmp_path / "base.json", {"hash": "x", "eval": {"a": [base]}}))
    assert counted(log) == {"a": (1, 1)} and "base tests alone" in log.notes[0]
    mixed = {"hash": "x", "eval": {"a": [base], "b": [{**base, "plus_status": "fail"}]}}
    with pytest.raises(StoreError, match="mix of two runs"):
        read_log(write(tmp_path / "mixed.json", mixed))
    with pytest.raises(StoreError, match="'weird'"):
        read_log(write(tmp_path / "odd.json", {"hash": "x", "eval": {"a": [{"base_status": "weird"}]}}))


def lm_line(doc: int, **metrics: Any) -> dict[str, Any]:
    return {
        "doc_id": doc,
        "doc": {"task_id": doc},
        "filtered_resps": [["a", "b", "c"]],
        "filter": "none",
        "metrics": list(metrics),
        **metrics,
    }


def test_lm_eval_inverts_any_pass_at_k_that_decides(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "s.jsonl", lm_line(2, **{"pass@2": 2 / 3}), lm_line(3, **{"pass_at_1": 2 / 3})))
    assert counted(log) == {"2": (3, 1), "3": (3, 2)}
    with pytest.raises(StoreError, match="leaves open"):
        read_log(write(tmp_path / "open.jsonl", lm_line(2, **{"pass@2": 1.0})))
    with pytest.raises(StoreError, match="no pass@k"):
        read_log(write(tmp_path / "none.jsonl", lm_line(2, bleu=0.4)))
    single = {**lm_line(5, exact_match=1.0), "filtered_resps": ["42"]}
    assert counted(read_log(write(tmp_path / "one.jsonl", single))) == {"5": (1, 1)}


def test_lm_eval_filters_and_appended_runs(tmp_path: Path) -> None:
    line = lm_line(1, **{"pass@1": 1.0})
    log = read_log(write(tmp_path / "f.jsonl", line, {**line, "filter": "strict", "pass@1": 0.0}))
    assert counted(log) == {"1": (3, 3)} and "filters none, strict" in log.notes[0]
    with pytest.raises(StoreError, match="two runs in one file"):
        read_log(write(tmp_path / "twice.jsonl", line, line))


def test_plain_lines_with_and_without_sample_numbers(tmp_path: Path) -> None:
    bare = write(tmp_path / "bare.jsonl", *({"task_id": "a", "passed": each} for each in (True, False, None)))
    log = read_log(bare)
    assert (
        log.format == "passgap or plain JSON lines" and counted(log) == {"a": (2, 1)} and log.counts.total_unscored == 1
    )
    assert [result.sample for result in log.results] == [0, 1, 2]
    numbered = [{"task_id": "a", "sample": 7, "passed": True, "difficulty": "hard", "something": "else"}]
    assert read_log(write(tmp_path / "n.jsonl", *numbered)).results[0].sample == 7
    with pytest.raises(StoreError, match="all or none"):
        read_log(write(tmp_path / "half.jsonl", {"task_id": "a", "passed": True}, *numbered))


def test_numbers_do_not_say_whether_a_sample_passed(tmp_path: Path) -> None:
    rows = [{"task_id": 3, "sample": i, "passed": each, "outcome": None} for i, each in enumerate((1, 0, 2))]
    with pytest.raises(StoreError) as caught:
        read_log(write(tmp_path / "r.jsonl", *rows), samples=False)
    assert [fault.rpartition(" ")[2] for fault in caught.value.problems] == ["1", "0", "2"]


def test_repeated_samples_are_refused(tmp_path: Path) -> None:
    row = {"task_id": "a", "sample": 0, "passed": True}
    with pytest.raises(StudyError, match="more than one result"):
        read_log(write(tmp_path / "twice.jsonl", row, row))


def test_aggregates(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "a.jsonl", {"task_id": 11, "n": 10, "c": 3, "difficulty": "easy"}))
    assert log.format == "aggregates" and counted(log) == {"11": (10, 3)} and log.results == ()
    as_list = tmp_path / "list.json"
    as_list.write_text(json.dumps([{"task_id": "x", "n": 2, "c": 0}, {"task_id": "y", "n": 2, "c": 1}], indent=1))
    assert counted(read_log(as_list)) == {"x": (2, 0), "y": (2, 1)}


def passgap_results() -> list[Result]:
    kinds = [OutcomeKind.PASSED, OutcomeKind.FAILED, OutcomeKind.UNSCORED, OutcomeKind.TIMEOUT]
    return [
        Result(
            task_id=f"t{i}",
            sample=j,
            passed=None if kind is OutcomeKind.UNSCORED else kind is OutcomeKind.PASSED,
            outcome=kind,
            difficulty=["easy", "hard"][i % 2],
            seconds=0.25,
            cases="PF",
            behaviour="b" if j else None,
        )
        for i in range(5)
        for j, kind in enumerate(kinds[i % 2 :])
    ]


def test_passgaps_own_results_come_back_whole_and_the_fast_way_counts_the_same(tmp_path: Path) -> None:
    results = passgap_results()
    path = tmp_path / "results.jsonl"
    path.write_text("".join(result.model_dump_json() + "\n" for result in results))
    whole, fast = read_log(path), read_log(path, samples=False)
    assert list(whole.results) == results
    assert fast.results == () and fast.format == "passgap or plain JSON lines"
    assert counted(fast) == counted(whole)
    assert fast.counts.difficulties == whole.counts.difficulties
    assert fast.counts.unscored.tolist() == whole.counts.unscored.tolist()


@pytest.mark.parametrize(
    "fault",
    [
        {"passed": False, "outcome": "passed"},
        {"passed": True, "outcome": "exploded"},
        {"sample": -1},
        {"sample": True},
        {"passed": "yes"},
        {"task_id": None},
        {"protocol": "sideways"},
    ],
)
def test_a_faulty_line_is_named_on_either_way(fault: dict[str, Any], tmp_path: Path) -> None:
    good = {"task_id": "a", "sample": 0, "passed": True, "outcome": "passed"}
    path = write(tmp_path / "r.jsonl", good, {**good, "sample": 1, **fault})
    with pytest.raises(StoreError, match="line 2"):
        read_log(path)
    if "protocol" not in fault:
        with pytest.raises(StoreError, match="line 2"):
            read_log(path, samples=False)


def test_contradictions_are_found_on_the_fast_way_too(tmp_path: Path) -> None:
    row = {"task_id": "a", "sample": 0, "passed": True, "outcome": "passed", "difficulty": "easy"}
    for other in (row, {**row, "sample": 1, "difficulty": "hard"}):
        with pytest.raises(StudyError):
            read_log(write(tmp_path / "r.jsonl", row, other), samples=False)


def test_packed_files(tmp_path: Path) -> None:
    row = json.dumps({"task_id": "a", "passed": True}).encode()
    (tmp_path / "r.jsonl.gz").write_bytes(gzip.compress(row))
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(row)
    (tmp_path / "r.jsonl.zst").write_bytes(sink.getvalue().to_pybytes())
    for name in ("r.jsonl.gz", "r.jsonl.zst"):
        assert counted(read_log(tmp_path / name)) == {"a": (1, 1)}
    (tmp_path / "bad.gz").write_bytes(gzip.compress(row)[:-12])
    with pytest.raises(StoreError, match="truncated or damaged"):
        read_log(tmp_path / "bad.gz")


def inspect_sample(identity: str, **changes: Any) -> dict[str, Any]:
    return {"id": identity, "epoch": 1, "scores": {"verify": {"value": "C", "answer": "x"}}, "metadata": {}} | changes


def test_inspect_scores_of_all_kinds(tmp_path: Path) -> None:
    values = {"a": "C", "b": "I", "c": "P", "d": "N", "e": 1, "f": 0.0, "g": True, "h": float("nan")}
    samples = [inspect_sample(name, scores={"s": {"value": value}}) for name, value in values.items()]
    log = read_log(write(tmp_path / "i.json", {"version": 2, "status": "success", "eval": {}, "samples": samples}))
    passed = {result.task_id: result.passed for result in log.results}
    assert passed == {
        "a": True,
        "b": False,
        "c": False,
        "d": False,
        "e": True,
        "f": False,
        "g": True,
        "h": None,
    }
    assert {note for note in log.notes if "scored" in note} == {
        "1 samples scored P (partial credit) count as not passed",
        "1 samples scored N (no answer) count as not passed",
    }
    for odd in (0.4, "0.5", "perhaps", [1], {"a": 1}):
        sample = inspect_sample("x", scores={"s": {"value": odd}})
        with pytest.raises(StoreError, match="neither pass nor fail"):
            read_log(write(tmp_path / "odd.json", {"status": "success", "eval": {}, "samples": [sample]}))


def test_inspect_scores_in_words_read_as_inspects_own_accuracy_reads_them(tmp_path: Path) -> None:
    values = {"a": "yes", "b": "True", "c": "no", "d": "FALSE", "e": "1", "f": "0.0", "g": None, "h": "nan"}
    samples = [inspect_sample(name, scores={"s": {"value": value}}) for name, value in values.items()]
    log = read_log(write(tmp_path / "i.json", {"status": "success", "eval": {}, "samples": samples}))
    passed = [result.passed for result in log.results]
    assert passed == [True, True, False, False, True, False, None, None]


def test_inspect_counts_answerless_epochs_and_names_what_never_ran(tmp_path: Path) -> None:
    scores = [{"s": {"value": value}} for value in ("C", "N", "N", "I")]
    samples = [inspect_sample("a", epoch=epoch, scores=each) for epoch, each in enumerate(scores, start=1)]
    failed = inspect_sample("b", scores={}, error={"message": "out of memory"})
    document = {
        "status": "cancelled",
        "eval": {"dataset": {"samples": 4, "sample_ids": ["a", "b", "c", 7]}},
        "samples": [*samples, failed],
    }
    log = read_log(write(tmp_path / "i.json", document))
    assert counted(log) == {"7": (0, 0), "a": (4, 1), "b": (0, 0), "c": (0, 0)}
    assert log.counts.total_unscored == 1 and log.counts.unmeasured == 3
    assert "2 problems without a sample, in no estimate: c, 7" in log.notes


BARE = {"base_status": "pass", "plus_status": "fail", "solution": "x"}


@pytest.mark.parametrize(
    "document",
    [
        {"hash": "x", "eval": {"a": [BARE, BARE], "b": []}},
        {"hash": "x", "eval": {"a": {"base": [["success"]], "plus": []}, "b": {"base": [], "plus": []}}},
        [{"question_id": "a", "graded_list": [True]}, {"question_id": "b", "graded_list": [], "difficulty": "easy"}],
        {"doc_id": 1, "doc": {"task_id": "a"}, "resps": [["x"]], "pass@1": 1.0},
        {"task_id": "a", "n": 2, "c": 1},
    ],
)
def test_a_problem_without_samples_is_counted_and_named(document: Any, tmp_path: Path) -> None:
    rows = [document]
    if "doc_id" in document:
        rows.append({"doc_id": 2, "doc": {"task_id": "b"}, "resps": [[]], "filtered_resps": [], "pass@1": 0.0})
    if "n" in document:
        rows.append({"task_id": "b", "n": 0, "c": 0})
    log = read_log(write(tmp_path / "log.json", *rows))
    assert log.counts.ids == ("a", "b") and log.counts.unmeasured == 1
    table = estimate_all(log.counts, (1,))
    assert "1 problem without a scored sample is left out" in table.overall["pass@1"].warning
    if log.format != "aggregates":
        assert "1 problem without a sample, in no estimate: b" in log.notes


def test_a_results_file_that_was_appended_to_itself_is_refused_or_noted(tmp_path: Path) -> None:
    fixture = (FIXTURES / "human_eval_results.jsonl").read_text()
    (tmp_path / "twice.jsonl").write_text(fixture * 2)
    for content in (fixture * 2, fixture * 3, "".join(sorted((fixture * 2).splitlines(keepends=True)))):
        (tmp_path / "twice.jsonl").write_text(content)
        with pytest.raises(StoreError, match="appended to itself"):
            read_log(tmp_path / "twice.jsonl")
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(fixture.encode()) * 2)
    with pytest.raises(StoreError, match="appended to itself"):
        read_log(tmp_path / "packed.jsonl.gz")
    rows = [{"task_id": name, "passed": passed} for name, passed in (("a", True), ("b", False), ("c", True))]
    log = read_log(write(tmp_path / "bare.jsonl", *rows, *rows))
    assert counted(log) == {"a": (2, 2), "b": (2, 0), "c": (2, 2)}
    assert any("lines 4 to 6 repeat lines 1 to 3" in note for note in log.notes)
    once = read_log(write(tmp_path / "once.jsonl", *rows))
    alike = read_log(write(tmp_path / "alike.jsonl", rows[0], rows[0]))
    assert once.notes == () and alike.notes == ()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_byte_order_marks_line_ends_and_packing_change_nothing(
    packed: bool, newline: str, mark: str, last: bool, tmp_path: Path
) -> None:
    rows = [{"task_id": "a", "sample": n, "passed": n == 1, "outcome": ("failed", "passed")[n == 1]} for n in range(3)]
    text = mark + newline.join(map(json.dumps, rows)) + newline * last
    (tmp_path / "r.jsonl").write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    for samples in (True, False):
        assert counted(read_log(tmp_path / "r.jsonl", samples=samples)) == {"a": (3, 1)}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"task_id": "a", "passed": NaN}', "not nan"),
        ('{"task_id": "a", "passed": "true"}', "not 'true'"),
        ('{"task_id": "a", "n": 2, "c": NaN}', "whole numbers"),
        ('{"doc_id": 1, "doc": {}, "pass@1": NaN, "resps": [["x"]]}', "pass@1 = nan"),
        ('{"doc_id": 1, "doc": {}, "acc": NaN, "resps": [["x"]]}', "cannot read nan"),
        ('[{"question_id": "a", "graded_list": [true, null]}]', "true and false"),
        ('{"hash": "x", "eval": {"a": [{"base_status": null, "plus_status": "pass"}]}}', "None and 'pass'"),
        ('{"hash": "x", "eval": {"a": null}}', "a: needs a list"),
    ],
)
def test_what_is_neither_yes_nor_no_is_named_and_never_counted(content: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(PassgapError) as caught:
        read_log(tmp_path / "r.json")
    assert expected in str(caught.value)


def test_inspect_headline_score_and_unfinished_runs(tmp_path: Path) -> None:
    scores = {"style": {"value": "C"}, "verify": {"value": "I"}}
    document = {
        "status": "error",
        "eval": {},
        "results": {"headline": {"score": "verify"}},
        "samples": [inspect_sample("a", scores=scores)],
    }
    log = read_log(write(tmp_path / "i.json", document))
    assert counted(log) == {"a": (1, 0)}
    assert any("status error" in note for note in log.notes) and any("called verify" in note for note in log.notes)
    with pytest.raises(StoreError, match="no samples"):
        read_log(write(tmp_path / "h.json", {"status": "success", "eval": {}, "plan": {}}))


@pytest.mark.parametrize("member", ["_journal/summaries/1.json", "samples/a_epoch_1.json"])
def test_inspect_archives_of_stopped_runs(member: str, tmp_path: Path) -> None:
    sample: Any = inspect_sample("a")
    with zipfile.ZipFile(tmp_path / "run.eval", "w") as archive:
        archive.writestr(member, json.dumps([sample] if "summaries" in member else sample))
    log = read_log(tmp_path / "run.eval")
    assert counted(log) == {"a": (1, 1)} and "stopped" in log.notes[0]
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(StoreError, match="not an Inspect log"):
        read_log(tmp_path / "other.zip")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"task_id": "a", "completion": "x"}\n{"task_id": "b", "completion": "x"}', "passgap score"),
        ('{"results": {}, "configs": {}, "versions": {}}', "--log_samples"),
        ('[{"question_id": "a", "output_list": []}]', "evaluate them first"),
        ('[{"pass@1": 0.4, "detail": {}}, {}, []]', "_eval_all.json"),
        ('{"name": "x"}\n{"name": "y"}', "fields name"),
        ('{"a": 1, "b": 2}', "fields a, b"),
        ("[1, 2]", "list that begins with a number"),
        ("[]", "an empty JSON list; was the run finished?"),
        ("[null]", "list that begins with null"),
        ("null", "null; supported"),
        ("{}", "JSON lines without a field"),
        ('{"hash": "x", "eval": {"a": [], "a": []}}', "'a' stands more than once"),
        ('[{"question_id": "a", "question_id": "b", "graded_list": [true]}]', "'question_id' stands more than once"),
        ('{"task_id": "a", "passed": true, "passed": false}', "line 1: 'passed' stands more than once"),
        ('[{"question_id": "a", "graded_list": [true], "code_list": ["x", "y"]}]', "a: its graded_list has 1 entries"),
        ('[{"question_id": "a", "graded_list": [], "code_list": ["x"]}]', "a: its graded_list has 0 entries"),
        ('{"task_id": "a", "result": "passed", "passed": false}', "line 1: passed is False and result is 'passed'"),
        ('{"task_id": "a", "result": "failed: x", "passed": true}', "line 1: passed is True and result is 'failed: x'"),
        ('{"task_id": "a", "result": "timed out", "passed": true}', "line 1: passed is True and result is"),
        ("42", "(not recognised)\n  - a number"),
        ("", "empty"),
        ("   \n", "empty"),
        ("id,passed\n1,2", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"task_id": "a", "passed": true}\n[1]', "line 2 is a list"),
        ('{"task_id": "a", "passed": true}\n{"task_id": "a", "pas', "line 2 is not JSON (the last line"),
        ('{"task_id": "a", "passed": true}\n{"doc_id": 1, "doc": {}}', "line 2: has no task_id"),
        ('{"task_id": "a", "passed": true}\n{"task_id": "b", "n": 1, "c": 1}', "line 2: has no passed"),
        ('{"task_id": "a", "n": 1, "c": 1}\n{"task_id": "b", "passed": true}', "line 2 (b): has no n and c"),
        ('{"doc_id": 1, "doc": {}, "pass@1": 1.0}\n{"task_id": "a"}', "line 2 has no doc_id"),
        ('[{"question_id": "a", "graded_list": [1, 0]}]', "true and false"),
        ('[{"question_id": "a", "graded_list": [true]}, {"x": 1}]', "entry 1 has no question_id"),
        ('{"hash": "x", "eval": {}}', "holds no results"),
        ('{"hash": "x", "eval": {"a": [{"x": 1}]}}', "a: needs a list of samples"),
    ],
)
def test_foreign_and_mixed_up_files_say_what_was_recognised(content: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(StoreError) as caught:
        read_log(path)
    assert expected in str(caught.value)
    assert "file.json could not be read (" in caught.value.summary


def test_what_is_not_there_or_not_text(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(StoreError, match="could not be read"):
            read_log(path)
    (tmp_path / "model.bin").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(StoreError, match="not UTF-8"):
        read_log(tmp_path / "model.bin")


def test_many_faults_are_counted(tmp_path: Path) -> None:
    rows = [{"task_id": "a", "passed": True}, *({"task_id": "a"} for _ in range(60))]
    with pytest.raises(PassgapError) as caught:
        read_log(write(tmp_path / "r.jsonl", *rows))
    assert len(caught.value.problems) == 21 and caught.value.problems[-1] == "and 40 more"


def test_every_faulty_aggregate_is_named_by_its_line(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"task_id": "good", "n": 5, "c": 5},
        {"task_id": "more", "n": 5, "c": 6},
        {"task_id": "less", "n": -1, "c": 0},
        {"task_id": "half", "n": 5, "c": 2.5},
        {"task_id": "text", "n": "5", "c": "2"},
        {"task_id": "bool", "n": True, "c": False},
        {"task_id": "without", "n": 5},
        {"n": 5, "c": 5},
        {"task_id": "good", "n": 5, "c": 1},
        {"task_id": "many", "n": 10**30, "c": 1},
        {"task_id": "unscored", "n": 5, "c": 1, "unscored": -1},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n\n".join(json.dumps(row) for row in rows))
    with pytest.raises(StoreError) as caught:
        read_log(path)
    assert [each.split(":")[0].split(" (")[0] for each in caught.value.problems] == [
        f"line {2 * row + 1}" for row in range(1, len(rows))
    ]


@pytest.mark.parametrize("samples", [True, False])
def test_a_difficulty_is_one_slice_however_it_is_spelled(samples: bool, tmp_path: Path) -> None:
    spelled = ["Easy", "easy", " EASY ", "", None, "Hard"]
    expected = ("easy", "easy", "easy", "unspecified", "unspecified", "hard")
    results = [
        {"task_id": f"t{at}", "sample": 0, "passed": True, "outcome": "passed", "difficulty": each}
        for at, each in enumerate(spelled)
    ]
    aggregates = [{"task_id": f"t{at}", "n": 1, "c": 1, "difficulty": each} for at, each in enumerate(spelled)]
    livecodebench = [
        {"question_id": f"t{at}", "graded_list": [True], "difficulty": each} for at, each in enumerate(spelled)
    ]
    (tmp_path / "lcb.json").write_text(json.dumps(livecodebench))
    for path in (
        write(tmp_path / "r.jsonl", *results),
        write(tmp_path / "a.jsonl", *aggregates),
        tmp_path / "lcb.json",
    ):
        assert read_log(path, samples=samples).counts.difficulties == expected
    assert read_log(
        write(tmp_path / "n.jsonl", {"task_id": "a", "n": 1, "c": 1, "difficulty": 1200})
    ).counts.slices == ("1200",)


@pytest.mark.parametrize("samples", [[5, inspect_sample("a", scores=[1]), inspect_sample("a")], {"a": 1}, [None]])
def test_damaged_inspect_samples_are_named(samples: Any, tmp_path: Path) -> None:
    file = tmp_path / "log.eval"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("header.json", json.dumps({"eval": {}, "status": "success"}))
        archive.writestr("summaries.json", json.dumps(samples))
    with pytest.raises(StoreError) as caught:
        read_log(file)
    problems = "; ".join(caught.value.problems)
    assert "its list of samples is damaged" in problems or "sample 1 is" in problems
    assert ("sample 2: its scores are" in problems) is (len(samples) == 3)
