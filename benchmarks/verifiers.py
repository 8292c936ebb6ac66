"""How well each verifier judges a model's own samples of MBPP's pool, and what judging them costs.

    PASSGAP_MBPP=mbpp.jsonl python benchmarks/verifiers.py FOLDER [--problems 100] [--samples 8] [--json]

The embedded model is sampled on the first problems of MBPP's train split as a study samples its pool. A verifier's
threshold is chosen on half of the problems and its precision, recall and acceptance are measured on the other half; the
labels are all tests of each problem. FOLDER keeps the samples and everything that was verified, so that a second run
draws and checks nothing. Seconds are those of the verification's own artifact.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import yaml

from passgap.arms.self_training.pool import sample_pool
from passgap.arms.ssd_verified import ARM
from passgap.arms.verifiers import VERIFIERS
from passgap.errors import NoCandidateError
from passgap.spec.template import TEMPLATE
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.wiring import open_study


def declaration(given: argparse.Namespace, verifier: str, mbpp: str) -> str:
    """A study of MBPP that declares the verifier-aware arm."""
    study = yaml.safe_load(TEMPLATE.format(name="verifiers on MBPP"))
    study["heldout"] = {"tasks": "mbpp", "split": "test", "path": mbpp, "limit": 200}
    study["pool"] = {"tasks": "mbpp", "split": "train", "path": mbpp, "limit": given.problems}
    sampling = {
        "per_prompt": given.samples,
        "temperature": given.temperature,
        "top_k": given.top_k,
        "top_p": given.top_p,
        "max_new_tokens": given.max_new_tokens,
    }
    study["arms"] = {"ssd-verified": {"verifier": verifier, "sampling": sampling}}
    return yaml.safe_dump(study, sort_keys=False)


def measure(given: argparse.Namespace, verifier: str, mbpp: str) -> dict[str, Any]:
    """What the arm says of one verifier; the pool's samples are shared by all."""
    (given.folder / "study.yaml").write_text(declaration(given, verifier, mbpp))
    context = open_study(given.folder)._context
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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-k", type=int, default=20)
    parser.add_argument("--top-p", type=float, default=0.8)
    parser.add_argument("--max-new-tokens", type=int, default=192)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    mbpp = str(Path(os.environ.get("PASSGAP_MBPP", "../shared/data/mbpp.jsonl")).resolve())
    given.folder.mkdir(parents=True, exist_ok=True)
    found = [measure(given, name, mbpp) for name in VERIFIERS]
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for each in found:
        print(f"\n{each['verifier']}")
        lines = each.get("facts") or {"refused": each["refused"]}
        for label, text in {**lines, "seconds": each.get("seconds"), "dropped": each.get("dropped")}.items():
            print(f"  {label}: {text}")


if __name__ == "__main__":
    main()
