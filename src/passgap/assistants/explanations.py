"""The meaning of the words that a person or an assistant meets: fields, arms, probes, verdicts, outcomes, moves."""

from __future__ import annotations

import ast
import difflib
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from enum import StrEnum

from passgap.arms import ARMS
from passgap.assistants.answers import Explanation
from passgap.decisions import VerdictKind
from passgap.decisions.arm_outcome import OutcomeOfArm
from passgap.errors import StudyError
from passgap.moves import Move
from passgap.plain_text import shortened
from passgap.probes import PROBES, probe_tolerances
from passgap.spec import StudySpec
from passgap.spec.partial import section_of
from passgap.spec.questions import example_of, field_at
from passgap.spec.section import Section

QUANTITIES = {
    "pass@k": "The probability that at least one of k samples of a problem passes all of its tests (unbiased estimator "
    "of Chen et al., 2021), averaged over problems, with an interval over problems. pass@1 is that of a single sample.",
    "gap": "pass@k - pass@1 in percentage points: the informal ceiling of what self-distillation can add to pass@1. "
    "Below the declared threshold at every feasible k, self-distillation is unlikely to deliver.",
    "ssd": "Simple self-distillation: sample the model on the pool, fine-tune the same model on the raw samples, "
    "without reward, verifier or filter. It sharpens what the model knows already and imports nothing.",
}

_ANSWERS: dict[str, type[StrEnum]] = {"verdict": VerdictKind, "outcome": OutcomeOfArm}


def explain(term: str) -> Explanation:
    """Explain a field of ``study.yaml`` by its dotted path, or a name that output shows.

    Raises:
        StudyError: there is no such term; the message names near ones.
    """
    asked = term.strip()
    for found in _meanings(asked):
        return found
    known = [
        *QUANTITIES,
        *ARMS,
        *PROBES,
        *VerdictKind,
        *OutcomeOfArm,
        *Move,
        *StudySpec.model_fields,
        *probe_tolerances(),
    ]
    asked = shortened(asked, 100)
    near = difflib.get_close_matches(asked, [str(each) for each in known], n=5, cutoff=0.5)
    told = f"Did you mean {', '.join(near)}?" if near else f"Known terms: {', '.join(str(each) for each in known)}."
    raise StudyError(f"there is no explanation of {asked!r}", [told])


def _meanings(term: str) -> Iterator[Explanation]:
    """Every meaning of a term, the first of which counts."""
    upper, lower = term.upper(), term.lower()
    if lower in QUANTITIES:
        yield Explanation(term=lower, kind="quantity", text=QUANTITIES[lower])
    for kind, members in _ANSWERS.items():
        if upper in tuple(members):
            yield Explanation(term=upper, kind=kind, text=member_docs(members)[upper])
    if lower in ARMS:
        arm = ARMS[lower]
        text = f"{arm.caption}. {inspect.getdoc(type(arm)) or ''}".strip()
        yield Explanation(term=lower, kind="arm", text=text, example=f"arms: {{{lower}: {{}}}}")
    if lower in PROBES:
        probe = PROBES[lower]
        text = (
            f"A probe of the anti-collapse battery: {probe.quantity}. A {probe.rule.value} beyond the tolerance "
            f"`battery.{probe.tolerance.key}` counts against the tuned model."
        )
        yield Explanation(term=lower, kind="probe", text=text)
    if lower in tuple(Move):
        yield Explanation(term=lower, kind="move", text=f"{Move(lower).caption}.")
    yield from _of_file(term)


def member_docs(members: type[StrEnum]) -> dict[str, str]:
    """The docstring under each member of an enumeration, by the member's value; its value where it has none."""
    body = ast.parse(textwrap.dedent(inspect.getsource(members))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {str(each): str(each) for each in members}
    for before, after in itertools.pairwise(body.body):
        if isinstance(before, ast.Assign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            name = before.targets[0]
            if isinstance(name, ast.Name) and name.id in members.__members__:
                found[str(members[name.id])] = inspect.cleandoc(str(after.value.value))
    return found


def _of_file(path: str) -> Iterator[Explanation]:
    """The meaning of a dotted path in ``study.yaml``."""
    head, _, rest = path.partition(".")
    tolerances = probe_tolerances()
    if head == "battery" and rest in tolerances:
        each = tolerances[rest]
        text = f"{each.description} A fraction of 1; the default is {each.default} ({each.unit.value})."
        yield Explanation(term=path, kind="tolerance", text=text, example=f"battery: {{{rest}: {each.default}}}")
        return
    section: type[Section] = StudySpec
    if head == "arms" and rest:
        name, _, rest = rest.partition(".")
        if name not in ARMS or not rest:
            return
        section, path = ARMS[name].Section, rest
    info = field_at(path, section)
    if info is None:
        return
    inner = section_of(info)
    text = info.description or (inspect.getdoc(inner) if inner else None) or ""
    if inner is None and not info.is_required():
        default = info.get_default(call_default_factory=True)
        text += f" The default is {getattr(default, 'value', default)!r}."
    leaf = path.rpartition(".")[2]
    yield Explanation(
        term=path,
        kind="field" if inner is None else "section",
        text=text,
        example=f"{leaf}: {example_of(info)}" if info.examples else "",
        required=info.is_required(),
    )
