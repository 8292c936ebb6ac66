"""Intake of the gateway's file: it is valid, or everything that is wrong with it is said in one message."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from passgap.errors import StudyError
from passgap.promotion.settings.gateway_settings import GatewaySettings
from passgap.promotion.settings.rules import refusals
from passgap.spec.explain import explain, missing, near, told_once
from passgap.spec.yaml_text import parse_mapping


def parse_settings(text: str, where: str = "serve.yaml") -> GatewaySettings:
    """Read the gateway's settings from their YAML text.

    Args:
        text: the YAML.
        where: what messages call it.

    Raises:
        StudyError: everything that is missing or wrong, each with what to do.
    """
    raw = parse_mapping(text, where)
    names = list(GatewaySettings.model_fields)
    problems = [f"{name}: there is no such field.{near(name, names)}" for name in raw if name not in names]
    read: dict[str, Any] = {}
    for name, field in GatewaySettings.model_fields.items():
        if raw.get(name) is None:
            if field.is_required():
                problems.extend(missing(name, field))
            else:
                read[name] = field.get_default()
            continue
        adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
        try:
            read[name] = adapter.validate_python(raw[name])
        except ValidationError as error:
            problems.extend(fault for detail in told_once(error) for fault in explain(name, field, detail))
    problems.extend(refusals(read))
    if problems:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise StudyError(f"{where}: {count}", problems)
    return GatewaySettings.model_validate(read)
