"""The search for an instruction behind the prompt arm: metric calls, reflectors, and strategies."""
