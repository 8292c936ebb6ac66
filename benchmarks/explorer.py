"""The explorer of a large study: bytes of the page, time to its first paint, and time of each interaction.

    python benchmarks/explorer.py [--problems 500] [--samples 16] [--arms 5] [--keep FOLDER]

Made-up samples and outcomes are written as shards by the store, read back, and written as the explorer's page with its
data. A headless Chromium opens it from the disk, at phone and at desktop width, and an interaction is timed from its
event to the frame after it was drawn. With ``--study FOLDER`` the report and the explorer of a finished study are
measured instead. Needs Playwright and Chromium.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from passgap.records import AssertTests, FinishReason, OutcomeKind, Problem, Result, Sample
from passgap.report.explorer import ExploredModel, Explorer, write_explorer
from passgap.store import read_results, read_samples, write_results, write_samples

FIRST_PAINT, INTERACTION, PAGE_BYTES = 1_000, 100, 5_000_000
REPEATS = 5

TIMED = """async ([act, until]) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  await frame();
  const begun = performance.now();
  eval(act);
  while (!eval(until)) await new Promise((done) => setTimeout(done, 0));
  await frame();
  return performance.now() - begun;
}"""

SEARCH = "const q = document.querySelector('input[name=q]'); q.value = '1'; q.dispatchEvent(new Event('input'))"
LAST_ARM_SHOWN = "[...document.querySelector('select[name=model]').options].at(-1).value"
RIGHT = "document.querySelectorAll('.sides > div')[1].querySelector('.sample button').click()"
PRESSED = "document.querySelector('.sample button[aria-pressed=true]')"
STARTED = """() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"""


def program(random: np.random.Generator, name: str) -> str:
    """A function of 6 to 20 lines."""
    lines = [
        f"    value = (value * {random.integers(2, 99)} + {random.integers(1, 9999)}) % {random.integers(3, 9999)}"
    ]
    count = int(random.integers(5, 19))
    body = lines + [f"    if value > {random.integers(1, 999)}: value -= index * {n}" for n in range(count)]
    return f"def {name}(value, index):\n" + "\n".join(body) + "\n    return value\n"


def problem(number: int) -> Problem:
    name = f"step_{number}"
    return Problem(
        id=f"made-up/{number:03d}",
        prompt=f"Write a function {name}(value, index) that takes one step of sequence {number}.",
        entry_point=name,
        tests=AssertTests(statements=tuple(f"assert {name}({n}, {n + 1}) == {n * number}" for n in range(6))),
        source="made up",
        difficulty=("easy", "medium", "hard")[number % 3],
    )


def measured(folder: Path, name: str, problems: list[Problem], samples: int, seed: int) -> ExploredModel:
    """One model's samples and outcomes, through the store."""
    random = np.random.default_rng(seed)
    drawn, results = [], []
    for each in problems:
        rate = random.beta(0.5, 2.0)
        for index in range(samples):
            passed = bool(random.random() < rate)
            missed = OutcomeKind.FAILED if random.random() < 0.9 else OutcomeKind.TIMEOUT
            drawn.append(
                Sample(
                    problem_id=each.id,
                    index=index,
                    completion=program(random, each.entry_point or "step"),
                    finish_reason=FinishReason.STOP,
                    seed=index,
                    prompt_tokens=60,
                    completion_tokens=180,
                )
            )
            results.append(
                Result(
                    task_id=each.id,
                    sample=index,
                    passed=passed,
                    outcome=OutcomeKind.PASSED if passed else missed,
                    reason="" if passed else "AssertionError: assertion 3 of 6 does not hold",
                    difficulty=each.difficulty,
                    behaviour=hashlib.sha256(bytes([int(random.integers(6))])).hexdigest()[:16],
                )
            )
    write_samples(folder / f"{name}.parquet", drawn, {})
    write_results(folder / f"{name}.jsonl", results)
    by_problem: dict[str, list[Any]] = {}
    for each in read_samples(folder / f"{name}.parquet"):
        by_problem.setdefault(each.problem_id, []).append(each.text)
    return ExploredModel(name, f"model {name}", by_problem, read_results(folder / f"{name}.jsonl"))


def timed(page: Page, act: str, until: str = "true") -> float:
    """Milliseconds from an event to the frame after what it should bring about."""
    return float(page.evaluate(TIMED, [act, until]))


def first_paint(page: Page) -> float:
    """Milliseconds from the navigation to the first content on the screen."""
    page.wait_for_function(STARTED)
    return float(page.evaluate(STARTED))


def choose(name: str, value: str) -> str:
    return (
        f"const field = document.querySelector('select[name={name}]'); field.value = {json.dumps(value)};"
        "field.dispatchEvent(new Event('change', {bubbles: true}))"
    )


def explorer_times(page: Page, address: str) -> dict[str, float]:
    """Milliseconds of each interaction, the median of several."""
    found: dict[str, list[float]] = {}
    for attempt in range(REPEATS):
        page.goto("about:blank")
        page.goto(address)
        found.setdefault("first paint", []).append(first_paint(page))
        count = "document.getElementById('count').textContent"
        before = page.evaluate(count)
        opened = "document.querySelectorAll('#detail .sample').length"
        link = f"[...document.querySelectorAll('#list tbody tr:not([hidden]) a')][{attempt}].click()"
        other = page.evaluate(LAST_ARM_SHOWN)
        for name, act, until in (
            ("filter by change", choose("change", "gained"), f"{count} !== {json.dumps(before)}"),
            ("filter by outcome", choose("outcome", "some"), "location.hash.includes('outcome')"),
            ("filter away", choose("outcome", ""), "!location.hash.includes('outcome')"),
            ("all again", choose("change", ""), f"{count} === {json.dumps(before)}"),
            ("search", SEARCH, f"{count} !== {json.dumps(before)}"),
            ("open a problem", link, f"{opened} > 0"),
            (
                "another arm beside it",
                choose("b", other),
                f"document.querySelector('select[name=b]').value === '{other}'",
            ),
            ("choose a sample", "document.querySelector('.sides > div .sample button').click()", PRESSED),
            ("difference of two", RIGHT, "document.querySelector('.diff')"),
        ):
            found.setdefault(name, []).append(timed(page, act, until))
        assert page.locator(".diff").count() == 1
    return {name: statistics.median(times) for name, times in found.items()}


def report_times(page: Page, address: str) -> dict[str, float]:
    """The same of a report."""
    found: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        page.goto("about:blank")
        page.goto(address)
        found.setdefault("first paint", []).append(first_paint(page))
        for name, act in {
            "sort a table": "document.querySelector('th button').click()",
            "filter a table": "const f = document.querySelector('input.filter'); if (f) { f.value = '1';"
            " f.dispatchEvent(new Event('input')) }",
            "hide a curve": "document.querySelector('.legend button')?.click()",
        }.items():
            found.setdefault(name, []).append(timed(page, act))
    return {name: statistics.median(times) for name, times in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=500)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--arms", type=int, default=5)
    parser.add_argument("--study", type=Path)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    folder = options.study or options.keep or Path(tempfile.mkdtemp())
    if options.study is None:
        folder.mkdir(parents=True, exist_ok=True)
        problems = [problem(n) for n in range(options.problems)]
        names = ["base", *(f"arm-{n}" for n in range(1, options.arms))]
        models = [measured(folder, name, problems, options.samples, n) for n, name in enumerate(names)]
        write_explorer(Explorer("a large study", problems, models), folder)
    pages = [name for name in ("explorer.html", "report.html") if (folder / name).exists()]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    kept = True
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in pages:
            size = (folder / name).stat().st_size
            kept &= size < PAGE_BYTES
            print(f"{name}: {size:,} bytes")
            for width, height in ((390, 844), (1440, 900)):
                # the policy forbids `eval`, by which this script alone acts
                page = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True).new_page()
                measure = explorer_times if name == "explorer.html" else report_times
                for what, milliseconds in measure(page, (folder / name).resolve().as_uri()).items():
                    limit = FIRST_PAINT if what == "first paint" else INTERACTION
                    kept &= milliseconds < limit
                    print(f"  {width} px, {what}: {milliseconds:.0f} ms (limit {limit})")
        browser.close()
    data = sum(each.stat().st_size for each in folder.glob("explorer-data/*.js"))
    print(f"data beside the page: {data:,} bytes")
    if options.study is None and options.keep is None:
        shutil.rmtree(folder)
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
