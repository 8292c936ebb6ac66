"""The study that `passgap init` writes is valid as it stands."""

from __future__ import annotations

from passgap import parse_study
from passgap.arms.ssd import ARM as SSD
from passgap.spec.fine_tuning import SamplingSection
from passgap.spec.study import StudySpec
from passgap.spec.template import study_template
from passgap.spec.tolerances import read_battery
from passgap.study.checking import tables


def test_the_template_is_a_valid_study_without_flags() -> None:
    intake = parse_study(study_template("autocomplete, spring"))
    assert intake.spec.name == "autocomplete, spring"
    assert intake.flags == ()


def test_the_template_states_the_defaults_that_it_shows() -> None:
    spec = parse_study(study_template("x")).spec
    for section in ("thresholds", "alternatives"):
        assert getattr(spec, section) == StudySpec.model_fields[section].get_default()
    assert SSD.section_of(spec).sampling == SamplingSection()
    assert spec.battery == read_battery(None, tables().tolerances).tolerances
