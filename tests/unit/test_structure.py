"""The package stays easy to navigate: no import cycle, small modules, short functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

import passgap

SOURCE = Path(passgap.__file__).parent

LARGEST_TENTH = 250
"""Lines below which nine of ten modules stay."""

LONGEST_FUNCTION = 90
"""Lines that no function exceeds, its decorators and docstring included."""


def test_no_import_cycle_exists_anywhere() -> None:
    """Imports for type checking count too: they show what a module cannot be understood without."""
    graph = grimp.build_graph("passgap", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert cycle_in(imports) == []


def cycle_in(imports: Mapping[str, Iterable[str]]) -> list[str]:
    """Modules each of which imports the one before; none if there is no cycle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_a_cycle_is_found_wherever_it_is() -> None:
    assert set(cycle_in({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["a"]})) == {"b", "c"}
    assert cycle_in({"a": ["b"], "b": ["c"], "c": []}) == []


def modules() -> Iterator[Path]:
    return (path for path in SOURCE.rglob("*.py"))


def test_nine_of_ten_modules_are_small() -> None:
    sizes = sorted((len(path.read_text().splitlines()), str(path.relative_to(SOURCE))) for path in modules())
    at = sizes[int(0.9 * len(sizes))]
    assert at[0] < LARGEST_TENTH, f"larger: {[each for each in sizes if each[0] >= LARGEST_TENTH]}"


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All that is below a node but expressions, which are most of it and hold no function."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from statements(child)


def test_no_function_is_long() -> None:
    long = [
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"
        for path in modules()
        if (text := path.read_text()).count("\n") >= LONGEST_FUNCTION
        for node in statements(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - min([node.lineno, *(each.lineno for each in node.decorator_list)]) + 1
        > LONGEST_FUNCTION
    ]
    assert long == []


def test_a_docstring_says_what_a_thing_is_and_does_not_begin_with_that_word() -> None:
    places = [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in sorted(SOURCE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip().lstrip("rf").startswith('"""What ')
    ]
    assert places == []
