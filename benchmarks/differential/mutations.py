"""Mutants of functions in any language: one place of a body changed in its text, named and repeatable.

Some changes keep what a function returns (layout, dead code, output, a doubled negation), the others may or may not:
what counts is that two judges give the same verdict. A change may also leave a text that does not compile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_HASH_COMMENT = r"(?:^|(?<=\s))#[^\n]*"
_SLASH_COMMENT = r"//[^\n]*|/\*.*?\*/"
_STRING = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_LIFETIME = r"'(?:\\.|[^'\\\n])'"
_MASKED = {
    "bash": rf"{_HASH_COMMENT}|'[^'\n]*'",
    "ruby": rf"{_HASH_COMMENT}|{_STRING}",
    "rust": rf"{_SLASH_COMMENT}|\"(?:\\.|[^\"\\])*\"|{_LIFETIME}",
    "go": rf"{_SLASH_COMMENT}|{_STRING}|`[^`]*`",
    "javascript": rf"{_SLASH_COMMENT}|{_STRING}|`[^`]*`",
}
_MASKED["typescript"] = _MASKED["javascript"]
_BRACES = rf"{_SLASH_COMMENT}|{_STRING}"

Change = Callable[["re.Match[str]"], str]


class Mutant(NamedTuple):
    """A changed body."""

    kind: str
    body: str


_OPPOSITE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "===": "!==", "!=": "==", "!==": "==="}
_OPPOSITE |= {"-lt": "-le", "-le": "-lt", "-gt": "-ge", "-ge": "-gt", "-eq": "-ne", "-ne": "-eq"}
_OTHER = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "+=": "-=", "-=": "+=", "*=": "+=", "++": "--", "--": "++"}
_OTHER |= {"&&": "||", "||": "&&", "min": "max", "max": "min", "true": "false", "false": "true"}


def _swapped(table: dict[str, str]) -> Change:
    return lambda match: table[match[0].strip()].join(match[0].partition(match[0].strip())[::2])


_PLACES: tuple[tuple[str, str, Change], ...] = (
    ("comparison", r" (?:<=?|>=?|[!=]==?|-(?:l|g)[te]|-eq|-ne) ", _swapped(_OPPOSITE)),
    ("operator", r" (?:[-+*/%]|[-+*]=|&&|\|\|) |(?<=\w)(?:\+\+|--)|\b(?:min|max)(?=\()", _swapped(_OTHER)),
    ("constant", r"(?<![\w.$])\d+(?![\w.])", lambda match: str(int(match[0]) + 1)),
    ("truth", r"\b(?:true|false)\b", _swapped(_OTHER)),
)
"""Kinds of changes, where they can be made in any language, and what they make of it."""
_STATEMENT = {
    "go": r"^[ \t]+(?!return|break|continue|var|case|default|\}|//)\w[^{}\n]*\n",
    "ruby": r"^[ \t]+(?!return|end|else|if|while|unless|case|when|break|next)\w[^\n|]*\n",
    "bash": r"^[ \t]+(?!return|fi|done|else|if|for|while|local|break|esac|do|then)\w[^\n|]*\n",
}
_STATEMENT_BRACES = r"^[ \t]+(?!return|break|continue|let |const |var |int |case)\w[^{}\n]*;[ \t]*\n"
_CONDITION = {
    "go": r"(?<=\bif )([^;{}\n]+)(?= \{)",
    "rust": r"(?<=\bif )(?!let )([^;{}\n]+)(?= \{)",
    "ruby": r"(?<=\bif )([^\n]+)(?=\n)",
    "bash": r"(?<=\bif )([^;\n]+)(?=; then)",
}
_CONDITION_BRACES = r"(?<=\bif )(\((?:[^(){}\n]|\((?:[^(){}\n]|\([^(){}\n]*\))*\))*\))"
_NOT = {"bash": "! {}", "rust": "!({})", "go": "!({})", "ruby": "!({})"}
_TEXT = {
    "javascript": "String({})",
    "typescript": "String({}) as any",
    "ruby": "({}).to_s",
    "php": "strval({})",
}
"""A returned value as the text that it prints as, where that compiles."""
_DEAD = {
    "javascript": "let unusedHere = 0;\n",
    "typescript": "let unusedHere = 0;\n",
    "go": "unusedHere := 0\n_ = unusedHere\n",
    "rust": "let _unused_here = 0;\n",
    "cpp": "int unused_here = 0; (void)unused_here;\n",
    "java": "int unusedHere = 0;\n",
    "csharp": "int unusedHere = 0; unusedHere++;\n",
    "ruby": "unused_here = 0\n",
    "php": "$unusedHere = 0;\n",
    "bash": "local unused_here=0\n",
}
_PRINTS = {
    "javascript": 'console.log("noise");\n',
    "typescript": 'console.log("noise");\n',
    "go": 'fmt.Println("noise")\n',
    "rust": 'println!("noise");\n',
    "cpp": 'printf("noise\\n");\n',
    "java": 'System.out.println("noise");\n',
    "csharp": 'System.Console.WriteLine("noise");\n',
    "ruby": 'puts "noise"\n',
    "php": 'echo "noise\\n";\n',
    "bash": 'echo "noise" >&2\n',
}
_RAISES = {
    "javascript": 'throw new Error("here");\n',
    "typescript": 'throw new Error("here");\n',
    "go": 'panic("here")\n',
    "rust": 'panic!("here");\n',
    "cpp": "throw 1;\n",
    "java": "if (true) throw new RuntimeException();\n",
    "csharp": "if (true) throw new System.Exception();\n",
    "ruby": 'raise "here"\n',
    "php": 'throw new Exception("here");\n',
    "bash": "return 3\n",
}
KEEP = ("layout", "dead code", "prints", "twice negated")
"""Kinds that change nothing of what a function returns."""


def mutants(language: str, body: str) -> Iterator[Mutant]:
    """Yield all mutants of the body of a function, whose lines are complete."""
    hidden = re.sub(
        _MASKED.get(language, _BRACES), lambda found: re.sub(r"[^\n]", "\x01", found[0]), body, flags=re.DOTALL | re.M
    )
    for kind, pattern, change in _PLACES:
        yield from _changed(kind, pattern, change, hidden, body)
    statement = _STATEMENT.get(language, _STATEMENT_BRACES)
    yield from _changed("dropped statement", statement, lambda found: "", hidden, body)
    condition, negated = _CONDITION.get(language, _CONDITION_BRACES), _NOT.get(language, "(!{})").format
    swapped = _changed("swapped branches", condition, lambda found: negated(_of(body, found)), hidden, body)
    yield from swapped
    same = _changed("twice negated", condition, lambda found: negated(negated(_of(body, found))), hidden, body)
    yield from same
    if language in _TEXT:
        form = _TEXT[language].format
        returned = r"(?<=\breturn )([^;\n]+)"
        yield from _changed("returns text", returned, lambda found: form(_of(body, found)), hidden, body)
    yield Mutant("layout", f"\n\n{body}\n\n")
    yield Mutant("dead code", _DEAD[language] + body)
    yield Mutant("prints", _PRINTS[language] + body)
    yield Mutant("raises", _RAISES[language] + body)
    yield Mutant("does not compile", body.replace("return", "retrun (", 1) if "return" in body else body + "((\n")
    half = body[: len(body) // 2]
    yield Mutant("cut off", half[: half.rfind("\n") + 1])


def _of(body: str, found: re.Match[str]) -> str:
    return body[found.start() : found.end()]


def _changed(kind: str, pattern: str, change: Change, hidden: str, body: str) -> Iterator[Mutant]:
    for found in re.finditer(pattern, hidden, re.MULTILINE):
        yield Mutant(kind, body[: found.start()] + change(found) + body[found.end() :])


def chosen(language: str, body: str, seed: str, first: int, count: int) -> Sequence[Mutant]:
    """Choose mutants of a body: of each kind the one that the seed says, beginning with the ``first`` kind."""
    kinds: dict[str, list[Mutant]] = {}
    for mutant in mutants(language, body):
        if mutant.body != body:
            kinds.setdefault(mutant.kind, []).append(mutant)
    names = sorted(kinds)
    picked = []
    for place in range(min(count, len(names))):
        name = names[(first + place) % len(names)]
        drawn = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:4], "big")
        picked.append(kinds[name][drawn % len(kinds[name])])
    return picked
