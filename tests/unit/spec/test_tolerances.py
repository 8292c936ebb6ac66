"""The battery section: a mapping from tolerances to values, whose later keys change no digest that exists."""

from __future__ import annotations

import pytest

from passgap import parse_study
from passgap.arms import ARMS
from passgap.errors import StudyError
from passgap.records import digest_of
from passgap.spec import StudySpec, Tables, Tolerance, ToleranceUnit, tolerances_of
from passgap.spec import parse_study as parse_with_tables
from passgap.spec.template import study_template
from passgap.spec.tolerances import read_battery, registered_tolerances
from passgap.study.checking import tables

FIRST = {
    "repetition": 0.10,
    "self_bleu": 0.10,
    "length": 0.25,
    "diversity": 0.02,
    "style": 0.10,
    "refusal": 0.10,
    "unsafe": 0.05,
    "format": 0.10,
}
"""The tolerances of the first version with their defaults, as every study of it registered them."""


def tolerance(key: str, default: float = 0.2, **changes: bool) -> Tolerance:
    return Tolerance(key=key, default=default, unit=ToleranceUnit.DIFFERENCE, description="A later one.", **changes)


LATER = {**tables().tolerances, "later": tolerance("later")}


def study(battery: str) -> str:
    head, _, rest = study_template("x").partition("\nbattery:")
    return f"{head}\nbattery: {battery}\n{rest[rest.index('thresholds:') :]}"


def test_the_tolerances_of_the_first_version_are_always_registered_with_their_first_defaults() -> None:
    assert list(read_battery(None, tables().tolerances).tolerances.items())[: len(FIRST)] == list(FIRST.items())
    assert parse_study(study("{}")).spec.battery == FIRST


def test_a_tolerance_of_the_first_version_that_is_declared_is_registered_with_its_value() -> None:
    assert parse_study(study("{style: 0.3, length: 1}")).spec.battery == {**FIRST, "style": 0.3, "length": 1.0}


def test_a_later_tolerance_changes_a_digest_only_where_it_differs_from_its_default() -> None:
    def spec(battery: str, table: dict[str, Tolerance]) -> StudySpec:
        return parse_with_tables(study(battery), tables=Tables(arms=ARMS, tolerances=table)).spec

    known, more = dict(tables().tolerances), LATER
    assert spec("{}", known).digest == spec("{}", more).digest == spec("{later: 0.2}", more).digest
    assert spec("{later: 0.3}", more).digest != spec("{}", more).digest
    assert registered_tolerances({"later": 0.3}, more) == {**FIRST, "later": 0.3}


def test_the_digest_of_the_battery_is_that_of_the_record_that_the_first_version_kept() -> None:
    spec = parse_study(study("{}")).spec
    assert digest_of(spec.battery) == "016186055142063e791288fd0c6843e40a3b3187094e403457dad2b60a58cab7"


def test_a_tolerance_of_no_probe_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study("{stile: 0.1, nonsense: 0.1}"))
    near, far = caught.value.problems
    assert near.startswith("battery.stile: no probe has a tolerance of this name. Did you mean `style`?")
    for each in (near, far):
        assert all(key in each for key in FIRST)


@pytest.mark.parametrize(
    ("battery", "problem"),
    [
        ("{style: -0.1}", "battery.style: should be greater than or equal to 0; it is -0.1."),
        ("{style: x}", "battery.style: should be a number; it is 'x'."),
        ("{style: .nan}", "battery.style: should be a finite number; it is nan."),
        ("{style: {}}", "battery.style: should be a number."),
        ("[style]", "battery: should be a section: the name of each tolerance and its value."),
        ("{unsafe: 1.0}", "cannot be skipped"),
        ("{refusal: 1}", "battery: a tolerance of 1 for `refusal` skips"),
    ],
)
def test_a_value_that_is_no_tolerance_is_refused(battery: str, problem: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study(battery))
    [told] = caught.value.problems
    assert problem in told


def test_probes_can_share_a_tolerance_and_not_disagree_about_it() -> None:
    assert tolerances_of([tolerance("a"), tolerance("a"), tolerance("b")]).keys() == {"a", "b"}
    with pytest.raises(ValueError, match="two different tolerances have the key `a`"):
        tolerances_of([tolerance("a"), tolerance("a", 0.3)])


def test_a_waiver_names_a_probe_that_there_is_and_none_of_safety() -> None:
    text = study_template("x") + "\nwaivers: {comments: fewer are wanted}\n"
    assert parse_study(text).spec.waivers == {"comments": "fewer are wanted"}
    with pytest.raises(StudyError) as caught:
        parse_study(study_template("x") + "\nwaivers: {comment: fewer, refusals: it may}\n")
    unknown, safety = caught.value.problems
    assert unknown.startswith("waivers.comment: there is no such probe. Did you mean `comments`?")
    assert safety == "waivers.refusals: an alert on safety cannot be waived. Remove it."
    with pytest.raises(StudyError, match="length"):
        parse_study(study_template("x") + "\nwaivers: {length: ''}\n")


def test_waivers_change_no_digest_where_there_are_none() -> None:
    plain, waiving = (parse_study(study_template("x") + end).spec for end in ("", "\nwaivers: {comments: fewer}\n"))
    assert plain.digest != waiving.digest
    assert plain.digest == parse_study(study_template("x") + "\nwaivers: {}\n").spec.digest
