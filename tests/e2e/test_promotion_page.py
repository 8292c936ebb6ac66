"""The page on promotion as a runbook: its commands and its files, in its order, between a live gateway and two servers.

The study is a scripted one, too small for production but for this test, and its rules ask for less traffic than the
page's; the servers answer at once. All else is as a reader does it: each command is run by the command line, and each
``serve.yaml`` is written as it stands on the page.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import invoke
from gateways import Running, gateway, stubs
from passgap.cli import canary as canary_command
from passgap.cli import promote as promote_command
from passgap.promotion.registry import State
from passgap.study import Study
from passgap.study.promotion import promoting
from promotions import RULES, opened, refused, run_to_the_end

PAGE = Path(__file__).parents[2] / "docs" / "promotion.md"
QUICK = {"promotion": {**RULES["promotion"], "least_users": 5, "window_hours": 1e-6, "guards": {"errors": 0.0}}}


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """The blocks of the runbook's part of the page, as pairs of language and text, in order."""
    runbook = page.partition("## Other traffic managers")[0]
    yield from re.findall(r"^```(console|yaml)\n(.*?)^```$", runbook, re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who follows the page."""

    def __init__(self, folder: Path, servers: tuple[Any, Any], stack: ExitStack) -> None:
        self.folder, self.servers, self.stack = folder, servers, stack
        self.study: Study = opened(folder, QUICK)
        self.gateway: Running | None = None
        self.declared: dict[str, Any] = {}
        self.done: list[str] = []

    def write(self, text: str) -> None:
        """Write ``serve.yaml`` as the page has it, with the addresses of the test's servers and the candidate's id."""
        found = yaml.safe_load(text)
        one = self.study.registry.find(self.candidate)
        for name, server in zip(("base", "tuned"), self.servers, strict=True):
            found["upstreams"][name]["base_url"] = server.url
        found["upstreams"]["tuned"]["checkpoint"] = one.short
        self.declared = {**found, "listen": {"port": 0, "grace_seconds": 30}, "telemetry": {"reserve_bytes": 0}}
        if self.gateway is None:
            (self.folder / "serve.yaml").write_text(yaml.safe_dump(self.declared))
        else:
            self.gateway.change(self.declared)

    @property
    def candidate(self) -> str:
        (found,) = [each.id for each in self.study.registry.checkpoints() if not each.is_base]
        return found

    def run(self, line: str) -> None:
        """Run a command of the page; what needs the evidence of a real study is waived."""
        words = shlex.split(line)[1:]
        words[1] = str(self.folder)
        if words[0] == "serve" and "--check" not in words:
            self.gateway = self.stack.enter_context(gateway(self.folder, self.declared))
            return
        if words[:1] == ["promote"] and "--arm" in words:
            words += [f"--waive={name}=a test" for name in refused(self.study)]
        if words[0] == "canary":
            self.traffic()
        answer = invoke(*words)
        assert answer.code == 0, f"{line}: {answer}"
        self.done.append(line)

    def traffic(self) -> None:
        """Users who call."""
        assert self.gateway is not None
        for number in range(80):
            assert self.gateway.post({"model": "my-base-model", "messages": [], "user": f"user {number}"}).is_success


@pytest.mark.slow
def test_every_command_of_the_page_works_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_to_the_end(tmp_path)
    with ExitStack() as stack:
        servers = (
            stack.enter_context(stubs.stub_upstream("my-base-model")),
            stack.enter_context(stubs.stub_upstream("my-tuned-model")),
        )
        reader = Reader(tmp_path, servers, stack)
        made = promoting._manifest
        monkeypatch.setattr(promoting, "_manifest", lambda *facts: made(*facts).model_copy(update={"rehearsal": False}))
        for module in (canary_command, promote_command):
            monkeypatch.setattr(module, "open_for_command", lambda *_, **__: reader.study)
        monkeypatch.setattr(canary_command, "time", _Watched())
        states = []
        for language, text in blocks(PAGE.read_text(encoding="utf-8")):
            if language == "yaml" and text.startswith("# serve.yaml"):
                reader.write(text)
            elif language == "console":
                for line in text.splitlines():
                    reader.run(line)
                    states += [each.state for each in reader.study.registry.checkpoints() if not each.is_base][-1:]
        assert list(dict.fromkeys(states)) == [*State]
        assert states[-1] is State.PRODUCTION, "the rollback was undone"
        assert reader.gateway is not None
        assert reader.gateway.post().headers["x-passgap-checkpoint"] == reader.study.registry.find("production").short
    asked = {shlex.split(each)[1] for each in reader.done}
    assert asked == {"promote", "serve", "canary", "rollback"}


class _Watched:
    """Stands for the clock of ``--watch``: after two pauses, the reader presses Ctrl-C."""

    def __init__(self) -> None:
        self.pauses = 0

    def sleep(self, seconds: float) -> None:
        assert seconds == 10.0
        self.pauses += 1
        if self.pauses % 3 == 0:
            raise KeyboardInterrupt
        threading.Event().wait(0.01)


def test_the_page_declares_the_rules_that_hold_without_it() -> None:
    from passgap.spec.promotion import PromotionSection  # noqa: PLC0415

    (text,) = [text for language, text in blocks(PAGE.read_text(encoding="utf-8")) if text.startswith("promotion:")]
    declared = yaml.safe_load(text)["promotion"]
    assert PromotionSection.model_validate(declared) == PromotionSection()
    assert declared.keys() == PromotionSection.model_fields.keys() - {"signing", "mlflow"}, "which are off by default"
