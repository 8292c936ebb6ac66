"""Rules that look at more than one field: what is refused, and what is flagged (R1, R5, R13).

Each rule sees the sections that could be read, so that one bad section does not hide the problems of another.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TypedDict

from passgap.languages import LANGUAGES, language_called
from passgap.spec.alternatives import ComparatorSection, Method
from passgap.spec.base_model import ModelSection
from passgap.spec.cluster import ClusterSection
from passgap.spec.decode_only import DecodeOnlySection
from passgap.spec.diagnostics import MINIMUM_HELDOUT, REQUIRED_KS, DiagnosticsSection
from passgap.spec.engines import EngineSection, ServerEngine, VllmEngine, unsayable
from passgap.spec.fine_tuning import SamplingSection, TrainingSection
from passgap.spec.problem_sets import TaskFamilySection, TaskSource
from passgap.spec.sections import ThresholdsSection
from passgap.spec.study import decoding_of


class Sections(TypedDict, total=False):
    """The sections that the rules look at, those that could be read."""

    rehearsal: bool
    heldout: TaskSource
    pool: TaskSource
    diagnostics: DiagnosticsSection
    comparator: ComparatorSection
    decode_only: DecodeOnlySection | None
    sampling: SamplingSection
    training: TrainingSection
    thresholds: ThresholdsSection
    model: ModelSection
    task_family: TaskFamilySection
    engine: EngineSection
    cluster: ClusterSection | None


REFUSED_MIX = 0.5
FLAGGED_MIX = 0.2
FLAGGED_RANK = 64
CUSTOMARY_PER_PROMPT = (4, 16)


def refusals(sections: Sections, *, incomplete: bool = False) -> Iterator[str]:
    """Yield every reason for which a study is refused.

    Args:
        sections: the sections.
        incomplete: whether fields of them are unknown: a rule that comes to one of these says no more.
    """
    for rule in _REFUSALS:
        try:
            yield from rule(sections)
        except AttributeError:
            if not incomplete:
                raise


def flags(sections: Sections) -> Iterator[str]:
    """Yield everything that is allowed and yet worth a second look."""
    for rule in _FLAGS:
        yield from rule(sections)


def _enough_problems(sections: Sections) -> Iterator[str]:
    heldout = sections.get("heldout")
    if heldout and heldout.limit is not None and heldout.limit < MINIMUM_HELDOUT and not sections.get("rehearsal"):
        yield (
            f"heldout.limit: {heldout.limit} problems cannot carry a verdict; at least {MINIMUM_HELDOUT} are needed. "
            f"Raise the limit or remove it, or set `rehearsal: true` to try the steps without a decision."
        )


def _looks(sections: Sections) -> Iterator[str]:
    thresholds, heldout = sections.get("thresholds"), sections.get("heldout")
    looks = thresholds.looks if thresholds else ()
    if not looks:
        return
    if any(after <= before for before, after in itertools.pairwise(looks)):
        yield (
            f"thresholds.looks: {list(looks)} does not rise; each look has more problems than the one before. "
            f"Example: `looks: [200, 400, 800]`."
        )
        return
    if looks[0] < MINIMUM_HELDOUT and not sections.get("rehearsal"):
        yield (
            f"thresholds.looks: the first look has {looks[0]} problems; at least {MINIMUM_HELDOUT} are needed for a "
            f"verdict. Begin later, or set `rehearsal: true` to try the steps without a decision."
        )
    if heldout and heldout.limit is not None and looks[-1] > heldout.limit:
        yield (
            f"thresholds.looks: the last look has {looks[-1]} problems and `heldout.limit` leaves {heldout.limit}. "
            f"Raise the limit, or end the looks there."
        )


def _pass_at_k(sections: Sections) -> Iterator[str]:
    diagnostics = sections.get("diagnostics")
    if diagnostics is None:
        return
    missing = [k for k in REQUIRED_KS if k not in diagnostics.k]
    if missing and not sections.get("rehearsal"):
        yield (
            f"diagnostics.k: {', '.join(map(str, missing))} missing; the gap pass@k - pass@1 is what SSD lives on, so "
            f"a verdict needs k = {', '.join(map(str, REQUIRED_KS))}. Example: `k: [1, 4, 8, 16]`."
        )
    elif 1 not in diagnostics.k:
        yield "diagnostics.k: 1 is missing; without pass@1 there is no gap. Example: `k: [1, 4]`."
    largest = max(diagnostics.k)
    if largest > diagnostics.samples:
        yield (
            f"diagnostics.samples: {diagnostics.samples} samples a problem cannot give pass@{largest}; "
            f"draw at least {largest}, or ask for smaller k."
        )


def _disjoint_sets(sections: Sections) -> Iterator[str]:
    heldout = sections.get("heldout")
    pool = sections.get("pool")
    if heldout and pool and heldout.place == pool.place:
        yield (
            "pool: the prompts to train on are the problems to evaluate on; such an evaluation measures memory. "
            "Name another set or another split for one of them. Example: `pool: {tasks: starter, split: pool}`."
        )


def _own_samples(sections: Sections) -> Iterator[str]:
    training = sections.get("training")
    if training is None:
        return
    if training.mix_ratio >= REFUSED_MIX:
        yield (
            f"training.mix_ratio: {training.mix_ratio:g} makes most of the training data somebody else's; that is SFT "
            f"with a little self-distillation, and its result would say nothing about SSD. Use at most "
            f"{FLAGGED_MIX:g}, or declare the comparator `sft-external`."
        )
    if training.mix_ratio > 0.0 and training.mix_path is None:
        yield "training.mix_path: missing; a mix ratio above 0 needs the file of instruction data to mix in."


def _room_for_completions(sections: Sections) -> Iterator[str]:
    model, diagnostics, sampling = sections.get("model"), sections.get("diagnostics"), sections.get("sampling")
    if model is None:
        return
    asked = {
        "diagnostics.decoding": diagnostics.decoding.max_new_tokens if diagnostics else 0,
        "sampling": sampling.max_new_tokens if sampling else 0,
    }
    for name, tokens in asked.items():
        if tokens >= model.context_tokens:
            yield (
                f"{name}.max_new_tokens: {tokens} leave no room for a prompt in `model.context_tokens: "
                f"{model.context_tokens}`. Prompt and completion must fit together."
            )


def _a_signal(sections: Sections) -> Iterator[str]:
    sampling = sections.get("sampling")
    if sampling and decoding_of(sampling).zero_signal:
        yield (
            "sampling: temperature 1 without truncation is a fixed point of self-training: the expected gradient is "
            "zero (arXiv 2604.01193). Truncate (`top_k: 20, top_p: 0.8`) or change the temperature."
        )


def _said_to_the_server(sections: Sections) -> Iterator[str]:
    engine, diagnostics = sections.get("engine"), sections.get("diagnostics")
    if isinstance(engine, ServerEngine) and diagnostics:
        for problem in unsayable(engine.dialect, decoding_of(diagnostics.decoding)):
            yield f"diagnostics.decoding.{problem}"


def _a_sweep(sections: Sections) -> Iterator[str]:
    section, diagnostics, engine = sections.get("decode_only"), sections.get("diagnostics"), sections.get("engine")
    if section is None:
        return
    if section.mixed:
        yield (
            "decode_only.settings: a list of settings and a grid of `temperatures`, `top_k` and `top_p` are both "
            "given. Keep one of the two."
        )
        return
    if diagnostics is None:
        return
    production = decoding_of(diagnostics.decoding)
    sweep = section.sweep(production)
    if not sweep:
        yield (
            f"decode_only: production decoding ({production.label}) is its only setting, so there is nothing to choose "
            f"between. Example: `temperatures: [0, 0.4]`."
        )
    if isinstance(engine, ServerEngine):
        said = set(unsayable(engine.dialect, production))
        problems = (problem for setting in sweep.values() for problem in unsayable(engine.dialect, setting))
        for problem in dict.fromkeys(problems):
            if problem not in said:
                yield f"decode_only: {problem}"


def _room_for_a_replica(sections: Sections) -> Iterator[str]:
    engine, cluster = sections.get("engine"), sections.get("cluster")
    if cluster is None:
        return
    if isinstance(engine, ServerEngine):
        yield (
            "cluster: a server is asked by this machine, however many workers there are. Remove the section, and raise "
            "`engine.concurrency` to ask for more at once."
        )
    elif isinstance(engine, VllmEngine) and engine.tensor_parallel > max(1, cluster.gpus):
        yield (
            f"cluster.gpus: {cluster.gpus} are too few for `engine.tensor_parallel: {engine.tensor_parallel}`; each "
            f"worker holds a whole replica of the model. Example: `gpus: {engine.tensor_parallel}`."
        )


def _prompts_of_a_server(sections: Sections) -> Iterator[str]:
    engine, model = sections.get("engine"), sections.get("model")
    if not isinstance(engine, ServerEngine) or not model or not model.chat or engine.tokenizer:
        return
    begun = engine.dialect.continues_answers
    yield (
        "engine.tokenizer: missing, so the server renders the prompts in its own chat template"
        + ("" if begun else " and answers are not begun with a code fence")
        + ". Name the served model's tokenizer to send the prompts that the local engine would read."
    )


def _comparator_that_is_not_swept(sections: Sections) -> Iterator[str]:
    comparator = sections.get("comparator")
    if comparator and comparator.method is Method.DECODE_ONLY and sections.get("decode_only") is None:
        yield (
            "comparator.method: decode-only, and no `decode_only` section says which settings to sweep, so it is not "
            "run. Example: `decode_only: {temperatures: [0, 0.4]}`."
        )


def _large_mix(sections: Sections) -> Iterator[str]:
    training = sections.get("training")
    if training and FLAGGED_MIX < training.mix_ratio < REFUSED_MIX:
        yield (
            f"training.mix_ratio: {training.mix_ratio:g} is more than {FLAGGED_MIX:g}. A run that needs so much other "
            f"data is sampling from too thin or too drifting a distribution: look at the sampling first."
        )


def _mix_without_a_ratio(sections: Sections) -> Iterator[str]:
    training = sections.get("training")
    if training and training.mix_path is not None and training.mix_ratio == 0.0:
        yield (
            "training.mix_path: given, and nothing of it is mixed in, because `training.mix_ratio` is 0. "
            "Example: `mix_ratio: 0.1`."
        )


def _low_rank(sections: Sections) -> Iterator[str]:
    training = sections.get("training")
    if training and training.method == "lora" and training.lora_rank < FLAGGED_RANK:
        yield (
            f"training.lora_rank: {training.lora_rank} is below {FLAGGED_RANK}. Small ranks have not been shown to "
            f"carry SSD: compare with a full fine-tune on a small pilot before believing a null result."
        )


def _learning_rate(sections: Sections) -> Iterator[str]:
    training = sections.get("training")
    if training is None or training.learning_rate is None:
        return
    low, high = (5e-6, 5e-5) if training.method == "full" else (1e-4, 5e-4)
    if not low <= training.learning_rate <= high:
        yield (
            f"training.learning_rate: {training.learning_rate:g} is outside the customary {low:g} to {high:g} "
            f"for {training.method} fine-tuning."
        )


def _samples_per_prompt(sections: Sections) -> Iterator[str]:
    sampling = sections.get("sampling")
    low, high = CUSTOMARY_PER_PROMPT
    if sampling and not low <= sampling.per_prompt <= high:
        yield (
            f"sampling.per_prompt: {sampling.per_prompt} is outside the customary {low} to {high} "
            f"(the paper draws 1 from each of about 10,000 prompts)."
        )


def _languages_that_run(sections: Sections) -> Iterator[str]:
    family = sections.get("task_family")
    named = [(each, language_called(each)) for each in family.languages] if family else []
    others = [name for name, language in named if language is None or not language.runs]
    if others:
        titles = " and ".join(each.title for each in LANGUAGES.values() if each.runs)
        yield (
            f"task_family.languages: programs in {titles} alone can be run and scored, so nothing is measured of "
            f"{', '.join(others)}, and the verdict says nothing about it. Example: `languages: [python]`."
        )


def _settings_without_effect(sections: Sections) -> Iterator[str]:
    training, model = sections.get("training"), sections.get("model")
    diagnostics, sampling = sections.get("diagnostics"), sections.get("sampling")
    if training and training.method == "full" and "lora_rank" in training.model_fields_set:
        yield (
            f"training.lora_rank: {training.lora_rank} has no effect, because `training.method` is full. Remove it, or "
            f"set `method: lora`."
        )
    if model and model.before_cutoff == "remove" and model.cutoff is None:
        yield (
            "model.before_cutoff: remove has no effect, because no `model.cutoff` says which problems are from before "
            "it. Example: `cutoff: 2024-06`."
        )
    drawn = {"diagnostics.decoding": diagnostics.decoding if diagnostics else None, "sampling": sampling}
    for name, section in drawn.items():
        truncated = section.model_fields_set & {"top_k", "top_p"} if section else set()
        if section and section.temperature == 0.0 and truncated:
            yield (
                f"{name}: {' and '.join(f'`{each}`' for each in sorted(truncated))} have no effect at temperature 0, "
                f"which always takes the most likely token. Remove them, or raise the temperature."
            )


_REFUSALS: tuple[Callable[[Sections], Iterator[str]], ...] = (
    _enough_problems,
    _looks,
    _pass_at_k,
    _disjoint_sets,
    _own_samples,
    _a_signal,
    _room_for_completions,
    _said_to_the_server,
    _a_sweep,
    _room_for_a_replica,
)
_FLAGS: tuple[Callable[[Sections], Iterator[str]], ...] = (
    _large_mix,
    _mix_without_a_ratio,
    _low_rank,
    _learning_rate,
    _samples_per_prompt,
    _comparator_that_is_not_swept,
    _prompts_of_a_server,
    _languages_that_run,
    _settings_without_effect,
)
