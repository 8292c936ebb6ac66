"""The parts of a fine-tune: the examples made from samples, the data mixed in, and the number of updates."""

from passgap.recipes.examples import TARGET_RULE, ExampleEnds, earlier_example, ends_of, training_example
from passgap.recipes.held_back import held_back, problems_held_back
from passgap.recipes.minimal import SELECTION_RULE, MinimalSelection, is_stub, select_minimal
from passgap.recipes.mixing import MIX_RULE, in_mixing_order, mixed_among
from passgap.recipes.pairs import PAIR_RULE, Pair, PairCounts, PairSelection, ScoredSample, choose_pairs
from passgap.recipes.pipeline import PipelineSpec, Recipe, default_learning_rate, training_config
from passgap.recipes.schedule import (
    examples_at_once,
    examples_seen,
    kept_after,
    planned_updates,
    updates_of,
    updates_per_epoch,
)

__all__ = [
    "MIX_RULE",
    "PAIR_RULE",
    "SELECTION_RULE",
    "TARGET_RULE",
    "ExampleEnds",
    "MinimalSelection",
    "Pair",
    "PairCounts",
    "PairSelection",
    "PipelineSpec",
    "Recipe",
    "ScoredSample",
    "choose_pairs",
    "default_learning_rate",
    "earlier_example",
    "ends_of",
    "examples_at_once",
    "examples_seen",
    "held_back",
    "in_mixing_order",
    "is_stub",
    "kept_after",
    "mixed_among",
    "planned_updates",
    "problems_held_back",
    "select_minimal",
    "training_config",
    "training_example",
    "updates_of",
    "updates_per_epoch",
]
