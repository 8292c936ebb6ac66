"""Python as a language: asked for, told apart in answers, and read."""

from __future__ import annotations

import ast
import re
import textwrap

from passgap.languages.base import Language
from passgap.languages.common.program_syntax import FunctionSyntax
from passgap.languages.common.toolchain import Toolchain
from passgap.languages.python import layout, syntax, written_tests
from passgap.languages.python.assertions import assertions_of
from passgap.languages.python.between_prose import code_between_prose
from passgap.languages.python.environments import ENVIRONMENTS
from passgap.languages.python.program import PythonProgram, parsed
from passgap.languages.python.unsafe import UNSAFE_CONSTRUCTS
from passgap.records import AssertTests, Tests

_LABEL = re.compile(r"(?:i?python|py|cpython|sage)[-_]?[\d.]*", re.IGNORECASE)
_SESSION_LABEL = re.compile(
    r"pycon\d*|py-?con|python-?(?:console|repl)|i?python-?session|doctest|pyrepl", re.IGNORECASE
)
_SESSION = re.compile(r"^[ \t]*>>>", re.MULTILINE)
_COMMAND = re.compile(r"^(?:!|%{1,2}[A-Za-z]|pip3? install ).*(?:\n|\Z)", re.MULTILINE)
_DECLARATION = re.compile(r"^\s*(?:def |import |from \w+ import|class )", re.MULTILINE)
_DECLARATION_OR_PRINT = re.compile(r"^\s*(?:def |import |from \w+ import|class |print\()", re.MULTILINE)


class Python(Language):
    """Python 3, read with the standard library's parser."""

    name = "python"
    title = "Python"
    aliases = ("python3", "python 3", "py")
    labels = ("python", "python3", "py")
    suffixes = (".py",)
    stops = ("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(", "\nassert ", "\n@")
    program_stops = stops
    unsafe_constructs = UNSAFE_CONSTRUCTS
    asked_for = ""
    toolchain = Toolchain(file="solution.py")
    environments = ENVIRONMENTS

    def parse(self, source: str) -> PythonProgram | None:
        return parsed(source)

    def is_stub(self, program: str) -> bool:
        return layout.is_stub(program)

    def comments(self, program: str) -> tuple[str, ...]:
        return layout.comments_of(program)

    def without_comments(self, program: str) -> str:
        return layout.without_comments(program)

    def identifiers(self, program: str) -> tuple[str, ...]:
        return layout.identifiers_of(program)

    def functions_by_rules(self, program: str) -> tuple[FunctionSyntax, ...]:
        return layout.functions_of(program)

    def documented(self, program: str) -> bool:
        return layout.is_documented(program)

    def normal_form(self, program: str) -> str:
        return layout.normal_form(program)

    def size(self, program: str) -> int | None:
        return layout.size_of(program)

    def comment(self, text: str) -> str:
        return f'"""\n{text}\n"""\n'

    def function_head(self, name: str) -> str:
        return f"def {name}("

    def begins_function(self, prompt: str, name: str | None) -> bool:
        tree = syntax.tree_of(prompt.rstrip() + "\n    pass")
        last = tree.body[-1] if tree and tree.body else None
        return isinstance(last, ast.FunctionDef) and name in (None, last.name)

    def is_label(self, word: str) -> bool:
        return _LABEL.fullmatch(word) is not None or word.endswith(self.suffixes)

    def is_session_label(self, word: str) -> bool:
        return _SESSION_LABEL.fullmatch(word) is not None

    def is_session(self, text: str) -> bool:
        return _SESSION.match(text.lstrip("\r\n")) is not None

    def session_input(self, text: str) -> str:
        typed = [line.lstrip() for line in text.splitlines()]
        return "".join(f"{line[4:]}\n" for line in typed if line.startswith((">>>", "...")))

    def looks_like_code(self, text: str, *, calls: bool = False) -> bool:
        return (_DECLARATION_OR_PRINT if calls else _DECLARATION).search(text) is not None

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"^[ \t]*(?:async )?(?:def|class) {re.escape(name)}\b", text, re.MULTILINE) is not None

    def without_commands(self, source: str) -> str:
        return _COMMAND.sub("", source)

    def hoisted(self, program: str) -> str:
        return syntax.future_first(program)

    def parse_head(self, head: str) -> PythonProgram | None:
        return parsed(head) or parsed(f"{head.rstrip()}\n    pass\n")

    def as_body(self, text: str, head: str) -> str | None:
        """The program that a text is below a function's head; a body that lost its indentation is indented again."""
        if not text.strip():
            return None
        for body in (text, textwrap.indent(textwrap.dedent(text).strip("\r\n"), "    ") + "\n"):
            program = head + ("" if head.endswith("\n") else "\n") + body
            whole, begun = parsed(program), self.parse_head(head)
            if whole is None or begun is None or body[:1] not in (" ", "\t", "\r", "\n"):
                continue
            if len(whole.tree.body) >= len(begun.tree.body):
                return program if head.endswith("\n") else head + body if parsed(head + body) else program
        return None

    def between_prose(self, answer: str, *, calls: bool) -> str:
        return code_between_prose(answer, calls=calls)

    def assertions(self, code: str) -> AssertTests | None:
        return assertions_of(code)

    def tests(self, code: str) -> Tests:
        return written_tests.in_its_style(code)

    def imported_from(self, code: str, module: str) -> frozenset[str]:
        return written_tests.imported_from(code, module)
