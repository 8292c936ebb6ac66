"""Artifacts of a study as the store's tests make them."""

from __future__ import annotations

from pydantic import JsonValue

from passgap.records import StageManifest
from passgap.store import Artifact, StudyFolder

ENGINE: dict[str, JsonValue] = {"engine": "local", "model": "m", "model_digest": "d", "versions": {"torch": "2"}}
SAMPLES: dict[str, JsonValue] = {
    "prompts": "p",
    "problems": 8,
    "decoding": {"temperature": 0.8},
    "per_prompt": 4,
    "seed": 7,
    "engine": ENGINE,
}
"""The inputs of samples."""


def made(folder: StudyFolder, name: str, inputs: dict[str, JsonValue]) -> Artifact:
    """A finished artifact of three samples."""
    artifact = folder.artifact(name, inputs)
    artifact.begin()
    artifact.finish(StageManifest(samples=3))
    return artifact
