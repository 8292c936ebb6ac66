"""The tools over the protocol, driven by the SDK's own client over standard input and output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
import yaml

mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")

from mcp import Client, StdioServerParameters  # noqa: E402

from passgap.spec.questions import questions  # noqa: E402
from passgap.spec.template import study_template  # noqa: E402

ROOM = [0, 0, 1, 2, 3, 4, 8, 16]
"""Passed samples of 16: problems that are solved now and then, as a study's problems are."""


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """A folder with a valid study that nothing was measured of, and the log of another harness."""
    folder = tmp_path / "studies"
    (folder / "one").mkdir(parents=True)
    (folder / "one" / "study.yaml").write_text(study_template("one"))
    lines = [
        {"task_id": f"t{number}", "sample": sample, "passed": sample < ROOM[number % len(ROOM)]}
        for number in range(240)
        for sample in range(16)
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "secret.jsonl").write_text(json.dumps({"task_id": "a", "n": 4, "c": 2}) + "\n")
    (folder / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    return folder


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Client]:
    """A client of ``passgap mcp FOLDER`` in a process of its own."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "passgap", "mcp", str(folder)],
        env={name: os.environ[name] for name in ("PYTHONPATH", "PASSGAP_CACHE") if name in os.environ},
    )
    async with Client(server) as client:
        yield client


async def answer(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The typed answer of a tool."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    """The refusal of a tool, as an assistant reads it."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert result.structured_content is not None and set(result.structured_content) == {"refused", "problems"}
    text: str = result.content[0].text  # type: ignore[union-attr]
    assert json.loads(text) == result.structured_content
    return text


def test_an_assistant_goes_from_an_intake_with_gaps_through_a_refusal_to_a_verdict_from_a_log(studies: Path) -> None:
    anyio.run(_session, studies)


async def _session(studies: Path) -> None:
    async with serving(studies) as client:
        offered = {each.name: each for each in (await client.list_tools()).tools}
        assert set(offered) == {"check_intake", "read_results", "verdict", "plan", "yields", "report", "explain"}
        assert all(each.output_schema and each.description for each in offered.values())

        # An intake with gaps: all that is missing comes at once, each with why and an example.
        empty = await answer(client, "check_intake")
        assert [each["field"] for each in empty["missing"]] == [each.field for each in questions()]
        known = {"name": "mine", "model": {"id": "embedded", "licence": "MIT"}, "budget": {"price_per_hour": -1}}
        partly = await answer(client, "check_intake", study_yaml=yaml.safe_dump(known))
        missing = {each["field"]: each for each in partly["missing"]}
        assert not partly["valid"] and "model.parameters" in missing and "model.id" not in missing
        assert all(each["why"] and each["example"] for each in missing.values())
        assert [each.partition(":")[0] for each in partly["problems"]] == ["budget.price_per_hour"]
        assert "Ask the user" in partly["next_step"]

        # A complete one, as text and as a folder whose task sets are read.
        whole = await answer(client, "check_intake", study_yaml=study_template("one"))
        assert whole["valid"] and not whole["missing"]
        checked = await answer(client, "check_intake", study="one")
        assert checked["valid"] and checked["heldout_problems"] >= 200

        # Refusals: an assumed score has no source, and without results nothing is decided.
        assumed = study_template("one").replace("pass@1: unknown", "pass@1: 0.4")
        sourceless = await answer(client, "check_intake", study_yaml=assumed)
        assert not sourceless["valid"] and "a score with its source" in sourceless["problems"][0]
        for tool in ("verdict", "yields", "plan"):
            refused = await refusal(client, tool, study="one")
            assert "nothing is measured" in refused and "assumed scores" in refused

        # The verdict from a log, with every number ready to be quoted.
        read = await answer(client, "read_results", results="log.jsonl")
        first = {each["quantity"]: each for each in read["figures"]}["pass@8"]
        assert first["k"] == 8 and first["measured"]["n"] == 240 and first["measured"]["m"] == 16
        assert all(part in first["quote"] for part in ("95 % interval [", "n=240", "m=16"))
        decided = await answer(client, "verdict", study="one", results="log.jsonl")
        assert decided["verdict"] == "GO-SSD"
        assert {each["quantity"] for each in decided["figures"]} >= {"pass@1", "pass@16", "gap@16"}
        assert {each["arm"] for each in decided["yields"]} >= {"ssd"}
        assert "terminal" in decided["next_step"]
        yields = await answer(client, "yields", study="one", results="log.jsonl")
        assert yields["yields"] == decided["yields"]

        # Nothing outside the folders is opened, by whatever way.
        for outside in ("../secret.jsonl", str(studies.parent / "secret.jsonl"), "link.jsonl", "/etc/passwd"):
            refused = await refusal(client, "read_results", results=outside)
            assert "outside the folders that the user named" in refused
        for none in ("a\0b", "x" * 5000):
            assert "is no path" in await refusal(client, "read_results", results=none)
        outside = study_template("one").replace("tasks: starter\n  split: pool", "tasks: jsonl\n  path: /etc/passwd")
        (studies / "one" / "study.yaml").write_text(outside)
        assert "pool.path: /etc/passwd" in await refusal(client, "check_intake", study="one")
        assert "pool.path: /etc/passwd" in await refusal(client, "verdict", study="one", results="log.jsonl")

        assert (await answer(client, "explain", term="diagnostics.k"))["required"]
        assert "Did you mean" in await refusal(client, "explain", term="diagnostic")
    assert sorted(each.name for each in (studies / "one").iterdir() if each.name != ".lock") == ["study.yaml"]
