"""Studies that earlier versions made are opened, checked and gone on with.

The archives hold finished studies of one tiny model, each named for what its version's ledger did not hold yet.
"""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.stages import Silent
from passgap.wiring import open_study

ARCHIVES = Path(__file__).parent / "studies"

EARLIER = ["without-looks", "without-round2-rule", "without-decode-only", "with-decode-only"]


def _unpack(name: str, into: Path) -> Path:
    with tarfile.open(ARCHIVES / f"{name}.tar.gz") as archive:
        archive.extractall(into, filter="data")
    return into


@pytest.fixture(params=EARLIER)
def earlier(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of an earlier version with the folder of its model beside it, which it names by a relative path."""
    monkeypatch.chdir(_unpack("model", tmp_path))
    return _unpack(request.param, tmp_path) / "study"


def test_a_study_of_every_earlier_schema_is_declared_and_registered_as_it_stands(earlier: Path) -> None:
    before = (earlier / "ledger.jsonl").read_text()
    study = open_study(earlier, Silent())
    assert study.check().heldout == 8
    assert study.register("ssd").kind == "pre-registration"
    assert (earlier / "ledger.jsonl").read_text() == before


@pytest.mark.parametrize(
    ("changed", "to", "message"),
    [
        ("seed: 7", "seed: 8", "seed: registered 7, now 8"),
        ("learning_rate: 1.0e-3", "learning_rate: 2.0e-3", "training: registered .*0.001.*, now .*0.002"),
        ("samples: 4", "samples: 5", "diagnostics: declared .*'samples': 4.*, now .*'samples': 5"),
        (
            "surface: tests}",
            "surface: tests}\nthresholds: {round2_rule: paired}",
            "thresholds: declared .*, now .*paired",
        ),
    ],
)
def test_what_was_changed_since_is_still_named(earlier: Path, changed: str, to: str, message: str) -> None:
    text = (earlier / "study.yaml").read_text()
    assert changed in text
    (earlier / "study.yaml").write_text(text.replace(changed, to))
    with pytest.raises(StudyError) as caught:
        open_study(earlier, Silent()).register("ssd")
    assert any(_matches(message, each) for each in caught.value.problems)


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


@pytest.mark.parametrize("weights", ["here", "away"])
def test_a_study_of_every_earlier_schema_is_reported(earlier: Path, weights: str) -> None:
    if weights == "away":
        shutil.rmtree(earlier.parent / "tiny-model")
        for file in (earlier / "artifacts").rglob("*.safetensors"):
            file.unlink()
    before = json.loads((earlier / "report.json").read_text())
    ledger = (earlier / "ledger.jsonl").read_text()
    report = open_study(earlier, Silent()).report()
    assert [arm.arm for arm in report.arms] == ["ssd"]
    assert report.base.verdict.verdict == before["base"]["verdict"]["verdict"]
    assert _measured(json.loads((earlier / "report.json").read_text())) == _measured(before)
    assert open_study(earlier, Silent()).gate().arm == "ssd"
    assert (earlier / "ledger.jsonl").read_text().startswith(ledger)
    added = (earlier / "ledger.jsonl").read_text().removeprefix(ledger).splitlines()
    assert [json.loads(line)["kind"] for line in added] == ["gate"]


def _measured(report: dict[str, Any]) -> Any:
    """The part of a report that every version states: the counts behind it, and their cost."""
    [arm] = report["arms"]
    return {
        "passed": {name: each["value"] for name, each in report["base"]["table"]["overall"].items()},
        "outcomes": report["base"]["outcomes"],
        "truncated": report["base"]["truncated"]["value"],
        "delta": arm["comparison"]["delta"]["overall"]["pass@1"]["value"],
        "training": [
            [int(number) for number in re.findall(r"\b\d+(?!\.)", fact["text"])]
            for fact in arm["facts"]
            if fact["label"] in ("sampled", "trained on")
        ],
        "hours": sum(line["hours"] for line in (*report["base"]["costs"], *arm["costs"])),
    }


def test_a_study_of_every_earlier_schema_goes_on_from_what_it_has(earlier: Path) -> None:
    for name in ("ssd-heldout-results", "ssd-probes-samples"):
        [folder] = (earlier / "artifacts").glob(f"{name}-*")
        shutil.rmtree(folder)
    [samples] = (earlier / "artifacts").glob("base-heldout-samples-*")
    identity = json.loads((samples / "inputs.json").read_text())["engine"]
    with pytest.raises(StudyError, match="no finished first round"):
        open_study(earlier, Silent()).gate()
    kept = {path: path.stat().st_mtime_ns for path in (earlier / "artifacts").rglob("*") if path.is_file()}
    study = open_study(earlier, Silent())
    with study._context.sampler(study._context.base_model()) as sampler:
        if sampler.identity.versions != {name: each for name, each in identity["versions"].items() if name != "lanes"}:
            pytest.skip("the archive was made with other versions of the model libraries, so other samples are drawn")
    report = study.run(["ssd"])
    assert [arm.arm for arm in report.arms] == ["ssd"]
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    added = {path.parent.name for path in (earlier / "artifacts").rglob("manifest.json")} - {
        path.parent.name for path in kept
    }
    drawn = {name.rpartition("-")[0] for name in added}
    counted = {name for name in drawn if name.endswith("-results")}
    assert drawn - counted == {"study-tasks", "ssd-probes-samples"}, "what was sampled and trained is kept"
    assert {"base-heldout-results", "ssd-heldout-results"} <= counted, "and counted by the present rules"


def test_the_archives_differ_as_their_names_say(tmp_path: Path) -> None:
    declared = {
        name: json.loads((_unpack(name, tmp_path / name) / "study" / "ledger.jsonl").read_text().splitlines()[0])
        for name in EARLIER
    }
    sections = {name: entry["payload"] for name, entry in declared.items()}
    assert "looks" not in sections["without-looks"]["thresholds"]
    assert "looks" in sections["without-round2-rule"]["thresholds"]
    assert "round2_rule" not in sections["without-round2-rule"]["thresholds"]
    assert "round2_rule" in sections["without-decode-only"]["thresholds"]
    assert "decode_only" not in sections["without-decode-only"]
    assert sections["with-decode-only"]["decode_only"]["temperatures"] == [0.0, 0.4]
