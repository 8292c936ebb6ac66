"""(evidence, thresholds) -> decision with reasons: verdict, outcome, second round, decoding, Pareto. All pure."""

from passgap.decisions.alternatives import Situation
from passgap.decisions.arm_outcome import ArmJudgement, OutcomeOfArm, judge_arm
from passgap.decisions.best_arm import ArmChoice, choose_arm
from passgap.decisions.break_even import BreakEven, break_even
from passgap.decisions.classify import VerdictKind
from passgap.decisions.decoding import DecodingChoice, SelectionMethod, development_half, select_decoding
from passgap.decisions.evidence import Alternatives, BudgetFacts, Evidence, Look, Thresholds
from passgap.decisions.pareto import ArmPoint, Cost, ParetoOutcome, ParetoRow, Relation, compare_pareto
from passgap.decisions.round2 import Condition, GateDecision, Round2Evidence, decide_round2
from passgap.decisions.stopping import NextLook, decide_next_look
from passgap.decisions.verdict import SensitivityRow, Verdict, decide_verdict
from passgap.spec import LiftRule

__all__ = [
    "Alternatives",
    "ArmChoice",
    "ArmJudgement",
    "ArmPoint",
    "BreakEven",
    "BudgetFacts",
    "Condition",
    "Cost",
    "DecodingChoice",
    "Evidence",
    "GateDecision",
    "LiftRule",
    "Look",
    "NextLook",
    "OutcomeOfArm",
    "ParetoOutcome",
    "ParetoRow",
    "Relation",
    "Round2Evidence",
    "SelectionMethod",
    "SensitivityRow",
    "Situation",
    "Thresholds",
    "Verdict",
    "VerdictKind",
    "break_even",
    "choose_arm",
    "compare_pareto",
    "decide_next_look",
    "decide_round2",
    "decide_verdict",
    "development_half",
    "judge_arm",
    "select_decoding",
]
