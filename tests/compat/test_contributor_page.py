"""The contributor page names every package, in the order of the layers that the import rules check."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_map_lists_the_layers_in_their_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each["id"] == "layers"]
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    table = page.partition("| package | contents |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)(?:\.py|/)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    place = {name: number for number, names in enumerate(rows) for name in names}
    order = [sorted(place[name] for name in re.split(r" \| ", layer)) for layer in layers]
    assert order == sorted(order)
    assert set(place) == {name for layer in layers for name in layer.split(" | ")}
