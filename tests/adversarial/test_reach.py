"""The attacks that rewrite the code around them find what they rewrite: else they would fail without being stopped."""

from __future__ import annotations

import re
from pathlib import Path

from passgap.execution import SandboxExecutor, worker
from passgap.records import AssertTests, ExecutionJob, OutcomeKind

FOLDER = Path(__file__).parent
REACH = """
import sys
frame = sys._getframe()
while "server" not in frame.f_locals:
    frame = frame.f_back
server = frame.f_locals["server"]
def reached(path):
    target = server
    for name in path.split("."):
        target = getattr(target, name)
    return type(server).__name__
"""


def test_attacks_find_the_server_and_its_parts() -> None:
    text = (FOLDER / "attacks" / "channels.txt").read_text(encoding="utf-8")
    text += (FOLDER / "programs" / "false_pass" / "server_takeover.py").read_text(encoding="utf-8")
    paths = set(re.findall(r"\bserver\.(_?[a-z_]+(?:\.[a-z_]+)?)\b", text))
    paths |= set(re.findall(r"\b(?:Server|type\(server\))\.(_?[a-z]\w+)", text))
    assert len(paths) >= 5
    tests = AssertTests(statements=tuple(f"assert reached({path!r}) == 'ObjectServer'" for path in sorted(paths)))
    with SandboxExecutor(workers=1) as executor:
        (result,) = executor.run([ExecutionJob(key="reach", program=REACH, tests=tests)])
    assert result.outcome.kind is OutcomeKind.PASSED, (sorted(paths), result.outcome)


def test_attacks_name_modules_that_exist() -> None:
    text = (FOLDER / "attacks" / "values.txt").read_text(encoding="utf-8")
    named = set(re.findall(r"passgap_worker\.([\w.]+)", text))
    assert named
    for name in named:
        path = Path(worker.__file__).parent / name.replace(".", "/")
        assert path.with_suffix(".py").is_file(), name
