"""Every public function that takes a path takes text as well as a path object, and does the same with both."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
import json
import os
import pkgutil
import typing
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from types import ModuleType, UnionType
from typing import Any

import pytest

import passgap
from loaded import module_at
from passgap import engines, load_tasks, open_study, read_log
from passgap.errors import StudyError
from passgap.models.digests import model_digest
from passgap.models.resolution import resolve_model
from passgap.paths import AnyPath
from passgap.records import FinishReason, OutcomeKind, Result, Sample
from passgap.report import write_document
from passgap.report.document import Document
from passgap.spec.template import study_template
from passgap.stages import Silent
from passgap.store import (
    Artifact,
    DivergencesArtifact,
    FinishedFolder,
    FrontierArtifact,
    GivenTokensArtifact,
    Journal,
    JudgementsArtifact,
    Ledger,
    LikelihoodsArtifact,
    ModelArtifact,
    PromptsArtifact,
    ResultsArtifact,
    RoundArtifact,
    SamplesArtifact,
    SearchArtifact,
    SignalArtifact,
    StudyFolder,
    TasksArtifact,
    TemperedArtifact,
    TrialArtifact,
    atomic_path,
    read_json,
    read_records,
    read_results,
    read_samples,
    study_lock,
    write_json,
    write_records,
    write_results,
    write_samples,
    write_text,
)
from passgap.study import check_study
from passgap.tasks import read_json_lines, read_solutions, refuse_unknown

LATE: dict[str, Any] = {
    name: getattr(importlib.import_module(module), name)
    for module in ("decisions", "estimates", "ports", "stages", "stages.evaluation", "store", "tasks.splits")
    for module in [f"passgap.{module}"]
    for name in dir(importlib.import_module(module))
    if not name.startswith("_")
}
"""The types that some modules import for type checkers only."""


def public_modules() -> Iterator[ModuleType]:
    yield passgap
    for found in pkgutil.iter_modules(passgap.__path__):
        if found.name not in ("__main__", "cli", "testing"):
            yield importlib.import_module(f"passgap.{found.name}")


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in public_modules():
        for name in getattr(module, "__all__", []):
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                yield name, thing
            elif inspect.isclass(thing) and not getattr(thing, "_is_protocol", False):  # interfaces are not called
                for method, function in inspect.getmembers(thing, inspect.isfunction):
                    ours = function.__module__.startswith("passgap")
                    called = not getattr(function, "__isabstractmethod__", False)
                    if ours and called and (method == "__init__" or not method.startswith("_")):
                        yield f"{name}.{method}", function


def kinds(hint: Any) -> set[Any]:
    """The types that a hint is made of."""
    if typing.get_origin(hint) in (typing.Union, UnionType):
        return {kind for part in typing.get_args(hint) for kind in kinds(part)}
    return {typing.get_origin(hint) or hint}


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """A function's annotations. Some types are imported for type checkers only, so that their modules load late."""
    return typing.get_type_hints(function, localns=LATE)


def path_arguments() -> dict[str, list[str]]:
    """The arguments of public functions that take a path object, by function."""
    found: dict[str, list[str]] = {}
    for name, function in public_functions():
        for argument, hint in hints_of(function).items():
            if argument != "return" and kinds(hint) & {Path, PurePath, os.PathLike}:
                found.setdefault(name, []).append(argument)
    return found


def test_no_public_function_takes_a_path_object_alone() -> None:
    assert len(path_arguments()) > 15, "the walk has lost sight of the functions"
    for name, function in public_functions():
        for argument, hint in hints_of(function).items():
            if argument != "return" and kinds(hint) & {Path, PurePath, os.PathLike}:
                assert {str, os.PathLike} <= kinds(hint), f"{name}({argument}) takes no text"


SAMPLE = Sample(
    problem_id="a",
    index=0,
    completion="x",
    finish_reason=FinishReason.STOP,
    seed=1,
    prompt_tokens=1,
    completion_tokens=1,
)
RESULT = Result(task_id="a", sample=0, passed=True, outcome=OutcomeKind.PASSED)


def _journal(path: AnyPath) -> Any:
    with Journal(path, "digest") as journal:
        journal.add("{}")
        journal.finish(["{}"])
    return Path(path).read_text()


def _staged(path: AnyPath) -> Any:
    with atomic_path(path) as staged:
        staged.write_text("whole")
    return Path(path).read_text()


def _locked(path: AnyPath) -> Any:
    with study_lock(path):
        return Path(path).is_dir()


def _written(write: Callable[[AnyPath], None], read: Callable[[AnyPath], Any]) -> Callable[[AnyPath], Any]:
    def run(path: AnyPath) -> Any:
        write(path)
        return read(path)

    return run


def _study(path: AnyPath) -> Path:
    folder = Path(path)
    folder.mkdir()
    (folder / "study.yaml").write_text(study_template("x"))
    return folder


def _opened(path: AnyPath) -> Any:
    _study(path)
    return open_study(path, Silent()).check().digest


def _checked(path: AnyPath) -> Any:
    _study(path)
    return check_study(path).digest


def _verdict_on(path: AnyPath) -> Any:
    rows = [{"task_id": f"t{n}", "n": 16, "c": n % 5} for n in range(250)]
    Path(path).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return open_study(_study(f"{os.fspath(path)}-study"), Silent()).verdict_on(path).verdict.justification


def _log(path: AnyPath) -> Any:
    Path(path).write_text('{"task_id": "a", "passed": true}\n')
    return read_log(path).counts.ids


def _tasks(path: AnyPath) -> Any:
    place = Path(f"{os.fspath(path)}.jsonl")
    place.write_text('{"task_id": "a", "prompt": "p", "test": "assert f() == 1", "entry_point": "f"}\n')
    by_name = load_tasks(str(place) if isinstance(path, str) else place)
    return load_tasks("jsonl", path=str(place) if isinstance(path, str) else place) == by_name, len(by_name.problems)


def _solutions(path: AnyPath) -> Any:
    Path(path).write_text('{"task_id": "a", "solution": "x"}\n')
    problem = load_tasks("starter", limit=1).problems[0].model_copy(update={"id": "a"})
    return read_solutions(path, {"a": problem})


def _json_lines(path: AnyPath) -> Any:
    Path(path).write_text('{"x": 1}\n')
    return read_json_lines(path, lambda row: row["x"], "lines")


def _model_digest(path: AnyPath) -> Any:
    Path(path).mkdir()
    (Path(path) / "config.json").write_text("{}")
    (Path(path) / "model.safetensors").write_bytes(b"weights")
    assert resolve_model(path) == Path(path)
    return model_digest(path)


def _track_record(path: AnyPath) -> Any:
    Ledger(Path(path) / "ledger.jsonl").append("x", {}, who="x", time=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))
    return passgap.track_record(path).studies[0].head


def _mix(path: AnyPath) -> Any:
    tasks = importlib.import_module("passgap.tasks")
    Path(path).mkdir()
    (Path(path) / "mix.jsonl").write_text('{"prompt": "p", "completion": "c"}\n')
    return tasks.load_mix("mix.jsonl", path, chat=True).digest


def _examples(path: AnyPath) -> Any:
    tasks = importlib.import_module("passgap.tasks")
    Path(path).mkdir()
    (Path(path) / "data.jsonl").write_text('{"prompt": "p", "completion": "c"}\n')
    return tasks.load_examples("data.jsonl", path, chat=True, field="data", what="data").digest


def _reports(path: AnyPath) -> Any:
    place = Path(__file__).parent.parent / "unit" / "report" / "conftest.py"
    made_up = module_at(place, "made_up")
    Path(path).mkdir()
    importlib.import_module("passgap.report").write_reports(made_up.made_up_report(0.95), path)
    return {each.name: each.read_text() for each in Path(path).rglob("*") if each.is_file()}


def _document(path: AnyPath) -> object:
    write_document(Document(()), path, "name")
    return {each.name: each.read_text() for each in Path(path).iterdir()}


def _refused(ask: Callable[[Any, AnyPath], Any]) -> Callable[[AnyPath], Any]:
    """A request of a study that has nothing to show yet: it is refused with the same kind of error."""

    def case(path: AnyPath) -> str:
        _opened(path)
        with pytest.raises(StudyError) as error:
            ask(open_study(path, Silent()), f"{path}-other" if isinstance(path, str) else Path(f"{path}-other"))
        return error.value.summary.replace(str(path), "")

    return case


ARTIFACTS: tuple[type[Artifact], ...] = (
    Artifact,
    DivergencesArtifact,
    FrontierArtifact,
    GivenTokensArtifact,
    JudgementsArtifact,
    LikelihoodsArtifact,
    ModelArtifact,
    PromptsArtifact,
    ResultsArtifact,
    RoundArtifact,
    SamplesArtifact,
    SearchArtifact,
    SignalArtifact,
    TasksArtifact,
    TemperedArtifact,
    TrialArtifact,
)


def _described(kind: type[Artifact]) -> Callable[[AnyPath], Any]:
    return lambda path: kind(path, "a", {}).complete


CASES: dict[str, Callable[[AnyPath], Any]] = {
    **{f"{kind.__name__}.__init__": _described(kind) for kind in ARTIFACTS},
    "FinishedFolder.__init__": lambda path: FinishedFolder(path).index(),
    "Journal.__init__": _journal,
    "Ledger.__init__": lambda path: Ledger(path).entries(),
    "Study.canary": _refused(lambda study, path: study.canary(access_log=path)),
    "Study.export_deployment": _refused(lambda study, path: study.export_deployment("envoy", path)),
    "Study.promote": _refused(lambda study, path: study.promote("ssd", key=path)),
    "Study.verdict_on": _verdict_on,
    "StudyFolder.__init__": lambda path: StudyFolder(path).artifacts.exists(),
    "atomic_path": _staged,
    "check_study": _checked,
    "load_examples": _examples,
    "load_mix": _mix,
    "load_tasks": _tasks,
    "model_digest": _model_digest,
    "open_study": _opened,
    "read_json": _written(lambda path: Path(path).write_text("{}") and None, read_json),
    "read_json_lines": _json_lines,
    "read_log": _log,
    "read_results": _written(lambda path: write_results(path, [RESULT]), read_results),
    "read_samples": _written(lambda path: write_samples(path, [SAMPLE], {}), read_samples),
    "read_solutions": _solutions,
    "refuse_unknown": lambda path: refuse_unknown("jsonl", path=path),
    "resolve_model": _model_digest,
    "study_lock": _locked,
    "track_record": _track_record,
    "write_document": _document,
    "write_json": _written(lambda path: write_json(path, {"a": 1}), read_json),
    "write_records": _written(
        lambda path: write_records(path, [RESULT]), lambda path: list(read_records([Path(path)], Result))
    ),
    "write_reports": _reports,
    "write_results": _written(lambda path: write_results(path, [RESULT]), read_results),
    "write_samples": _written(lambda path: write_samples(path, [SAMPLE], {}), read_samples),
    "write_text": _written(lambda path: write_text(path, "text"), lambda path: Path(path).read_text()),
}


OPEN_A_MODEL = ["Study.export", "open_on_cluster", "open_sampler"]


def test_every_function_that_takes_a_path_is_called_below() -> None:
    assert sorted(path_arguments()) == sorted([*CASES, *OPEN_A_MODEL])


@pytest.mark.parametrize("name", CASES)
def test_text_and_path_objects_do_the_same(name: str, tmp_path: Path) -> None:
    assert CASES[name](str(tmp_path / "text")) == CASES[name](tmp_path / "object")


@pytest.mark.parametrize("give", [str, Path])
def test_a_model_is_opened_under_either(give: Callable[[Path], AnyPath], tiny_model: Path) -> None:
    sampler = engines.open_sampler("local", give(tiny_model), workers=1)
    try:
        assert sampler.identity.model_digest == model_digest(tiny_model)
    finally:
        sampler.close()


@pytest.mark.parametrize("give", [str, Path])
def test_what_is_not_there_is_refused_in_the_same_words(give: Callable[[Path], AnyPath], tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="there is no study in"):
        open_study(give(tmp_path / "none"), Silent())
