"""How often an interval of the live view is ever wrong, beside plain intervals that are looked at as often.

    python benchmarks/first_estimates.py --studies 300

Studies of 240 problems of 16 samples, whose problems have pass rates from a Beta distribution (a third of them at 0).
In each, both intervals are read after every problem from the tenth on. A plain 95 % interval (mean and standard error)
is right at one look; a confidence sequence is right at all of them.
"""

from __future__ import annotations

import argparse

import numpy as np

from passgap.estimates import ConfidenceSequence
from passgap.records import Estimate

PROBLEMS, SAMPLES, FIRST = 240, 16, 10


def study(random: np.random.Generator, strength: float) -> tuple[np.ndarray, float]:
    """The scores of the problems of one study, and the mean that they are drawn from."""
    rates = random.beta(0.5, strength, size=PROBLEMS) * (random.random(PROBLEMS) < 2 / 3)
    return random.binomial(SAMPLES, rates) / SAMPLES, 2 / 3 * 0.5 / (0.5 + strength)


def main() -> None:
    """Print a line for each kind of study."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=300)
    studies = parser.parse_args().studies
    random = np.random.default_rng(20260401)
    for strength in (0.5, 2.0, 8.0):
        ever = plain = 0
        widths = []
        for _ in range(studies):
            scores, mean = study(random, strength)
            sequence = ConfidenceSequence()
            wrong = plainly_wrong = False
            for number, score in enumerate(scores, start=1):
                sequence.observe(float(score), SAMPLES)
                if number < FIRST:
                    continue
                found = sequence.measured
                assert isinstance(found, Estimate)
                wrong |= not found.low <= mean <= found.high
                error = scores[:number].std(ddof=1) / np.sqrt(number)
                plainly_wrong |= abs(found.value - mean) > 1.96 * error
            ever, plain = ever + wrong, plain + plainly_wrong
            widths.append((found.high - found.low) / max(2 * 1.96 * error, 1e-9))
        print(
            f"pass@1 of {100 * mean:4.1f} %: ever wrong in {100 * ever / studies:4.1f} % of {studies} studies, plain "
            f"intervals in {100 * plain / studies:4.1f} %; {np.mean(widths):.2f} times as wide at the end"
        )


if __name__ == "__main__":
    main()
