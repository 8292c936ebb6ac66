"""The digest of every record that is part of one, as earlier versions computed it.

Artifacts, registrations and ledgers are found and compared by these digests, so a study that is on disk is lost to a
version that computes another one. A digest that is pinned here is never changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from passgap import parse_study
from passgap.arms.ssd import ARM as SSD
from passgap.decisions import Look
from passgap.ports import EngineIdentity
from passgap.recipes import PipelineSpec, training_config
from passgap.records import (
    AssertTests,
    CheckTests,
    Decoding,
    Estimate,
    Insufficient,
    Limits,
    Mix,
    MixedExample,
    PairCase,
    PairTests,
    Problem,
    Prompt,
    PytestTests,
    StdioCase,
    StdioTests,
    TrainConfig,
    TrainExample,
    Turn,
    digest_of,
)
from passgap.records.first_schema import FIRST_FIELDS
from passgap.spec import StudySpec
from passgap.spec.decoding import decoding_of
from passgap.stages.signal import SignalPlan
from passgap.store import LedgerEntry
from passgap.tasks import ContaminationItem, ContaminationLog, ContaminationRule, MixSet, load_tasks
from passgap.tasks.probe_sets import ProbePrompt, ProbeSet

STUDY = """
name: every section
seed: 7
model:
  id: someone/model
  name: a model
  parameters: 1.5B
  licence: MIT
  context_tokens: 4096
  cutoff: 2024-06
  benchmark: {name: HumanEval, pass@1: {value: 0.1, source: a card}, pass@10: unknown}
task_family: {languages: [python], kinds: [algorithmic], surface: tests}
heldout: {tasks: starter, split: heldout}
pool: {tasks: jsonl, path: pool.jsonl, limit: 40, difficulty: reference-length}
diagnostics: {samples: 16, k: [1, 4, 8, 16], decoding: {temperature: 0.8, top_p: 0.95, max_new_tokens: 512}}
budget:
  device: cpu
  hours: {sampling: 1, training: 2, evaluation: 3}
  price_per_hour: 1.5
  team_size: 2
  days_to_first_signal: 1
comparator: {method: decode-only, why: it is cheap}
failure_cost: {checkpoints: all, blocker: any, rollback: one flip}
alternatives: {curated_examples: 100, verifier: false}
sampling: {temperature: 1.2, top_k: 20, top_p: 0.9, per_prompt: 2}
training: {method: lora, learning_rate: 0.0001, lora_rank: 8, mix_ratio: 0.2, mix_path: mix.jsonl}
decode_only: {settings: [{temperature: 0}, {temperature: 0.4, top_p: 0.9}], samples: 4}
battery: {repetition: 0.02}
thresholds: {gap: 0.1, level: 0.9, looks: [200, 400]}
round2: {pool: {tasks: mbpp, split: train}}
"""

ENGINES = {
    "local": {"name": "local", "dtype": "float32"},
    "vllm": {"name": "vllm", "tensor_parallel": 2},
    "server": {"name": "server", "base_url": "http://127.0.0.1:8000/v1", "dialect": "vllm", "arms": {"ssd": "tuned"}},
}


def study(engine: str) -> StudySpec:
    declared = yaml.safe_load(STUDY) | {"engine": ENGINES[engine]}
    if engine != "server":
        declared["cluster"] = {"workers": 2, "gpus": 2}
    else:
        declared["training"] = {}
    return parse_study(yaml.safe_dump(declared)).spec


def pipeline(spec: StudySpec) -> PipelineSpec:
    return PipelineSpec(
        arm="ssd",
        base_model="m",
        base_digest="b",
        pool=spec.pool,
        pool_digest="p",
        pool_problems=40,
        pool_removed=1,
        contamination_digest="c",
        sampling=decoding_of(SSD.section_of(spec).sampling),
        samples_per_prompt=2,
        seed=7,
        selection="all",
        training=training_config(SSD.section_of(spec).training),
        mix_ratio=0.2,
        battery=spec.battery,
        probe_sets={"safety": "s"},
        heldout=spec.heldout,
        heldout_digest="h",
        heldout_problems=200,
        evaluation=spec.production_decoding,
        samples_per_problem=16,
        ks=(1, 4),
        thresholds=spec.thresholds,
    )


def problem(tests: Any, **changes: Any) -> Problem:
    return Problem(id="a/1", prompt="Add.", entry_point="add", tests=tests, source="s", **changes)


PROMPT = Prompt(user="u", system="s", prefix="p", stop=("\n",))
MIXED = MixedExample(id="1", turns=(Turn(role="user", content="Hello"),), completion="Good day")
SETTING = Decoding(temperature=0.8, top_p=0.95, max_new_tokens=12)

ROOTS: dict[str, BaseModel] = {
    "asserts": problem(AssertTests(statements=("assert add(1, 2) == 3",)), date=dt.date(2026, 1, 2)),
    "check": problem(CheckTests(code="def check(candidate): ..."), reference="def add(a, b): ..."),
    "stdio": problem(StdioTests(cases=(StdioCase(stdin="1", stdout="2"),))),
    "stdio with tolerances": problem(StdioTests(cases=(StdioCase(stdin="1", stdout="2", abs_tol=0.1),), rel_tol=1e-6)),
    "pairs": problem(PairTests(cases=(PairCase(args=(1, 2.5, [None]), expected={"b": True}),), rel_tol=1e-6)),
    "pytest": problem(PytestTests(code="def test_add(): ...")),
    "limits": Limits(),
    "contamination": ContaminationLog(
        items=(ContaminationItem(item="a", matched="b", rule=next(iter(ContaminationRule)), score=0.5),)
    ),
    "probe set": ProbeSet(name="safety", prompts=(ProbePrompt(id="1", kind="harmful", text="Do harm"),)),
    "engine": EngineIdentity(
        engine="local", model="m", model_digest="d", dtype="bfloat16", device="cpu", versions={"torch": "2"}
    ),
    "signal": SignalPlan(contexts=(("a/1", PROMPT, "x"),), settings=(SETTING,), positions=48, level=0.95),
    "example": TrainExample(prompt=PROMPT, completion="c"),
    "example with tokens": TrainExample(prompt=PROMPT, completion="c", tokens=(1, 2), end_token=2),
    "training": TrainConfig(learning_rate=1e-3),
    "mix": Mix(ratio=0.2, chat=True, examples=(MIXED,)),
    "mix set": MixSet(name="mix", examples=(MIXED,)),
    "estimate": Estimate(value=0.5, low=0.25, high=0.75, n=8, m=4, method="bootstrap"),
    "insufficient": Insufficient(insufficient="too few problems", n=1, m=1),
    "look": Look(number=1, of=2, problems=200, last=400, level_each=0.975, level=0.95),
    "ledger entry": LedgerEntry(
        sequence=0, time=dt.datetime(2026, 4, 1, tzinfo=dt.UTC), who="me", kind="k", payload={"a": 1}, previous="0"
    ),
    **{f"study on {name}": study(name) for name in ENGINES},
    "pipeline": pipeline(study("local")),
}
"""One record at least of every type that is part of some digest."""

PINNED: dict[str, str] = {
    "asserts": "0b4c1f32efc4",
    "check": "e50fe19624d2",
    "stdio": "fa12b0e15a1a",
    "stdio with tolerances": "f1c0ed57b14b",
    "pairs": "a8aea7dfc0bf",
    "pytest": "8b95e20c1270",
    "limits": "b0bd92208bf5",
    "contamination": "d65360b0b5e0",
    "probe set": "194db2a040e7",
    "engine": "9f9b4fbdc827",
    "signal": "21d4d1b17843",
    "example": "5be9cd9614e0",
    "example with tokens": "70a97d61c8d9",
    "training": "e5b59d907d02",
    "mix": "b5c043fe401e",
    "mix set": "6ce33c100fab",
    "estimate": "6ae44f3177fb",
    "insufficient": "56cff4567c3b",
    "look": "08f568353aaf",
    "ledger entry": "6d6e8c760b44",
    "study on local": "15a0e0ee45ea",
    "study on vllm": "e80ae5d37de0",
    "study on server": "7aabb6879c2c",
    "pipeline": "4f72de3c270c",
}

PINNED_BY_TYPE: dict[str, str] = {
    "AssertTests": "585cf525e6bb",
    "BatterySection": "1e76745e80ee",
    "Benchmark": "055cce9b9da3",
    "BudgetHours": "45896b1255bb",
    "BudgetSection": "a389a7b6e7be",
    "CheckTests": "50eb2665ed13",
    "ClusterSection": "4642436c7b52",
    "ComparatorSection": "d47c3e8e7573",
    "ContaminationItem": "8cef7399bec2",
    "ContaminationLog": "d65360b0b5e0",
    "DecodeOnlySection": "04f0c1041216",
    "Decoding": "fbbf6bfa427b",
    "DecodingSection": "a22479e70a24",
    "DevelopmentSection": "44136fa355b3",
    "DiagnosticsSection": "7120d5a6794f",
    "EngineIdentity": "9f9b4fbdc827",
    "Estimate": "6ae44f3177fb",
    "ExternalDataSection": "24423a33dd1c",
    "FailureCostSection": "8c5190c4b265",
    "Insufficient": "56cff4567c3b",
    "LedgerEntry": "6d6e8c760b44",
    "Limits": "b0bd92208bf5",
    "LocalEngine": "c70bd472ce93",
    "Look": "08f568353aaf",
    "Mix": "b5c043fe401e",
    "MixSet": "6ce33c100fab",
    "MixedExample": "4c148f1a5552",
    "ModelSection": "83f534610d5d",
    "PairCase": "37834aff4dcb",
    "PairTests": "1600ad4f7e1e",
    "PipelineSpec": "4f72de3c270c",
    "ProbePrompt": "74c721e9d86b",
    "ProbeSet": "194db2a040e7",
    "Problem": "0b4c1f32efc4",
    "Prompt": "25424d8387f3",
    "PytestTests": "d545ac920598",
    "ReportedScore": "d83fa42140c8",
    "Round2Section": "aa5058691989",
    "SamplingSection": "0da1ae9a7570",
    "ServerEngine": "c479344f0b22",
    "SettingSection": "70cf9031071d",
    "SignalPlan": "21d4d1b17843",
    "StdioCase": "2923d75108be",
    "StdioTests": "f2d18447fb39",
    "SsdSection": "5a0d08836a48",
    "StudySpec": "15a0e0ee45ea",
    "TaskFamilySection": "a2cbef6bccc4",
    "TaskSource": "7f3f044e18b2",
    "ThresholdsSection": "f863dfc8c721",
    "TrainConfig": "e5b59d907d02",
    "TrainExample": "5be9cd9614e0",
    "TrainingSection": "1938612923e8",
    "Turn": "44726a03f59f",
    "VllmEngine": "80d4b959353f",
}
"""The digest of the first record of each type in :data:`ROOTS`."""


def parts(value: Any) -> Iterator[BaseModel]:
    """A record and all records inside it."""
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from parts(getattr(value, name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from parts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from parts(each)


def firsts() -> dict[str, BaseModel | Mapping[str, float]]:
    """The first record of each type in the roots; the battery was a record and is a mapping with the same keys."""
    found: dict[str, BaseModel | Mapping[str, float]] = {"BatterySection": study("local").battery}
    for root in ROOTS.values():
        for each in parts(root):
            found.setdefault(type(each).__name__, each)
    return found


def digest(record: BaseModel) -> str:
    """A study's digest is computed on its first form, whichever form it is written in."""
    return record.digest if isinstance(record, StudySpec) else digest_of(record)


@pytest.mark.parametrize("name", ROOTS)
def test_a_record_has_the_digest_that_earlier_versions_gave_it(name: str) -> None:
    assert digest(ROOTS[name])[:12] == PINNED[name]


@pytest.mark.parametrize("name", PINNED_BY_TYPE)
def test_a_record_of_every_type_has_the_digest_that_earlier_versions_gave_it(name: str) -> None:
    assert digest(firsts()[name])[:12] == PINNED_BY_TYPE[name]


def test_every_type_that_is_part_of_a_digest_has_one_that_is_pinned() -> None:
    assert set(firsts()) == set(PINNED_BY_TYPE)
    assert set(PINNED_BY_TYPE) >= set(FIRST_FIELDS)


def test_the_digests_that_records_give_themselves_are_pinned() -> None:
    given = {name: record.digest[:12] for name, record in ROOTS.items() if hasattr(record, "digest")}
    assert {name: digest for name, digest in given.items() if digest != PINNED[name]} == OWN_DIGESTS
    assert load_tasks("starter", split="heldout").digest[:12] == STARTER


OWN_DIGESTS: dict[str, str] = {
    "mix": "1dceaa2a26b0",
    "mix set": "9801c880cfb9",
}
"""Those that are computed on less than the whole record."""

STARTER = "5e8a8bf19d0c"
