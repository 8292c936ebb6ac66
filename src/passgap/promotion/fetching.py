"""Fetches the rows of gateways on other machines from the store that they share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from passgap.errors import StoreError, StudyError
from passgap.lazy_imports import needed_for
from passgap.paths import AnyPath
from passgap.promotion.gateway.settings_file import read_settings
from passgap.promotion.serve import settings_path
from passgap.promotion.settings import StoreSection
from passgap.promotion.telemetry.reading import telemetry_folder

if TYPE_CHECKING:
    from passgap.promotion.gateway.replicas import Replicas


def fetch_rows(place: AnyPath, environment: Mapping[str, str] = os.environ) -> int:
    """Write the rows of all gateways of the store beside those of this machine; return how many were new.

    Args:
        place: the study's folder with ``serve.yaml``, or that file.
        environment: holds the database's address.

    Raises:
        PassgapError: the settings name no store, or it cannot be used.
    """
    path = settings_path(place)
    store = read_settings(path).telemetry.store
    if store is None:
        raise StudyError(
            f"{path} names no shared store",
            ["Add `telemetry: {store: {url_variable: PASSGAP_STORE_URL, study: NAME}}`."],
        )
    with needed_for("`telemetry.store`", "passgap[postgres]", StudyError):
        from passgap.promotion.telemetry.postgres import PostgresStore  # noqa: PLC0415

    with PostgresStore(_address(store, environment), store.study) as opened:
        return opened.fetch(telemetry_folder(path.parent))


def open_replicas(store: StoreSection, environment: Mapping[str, str] = os.environ) -> Replicas:
    """The gateways of all machines.

    Args:
        store: as the settings declare it.
        environment: holds the database's address.

    Raises:
        PassgapError: the store cannot be used.
    """
    with needed_for("`telemetry.store`", "passgap[postgres]", StudyError):
        from passgap.promotion.gateway.replicas import Replicas  # noqa: PLC0415

    return Replicas(_address(store, environment), store.study)


def _address(store: StoreSection, environment: Mapping[str, str]) -> str:
    found = environment.get(store.url_variable, "").strip()
    if not found:
        raise StoreError(
            "the address of the shared store is missing",
            [f"telemetry.store.url_variable: the environment variable {store.url_variable} is not set, or is empty."],
        )
    return found
