"""The names of the settings in the recipe of the GRPO arm, and its rules in words."""

from __future__ import annotations

POLICY, PROMPTS, REWARD = "policy", "prompts", "reward"
"""The settings of the recipe."""

PROMPT_RULES = {
    "prefiltered": "pool prompts that the base model solves in some of its scored samples and not in all of them, in "
    "passes of a new order",
    "all": "all pool prompts, in passes of a new order",
    "curriculum": "all pool prompts, each update's drawn in proportion to the expected variance of their rewards",
}
"""Which prompts an update takes, as pre-registered."""
