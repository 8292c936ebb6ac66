"""Programs as the syntax trees of tree-sitter's grammars, one package per language: the extra ``passgap[trees]``.

Without the packages a language is read by its own rules. The pack of all grammars is not used: it fetches them from the
network when they are first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from passgap.languages.common.lexed import is_readable
from passgap.languages.common.program_syntax import FunctionSyntax, ProgramSyntax, documents

_NAMED_BY = ("name", "declarator", "left", "key", "pattern")
"""Fields that lead from a node to the name that it declares, in the order in which they are looked for."""
_NAMES_A_VALUE = frozenset(
    ["variable_declarator", "assignment_expression", "assignment", "pair", "public_field_definition"]
)
"""Nodes that give a name to a function which has none of its own."""
_WHOLE_NAMES = frozenset({"setter"})
"""Nodes of names that consist of a name and a mark."""
_NO_COMMENTS_IN = frozenset({"string_literal", "preproc_region", "preproc_endregion"})
"""Nodes in which some grammars find comments, and which have none."""
_STEPS = 8
"""The most fields from a function to its name."""
_OUTER = _NAMES_A_VALUE | {
    *("export_statement", "lexical_declaration", "variable_declaration", "template_declaration"),
    *("expression_statement", "global_statement"),
}
"""Nodes around a function that belong to its declaration."""
_BETWEEN = frozenset(["attribute_item", "marker_annotation", "annotation", "decorator", "attribute_list"])
"""Nodes that may stand between a comment and what it documents."""


@dataclass(frozen=True)
class Grammar:
    """A grammar of tree-sitter, and the types of its nodes that matter here."""

    package: str
    """The distribution that brings it; the module has the same name, with underscores."""
    functions: frozenset[str]
    """Nodes of functions and methods."""
    types: frozenset[str] = frozenset()
    """Nodes of classes and other types, which may be documented as functions are."""
    entry: str = "language"
    """The module's function that returns it."""
    comments: frozenset[str] = frozenset({"comment"})
    identifiers: frozenset[str] = frozenset({"identifier"})
    bodies: frozenset[str] = frozenset({"block"})
    """Nodes of bodies that may be empty; other bodies are expressions."""
    bodiless: bool = False
    """Whether a function with an empty body has no node for it."""
    nothing: frozenset[str] = frozenset()
    """Statements that do nothing, such as a shell's ``:``."""
    documents: tuple[str, ...] = ()
    """How a comment begins that documents what stands below it; without one, every comment does."""


@cache
def reader_of(grammar: Grammar) -> str | None:
    """The name and version of a grammar, or None where it is not installed or does not fit the library."""
    if _language(grammar) is None:
        return None
    from importlib import metadata  # noqa: PLC0415 - takes longer to load than all of the command line's help

    return f"{grammar.package} {metadata.version(grammar.package)}"


@cache
def _language(grammar: Grammar) -> Any:
    try:
        import tree_sitter  # noqa: PLC0415 - an extra, loaded where a program is read

        module = importlib.import_module(grammar.package.replace("-", "_"))
        return tree_sitter.Language(getattr(module, grammar.entry)())
    except (ImportError, AttributeError, ValueError, TypeError):
        return None


@lru_cache(maxsize=128)
def read_by(grammar: Grammar, program: str) -> ProgramSyntax | None:
    """Read a program by a grammar; None where that is not installed, or the text too long to be read."""
    parsed = _parsed(grammar, program)
    if parsed is None:
        return None
    text, tree = parsed
    comments: list[tuple[int, int]] = []
    identifiers: list[str] = []
    functions: list[FunctionSyntax] = []
    documented = False
    for node in _nodes(tree):
        if _is_error(node) or not node.is_named:
            continue
        if node.type in grammar.comments:
            if (node.start_byte or not text.startswith(b"#!")) and node.parent.type not in _NO_COMMENTS_IN:
                comments.append((node.start_byte, node.end_byte))
        elif node.type in grammar.identifiers:
            identifiers.append(_text(node))
        elif node.type in grammar.functions:
            function = _function(grammar, node)
            if function is not None:
                functions.append(function)
        elif node.type in grammar.types:
            documented = documented or _documented(grammar, _declaration(node))
    return ProgramSyntax(
        comments=tuple(text[start:end].decode("utf-8", "replace").strip() for start, end in comments),
        identifiers=tuple(identifiers),
        functions=tuple(functions),
        documented=documented or any(each.documented for each in functions),
        errors=_errors(tree),
        without_comments=_without(text, comments),
        reader=reader_of(grammar) or "",
    )


def errors_by(grammar: Grammar, program: str) -> int | None:
    """The places of a text that do not parse by a grammar; None where that is not installed, or the text too long."""
    parsed = _parsed(grammar, program)
    return None if parsed is None else _errors(parsed[1])


def _parsed(grammar: Grammar, program: str) -> tuple[bytes, Any] | None:
    """A program's bytes and its tree, to which the places in the tree refer."""
    if reader_of(grammar) is None or not is_readable(program):
        return None
    import tree_sitter  # noqa: PLC0415

    text = program.encode("utf-8", "replace")
    return text, tree_sitter.Parser(_language(grammar)).parse(text)


def _errors(tree: Any) -> int:
    return sum(map(_is_error, _nodes(tree))) if tree.root_node.has_error else 0


def _is_error(node: Any) -> bool:
    return bool(node.is_error or node.is_missing)


def _without(text: bytes, spans: list[tuple[int, int]]) -> str:
    """A text less spans of it, whose line ends stay."""
    kept, at = [], 0
    for start, end in spans:
        kept += [text[at:start], b"\n" * text.count(b"\n", start, end)]
        at = end
    return b"".join([*kept, text[at:]]).decode("utf-8", "replace")


def _nodes(tree: Any) -> Iterator[Any]:
    """Yield every node, parents first; without recursion, since trees may be deep."""
    cursor = tree.walk()
    while True:
        yield cursor.node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def _text(node: Any) -> str:
    return str(node.text.decode("utf-8", "replace"))


def _function(grammar: Grammar, node: Any) -> FunctionSyntax | None:
    body = node.child_by_field_name("body")
    if body is None and not grammar.bodiless:
        return None
    whole = _declaration(node)
    text, holds, ends = whole.text, [], whole.end_byte - whole.start_byte
    if body is not None:
        holds = [each for each in body.named_children if each.type not in grammar.comments]
        ends = body.start_byte - whole.start_byte
    return FunctionSyntax(
        name=_name(grammar, node),
        head=text[:ends].decode("utf-8", "replace"),
        empty=(body is None or body.type in grammar.bodies) and all(_text(each) in grammar.nothing for each in holds),
        documented=_documented(grammar, whole),
        lines=range(whole.start_point[0], whole.end_point[0] + 1),
        typed=_typed(node),
    )


def _typed(node: Any) -> bool:
    """Whether a function states the type of its result or of a parameter."""
    parameters = node.child_by_field_name("parameters")
    stated = (each.child_by_field_name("type") for each in (parameters.named_children if parameters else ()))
    return node.child_by_field_name("return_type") is not None or any(each is not None for each in stated)


def _declaration(node: Any) -> Any:
    """The outermost node that is this function's declaration alone, with the likes of ``export`` and ``const``."""
    parent = node.parent
    while parent is not None and parent.type in _OUTER and parent.end_byte <= node.end_byte + 1:
        node, parent = parent, parent.parent
    return node


def _name(grammar: Grammar, node: Any) -> str:
    """The name of a function, by the fields that lead to it, or that of the variable that holds it."""
    at = node
    for _ in range(_STEPS):
        below = next(filter(None, (at.child_by_field_name(each) for each in _NAMED_BY)), None)
        if below is None:
            break
        at = below
        if not at.named_children or at.type in grammar.identifiers or at.type in _WHOLE_NAMES:
            break
    if at is not node:
        return _text(at)
    parent = node.parent
    return _name(grammar, parent) if parent is not None and parent.type in _NAMES_A_VALUE else ""


def _documented(grammar: Grammar, node: Any) -> bool:
    above = node.prev_sibling
    while above is not None and above.type in _BETWEEN:
        above = above.prev_sibling
    if above is None or above.type not in grammar.comments or above.end_point[0] < node.start_point[0] - 1:
        return False
    return not grammar.documents or documents(_text(above), grammar.documents)
