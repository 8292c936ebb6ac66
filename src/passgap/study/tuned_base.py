"""Refuse a base model that a study trained: training it again is a second round, which goes through a gate."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.models.made_by_studies import made_by, trained_from
from passgap.spec import PluginEngine, ServerEngine, StudySpec


def refuse_tuned_base(spec: StudySpec, folder: Path | None = None) -> None:
    """Refuse a study of which the base model was made by a study.

    Args:
        spec: the study.
        folder: of the base model; None for the folder that the study names, if it names one.

    Raises:
        StudyError: it was.
    """
    if folder is None and isinstance(spec.engine, ServerEngine | PluginEngine):
        return
    made = made_by(folder or Path(spec.model.id).expanduser())
    if made is not None:
        raise StudyError(
            f"model.id: {spec.model.id} is a checkpoint that a study trained ({made})",
            [
                "To train it again is a second round, which goes through the gate of the study that made it: name "
                "fresh problems there under `round2`, ask `passgap gate STUDY`, and carry it out with "
                "`passgap run STUDY --round 2`. A study of its own begins with a model that no study trained.",
            ],
        )


def refuse_later_round(checkpoint: Path, base: str) -> None:
    """Refuse to import a checkpoint that a study trained from another model than this study's base model.

    Args:
        checkpoint: its folder.
        base: the digest of the base model.

    Raises:
        StudyError: it was: as a second round, or by the study of another model.
    """
    before = trained_from(checkpoint)
    if before is not None and before != base:
        raise StudyError(
            f"{checkpoint} is no first round of this base model",
            [
                f"A study trained it ({made_by(checkpoint)}) from weights with the digest {before[:12]}, and the base "
                f"model has {base[:12]}. A second round goes through the gate: `passgap run STUDY --round 2`."
            ],
        )
