"""Scripted studies with a finished arm, and their checkpoints, for tests of promotion."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions.promotion import PromotionWaiver
from passgap.errors import StudyError
from passgap.promotion.telemetry.reading import telemetry_folder
from passgap.report import plots
from passgap.report.svg import Drawing
from passgap.study import Study
from passgap.testing.scripted_study import open_scripted_study
from short_battery import shorten
from watched import CANDIDATE, pair, written

NO_DRAWING = Drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')
WAIVED = PromotionWaiver(name="monitor", reason="a test")
RULES = {"promotion": {"guards": {"errors": 0.0}, "least_pairs": 20, "tolerance": 0.5}}


def opened(folder: Path, further: dict[str, Any] | None = None) -> Study:
    """The study in a folder, with the ssd arm."""
    return open_scripted_study(folder, {"ssd": {}}, Counter(), further)


def run_to_the_end(folder: Path) -> None:
    """Run the study, with reports without drawings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "draw", lambda chart: NO_DRAWING)
        shorten(patch)
        opened(folder).run(["ssd"])


def refused(study: Study, *waived: str, **options: Any) -> dict[str, str]:
    """The objections to a promotion, by their names."""
    waivers = [PromotionWaiver(name=name, reason="a test") for name in waived]
    with pytest.raises(StudyError) as error:
        study.promote("ssd", waivers=waivers, **options)
    return {name: said for name, _, said in (each.partition(": ") for each in error.value.problems)}


def granted(folder: Path, further: dict[str, Any] | None = None) -> Study:
    """The study, whose checkpoint is promoted with waivers for what a scripted model of 12 problems lacks."""
    study = opened(folder, further)
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        waivers = [PromotionWaiver(name=name, reason="a test") for name in refused(study)]
        study.promote("ssd", why="a try", waivers=waivers)
    return study


def mirrored(study: Study, numbers: range, **candidate: Any) -> None:
    """Log mirrored calls of the candidate in the shadow."""
    rows = [row for number in numbers for row in pair(number, **candidate)]
    name = study.registry.find("candidate").id
    named = ({**row, "checkpoint": name} if row["checkpoint"] == CANDIDATE else row for row in rows)
    written(telemetry_folder(study.folder.path), named)
