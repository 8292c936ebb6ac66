"""Every verb; importing this module gives the program its commands."""

from passgap.cli import (
    check,
    demo,
    doctor,
    estimate,
    execute,
    gate,
    init,
    plan,
    report,
    run,
    score,
    steps,
    tasks,
    verdict,
)

__all__ = [
    "check",
    "demo",
    "doctor",
    "estimate",
    "execute",
    "gate",
    "init",
    "plan",
    "report",
    "run",
    "score",
    "steps",
    "tasks",
    "verdict",
]
