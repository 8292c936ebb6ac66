"""Claim: the monitors of shadow and canary raise false alarms no more often than declared, and what delay that costs.

    python benchmarks/canary.py                   # 1,000 streams per cell, seed 0; some minutes of one core
    python benchmarks/canary.py --streams 200
    python benchmarks/canary.py --parts delays --streams 2000 --keep delays.jsonl

With `--keep`, the delay of every stream is a line of that file as soon as it is known, and a run that was stopped goes
on with those that are missing. Each stream has a seed of its own, so the figures are the same however often the run was
stopped, and more streams are added to those that are there.

1. False alarms at level 0.05 where there is no difference, the evidence being read after every observation. Users are
   sticky and differ: the success of a user's calls is Beta with mean 0.7 and concentration 3, the share of the canary
   is 20 %. "users" is passgap's monitor: each user counts once. "calls" is the same monitor fed with calls, which
   passgap refuses to do: it is here to show why. "z, peeking" is a one-sided z test of calls, read after each block
   from the 50th. "pairs" is the monitor of mirrored requests of the same users.
2. Delay until a regression of 3 percentage points is found, median and 80th percentile over streams, beside the size
   of a fixed sample at which a one-sided test at 0.05 has a power of 80 %: read once, and not before.
3. The number of observations after which a candidate that fails always is out, also at the level of the errors' own
   guardrail, 0.01, of which either design has a half; and at that half, one that fails only some of the calls.
4. The test of the split: false alarms at 0.001 while the share grows from 1 to 10 to 50 %, and the delay until a split
   of 8 % in place of 10 % is found.
5. How often the confidence sequence ever misses the true difference (at most 5 %).
"""

from __future__ import annotations

import argparse
import json
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from passgap.estimates.differences import DifferenceMonitor, log_evidence_path
from passgap.estimates.split_ratio import SplitMonitor
from passgap.estimates.user_blocks import UserBlocks

PARTS = ["false-alarms", "delays", "dead", "split", "coverage"]
LEVEL, ERRORS_LEVEL, SPLIT_LEVEL = 0.05, 0.01, 0.001
CALLS = 20_000
MEAN, CONCENTRATION, SHARE = 0.7, 3.0, 0.2
Z_SIZE, Z_POWER = 1.6449, 0.8416


def blocks(canary: np.ndarray, production: np.ndarray, share: float) -> np.ndarray:
    """The differences of blocks of these values, in the order of arrival."""
    return UserBlocks().observe(canary.tolist(), production.tolist(), share)[1]


def alarms(values: np.ndarray, level: float = LEVEL) -> int | None:
    """How many differences it took until the alarm; None without one."""
    over = np.flatnonzero(log_evidence_path(values) >= -math.log(level)) if len(values) else np.array([])
    return int(over[0]) + 1 if len(over) else None


def z_peeking(values: np.ndarray) -> bool:
    """Whether a z test of the mean of these differences, read after each one, ever says that they lie below 0."""
    n = np.arange(1, len(values) + 1)
    mean = np.cumsum(values) / n
    spread = np.sqrt(np.maximum(np.cumsum(values**2) / n - mean**2, 1e-9) / n)
    return bool((mean[50:] < -Z_SIZE * spread[50:]).any())


def sticky(calls_per_user: int, random: np.random.Generator, lift: float = 0.0) -> dict[str, np.ndarray]:
    """One stream of calls of sticky users: the differences as users, as calls, and as mirrored pairs."""
    users = CALLS // calls_per_user
    rate = random.beta(MEAN * CONCENTRATION, (1 - MEAN) * CONCENTRATION, users)
    chosen = random.random(users) < SHARE
    served = np.clip(rate + np.where(chosen, lift, 0.0), 0.0, 1.0)
    passed = random.random((users, calls_per_user)) < served[:, None]
    value = passed.mean(axis=1)
    order = random.permutation(users * calls_per_user)
    who, calls = (order // calls_per_user), passed.ravel()[order].astype(float)
    in_canary = chosen[who]
    mirror = (random.random(users * calls_per_user) < rate[who]).astype(float)
    original = (random.random(users * calls_per_user) < rate[who]).astype(float)
    return {
        "users": blocks(value[chosen], value[~chosen], SHARE),
        "calls": blocks(calls[in_canary], calls[~in_canary], SHARE),
        "pairs": mirror - original,
    }


def false_alarms(streams: int, random: np.random.Generator) -> None:
    print(f"\n1. false alarms at {LEVEL} without any difference, {streams} streams of {CALLS} calls, share {SHARE}")
    print(f"{'calls per user':>16}{'users':>10}{'calls':>10}{'z, peeking':>12}{'pairs':>10}")
    for calls_per_user in (1, 10, 50, 200):
        found = {"users": 0, "calls": 0, "z": 0, "pairs": 0}
        for _ in range(streams):
            stream = sticky(calls_per_user, random)
            for name, values in stream.items():
                found[name] += alarms(values) is not None
            found["z"] += z_peeking(stream["calls"])
        shares = {name: count / streams for name, count in found.items()}
        print(
            f"{calls_per_user:>16}{shares['users']:>10.3f}{shares['calls']:>10.3f}{shares['z']:>12.3f}"
            f"{shares['pairs']:>10.3f}"
        )


class Kept:
    """The delays by design and stream, in a file that grows by a line per stream."""

    def __init__(self, path: Path | None, seed: int) -> None:
        self._path, self._seed = path, seed
        self._known: dict[tuple[int, str, int], float | None] = {}
        if path is not None and path.exists():
            whole, _, cut = path.read_text().rpartition("\n")
            if cut:  # a kill in the middle of a line
                path.write_text(whole + "\n" if whole else "")
            for line in map(json.loads, whole.splitlines()):
                self._known[line["seed"], line["design"], line["stream"]] = line["delay"]

    def delay(self, design: str, stream: int, draw: Callable[[np.random.Generator], float | None]) -> float:
        """The delay of a stream in observations, infinite where nothing was found."""
        key = (self._seed, design, stream)
        if key not in self._known:
            self._known[key] = draw(np.random.default_rng([self._seed, zlib.crc32(design.encode()), stream]))
            if self._path is not None:
                line = {"seed": self._seed, "design": design, "stream": stream, "delay": self._known[key]}
                with self._path.open("a") as handle:
                    handle.write(json.dumps(line) + "\n")
        found = self._known[key]
        return math.inf if found is None else found


def delay_of(
    name: str, fixed: float, draw: Callable[[np.random.Generator], tuple[np.ndarray, float]], streams: int, kept: Kept
) -> None:
    """Print the delay in observations: ``draw`` gives the differences and how many observations each stands for."""

    def delay(random: np.random.Generator) -> float | None:
        values, each = draw(random)
        alarm = alarms(values)
        return alarm * each if alarm is not None else None

    delays = [kept.delay(name, stream, delay) for stream in range(streams)]
    median, most = np.quantile(delays, [0.5, 0.8], method="higher")
    late = sum(math.isinf(each) for each in delays) / streams
    print(f"{name:>44}{fixed:>10.0f}{median:>10.0f}{most:>10.0f}{median / fixed:>8.2f}{late:>10.3f}")


def delays(streams: int, kept: Kept) -> None:
    print(f"\n2. delay until a regression of 3 pp is found at {LEVEL}, {streams} streams")
    print(f"{'design':>44}{'fixed n':>10}{'median':>10}{'80 %':>10}{'ratio':>8}{'not found':>10}")
    for discordant in (0.10, 0.20, 0.30):
        worse, better = (discordant + 0.03) / 2, (discordant - 0.03) / 2
        odds = (worse, 1 - worse - better, better)
        fixed = (Z_SIZE + Z_POWER) ** 2 * (discordant - 0.03**2) / 0.03**2
        delay_of(
            f"mirrored pairs, {100 * discordant:.0f} % discordant",
            fixed,
            lambda random, odds=odds: (random.choice([-1.0, 0.0, 1.0], p=odds, size=CALLS), 1.0),  # type: ignore[misc]
            streams,
            kept,
        )
    for calls_per_user in (1, 10):
        for share in (0.5, 0.2, 0.1):
            variance = user_variance(calls_per_user)
            fixed = (Z_SIZE + Z_POWER) ** 2 * variance * (1 / share + 1 / (1 - share)) / 0.03**2
            delay_of(
                f"canary {100 * share:.0f} %, users with {calls_per_user} call(s)",
                fixed,
                lambda random, k=calls_per_user, s=share: canary_stream(k, s, random),  # type: ignore[misc]
                streams // 2,
                kept,
            )


def user_variance(calls_per_user: int) -> float:
    """The variance of a user's mean over calls."""
    between = MEAN * (1 - MEAN) / (CONCENTRATION + 1)
    within = MEAN * (1 - MEAN) - between
    return between + within / calls_per_user


def canary_stream(calls_per_user: int, share: float, random: np.random.Generator) -> tuple[np.ndarray, float]:
    users = 120_000
    chosen = random.random(users) < share
    rate = random.beta(MEAN * CONCENTRATION, (1 - MEAN) * CONCENTRATION, users)
    # The regression is one of 3 pp for every user: each failing call of a candidate is one that passed before.
    served = rate * np.where(chosen, 1 - 0.03 / MEAN, 1.0)
    value = random.binomial(calls_per_user, served) / calls_per_user
    values = blocks(value[chosen], value[~chosen], share)
    return values, 1 / share if share <= 0.5 else 1 / (1 - share)


def dead_candidate(streams: int, random: np.random.Generator) -> None:
    print("\n3. observations until a candidate that always fails is out")
    for level in (LEVEL, ERRORS_LEVEL, ERRORS_LEVEL / 2, 0.001):
        print(f"   level {level}: {alarms(-np.ones(100), level)} pairs, or users in the canary")
    for share in (0.5, 0.2, 0.1, 0.05):
        found = [alarms(-(random.random(3_000) < share).astype(float), ERRORS_LEVEL / 2) for _ in range(streams)]
        median, most = np.quantile([each or math.inf for each in found], [0.5, 0.8], method="higher")
        print(f"   fails {100 * share:.0f} %, at level {ERRORS_LEVEL / 2}: {median:.0f} (median), {most:.0f} (80 %)")


def split(streams: int, random: np.random.Generator) -> None:
    shares = np.repeat([0.01, 0.1, 0.5], CALLS // 3)
    false = sum(
        SplitMonitor().observe(random.random(len(shares)) < shares, shares).alarm(SPLIT_LEVEL) for _ in range(streams)
    )
    found = []
    for _ in range(streams // 4):
        drawn, monitor, at = random.random(CALLS) < 0.08, SplitMonitor(), math.inf
        for begin in range(0, CALLS, 250):
            monitor = monitor.observe(drawn[begin : begin + 250], [0.1] * 250)
            if monitor.alarm(SPLIT_LEVEL):
                at = begin + 250
                break
        found.append(at)
    median, most = np.quantile(found, [0.5, 0.8], method="higher")
    print(
        f"\n4. split: false alarms at {SPLIT_LEVEL}: {false / streams:.4f}; 8 % in place of 10 % found after "
        f"{median:.0f} users (median), {most:.0f} (80 %)"
    )


def coverage(streams: int, random: np.random.Generator) -> None:
    print("\n5. share of streams of 2,000 in which the 95 % confidence sequence ever misses the difference; its width")
    for name, odds in {
        "no difference": (0.1, 0.8, 0.1),
        "-3 pp": (0.115, 0.8, 0.085),
        "rare": (0.01, 0.985, 0.005),
    }.items():
        true, missed, widths = odds[2] - odds[0], 0, []
        for _ in range(streams // 4):
            values, monitor = random.choice([-1.0, 0.0, 1.0], p=odds, size=2_000), DifferenceMonitor()
            for begin in range(0, 2_000, 10):
                monitor = monitor.observe(values[begin : begin + 10])
            missed += not monitor.low <= true <= monitor.high
            widths.append(monitor.high - monitor.low)
        print(f"   {name:>14}: {missed / (streams // 4):.3f}, mean width after 2,000: {100 * np.mean(widths):.1f} pp")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--streams", type=int, default=1_000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    arguments.add_argument("--keep", type=Path, metavar="FILE", help="of the delays, to go on from")
    asked = arguments.parse_args()
    random = np.random.default_rng(asked.seed)
    drawn = {"false-alarms": false_alarms, "dead": dead_candidate, "split": split, "coverage": coverage}
    for part in asked.parts:
        if part == "delays":
            delays(asked.streams, Kept(asked.keep, asked.seed))
        else:
            drawn[part](asked.streams, random)


if __name__ == "__main__":
    main()
