"""Fetches the rows of gateways on other machines from the store that they share."""

from __future__ import annotations

import os
from collections.abc import Mapping

from passgap.errors import StudyError
from passgap.lazy_imports import needed_for
from passgap.paths import AnyPath
from passgap.promotion.checking import check_settings
from passgap.promotion.serve import settings_path
from passgap.promotion.telemetry.reading import telemetry_folder


def fetch_rows(place: AnyPath, environment: Mapping[str, str] = os.environ) -> int:
    """Write the rows of all gateways of the store beside those of this machine; return how many were new.

    Args:
        place: the study's folder with ``serve.yaml``, or that file.
        environment: holds the database's address.

    Raises:
        PassgapError: the settings name no store, or it cannot be used.
    """
    path = settings_path(place)
    store = check_settings(path, environment).telemetry.store
    if store is None:
        raise StudyError(
            f"{path} names no shared store",
            ["Add `telemetry: {store: {url_variable: PASSGAP_STORE_URL, study: NAME}}`."],
        )
    with needed_for("`telemetry.store`", "passgap[postgres]", StudyError):
        from passgap.promotion.telemetry.postgres import PostgresStore  # noqa: PLC0415

    with PostgresStore(environment[store.url_variable].strip(), store.study) as opened:
        return opened.fetch(telemetry_folder(path.parent))
