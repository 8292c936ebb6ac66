"""YAML text to a mapping, with the two things that YAML readers let through: duplicate keys and non-mappings."""

from __future__ import annotations

from typing import Any

import yaml

from passgap.errors import StudyError


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses a key written twice instead of keeping the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{key}` stands twice (first on line {seen[key]})", key_node.start_mark
                )
            if isinstance(key, str):
                seen[key] = line
        return super().construct_mapping(node, deep)


def _timestamp(loader: _StrictLoader, node: yaml.ScalarNode) -> Any:
    """A date; text that only looks like one (``2024-13-01``) stays text, and the field that it stands in refuses it."""
    try:
        return yaml.SafeLoader.construct_yaml_timestamp(loader, node)
    except (ValueError, OverflowError):
        return node.value


_StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


def parse_mapping(text: str, where: str) -> dict[str, Any]:
    """Parse YAML text that must hold a mapping.

    Args:
        text: the YAML.
        where: what the message calls it, usually the file's path.

    Raises:
        StudyError: a syntax error with line and column, a duplicate key, an empty text, or no mapping.
    """
    try:
        value = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        hint = "Indent with spaces, put a space after each colon, and quote text that holds `: ` or `#`."
        raise StudyError(f"{where} is not valid YAML", [f"{place}{error.problem or error.context}. {hint}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise StudyError(f"{where} is not valid YAML", [str(error).splitlines()[0]]) from error
    if value is None:
        raise StudyError(f"{where} is empty", ["Write a study with `passgap init`, then fill in its fields."])
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise StudyError(f"{where} does not hold a study", [f"It holds {kind}; sections were expected."])
    return {str(key): item for key, item in value.items()}
