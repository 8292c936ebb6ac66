"""Flags: combinations of sections that are allowed and yet worth a second look."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.languages import LANGUAGES, language_called
from passgap.spec.decoding import truncated_in_vain
from passgap.spec.draft import DraftSections
from passgap.spec.engines import ServerEngine


def flags(study: DraftSections) -> Iterator[str]:
    """Yield everything of a valid study that is worth a second look."""
    for rule in (_prompts_of_a_server, _languages_that_run, _settings_without_effect):
        yield from rule(study)


def _prompts_of_a_server(study: DraftSections) -> Iterator[str]:
    engine, model = study.get("engine"), study.get("model")
    if not isinstance(engine, ServerEngine) or not model or not model.chat or engine.tokenizer:
        return
    begun = engine.dialect.continues_answers
    yield (
        "engine.tokenizer: missing, so the server renders the prompts in its own chat template"
        + ("" if begun else " and answers are not begun with a code fence")
        + ". Name the served model's tokenizer to send the prompts that the local engine would read."
    )


def _languages_that_run(study: DraftSections) -> Iterator[str]:
    family = study.get("task_family")
    named = [(each, language_called(each)) for each in family.languages] if family else []
    others = [name for name, language in named if language is None or not language.runs]
    if others:
        titles = " and ".join(each.title for each in LANGUAGES.values() if each.runs)
        yield (
            f"task_family.languages: programs in {titles} alone can be run and scored, so nothing is measured of "
            f"{', '.join(others)}, and the verdict says nothing about it. Example: `languages: [python]`."
        )


def _settings_without_effect(study: DraftSections) -> Iterator[str]:
    model, diagnostics = study.get("model"), study.get("diagnostics")
    if model and model.before_cutoff == "remove" and model.cutoff is None:
        yield (
            "model.before_cutoff: remove has no effect, because no `model.cutoff` says which problems are from before "
            "it. Example: `cutoff: 2024-06`."
        )
    if diagnostics:
        yield from truncated_in_vain("diagnostics.decoding", diagnostics.decoding)
