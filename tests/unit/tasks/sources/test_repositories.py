"""Sets of edits of git repositories: what is asked, what passes in an environment, and what is refused or fails."""

from __future__ import annotations

import bz2
import json
from pathlib import Path

import pytest

from environments import made_environment
from passgap.errors import StudyError
from passgap.execution import SandboxExecutor
from passgap.records import Outcome, Problem, RepositoryTests
from passgap.tasks import execution_job, kind_of, load_tasks
from passgap.tasks.prompt_styles import PromptStyle
from repositories import BUGGY, FIXED, ISSUE, TREE, commit0_folder, swe_bench_folder
from wire_rows import written_rows


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    """The environments of the sets, and a cache of the test's own."""
    folder = tmp_path_factory.mktemp("environments")
    made = made_environment(folder / "acme__shop" / "1.0")
    (folder / "commit0").mkdir()
    for name in ("commit0/shop", "ds-1000"):
        (folder / name).symlink_to(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PASSGAP_ENVIRONMENTS", str(folder))
        patch.setenv("PASSGAP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield folder


@pytest.fixture(scope="module")
def instance(brought, tmp_path_factory) -> Problem:
    return load_tasks("swe-bench", path=swe_bench_folder(tmp_path_factory.mktemp("set"))).problems[0]


@pytest.fixture(scope="module")
def executor(brought):
    with SandboxExecutor(workers=1) as opened:
        yield opened


def answered(executor, problem: Problem, answer: str) -> Outcome:
    kind = kind_of(problem)
    submitted = kind.submission(problem, answer, kind.prompt(problem, PromptStyle.CHAT))
    [result] = executor.run([execution_job("1", problem, submitted)])
    return result.outcome


def replaced(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


def test_an_instance_shows_what_the_reference_edits_and_hides_the_test_patch(instance: Problem) -> None:
    prompt = kind_of(instance).prompt(instance, PromptStyle.CHAT).user
    assert ISSUE in prompt and "return sum(amounts[1:])" in prompt
    assert "test_first" not in prompt and "<<<<<<< SEARCH" in prompt
    tests = instance.tests
    assert isinstance(tests, RepositoryTests) and tests.tree is not None
    assert tests.command == ("{pytest}", "tests/test_due.py") and tests.environment == "acme__shop/1.0"
    assert (tests.must_pass, tests.must_keep) == (("tests/test_due.py::test_first",), ("tests/test_due.py::test_old",))
    assert tests.left_out == ("shop/due.py", "tests/gone.py")
    assert tests.tree.count == len(TREE) + 1  # the link to a file inside is that file; the other one is left out
    assert str(instance.date) == "2024-03-02" and instance.judged_inside


def test_the_reference_passes_and_other_edits_do_not(executor, instance: Problem) -> None:
    kind = kind_of(instance)
    submissions = (kind.reference_submission(instance), kind.nothing_done(instance))
    jobs = [execution_job(str(at), instance, each) for at, each in enumerate(submissions) if each is not None]
    right, nothing = (result.outcome for result in executor.run(jobs, ordered=True))
    assert (right.kind.value, right.cases) == ("passed", "PP"), right
    assert (nothing.kind.value, nothing.cases) == ("failed", "FP"), nothing
    fixed = answered(
        executor, instance, replaced("shop/due.py", "    return sum(amounts[1:])\n", "    return sum(amounts)\n")
    )
    assert fixed.passed
    breaking = answered(executor, instance, replaced("shop/due.py", "    return sum(amounts[1:])\n", "    return 5\n"))
    assert breaking.cases == "PF"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (replaced("shop/due.py", "    return sum(amounts[2:])\n", "    return 5\n"), "edit that does not apply"),
        (replaced("tests/test_due.py", "    assert due([]) == 0\n", "    pass\n"), "steers the tests"),
        (replaced("tests/conftest.py", "import pytest\n", "import os; os._exit(0)\n"), "steers the tests"),
        (replaced("pytest.ini", "", "[pytest]\npython_files = none\n"), "steers the tests"),
        (replaced("setup.cfg", "", "[tool:pytest]\n"), "steers the tests"),
        (replaced("sitecustomize.py", "", "x\n"), "steers the tests"),
        (replaced("shop/x.pth", "", "import os\n"), "steers the tests"),
        (replaced("pytest.py", "", "def main(*_, **__): ...\n"), "steers the tests"),
        (replaced("src/json.py", "", "x\n"), "steers the tests"),
        (replaced("../../etc/x.py", "", "x\n"), "outside the repository"),
        (replaced("/tmp/x.py", "", "x\n"), "outside the repository"),
        (replaced("shop/__init__.py", "from shop.due import due\n", "def due(a): return 5\n"), "may not be edited"),
        ("I would change nothing.", "no edit in the answer"),
        (
            "diff --git a/shop/due.py b/shop/due.py\nnew file mode 120000\n--- /dev/null\n+++ b/shop/due.py\n"
            "@@ -0,0 +1 @@\n+/etc/passwd\n",
            "no edit in the answer",
        ),
    ],
)
def test_an_edit_that_is_refused_says_why_and_runs_nothing(instance: Problem, answer: str, why: str) -> None:
    kind = kind_of(instance)
    submitted = kind.submission(instance, answer, kind.prompt(instance, PromptStyle.CHAT))
    assert submitted.program == "" and why in submitted.rule.value


def test_a_symbolic_link_in_a_diff_is_refused(brought, tmp_path: Path) -> None:
    instance = load_tasks("swe-bench", split="udiff", path=swe_bench_folder(tmp_path)).problems[0]
    kind = kind_of(instance)
    prompt = kind.prompt(instance, PromptStyle.CHAT)
    link = "new file mode 120000\n--- /dev/null\n+++ b/shop/due.py\n@@ -0,0 +1 @@\n+/etc/passwd\n"
    assert "outside the repository" in kind.submission(instance, link, prompt).rule.value
    right = f"--- a/shop/due.py\n+++ b/shop/due.py\n@@ -1,2 +1,2 @@\n def due(amounts):\n-{BUGGY.splitlines()[1]}\n"
    right += f"+{FIXED.splitlines()[1]}\n"
    assert kind.submission(instance, right, prompt).files["shop/due.py"] == FIXED


def test_a_library_is_written_whole(executor, brought, tmp_path: Path) -> None:
    problem = load_tasks("commit0", path=commit0_folder(tmp_path)).problems[0]
    assert set(problem.body["files"]) == {"shop/__init__.py", "shop/due.py"}
    assert problem.body["solution"] == {"shop/due.py": FIXED}
    assert answered(executor, problem, f"shop/due.py\n```python\n{FIXED}```\n").passed
    assert not answered(executor, problem, "shop/due.py\n```python\ndue = None\n```\n").passed


def test_ids_of_tests_are_read_as_the_set_has_them(brought, tmp_path: Path) -> None:
    folder = commit0_folder(tmp_path)
    ids = folder / "test_ids" / "shop.txt"
    (folder / "test_ids" / "shop.bz2").write_bytes(bz2.compress(b"tests/test_due.py::test_old\nt.py::test_more"))
    assert load_tasks("commit0", path=folder).problems[0].tests.must_pass == ("tests/test_due.py::test_old",)
    ids.unlink()
    assert len(load_tasks("commit0", path=folder).problems[0].tests.must_pass) == 2
    (folder / "test_ids" / "shop.bz2").write_bytes(b"no archive")
    with pytest.raises(StudyError) as caught:
        load_tasks("commit0", path=folder)
    assert "the ids of the tests of shop cannot be read" in json.dumps(caught.value.problems)


def test_a_snippet_is_run_in_its_context(executor, brought, tmp_path: Path) -> None:
    problem = load_tasks("ds-1000", path=written_rows("ds-1000", tmp_path)).problems[0]
    assert (problem.id, problem.difficulty) == ("ds-1000/0007", "Origin")
    assert answered(executor, problem, "```python\nresult = sorted(data)\n```").cases == "PP"
    assert answered(executor, problem, "<code>\nresult = sorted(data)\n</code>\nEND SOLUTION\nprint(1)").passed
    assert answered(executor, problem, "result = [x for x in sorted(data)]\n").cases == "PF"
    assert not answered(executor, problem, "result = data\n").passed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"repo": "acme/other", "instance_id": "o-1"}, "the repository acme/other is not there"),
        ({"repo": "pytest-dev/pytest"}, "the environment's pytest would run"),
        ({"base_commit": "0" * 40}, "git ls-tree"),
        ({"base_commit": "--output=/tmp/x"}, "names no commit"),
        ({"patch": "--- a/shop/due.py\n+++ b/shop/due.py\n@@ -1 +1 @@\n-none\n+x\n"}, "git apply"),
        ({"test_patch": "--- a/../x\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n"}, "no file below the repository: ../x"),
        ({"patch": ""}, "it names none"),
        ({"FAIL_TO_PASS": "[]"}, "must_pass"),
        ({"FAIL_TO_PASS": "[1]"}, "should be texts"),
        ({"version": "../1"}, "environment"),
    ],
)
def test_a_damaged_instance_is_named(brought, tmp_path: Path, changed: dict[str, str], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        load_tasks("swe-bench", path=swe_bench_folder(tmp_path, **changed))
    assert said in json.dumps(caught.value.problems)


def test_a_checkout_of_its_own_stands_for_an_instance(brought, tmp_path: Path) -> None:
    folder = swe_bench_folder(tmp_path)
    own = folder / "repositories" / "acme__shop-1"
    (own / "shop").mkdir(parents=True)
    for path in ("shop/due.py", "tests/test_due.py", "tests/gone.py"):
        (own / path).parent.mkdir(exist_ok=True)
        (own / path).write_text(TREE[path])
    (own / "shop" / "built.so").write_bytes(b"\x7fELF")
    tree = load_tasks("swe-bench", path=folder).problems[0].tests.tree
    assert tree.count == 4
