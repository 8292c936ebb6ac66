"""The files of the page on extending passgap, installed as a distribution: their suites pass, and a study uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from documented import files_of, write_files

PAGE = "extending.md"
FILES = files_of(PAGE)
TESTS = sorted(name for name in FILES if name.startswith("test_"))
DECLARED = tomllib.loads(FILES["pyproject.toml"])["project"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the distribution as a package manager installs it."""
    folder = tmp_path_factory.mktemp("site-packages")
    write_files(PAGE, folder)
    info = folder / f"{DECLARED['name'].replace('-', '_')}-{DECLARED['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {DECLARED['name']}\nVersion: {DECLARED['version']}\n")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in members.items())
        for group, members in DECLARED["entry-points"].items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups))
    return folder


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the distribution is installed."""
    path = os.pathsep.join([str(site), *sys.path])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=site,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def outcomes(site: Path) -> str:
    """The outcomes of the page's tests, one per line."""
    ran = run(site, "-m", "pytest", "-q", "-rA", "--tb=short", "-p", "no:cacheprovider", *TESTS)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", TESTS)
def test_its_conformance_suite_passes(outcomes: str, name: str) -> None:
    assert f"PASSED {name}::" in outcomes
    assert f"FAILED {name}::" not in outcomes, outcomes
    assert f"ERROR {name}::" not in outcomes, outcomes


def test_every_file_that_is_a_part_of_passgap_has_a_test_and_an_entry_point() -> None:
    parts = {name.removesuffix(".py") for name in FILES if name.endswith(".py") and not name.startswith("test_")}
    assert {name.removeprefix("test_").removesuffix(".py") for name in TESTS} == parts
    named = {value.partition(":")[0] for members in DECLARED["entry-points"].values() for value in members.values()}
    assert named == parts


TABLES = {
    "passgap.arms": "passgap.arms:ARMS",
    "passgap.engines": "passgap.engines:ENGINES",
    "passgap.languages": "passgap.languages:LANGUAGES",
    "passgap.probes": "passgap.probes:PROBES",
    "passgap.report_sections": "passgap.report.sections.added:SECTIONS",
    "passgap.task_kinds": "passgap.tasks.kinds:KINDS",
    "passgap.task_sources": "passgap.tasks.sources:SOURCES",
    "passgap.verifiers": "passgap.arms.verifiers:VERIFIERS",
}
"""The table of each entry-point group."""

NAMES = """
import json, sys
from importlib import import_module
found = {}
for place in sys.argv[1:]:
    module, _, name = place.partition(":")
    found[place] = list(getattr(import_module(module), name))
print(json.dumps(found))
"""


def test_every_member_is_found_in_its_table_beside_passgaps_own(site: Path) -> None:
    places = [TABLES[group] for group in DECLARED["entry-points"]]
    with_it = json.loads(run(site, "-c", NAMES, *places).stdout)
    named = {place: place.partition(":") for place in places}
    without = {place: list(getattr(import_module(module), name)) for place, (module, _, name) in named.items()}
    assert all(without.values())
    for group, members in DECLARED["entry-points"].items():
        assert set(with_it[TABLES[group]]) - set(without[TABLES[group]]) == set(members)


@pytest.mark.slow
def test_a_study_that_uses_them_runs_where_they_are_installed(site: Path) -> None:
    ran = run(site, "-m", "passgap", "check", ".", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout)["heldout"] == 15
    ran = run(site, "-m", "passgap", "run", ".", "--arm", "hint")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = (site / "report.json").read_text()
    for name in ("hint", "type-hints"):
        assert f'"{name}"' in report
    assert "How the samples ended" in (site / "report.html").read_text()
    [results] = (site / "artifacts").glob("hint-heldout-results-*/shard-00000.jsonl")
    assert "unit-conversions/inches_to_feet" in results.read_text()
    [base] = (site / "artifacts").glob("base-heldout-samples-*/inputs.json")
    assert json.loads(base.read_text())["engine"]["engine"] == "bigram"


def test_the_same_study_is_refused_where_they_are_not_installed(site: Path) -> None:
    elsewhere = subprocess.run(
        [sys.executable, "-m", "passgap", "check", str(site)], capture_output=True, text=True, check=False
    )
    assert elsewhere.returncode == 2
    for name in ("type_hints", "unit-conversions", "arms.hint"):
        assert name in elsewhere.stderr, elsewhere.stderr
