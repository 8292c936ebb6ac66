"""Intake: read the study that a folder states, and check its two task sets against each other (R1, R3)."""

from __future__ import annotations

import os
from pathlib import Path

from passgap.errors import StudyError
from passgap.records import Record
from passgap.spec import Intake, parse_study
from passgap.study.preparation import Preparation, prepare_tasks


class Checked(Record):
    """What intake found of a valid study."""

    study: str
    digest: str
    heldout: int
    pool: int
    removed: int
    flags: tuple[str, ...]


def read_study(path: str | os.PathLike[str]) -> tuple[Intake, Path]:
    """Read the study in a folder, or the one that a ``study.yaml`` states; returns it with its folder.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    given = Path(path)
    file = given if given.is_file() else given / "study.yaml"
    if not file.is_file():
        raise StudyError(f"there is no study in {given}", ["`passgap init FOLDER` writes one to begin with."])
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{file} cannot be read", [f"{error}. A study is YAML in UTF-8."]) from error
    return parse_study(text, str(file)), file.parent


def check_study(path: str | os.PathLike[str]) -> Checked:
    """Check the study in a folder: what ``passgap check`` says. No engine, sandbox or estimator is loaded for it.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    intake, folder = read_study(path)
    return checked(intake, prepare_tasks(intake.spec, folder))


def checked(intake: Intake, preparation: Preparation) -> Checked:
    """What intake and preparation have found."""
    return Checked(
        study=intake.spec.name,
        digest=intake.spec.digest,
        heldout=len(preparation.heldout.problems),
        pool=len(preparation.pool.problems),
        removed=preparation.removed,
        flags=intake.flags,
    )
