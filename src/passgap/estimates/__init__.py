"""Estimators: unbiased pass@k, the gap, intervals over problems, paired changes, drift, power, learning signal.

The unit of all intervals is the problem. ``docs/statistics.md`` explains each method and states its measured coverage.
"""

from passgap.estimates.aggregates import aggregate_faults, counts_from_aggregates
from passgap.estimates.anytime import PairedMonitor, RateMonitor
from passgap.estimates.confidence_sequence import ConfidenceSequence
from passgap.estimates.counts import Counts, counts_from_columns, counts_from_results
from passgap.estimates.differences import DifferenceMonitor
from passgap.estimates.drift import paired_mean_delta, paired_median_ratio, paired_ratio
from passgap.estimates.interim_analyses import LookPlan, doubling_looks, plan_looks
from passgap.estimates.majority import majority_at_k
from passgap.estimates.measured import DEFAULT_LEVEL, difference_interval, mean_interval, positive_mean_interval
from passgap.estimates.modes import Grouping, ModeCorrectness, mode_bounds, mode_correctness
from passgap.estimates.multiplicity import holm
from passgap.estimates.paired import Comparison, PairedDelta, PValues, compare_all, paired_delta, paired_gap_delta
from passgap.estimates.plane import PlaneData, PlaneDraws, draw_plane
from passgap.estimates.power import Needed, PlanRow, needed_for, needed_for_lift, plan_gap
from passgap.estimates.proposal import Proposal, propose_sampling, sweep_grid
from passgap.estimates.quantities import (
    PASS_AT_1,
    GapAtK,
    PassAtK,
    Quantity,
    gaps_in,
    parse_quantity,
    passes_in,
    quantities_for,
)
from passgap.estimates.repetitions import compare_repeated, estimate_repeated, repeated_delta
from passgap.estimates.scores import gap_at_k, gap_ceiling, pass_at_k
from passgap.estimates.seed_spread import SeedSpread, spread_of_seeds
from passgap.estimates.signal import (
    LearningSignal,
    PositionSignals,
    learning_signal,
    position_signals,
    sorted_logprobs,
    truncated_target,
)
from passgap.estimates.signflip import sign_flip_p_values
from passgap.estimates.split_ratio import SplitMonitor
from passgap.estimates.table import (
    DEFAULT_KS,
    EstimateTable,
    customary_ks,
    estimate_all,
    estimate_gap,
    estimate_pass_at_k,
)
from passgap.estimates.top_tokens import SignalBounds, bounded_learning_signal, top_token_signals
from passgap.estimates.user_blocks import UserBlocks
from passgap.estimates.yields import PoolYield, idle_steps

__all__ = [
    "DEFAULT_KS",
    "DEFAULT_LEVEL",
    "PASS_AT_1",
    "Comparison",
    "ConfidenceSequence",
    "Counts",
    "DifferenceMonitor",
    "EstimateTable",
    "GapAtK",
    "Grouping",
    "LearningSignal",
    "LookPlan",
    "ModeCorrectness",
    "Needed",
    "PValues",
    "PairedDelta",
    "PairedMonitor",
    "PassAtK",
    "PlanRow",
    "PlaneData",
    "PlaneDraws",
    "PoolYield",
    "PositionSignals",
    "Proposal",
    "Quantity",
    "RateMonitor",
    "SeedSpread",
    "SignalBounds",
    "SplitMonitor",
    "UserBlocks",
    "aggregate_faults",
    "bounded_learning_signal",
    "compare_all",
    "compare_repeated",
    "counts_from_aggregates",
    "counts_from_columns",
    "counts_from_results",
    "customary_ks",
    "difference_interval",
    "doubling_looks",
    "draw_plane",
    "estimate_all",
    "estimate_gap",
    "estimate_pass_at_k",
    "estimate_repeated",
    "gap_at_k",
    "gap_ceiling",
    "gaps_in",
    "holm",
    "idle_steps",
    "learning_signal",
    "majority_at_k",
    "mean_interval",
    "mode_bounds",
    "mode_correctness",
    "needed_for",
    "needed_for_lift",
    "paired_delta",
    "paired_gap_delta",
    "paired_mean_delta",
    "paired_median_ratio",
    "paired_ratio",
    "parse_quantity",
    "pass_at_k",
    "passes_in",
    "plan_gap",
    "plan_looks",
    "position_signals",
    "positive_mean_interval",
    "propose_sampling",
    "quantities_for",
    "repeated_delta",
    "sign_flip_p_values",
    "sorted_logprobs",
    "spread_of_seeds",
    "sweep_grid",
    "top_token_signals",
    "truncated_target",
]
