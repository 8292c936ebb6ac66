"""How well each verifier judges a model's own samples of a study's pool, and what judging them costs.

    python benchmarks/verifiers.py STUDY [--arm ssd] [--json]

STUDY is a study folder, such as a copy of ``examples/mbpp`` with ``mbpp.jsonl`` in it. The pool is sampled as the named
arm declares it; samples that are on disk are not drawn again, so that a finished study costs the verification alone. A
verifier's threshold is chosen on half of the problems, and its precision, recall and acceptance are measured on the
other half; the labels are all tests of each problem. Seconds are those of the verification's own artifact, killed runs
included; a busy machine stretches them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import yaml

from passgap.arms.self_training.pool import sample_pool
from passgap.arms.ssd_verified import ARM
from passgap.arms.verifiers import VERIFIERS
from passgap.errors import NoCandidateError
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.wiring import open_study

SHOWN = ("verifier", "threshold", "calibration data", "precision", "recall", "acceptance", "base rate", "accepted")


def measure(folder: Path, arm: str, verifier: str) -> dict[str, Any]:
    """The arm's figures on one verifier; the pool's samples are shared by all."""
    declared = yaml.safe_load((folder / "study.yaml").read_text(encoding="utf-8"))
    arms = declared.setdefault("arms", {})
    sampling = (arms.get(arm) or {}).get("sampling") or (declared.get("sampling", {}) if arm == "ssd" else {})
    arms[ARM.name] = {"verifier": verifier, "sampling": sampling}
    own = folder / "verifiers.yaml"
    own.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
    context = open_study(own)._context
    lab = StudyLab(context, splits_of(context))
    section = ARM.section_of(context.spec)
    pool = sample_pool(lab, ARM.registered(section, lab))
    try:
        selection = ARM.select(section, pool, lab)
    except NoCandidateError as error:
        return {"verifier": verifier, "refused": str(error)}
    return {
        "verifier": verifier,
        "facts": dict(selection.facts),
        "kept": len(selection.kept),
        "dropped": dict(selection.dropped),
        "seconds": {cost.name: round(cost.seconds, 1) for cost in selection.costs},
    }


def main() -> None:
    """Measure every verifier."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path)
    parser.add_argument("--arm", default="ssd", help="the arm whose sampling of the pool is used")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [measure(given.study.resolve(), given.arm, name) for name in VERIFIERS]
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for each in found:
        print(f"\n{each['verifier']}")
        for label in SHOWN:
            print(f"  {label}: {each.get('facts', {}).get(label, each.get('refused'))}")
        print(f"  dropped: {each.get('dropped')}\n  seconds: {each.get('seconds')}")


if __name__ == "__main__":
    main()
