"""Helpers of engines that handle token ids themselves: prompts as tokens, and completions being generated."""
