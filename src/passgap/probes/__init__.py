"""The anti-collapse battery over samples: one file per probe, without access to a model.

:data:`PROBES` holds the probes of this package and those that installed distributions offer under the entry-point group
``passgap.probes``. ``docs/battery.md`` explains what each one measures.
"""

from passgap.probes._battery import (
    FIRST_PROBES,
    PROBES,
    Comparing,
    battery_of_study,
    left_out_of_study,
    probe_tolerances,
    run_battery,
    tolerances_by_probe,
)
from passgap.probes._declared import EDITION, MOST_CHARACTERS, DeclaredBattery, missing_readers, readers_here
from passgap.probes._examples import TellingExample, examples_first, telling_examples
from passgap.probes._further import asked_again, undecided
from passgap.probes._judge_prompt import EDITION as JUDGE_EDITION
from passgap.probes._judge_prompt import judge_question, read_judgement
from passgap.probes._outcome import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, Waiver, judge
from passgap.probes._reading import by_syntax
from passgap.probes._reading import told as readers_told
from passgap.probes._repetitions import worst_of
from passgap.probes._resolution import ProbeResolution, planned_resolution, resolution_of
from passgap.probes._samples import Answer, Answers, ModelSamples, Prompts
from passgap.probes._together import DriftTest, judged_together
from passgap.probes.base import BaseProbe, JudgedProbe, Probe, ScoreProbe, Settings, judged_probe, mean_of, share_of
from passgap.records.judgements import Judgement

__all__ = [
    "EDITION",
    "FIRST_PROBES",
    "JUDGE_EDITION",
    "MOST_CHARACTERS",
    "PROBES",
    "Answer",
    "Answers",
    "BaseProbe",
    "BatteryOutcome",
    "Comparing",
    "DeclaredBattery",
    "DriftTest",
    "JudgedProbe",
    "Judgement",
    "ModelSamples",
    "Probe",
    "ProbeOutcome",
    "ProbeResolution",
    "ProbeStatus",
    "Prompts",
    "Rule",
    "ScoreProbe",
    "Settings",
    "TellingExample",
    "Waiver",
    "asked_again",
    "battery_of_study",
    "by_syntax",
    "examples_first",
    "judge",
    "judge_question",
    "judged_probe",
    "judged_together",
    "left_out_of_study",
    "mean_of",
    "missing_readers",
    "planned_resolution",
    "probe_tolerances",
    "read_judgement",
    "readers_here",
    "readers_told",
    "resolution_of",
    "run_battery",
    "share_of",
    "telling_examples",
    "tolerances_by_probe",
    "undecided",
    "worst_of",
]
