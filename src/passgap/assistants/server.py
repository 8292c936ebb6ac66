"""The server: the tools, offered over the Model Context Protocol by its own Python SDK.

Standard input and output belong to the protocol; everything else that is said goes to standard error.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from passgap._version import __version__
from passgap.assistants.folders import AllowedFolders
from passgap.assistants.tools import Tools
from passgap.errors import PassgapError

INSTRUCTIONS = """\
passgap decides, from measurements, whether simple self-distillation (SSD) is the right next training move for a code \
model, task family and budget.

- Begin with check_intake. Ask the user for every missing field at once; never fill in a field that the user did not \
state, and never copy an example as an answer.
- A verdict rests on measured samples: on results of a harness (read_results, verdict with `results`) or on what the \
study measured itself. Scores from a model card, from memory or from a conversation decide nothing; where a tool \
refuses, say so and pass on what it asks for.
- Quote a measured number with its interval, n and k, in the words of its `quote`. Never round an interval away.
- Tell caveats with the verdict, and a delta only with its battery and slices.
- No tool samples a model, runs a program or trains: those are commands for the user's terminal.
"""

_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_WRITES_REPORT = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def build_server(folders: AllowedFolders) -> MCPServer[Any]:
    """Build the server with its tools, limited to these folders."""
    tools = Tools(folders)
    server: MCPServer[Any] = MCPServer("passgap", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    for each in (tools.check_intake, tools.read_results, tools.verdict, tools.plan, tools.yields, tools.explain):
        _add(server, each, _READS)
    _add(server, tools.report, _WRITES_REPORT)
    return server


def _add(server: MCPServer[Any], tool: Callable[..., Any], annotations: ToolAnnotations) -> None:
    server.add_tool(_refusing(tool), description=inspect.getdoc(tool), annotations=annotations, structured_output=True)


def _refusing(tool: Callable[..., Any]) -> Callable[..., Any]:
    """The same tool, whose refusals are answers of their own: all reasons at once, as text and as data."""

    @functools.wraps(tool)
    def call(*given: Any, **named: Any) -> Any:
        try:
            return tool(*given, **named)
        except PassgapError as error:
            refusal = {"refused": error.summary, "problems": list(error.problems)}
            text = TextContent(type="text", text=json.dumps(refusal, ensure_ascii=False, indent=2))
            return CallToolResult(content=[text], structured_content=refusal, is_error=True)

    return call
