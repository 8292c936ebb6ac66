"""Reinforcement learning with a verifier: the policy is rewarded for samples that pass the pool's tests (GRPO)."""

from passgap.arms.grpo.arm import Grpo

ARM = Grpo()
