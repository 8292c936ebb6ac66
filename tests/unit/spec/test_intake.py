"""A study is valid, or one message says everything that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from passgap import parse_study
from passgap.arms.decode_only import ARM as DECODE_ONLY
from passgap.arms.ssd import ARM as SSD
from passgap.errors import EXIT_REFUSED, StudyError
from passgap.records import Decoding
from passgap.spec import LocalEngine, ServerEngine
from passgap.spec.decoding import decoding_of

VALID: dict[str, Any] = {
    "name": "a study",
    "model": {
        "id": "embedded",
        "name": "SmolLM2-135M-Instruct",
        "parameters": "135M",
        "licence": "Apache-2.0",
        "context_tokens": 2048,
        "benchmark": {"name": "HumanEval", "pass@1": "unknown", "pass@10": {"value": 0.2, "source": "model card"}},
    },
    "task_family": {"languages": ["python"], "kinds": ["algorithmic"], "surface": "editor"},
    "heldout": {"tasks": "starter", "split": "heldout"},
    "pool": {"tasks": "starter", "split": "pool"},
    "diagnostics": {
        "samples": 16,
        "k": [1, 4, 8, 16],
        "decoding": {"temperature": 0.8, "top_p": 0.95, "max_new_tokens": 256},
    },
    "budget": {
        "device": "cpu",
        "hours": {"sampling": 2, "training": 1, "evaluation": 2},
        "price_per_hour": 0.1,
        "team_size": 1,
        "days_to_first_signal": 1,
    },
    "comparator": {"method": "do-nothing", "why": "nothing else is at hand"},
    "failure_cost": {"checkpoints": "all, 90 days", "blocker": "pass@1 below base", "rollback": "one flip"},
}


DECODING = VALID["diagnostics"]["decoding"]
SERVER = {"name": "server", "base_url": "http://127.0.0.1:8000/v1", "dialect": "vllm"}


def study(**changes: Any) -> str:
    """The valid study as YAML, with sections merged or, where given as None, removed."""
    merged = {**VALID}
    for name, change in changes.items():
        if change is None:
            del merged[name]
        elif isinstance(change, dict) and isinstance(merged.get(name), dict):
            merged[name] = {**merged[name], **change}
        else:
            merged[name] = change
    return yaml.safe_dump(merged)


def problems_of(text: str) -> list[str]:
    with pytest.raises(StudyError) as caught:
        parse_study(text)
    assert caught.value.exit_code == EXIT_REFUSED
    return [caught.value.summary, *caught.value.problems]


def test_a_valid_study_is_read_with_its_defaults() -> None:
    intake = parse_study(study())
    assert intake.spec.model.parameters == 135_000_000
    assert intake.spec.thresholds.gap == 0.05
    assert intake.spec.production_decoding.top_p == 0.95
    assert not decoding_of(SSD.section_of(intake.spec).sampling).zero_signal
    assert intake.flags == ()


def test_the_digest_covers_defaults_and_nothing_but_content() -> None:
    assert parse_study(study()).spec.digest == parse_study(study(seed=0)).spec.digest
    assert parse_study(study()).spec.digest != parse_study(study(seed=1)).spec.digest


def test_an_empty_study_says_how_to_begin() -> None:
    assert "is empty" in problems_of("")[0]


def test_every_missing_field_is_named_with_its_reason_and_an_example() -> None:
    problems = problems_of("name: only a name\n")
    for field in ("model.licence", "heldout.tasks", "diagnostics.k", "budget.hours.training", "comparator.method"):
        [line] = [problem for problem in problems if problem.startswith(f"{field}: missing")]
        assert "Example: `" in line
    assert sum("benchmark.pass@1:" in problem for problem in problems) == 1


def test_a_section_that_is_present_but_empty_is_asked_for_field_by_field() -> None:
    problems = problems_of(study().replace("failure_cost:\n", "other:\n") + "failure_cost:\n")
    assert any(problem.startswith("failure_cost.blocker: missing") for problem in problems)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"thresholds": {"looks": [400, 200]}}, "thresholds.looks: [400, 200] does not rise"),
        ({"thresholds": {"looks": [100, 200]}}, "thresholds.looks: the first look has 100 problems"),
        (
            {"thresholds": {"looks": [200, 400]}, "heldout": {"limit": 300}},
            "thresholds.looks: the last look has 400 problems and `heldout.limit` leaves 300",
        ),
        ({"heldout": {"limit": 50}}, "heldout.limit: 50 problems cannot carry a verdict"),
        ({"comparator": {"method": "prayer"}}, "comparator.method: should be 'do-nothing'"),
        ({"diagnostics": {"k": [1, 4, 8]}}, "diagnostics.k: 16 missing"),
        ({"diagnostics": {"samples": 8}}, "diagnostics.samples: 8 samples a problem cannot give pass@16"),
        ({"pool": {"split": "heldout"}}, "the prompts to train on are the problems to evaluate on"),
        ({"training": {"mix_ratio": 0.8, "mix_path": "x.jsonl"}}, "training.mix_ratio: 0.8"),
        ({"training": {"mix_ratio": 0.1}}, "training.mix_path: missing"),
        ({"budget": {"price_per_hour": -1}}, "budget.price_per_hour: should be greater than or equal to 0; it is -1"),
        ({"budgett": {"x": 1}}, "budgett: there is no such section. Did you mean `budget`?"),
        ({"model": {"nme": "x"}}, "model.nme: there is no such field. Did you mean `name`?"),
        ({"sampling": {"temperature": 1.0, "top_k": 0, "top_p": 1.0}}, "fixed point of self-training"),
        ({"battery": {"unsafe": 1.0}}, "cannot be skipped"),
        ({"promotion": {"guards": {"latencies": 0.1}}}, "no such metric. Did you mean `latency`? The metrics are:"),
        ({"promotion": {"errors_alpha": 0.05}}, "promotion.errors_alpha: 0.05 leaves nothing of `alpha`, 0.05"),
        ({"task_family": {"kinds": ["poetry"]}}, "task_family.kinds.0: should be 'algorithmic'"),
        ({"task_family": {"kinds": []}}, "task_family.kinds: at least one is needed"),
        ({"engine": {"name": "steam"}}, "engine.name: should be one of 'local', 'vllm', 'server'"),
        ({"engine": {"name": "vllm", "device": "cuda"}}, "engine.device: there is no such field"),
        ({"cluster": {"gpus": 1}}, "cluster.workers: missing. Engines that sample side by side"),
        ({"cluster": {"workers": 0}}, "cluster.workers: should be greater than or equal to 1; it is 0"),
        ({"cluster": {"workers": 2}, "engine": SERVER}, "cluster: a server is asked by this machine"),
        (
            {"engine": {"name": "vllm", "thinking": {"tokens": 100_000}}},
            "engine.thinking.tokens: 100000 tokens of thoughts leave nothing",
        ),
        (
            {"engine": {"name": "vllm", "thinking": {"tokens": 5}, "keep_logprobs": True}},
            "engine.keep_logprobs: the mark that ends thoughts",
        ),
        (
            {"engine": {"name": "vllm", "thinking": {"effort": "low", "template": {"a": 1}}}},
            "engine.thinking.effort and engine.thinking.template: prompts are rendered here",
        ),
        (
            {"cluster": {"workers": 2, "gpus": 1}, "engine": {"name": "vllm", "tensor_parallel": 2}},
            "cluster.gpus: 1 are too few for `engine.tensor_parallel: 2`",
        ),
        (
            {"decode_only": {"temperatures": [0, -1]}},
            "decode_only.temperatures.1: should be greater than or equal to 0",
        ),
        ({"decode_only": {"temperatures": []}}, "decode_only.temperatures: at least one is needed"),
        (
            {"decode_only": {"temperature": [0]}},
            "decode_only.temperature: there is no such field. Did you mean `temper",
        ),
        ({"decode_only": {"samples": 0}}, "decode_only.samples: should be greater than or equal to 1; it is 0"),
        ({"decode_only": {"settings": [{"top_k": 5}]}}, "decode_only.settings.0.temperature: missing. How sharply"),
        ({"decode_only": {"top_p": [1.5]}}, "decode_only.top_p.0: should be less than or equal to 1; it is 1.5"),
        (
            {"decode_only": {"temperatures": [0.8]}},
            "decode_only: production decoding (temperature 0.8, top-k off, top-p",
        ),
        (
            {"decode_only": {"temperatures": [0], "settings": [{"temperature": 0.2}]}},
            "decode_only.settings: a list of settings and a grid",
        ),
        (
            {"decode_only": {"top_k": [0, 20]}, "engine": {**SERVER, "dialect": "openai"}},
            "decode_only: top_k: the OpenAI API has no such setting, and it is 20",
        ),
        ({"engine": {"devise": "cpu"}}, "engine.devise: there is no such field. Did you mean `device`?"),
        ({"engine": {**SERVER, "base_url": "127.0.0.1:80"}}, "engine.base_url: should be a URL such as"),
        ({"engine": {**SERVER, "base_url": "ftp://127.0.0.1"}}, "engine.base_url: should be a URL such as"),
        ({"engine": {**SERVER, "dialect": "vlm"}}, "engine.dialect: should be 'openai', 'vllm'"),
        ({"engine": {**SERVER, "concurrency": 0}}, "engine.concurrency: should be greater than or equal to 1"),
        (
            {"engine": {**SERVER, "dialect": "openai"}, "diagnostics": {"decoding": {**DECODING, "top_k": 20}}},
            "diagnostics.decoding.top_k: the OpenAI API has no such setting",
        ),
        (
            {"engine": {**SERVER, "dialect": "openai"}, "diagnostics": {"decoding": {**DECODING, "temperature": 2.5}}},
            "diagnostics.decoding.temperature: the OpenAI API takes at most 2",
        ),
        (
            {"engine": {**SERVER, "dialect": "sglang"}, "diagnostics": {"decoding": {**DECODING, "top_k": 20}}},
            "SGLang takes top-p on the whole distribution",
        ),
    ],
)
def test_each_refusal_is_said_in_words(changes: dict[str, Any], expected: str) -> None:
    problems = problems_of(study(**changes))
    assert any(expected in problem for problem in problems), problems
    assert len(problems) == 2, "one fault, one problem"


def test_a_server_without_an_address_is_asked_for_it() -> None:
    problems = problems_of(study(engine={"name": "server"}))
    assert [problem.split(":")[0] for problem in problems[1:]] == ["engine.base_url", "engine.dialect"]
    assert all("Example: `" in problem for problem in problems[1:])


@pytest.mark.parametrize(
    "secret",
    [{"key_variable": "sk-4f9a77"}, {"key_variable": "4f9a77"}, {"base_url": "https://me:4f9a77@host/v1"}],
    ids=["a key", "a key without dashes", "a password"],
)
def test_a_secret_that_was_put_into_the_study_is_refused_and_not_repeated(secret: dict[str, str]) -> None:
    problems = problems_of(study(engine={**SERVER, **secret}))
    assert len(problems) == 2
    assert "environment variable" in problems[1]
    assert "4f9a77" not in "\n".join(problems)


def test_an_engine_without_a_name_is_the_local_one() -> None:
    assert parse_study(study(engine={"device": "cpu"})).spec.engine == LocalEngine(device="cpu")
    served = parse_study(study(engine={**SERVER, "base_url": "http://127.0.0.1:8000/v1/"}))
    assert isinstance(served.spec.engine, ServerEngine)
    assert served.spec.engine.base_url == "http://127.0.0.1:8000/v1"
    assert served.spec.begins_answers
    assert any("engine.tokenizer" in flag for flag in served.flags)


def test_answers_are_begun_where_something_can_go_on_with_them() -> None:
    def begun(**engine: str) -> bool:
        return parse_study(study(engine={**SERVER, **engine})).spec.begins_answers

    assert parse_study(study()).spec.begins_answers
    assert parse_study(study(engine={"name": "vllm"})).spec.begins_answers
    assert not parse_study(study(engine={"name": "vllm", "thinking": {"tokens": 5}})).spec.begins_answers
    assert not begun(dialect="openai")
    assert not begun(dialect="transformers")
    assert begun(dialect="transformers", tokenizer="embedded")
    assert not begun(dialect="llama.cpp")
    assert begun(dialect="llama.cpp", tokenizer="embedded")


def test_a_reported_score_needs_its_source() -> None:
    text = study(model={"benchmark": {"name": "HumanEval", "pass@1": 0.3, "pass@10": {"value": 0.4}}})
    problems = problems_of(text)
    assert any("model.benchmark.pass@1: should be `unknown`, or a score with its source" in line for line in problems)
    assert any(line.startswith("model.benchmark.pass@10.source: missing") for line in problems)
    assert len(problems) == 3


def sweep_of(text: str) -> dict[str, Decoding]:
    spec = parse_study(text).spec
    return DECODE_ONLY.section_of(spec).sweep(spec.production_decoding)


def test_a_sweep_is_a_grid_or_a_list_each_setting_once_and_without_production_decoding() -> None:
    def sweep(**section: Any) -> list[str]:
        return list(sweep_of(study(decode_only=section)))

    cool, warm = "temperature 0.4, top-k off, top-p 0.95", "temperature 0.8, top-k off, top-p 0.95"
    assert sweep(temperatures=[0, 0.4, 0.8, 0.4]) == ["greedy", cool]
    assert sweep(temperatures=[0, 0.8], top_k=[0, 20], top_p=[0.95, 1.0]) == [
        "greedy",
        "temperature 0.8, top-k off, top-p 1",
        "temperature 0.8, top-k 20, top-p 0.95",
        "temperature 0.8, top-k 20, top-p 1",
    ]
    assert sweep(settings=[{"temperature": 0.8}, {"temperature": 0.4, "top_p": 0.95}]) == [
        "temperature 0.8, top-k off, top-p 1",
        cool,
    ]
    assert warm not in sweep() and len(sweep()) == 5
    text = study() + "decode_only:\n"
    assert list(sweep_of(text)) == sweep()
    greedy, cooler = sweep_of(text)["greedy"], sweep_of(text)[cool]
    section = DECODE_ONLY.section_of(parse_study(text).spec)
    assert (section.samples_at(greedy), section.samples_at(cooler)) == (1, 4)
    assert greedy.max_new_tokens == cooler.max_new_tokens == 256
    with pytest.raises(StudyError, match="declares no decode-only sweep"):
        sweep_of(study())


def test_a_comparator_of_decoding_without_a_sweep_is_flagged() -> None:
    comparator = {"method": "decode-only"}
    [flag] = parse_study(study(comparator=comparator)).flags
    assert flag.startswith("comparator.method: decode-only, and no `decode_only` section")
    assert parse_study(study(comparator=comparator, decode_only={})).flags == ()


def test_many_faults_come_in_one_message() -> None:
    text = study(heldout={"limit": 50}, comparator=None, budget={"team_size": 0}, training={"mix_ratio": 0.8})
    problems = problems_of(text)
    for start in ("heldout.limit", "comparator.method", "comparator.why", "budget.team_size", "training.mix_ratio"):
        assert any(problem.startswith(start) for problem in problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: [", "not valid YAML"),
        ("a: 1\n b: 2", "line 2"),
        ("- a\n- b\n", "holds a list"),
        ("name: a\nname: b\n", "`name` stands twice (first on line 1)"),
        ("name: \ta: b\n", "not valid YAML"),
    ],
)
def test_yaml_that_cannot_be_read_says_where(text: str, expected: str) -> None:
    assert expected in "\n".join(problems_of(text))


def test_what_is_allowed_and_odd_is_flagged() -> None:
    intake = parse_study(
        study(
            training={"method": "lora", "lora_rank": 2, "learning_rate": 1e-5, "mix_ratio": 0.3, "mix_path": "m.jsonl"},
            sampling={"per_prompt": 1},
        )
    )
    flagged = "\n".join(intake.flags)
    for field in ("training.lora_rank", "training.learning_rate", "training.mix_ratio", "sampling.per_prompt"):
        assert field in flagged


def test_a_rehearsal_may_be_small_and_says_so() -> None:
    spec = parse_study(study(rehearsal=True, heldout={"limit": 10}, diagnostics={"samples": 4, "k": [1, 4]})).spec
    assert spec.rehearsal
    assert spec.heldout.limit == 10


def test_completions_that_leave_no_room_for_a_prompt_are_refused() -> None:
    problems = problems_of(study(model={"context_tokens": 256}, sampling={"max_new_tokens": 300}))
    assert any(line.startswith("diagnostics.decoding.max_new_tokens: 256 leave no room") for line in problems)
    assert any(line.startswith("sampling.max_new_tokens: 300 leave no room") for line in problems)


@pytest.mark.parametrize(
    ("written", "read"), [("2024-06", "2024-06-30"), ("2024-02", "2024-02-29"), ("2024-02-03", "2024-02-03")]
)
def test_a_cutoff_is_a_day_or_the_end_of_a_month(written: str, read: str) -> None:
    assert str(parse_study(study(model={"cutoff": written})).spec.model.cutoff) == read


@pytest.mark.parametrize("written", ["2024-13", "June", "0000-01", 2024])
def test_another_cutoff_is_refused_with_an_example(written: object) -> None:
    assert any("model.cutoff" in line and "2024-06" in line for line in problems_of(study(model={"cutoff": written})))


def test_a_mix_that_is_named_and_not_mixed_is_flagged() -> None:
    assert any("mix_path" in flag for flag in parse_study(study(training={"mix_path": "m.jsonl"})).flags)
    assert not parse_study(study(training={"mix_path": "m.jsonl", "mix_ratio": 0.1})).flags


@pytest.mark.parametrize("epochs", [".inf", "-1", "0"])
def test_epochs_are_a_positive_number(epochs: str) -> None:
    assert any("training.epochs" in line for line in problems_of(study(training={"epochs": float(epochs.lstrip("."))})))


def test_cross_field_rules_look_at_the_sound_fields_of_a_section_with_faults() -> None:
    problems = problems_of(
        study(
            thresholds={"level": 95, "looks": [400, 200]},
            training={"epochs": "x", "mix_ratio": 0.7},
            diagnostics={"samples": 2, "decoding": {**DECODING, "top_p": 2}},
            sampling={"drop_stubs": "x", "temperature": 1.0, "top_k": 0, "top_p": 1.0, "max_new_tokens": 4000},
            battery={"style": -1, "refusal": 1.0},
            heldout={"split": 3, "limit": 50},
        )
    )
    told = "\n".join(problems)
    for expected in (
        "thresholds.level: should be",
        "thresholds.looks: [400, 200] does not rise",
        "training.epochs: should be",
        "training.mix_ratio: 0.7 makes most",
        "training.mix_path: missing",
        "diagnostics.samples: 2 samples a problem cannot give pass@16",
        "sampling: temperature 1 without truncation",
        "sampling.max_new_tokens: 4000 leave no room",
        "battery: a tolerance of 1",
        "heldout.limit: 50 problems",
    ):
        assert expected in told


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {"mix_ratio": "x", "mix_path": None}},
        {"thresholds": {"looks": "x"}},
        {"sampling": {"temperature": "x", "top_k": 0, "top_p": 1.0}},
        {"rehearsal": "perhaps", "heldout": {"limit": 10}},
        {"diagnostics": {"k": ["x"]}},
        {"engine": {**SERVER, "dialect": "x"}},
    ],
)
def test_nothing_is_concluded_from_a_field_that_could_not_be_read(changes: dict[str, Any]) -> None:
    assert len(problems_of(study(**changes))) == 2  # the summary, and the one fault


@pytest.mark.parametrize(
    ("changes", "flagged"),
    [
        ({"task_family": {"languages": ["cobol", "Python"]}}, "task_family.languages: programs in "),
        ({"training": {"lora_rank": 8}}, "training.lora_rank: 8 has no effect"),
        ({"model": {"before_cutoff": "remove"}}, "model.before_cutoff: remove has no effect"),
        ({"sampling": {"temperature": 0.0, "top_k": 5}}, "sampling: `top_k` have no effect at temperature 0"),
        (
            {"diagnostics": {"decoding": {"temperature": 0, "top_p": 0.9, "max_new_tokens": 64}}},
            "diagnostics.decoding: `top_p`",
        ),
    ],
)
def test_what_has_no_effect_is_flagged(changes: dict[str, Any], flagged: str) -> None:
    assert any(each.startswith(flagged) for each in parse_study(study(**changes)).flags)


@pytest.mark.parametrize("written", ["2024-13-01", "2024-06-31", "2024-02-30 10:00:00"])
def test_a_day_that_does_not_exist_is_a_fault_of_its_field(written: str) -> None:
    text = study(model={"cutoff": "DAY"}).replace("DAY", written)
    assert any(line.startswith("model.cutoff: should be a day such as") for line in problems_of(text))


def test_a_value_that_its_tag_contradicts_is_no_traceback() -> None:
    assert "not valid YAML" in problems_of("name: !!int abc\n")[0]


def test_a_list_is_called_a_list() -> None:
    problems = problems_of(study(task_family={"languages": "python"}))
    assert any("task_family.languages: should be a list" in line and "[python]" in line for line in problems)


@pytest.mark.parametrize(
    ("rank", "limit", "flagged"), [(2, None, True), (64, None, False), (2, 100, False), (1, 9000, True)]
)
def test_a_rank_is_flagged_where_adapters_hold_less_than_the_samples_carry(
    rank: int, limit: int | None, flagged: bool
) -> None:
    text = study(training={"method": "lora", "lora_rank": rank}, pool={"limit": limit} if limit else {})
    found = [flag for flag in parse_study(text).flags if flag.startswith("training.lora_rank")]
    assert bool(found) is flagged
    assert all("Mbit" in flag and "problems" in flag for flag in found)


def test_processes_that_cannot_share_a_batch_are_refused_and_settings_without_effect_are_flagged() -> None:
    assert "3 processes cannot share updates of 16 examples" in "\n".join(problems_of(study(training={"processes": 3})))
    flags = "\n".join(parse_study(study(training={"held_back": 0.1, "lora_alpha": 8})).flags)
    assert "training.held_back: 0.1 has no effect without `training.eval_every`" in flags
    assert "training.lora_alpha: 8 has no effect" in flags
