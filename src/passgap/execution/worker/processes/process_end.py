"""Outcomes and reasons that follow from the end of a sample's process."""

from __future__ import annotations

import signal

from .deadline import clock_seconds
from .sample_process import Exit

STARVED = "the kernel ended it for want of memory, which it had not used up itself"
USED_UP = "its processor time was used up"
MEMORY, PROCESSOR, KILLED = "memory", "processor", "killed"
"""Reasons to try a sample again that may have been ended through no fault of its own: memory ran out, other work kept
it from a processor, or it was killed by an unknown sender."""


def why_again(ended: Exit) -> str:
    """Return the reason to try a sample again whose process ended so; empty if there is none."""
    return MEMORY if ended.starved else KILLED if ended.unexplained else ""


def not_done(seconds: float) -> str:
    """Return the reason given for a sample that the limit of processor time ended."""
    return f"not done after {seconds:g} s of processor time"


def still_there(seconds: float) -> str:
    """Return the reason given for a sample that the clock ended."""
    return f"not done after {clock_seconds(seconds):g} s, of which it may compute for {seconds:g} s"


def how_it_ended(ended: Exit) -> tuple[str, str]:
    """Return the outcome and the reason for a program whose process ended before its tests were done."""
    for holds, kind, reason in (
        (ended.over, "out-of-memory", "its processes together went over the memory limit"),
        (ended.late, "timeout", USED_UP),
        (ended.starved, "unscored", STARVED),
        (ended.killed, "failed", "the program closed its channel"),
        (
            ended.full,
            "out-of-memory",
            "killed by the kernel, since its control group or the machine had no memory left",
        ),
        (
            ended.status >= 0,
            "failed",
            f"the program ended itself (exit status {ended.status}) before its tests were done",
        ),
    ):
        if holds:
            return kind, reason
    name = signal.Signals(-ended.status).name
    return ENDED_BY.get(name, ("crashed", f"it was ended by {name}"))


ENDED_BY = {
    "SIGKILL": ("crashed", "ended by SIGKILL, though not for want of memory: by itself, or at a limit that it set"),
    "SIGXCPU": ("timeout", USED_UP),
}
