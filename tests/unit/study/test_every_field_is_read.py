"""Every declared field is read by code that acts on it: seen at run time, class by class, while studies are worked on.

What only validates, flags, digests or registers a field does not act on it, and its reads do not count.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml

from arm_sections import SECTIONS
from passgap import parse_study, ports, records
from passgap.arms import ARMS
from passgap.arms.ssd import ARM as SSD
from passgap.decisions import Alternatives, Thresholds
from passgap.errors import NoCandidateError, PassgapError
from passgap.promotion.settings import GatewaySettings
from passgap.recipes import PipelineSpec, training_config
from passgap.records import Record
from passgap.report import render_markdown
from passgap.report.plan_document import plan_document
from passgap.spec import (
    ClusterSection,
    LocalEngine,
    PluginEngine,
    ServerEngine,
    StudySpec,
    ThinkingSection,
    VllmEngine,
)
from passgap.spec.arm_section import ArmSection
from passgap.spec.decoding import decoding_of
from passgap.spec.judge import JudgeSection
from passgap.spec.pilot import GridSection, PilotSection, RecipeSection, RungSection
from passgap.spec.promotion import ModelRegistrySection, PromotionSection, SigningSection
from passgap.spec.race import RaceSection
from passgap.spec.section import Section
from passgap.spec.throughput import ThroughputSection

from .conftest import STUDY, OpenStudy

SOURCE = Path(records.__file__).parent.parent

NOT_ACTING = (
    "passgap.records.identity",
    "passgap.spec.intake",
    "passgap.spec.flags",
    "passgap.spec.refusals",
    "passgap.spec.repetitions",
    "passgap.spec.first_form",
    "passgap.arms.demonstrations.section",
    "passgap.arms.prompt_search.section",
    "passgap.arms.self_training.section",
    "passgap.study.preregistration",
    "pydantic",
)
"""Modules that look at fields without acting on them."""


def sections_below(kind: type[Section]) -> Iterator[type[Section]]:
    """Every section of passgap's: those of a study, and those of its arms."""
    for each in kind.__subclasses__():
        yield each
        yield from sections_below(each)


COMPUTED = ("passgap.spec.cluster", "passgap.spec.engines", "passgap.spec.thinking")
"""Sections that say where a study is computed: see the tests on these below."""

TRACKERS = "passgap.tracking."
"""Sections that are given to the clients of experiment trackers: see ``test_tracking.py``, which reads back."""

GATEWAY = "passgap.promotion.settings."
"""Sections of a gateway's file, which no study has: see ``test_a_record_is_read_where_it_is_used``."""

assert issubclass(GatewaySettings, Section)
assert len(ARMS) > 2, "the arms are imported, and their sections with them"
DECLARED: tuple[type[Record], ...] = tuple(
    each
    for each in sections_below(Section)
    if each.__module__.startswith("passgap.")
    and each.__module__ not in COMPUTED
    and not any(below.__module__.startswith("passgap.") for below in each.__subclasses__())
    and not each.__module__.startswith((TRACKERS, GATEWAY))
)

ELSEWHERE = {
    ("StudySpec", "cluster"): "a cluster's fields: see `test_a_record_is_read_where_it_is_used`",
    ("DevelopmentSection", "source"): "read where settings are chosen: see `test_development.py`",
    ("TaskSource", "split"): "the tests' task files have none; `load_tasks` is given it",
    ("ModelSection", "context_tokens"): "given to the engine: see `test_an_engine_is_given_what_is_declared_of_it`",
    ("ThresholdsSection", "round2_rule"): "read by the gate of a finished round, in tests/e2e/test_study.py",
    ("Round2Section", "pool"): "read by the gate of a finished round, in tests/e2e/test_study.py",
    ("Round2Section", "heldout"): "the same",
    ("Round2Section", "model"): "the same",
    ("StudySpec", "round2"): "the same",
    ("StudySpec", "promotion"): "read by promotion, in tests/unit/study/promotion",
    **{
        (kind.__name__, name): "read by promotion, in tests/unit/study/promotion and tests/unit/promotion/registry"
        for kind in (PromotionSection, SigningSection, ModelRegistrySection)
        for name in kind.model_fields
    },
    ("StudySpec", "race"): "read by a race, in tests/unit/study/race/test_running.py",
    **{("RaceSection", name): "the same" for name in RaceSection.model_fields},
    **{
        ("ThroughputSection", name): "read by a plan before anything is measured, in test_stated_throughput.py"
        for name in ThroughputSection.model_fields
    },
    ("StudySpec", "judge"): "read where answers are judged, in test_judge_model.py",
    **{("JudgeSection", name): "the same" for name in JudgeSection.model_fields},
    ("StudySpec", "pilot"): "read by a search, in tests/e2e/test_pilot.py",
    **{
        (kind.__name__, name): "read by a search, in tests/e2e/test_pilot.py and tests/unit/spec/test_pilot.py"
        for kind in (PilotSection, RecipeSection, GridSection, RungSection)
        for name in kind.model_fields
    },
}


class Reads:
    """Which fields of which record were read by which modules."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], set[str]] = defaultdict(set)

    def of(self, kind: type[Record], name: str) -> set[str]:
        return {
            module
            for module in self.seen[kind.__name__, name]
            if not module.startswith(NOT_ACTING) and not module.startswith("tests")
        }


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reads]:
    """Watch attribute reads of every record."""
    found = Reads()
    fields = {kind.__name__: frozenset(kind.model_fields) for kind in DECLARED}
    plain = Record.__getattribute__

    def watched(record: Record, name: str) -> Any:
        if name in fields.get(type(record).__name__, ()):
            found.seen[type(record).__name__, name].add(sys._getframe(1).f_globals.get("__name__", "?"))
        return plain(record, name)

    monkeypatch.setattr(Record, "__getattribute__", watched)
    yield found


def whole_study() -> str:
    """The scripted study with every section that it can have."""
    study = yaml.safe_load(STUDY)
    study["model"] |= {
        "cutoff": "2024-06",
        "before_cutoff": "remove",
        "benchmark": {
            "name": "HumanEval",
            "pass@1": {"value": 0.1, "source": "a card"},
            "pass@10": {"value": 0.2, "source": "a card"},
        },
    }
    study["arms"] = {
        name: {
            **SECTIONS.get(name, {}),
            **({"minimum_yield": 1000} if issubclass(arm.Section, ArmSection) else {}),
        }
        for name, arm in ARMS.items()
        if arm.preregistered
    }
    study["training"] = {"mix_ratio": 0.3, "mix_path": "mix.jsonl"}
    study["thresholds"] = {"looks": [6, 12]}
    study["development"] = {"hold_back": 1}
    study["frontier"] = {"temperatures": [0.4], "top_k": [0], "top_p": [1.0], "samples": 2, "k": 2}
    study["decode_only"] = {
        "settings": [{"temperature": 0, "top_k": 0, "top_p": 1.0}, {"temperature": 0.4}],
        "samples": 2,
    }
    return yaml.safe_dump(study)


def test_every_declared_field_is_acted_on(open_scripted: OpenStudy, folder: Path, reads: Reads) -> None:
    rows = [{"prompt": f"Name {number} birds.", "completion": "A wren."} for number in range(20)]
    (folder / "mix.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = open_scripted(further="", text=whole_study())
    study.check()
    plan_document(study.plan())
    study.frontier()
    render_markdown(study.run(["decode-only"]))
    for name, arm in ARMS.items():
        if arm.trains:
            study.register(name)
            with pytest.raises((PassgapError, AssertionError)):
                study.train(name)  # samples and selects; the scripted services have no trainer
        elif arm.preregistered:
            study.register(name)
            with suppress(NoCandidateError):
                study.evaluate(name)
    grid = yaml.safe_load(STUDY) | {"decode_only": {"temperatures": [0, 0.4], "top_k": [0], "top_p": [1.0]}}
    open_scripted(further="", text=yaml.safe_dump(grid)).check()

    unread = {
        f"{kind.__name__}.{name}"
        for kind in DECLARED
        for name in kind.model_fields
        if not reads.of(kind, name) and (kind.__name__, name) not in ELSEWHERE
    }
    assert sorted(unread) == [], "declared, and read by nothing that acts on it"


def reads_in(*places: str) -> set[str]:
    """The names that are read as attributes, or as keys of what went through JSON, in these modules."""
    found: set[str] = set()
    for place in places:
        for path in [SOURCE / place] if (SOURCE / place).is_file() else sorted((SOURCE / place).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found.add(node.attr)
                elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                    found.add(str(node.slice.value))
                elif (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "get"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    found.add(str(node.args[0].value))
    return found


WORKER = "execution/worker"

USED_IN: dict[type[Record], tuple[str, ...]] = {
    records.TrainConfig: ("trainers", "recipes/schedule.py", "recipes/held_back.py", "study/declared_doses.py"),
    records.Decoding: (
        "engines/local/token_sampling.py",
        "engines/local/scheduler.py",
        "engines/local/sampler.py",
        "engines/server/dialects.py",
    ),
    records.Limits: (WORKER, "execution/worker_process.py", "execution/outcomes.py"),
    records.AssertTests: (f"{WORKER}/styles/asserts.py",),
    records.CheckTests: (f"{WORKER}/styles/check_function.py",),
    records.StdioTests: (f"{WORKER}/styles/stdio.py", "execution/harnessing.py"),
    records.StdioCase: (f"{WORKER}/styles/stdio.py",),
    records.PairTests: (f"{WORKER}/styles/pairs.py", f"{WORKER}/styles/value_rules", "execution/harnessing.py"),
    records.PairCase: (f"{WORKER}/styles/pairs.py",),
    records.PytestTests: (f"{WORKER}/styles/pytest_file.py",),
    records.Problem: (
        *("tasks/kinds", "tasks/contamination", "tasks/difficulty.py", "stages/scoring.py"),
        *("tasks/licences.py", "tasks/jobs.py", "tasks/submissions.py"),
    ),
    records.Prompt: (
        "models/chat.py",
        "engines/common/completion.py",
        "engines/local/generate.py",
        "engines/local/sampler.py",
        "engines/common/prompt_encoder.py",
    ),
    records.Mix: ("trainers/supervised/mixed_examples.py",),
    records.MixedExample: ("trainers/supervised/mixed_examples.py", "tasks/contamination"),
    Thresholds: (
        "decisions/classify.py",
        "decisions/reasons.py",
        "decisions/arm_outcome.py",
        "decisions/alternatives.py",
    ),
    Alternatives: ("decisions/alternatives.py", "decisions/classify.py"),
    ClusterSection: ("cluster", "engines/ray/sampler.py", "engines/local/__init__.py", "execution/ray.py"),
    ServerEngine: ("engines/server", "study/context.py", "wiring.py"),
    ThinkingSection: ("engines/server/thoughts.py",),
    ports.SupervisedJob: ("trainers",),
    ports.SampleRequest: ("engines",),
    **{
        each: (
            "promotion/gateway",
            "promotion/routing",
            "promotion/telemetry",
            "promotion/monitoring",
            "study/promotion",
        )
        for each in sections_below(Section)
        if each.__module__.startswith(GATEWAY)
    },
}
"""Records that are used where no scripted study comes, with the code that uses them and nothing else."""

NOT_FOR_USE = {("Problem", "source"), ("Problem", "licence")}
"""Where a problem is from and its own licence, kept for people.

A field that tells the records of a union apart is read by choosing one."""


@pytest.mark.parametrize("kind", USED_IN, ids=lambda kind: kind.__name__)
def test_a_record_is_read_where_it_is_used(kind: type[Record]) -> None:
    found = reads_in(*USED_IN[kind])
    unread = [
        name
        for name, field in kind.model_fields.items()
        if name not in found
        and (kind.__name__, name) not in NOT_FOR_USE
        and get_origin(field.annotation) is not Literal
    ]
    assert unread == [], f"{kind.__name__} has fields that {', '.join(USED_IN[kind])} do not read"


@pytest.mark.parametrize(
    ("engine", "module", "name"),
    [(LocalEngine, "engines/local/sampler.py", "LocalSampler"), (VllmEngine, "engines/vllm/sampler.py", "VllmSampler")],
)
def test_an_engine_is_given_what_is_declared_of_it(engine: type[Record], module: str, name: str) -> None:
    """Its fields are the arguments of its class, each of which is used there beyond being taken."""
    tree = ast.parse((SOURCE / module).read_text(encoding="utf-8"))
    [made] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    [begin] = [node for node in made.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    taken = {each.arg for each in begin.args.kwonlyargs}
    used = {node.id for node in ast.walk(begin) if isinstance(node, ast.Name)}
    declared = {*engine.model_fields, "context_tokens"} - {"name"}
    assert declared <= taken and declared <= used


def registered() -> PipelineSpec:
    spec = parse_study(whole_study()).spec
    ssd = SSD.section_of(spec)
    return PipelineSpec(
        arm="ssd",
        base_model="m",
        base_digest="d",
        pool=spec.pool,
        pool_digest="p",
        pool_problems=3,
        pool_removed=0,
        contamination_digest="c",
        sampling=decoding_of(ssd.sampling),
        samples_per_prompt=4,
        seed=7,
        selection="none",
        training=training_config(ssd.training),
        mix_ratio=0.3,
        battery=spec.battery,
        probe_sets={"safety": "s"},
        heldout=spec.heldout,
        heldout_digest="h",
        heldout_problems=12,
        evaluation=spec.production_decoding,
        samples_per_problem=4,
        ks=(1, 4),
        thresholds=spec.thresholds,
        settings={"per_problem": 4},
        mix_digest="x",
        mix_examples=20,
        mix_removed=1,
        mix_rule="r",
        seeds=(1, 2),
    )


def changed_value(value: Any) -> Any:
    """Another value of the same kind, every field of a record changed."""
    if isinstance(value, Record):
        name = next(iter(type(value).model_fields))
        return value.model_copy(update={name: changed_value(getattr(value, name))})
    if isinstance(value, dict):
        return {**value, "other": next(iter(value.values()), "another")}
    if isinstance(value, tuple):
        return (*value, value[0])
    return f"{value}, changed" if isinstance(value, str) else value + 1


@pytest.mark.parametrize("name", PipelineSpec.model_fields)
def test_a_registered_field_that_changes_is_refused_by_name(name: str) -> None:
    before = registered()
    after = before.model_copy(update={name: changed_value(getattr(before, name))})
    assert after.digest != before.digest
    assert [line.partition(":")[0] for line in after.changes_from(before)] == [name]


def test_every_declared_record_is_looked_at() -> None:
    """A section that is added is walked too, or this fails."""
    walked = {*DECLARED, *USED_IN, LocalEngine, VllmEngine, PluginEngine}
    reached: set[type[Record]] = set()

    def walk(kind: Any) -> None:
        for inner in get_args(kind):
            walk(inner)
        if isinstance(kind, type) and issubclass(kind, Record) and kind not in reached:
            reached.add(kind)
            for field in kind.model_fields.values():
                walk(field.rebuild_annotation())

    walk(StudySpec)
    walk(PipelineSpec)
    for arm in ARMS.values():
        walk(arm.Section)
    assert reached - walked == {PipelineSpec, Section}
