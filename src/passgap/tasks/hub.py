"""Datasets of the Hugging Face hub, fetched with the package ``datasets``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.quiet import quiet_libraries


def is_hub_id(place: Path) -> bool:
    """Whether a place that is no file here reads like the id of a dataset, ``owner/name``."""
    return len(place.parts) == 2 and not place.is_absolute() and not place.suffix and ".." not in place.parts


def fetch_file(name: str, file: str, *, remedy: str) -> Path:
    """Fetch one file of a dataset's repository; a file that was fetched before is not fetched again.

    Args:
        name: the dataset's hub id.
        file: its path in the repository.
        remedy: what else a person can do, for the message of an error.

    Raises:
        StudyError: the package is not installed, or the hub does not give the file.
    """
    try:
        import huggingface_hub  # noqa: PLC0415 - an extra, loaded when it is needed

        with quiet_libraries(bars=True):
            return Path(huggingface_hub.hf_hub_download(name, file, repo_type="dataset"))
    except ImportError as error:
        raise StudyError(
            "a file of the hub is fetched with the package `huggingface_hub`, which is not installed",
            [f"Install it with `pip install 'passgap[local]'`. {remedy}"],
        ) from error
    except (OSError, ValueError) as error:
        raise StudyError(f"{file} of {name} could not be fetched from the hub", [f"{error}. {remedy}"]) from error


def fetch_dataset(name: str, *arguments: str, remedy: str, **options: str) -> Any:
    """Fetch a dataset: ``datasets.load_dataset(name, *arguments, **options)``.

    Args:
        name: its hub id.
        arguments: passed on.
        remedy: what else a person can do, for the message of an error.
        options: passed on.

    Raises:
        StudyError: the package is not installed, or the hub does not give the dataset.
    """
    try:
        import datasets  # noqa: PLC0415 - an extra, loaded when it is needed

        with quiet_libraries(bars=True):
            return datasets.load_dataset(name, *arguments, **options)
    except ImportError as error:
        raise StudyError(
            "a dataset of the hub is fetched with the package `datasets`, which is not installed",
            [f"Install it with `pip install 'passgap[local]'`. {remedy}"],
        ) from error
    except (OSError, ValueError) as error:
        raise StudyError(f"{name} could not be fetched from the hub", [f"{error}. {remedy}"]) from error
