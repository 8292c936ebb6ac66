"""JavaScript, run by Node.js and read from the tokens of Pygments' lexer, without a syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from passgap.languages.base import Language, ParsedProgram, Statement, lines_of
from passgap.languages.common.lexed import is_readable
from passgap.languages.common.program_syntax import FunctionSyntax
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar

_OPEN = {"(", "[", "{", "${"}
_CLOSE = {")": "(", "]": "[", "}": "{"}
_DECLARE = {"const", "let", "var", "import"}
_NAMED = {"function", "class", "interface", "enum", "type", "namespace"}
_IN_TYPES = {"<", ">", ">>", "|", "&", ".", ",", "[", "]", "?"}
LONGEST_TYPE = 40
"""Tokens. No return type is longer."""
_CONTROL = {"if", "for", "while", "switch", "catch", "with"}
_BEFORE_A_NAME = {"get", "set", "static", "async", "of", "as", "from", "type"}
"""Names that may stand before another one on the same line."""
_GLOBALS = (
    "Array ArrayBuffer BigInt Boolean Buffer Date Error Function Infinity Intl JSON Map Math NaN Number Object Promise "
    "Proxy RangeError Reflect RegExp Set String Symbol SyntaxError TypeError URL Uint8Array WeakMap WeakSet __dirname "
    "arguments clearTimeout console exports global globalThis isFinite isNaN module parseFloat parseInt process "
    "queueMicrotask require setImmediate setInterval setTimeout structuredClone undefined"
)
_KNOWN = frozenset(_GLOBALS.split())
_READS_INPUT = re.compile(r"process\s*\.\s*stdin|readFileSync\(\s*(?:0\b|['\"]/dev/stdin)")
_LOOKS_LIKE_CODE = r"^\s*(?:export |import |(?:async )?function\b|class \w+ |(?:const|let|var) [\w{\[]"


NODE = Tool("node", commands=("node", "nodejs"))
NODE_BINDS = ("/usr/share/nodejs", "/usr/share/node_modules")
"""Where Debian's Node.js has parts of itself."""
OUT_OF_MEMORY = (
    "JavaScript heap out of memory",
    "Array buffer allocation failed",
    "process out of memory",
    "Fatal JavaScript invalid size error",
    "invalid table size Allocation failed",
)
PROOF = 'process.stdout.write(require("fs").readFileSync(0, "utf8"));\n'


class _Token(NamedTuple):
    """A token that is neither white space nor a comment: a name, a reserved word, a value or a mark."""

    text: str
    kind: str
    line: int


@dataclass(frozen=True)
class _Tokens:
    code: tuple[_Token, ...]
    comments: tuple[str, ...]
    documented: bool
    """Whether a documentation comment stands before something."""
    whole: bool
    """Whether all of the text could be read, and every bracket that opens closes."""


class _Function(NamedTuple):
    """A function or method: its name, the places of its parameters, and whether its body is empty."""

    name: str
    parameters: range
    empty: bool


@cache
def _lexer(name: str) -> Any:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - loaded where JavaScript is read

    return get_lexer_by_name(name, stripnl=False, ensurenl=False)


@lru_cache(maxsize=64)
def _tokens_of(source: str, lexer: str = "javascript") -> _Tokens:
    from pygments.token import Comment, Error, Keyword, Literal, Name  # noqa: PLC0415

    code: list[_Token] = []
    comments: list[str] = []
    opened: list[str] = []
    line, documented, whole = 0, False, is_readable(source)
    for kind, text in _lexer(lexer).get_tokens(source) if whole else ():
        if kind in Comment:
            comments.append(text.strip())
        elif text.strip():
            documented = documented or bool(comments and comments[-1].startswith("/**") and len(comments[-1]) > 4)
            interpolates = text == "${" or (text == "}" and kind in Literal)
            value = kind in Literal and not interpolates
            code.append(
                _Token(
                    text, "name" if kind in Name else "word" if kind in Keyword else "value" if value else "mark", line
                )
            )
            whole = whole and kind is not Error
            if not value and text in _OPEN:
                opened.append(text[-1])
            elif not value and text in _CLOSE:
                whole = whole and bool(opened) and opened.pop() == _CLOSE[text]
        line += text.count("\n")
    return _Tokens(tuple(code), tuple(comments), documented, whole and not opened)


def _is_prose(tokens: Sequence[_Token]) -> bool:
    """Whether a name follows another one or a value on a line: as in sentences, and in no program."""
    return any(
        first.line == second.line and first.kind in ("name", "value") and second.kind == "name"
        for first, second in pairwise(tokens)
        if first.text not in _BEFORE_A_NAME
    )


def _functions(tokens: Sequence[_Token]) -> Iterator[_Function]:
    opened: list[int] = []
    opening: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.kind == "mark" and token.text in _OPEN:
            opened.append(place)
        elif token.kind == "mark" and token.text in _CLOSE and opened:
            opening[place] = opened.pop()
    for place, token in enumerate(tokens):
        arrow = token.text == "=>"
        if not arrow and (token.text != "{" or place == 0):
            continue
        last = _end_of_parameters(tokens, place - 1, opening)
        if not arrow and tokens[last].text != ")":
            continue
        first = opening.get(last, last)
        named = first - 1
        while named >= 0 and tokens[named].text in ("function", "*", "async", "=", ":"):
            named -= 1
        name = tokens[named].text if named >= 0 else ""
        if arrow or name not in _CONTROL:
            after = [each.text for each in tokens[place + 1 : place + 3]]
            empty = after == ["{", "}"] if arrow else after[:1] == ["}"]
            yield _Function(name, range(first, place), empty)


def _end_of_parameters(tokens: Sequence[_Token], place: int, opening: dict[int, int]) -> int:
    """The place of the bracket that closes a function's parameters, before its return type, which may end at ``place``.

    It is ``place`` itself where no return type is written.
    """
    at = place
    while at > 0 and place - at < LONGEST_TYPE:
        if tokens[at].text == ":" and tokens[at - 1].text == ")":
            return at - 1
        if tokens[at].text in _CLOSE and at in opening:
            at = opening[at] - 1
        elif tokens[at].kind == "mark" and tokens[at].text not in _IN_TYPES:
            break
        else:
            at -= 1
    return place


def _declared(tokens: Sequence[_Token]) -> Iterator[tuple[str, bool]]:
    """The names that tokens declare, each with whether it is at the top level."""
    depth, reading, listed = 0, -1, -1
    for place, token in enumerate(tokens):
        before, after = (tokens[at].text if 0 <= at < len(tokens) else "" for at in (place - 1, place + 1))
        if token.text in _DECLARE and before != ".":
            reading = listed = depth
        elif token.text in ("=", "of", "in", "from", ";") and depth == reading:
            reading = -1
        elif token.text == "," and depth == listed:
            reading = depth
        elif (
            token.kind == "name"
            and before != "."
            and (
                (reading >= 0 and after not in (":", "as"))
                or (before in _NAMED and tokens[place - 1].kind == "word")
                or before + after == "*("
            )
        ):
            yield token.text, (reading if reading >= 0 else depth) == 0
        elif (
            token.kind == "name"
            and after == "="
            and depth == 0
            and (before != "." or tokens[place - 2].text == "exports")
        ):
            yield token.text, True
        if token.kind == "mark":
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth < listed or (token.text == ";" and depth == listed):
            reading = listed = -1
    for function in _functions(tokens):
        yield function.name, False
        yield from (
            (tokens[place].text.rstrip("?"), False) for place in function.parameters if tokens[place].kind == "name"
        )


def _statements(tokens: Sequence[_Token]) -> Iterator[Sequence[_Token]]:
    """The tokens of each statement at the top level; statements that share a line are one."""
    start = depth = 0
    for place, token in enumerate(tokens):
        if (
            place > start
            and depth == 0
            and token.line > tokens[place - 1].line
            and not _goes_on(tokens[place - 1], token)
        ):
            yield tokens[start:place]
            start = place
        if token.kind == "mark":
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
    if tokens:
        yield tokens[start:]


def _goes_on(before: _Token, token: _Token) -> bool:
    """Whether a statement goes on over the end of a line."""
    if before.kind == "mark" and before.text not in (";", ")", "]", "}", "++", "--"):
        return True
    begins = token.kind != "mark" or token.text in ("{", "!", "++", "--")
    return not begins or token.text in ("else", "catch", "finally") or (token.text == "{" and before.text == ")")


class JavaScriptProgram(ParsedProgram):
    """A text whose tokens can be those of a program."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        """Hold both; what is asked of them is computed when it is asked for."""
        self.text = text
        self.tokens = tokens

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        lines = lines_of(self.text)
        return tuple(_statement(each, lines) for each in _statements(self.tokens))

    @property
    def acts(self) -> bool:
        return any(each.kind == "word" or each.text in ("(", "=") for each in self.tokens)

    @property
    def reads_input(self) -> bool:
        return _READS_INPUT.search(self.text) is not None

    @property
    def prints(self) -> bool:
        return any(each.text in ("console", "process") for each in self.tokens)

    def defines(self, name: str) -> bool:
        return name in self.binds or any(each.name == name for each in _functions(self.tokens))

    def is_stub_of(self, name: str) -> bool:
        bodies = [each.empty for each in _functions(self.tokens) if each.name == name]
        return bool(bodies) and bodies[-1]


def _statement(tokens: Sequence[_Token], lines: list[str]) -> Statement:
    declared = list(_declared(tokens))
    read = {
        token.text
        for before, token in pairwise((_Token("", "mark", 0), *tokens))
        if token.kind == "name" and before.text not in (".", "?")
    }
    return Statement(
        text="".join(lines[tokens[0].line : tokens[-1].line + tokens[-1].text.count("\n") + 1]),
        line=tokens[0].line,
        binds=frozenset(name for name, top in declared if top),
        reads=frozenset(read - {name for name, _ in declared} - _KNOWN),
        imports=tokens[0].text == "import" or any(each.text == "require" for each in tokens),
    )


@lru_cache(maxsize=64)
def _parsed(source: str, lexer: str = "javascript") -> JavaScriptProgram | None:
    tokens = _tokens_of(source, lexer)
    return JavaScriptProgram(source, tokens.code) if tokens.whole and not _is_prose(tokens.code) else None


FUNCTIONS = frozenset(
    [
        *("function_declaration", "generator_function_declaration", "function_expression", "generator_function"),
        *("arrow_function", "method_definition"),
    ]
)
IDENTIFIERS = frozenset(
    [
        *("identifier", "property_identifier", "private_property_identifier", "shorthand_property_identifier"),
        *("shorthand_property_identifier_pattern", "type_identifier", "statement_identifier"),
    ]
)
"""Types of nodes in the grammars of JavaScript and TypeScript."""


class JavaScript(Language):
    """JavaScript as browsers and Node.js run it."""

    lexer = "javascript"
    """The name of the lexer that splits programs into tokens."""

    grammar = Grammar(
        "tree-sitter-javascript",
        functions=FUNCTIONS,
        identifiers=IDENTIFIERS,
        bodies=frozenset({"statement_block"}),
        documents=("/**",),
    )
    name = "javascript"
    title = "JavaScript"
    aliases: tuple[str, ...] = ("js", "node", "node.js", "nodejs", "ecmascript")
    labels: tuple[str, ...] = ("javascript", "js", "jsx", "mjs", "cjs", "node", "nodejs", "ecmascript")
    suffixes: tuple[str, ...] = (".js", ".mjs", ".cjs", ".jsx")
    stops: tuple[str, ...] = (
        *("\nfunction ", "\nclass ", "\nconst ", "\nlet ", "\nvar ", "\n//", "\nif ", "\nconsole.log(", "\nmodule."),
    )
    program_stops = ("\n```", "\n/*\n")
    unsafe_constructs: tuple[re.Pattern[str], ...] = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"\beval\s*\(",
            r"\bnew\s+Function\s*\(",
            r"\bexec(?:Sync)?\s*\(\s*(?:`[^`]*\$\{|['\"][^'\"]*['\"]\s*\+)",
            r"shell\s*:\s*true",
            r"\.innerHTML\s*\+?=|\bdocument\.write\s*\(|dangerouslySetInnerHTML",
            r"rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED",
            r"createHash\s*\(\s*['\"](?:md5|sha1)['\"]",
            r"\bMath\.random\s*\(",
            r"\bquery\s*\(\s*(?:`[^`]*\$\{|['\"][^'\"]*['\"]\s*\+)",
            r"(?:password|secret|api_?key|token)\s*[:=]\s*['\"][^'\"]{4,}['\"]",
            r"chmod(?:Sync)?\s*\([^)]*0o?777",
        )
    )

    toolchain = Toolchain(
        file="main.js",
        tools=(NODE,),
        package="`apt install nodejs` brings Node.js.",
        run=("{node}", "--max-old-space-size={heap}", "--stack-size=3900", "{scratch}/main.js"),
        runtime=("node",),
        run_binds=NODE_BINDS,
        reserved_bytes=2 << 30,
        out_of_memory=OUT_OF_MEMORY,
        proof=PROOF,
    )

    def parse(self, source: str) -> JavaScriptProgram | None:
        return _parsed(source, self.lexer)

    def is_stub(self, program: str) -> bool:
        if len([line for line in program.splitlines() if line.strip()]) <= 1:
            return True
        parsed = _parsed(program, self.lexer)
        bodies = [each.empty for each in _functions(parsed.tokens)] if parsed else []
        return bool(bodies) and all(bodies)

    def comments(self, program: str) -> tuple[str, ...]:
        return _tokens_of(program, self.lexer).comments

    def documented(self, program: str) -> bool:
        return _tokens_of(program, self.lexer).documented

    def normal_form(self, program: str) -> str:
        return " ".join(each.text for each in _tokens_of(program, self.lexer).code) or " ".join(program.split())

    def tokens(self, text: str) -> list[str]:
        return [each.text for each in _tokens_of(text, self.lexer).code]

    def identifiers(self, program: str) -> tuple[str, ...]:
        return tuple(each.text for each in _tokens_of(program, self.lexer).code if each.kind == "name")

    def functions_by_rules(self, program: str) -> tuple[FunctionSyntax, ...]:
        parsed, documented = _parsed(program, self.lexer), self.documented(program)
        return tuple(
            FunctionSyntax(each.name, head="", empty=each.empty, documented=documented, lines=range(0))
            for each in (_functions(parsed.tokens) if parsed else ())
        )

    def comment(self, text: str) -> str:
        return "/*\n{}\n*/\n".format(text.replace("*/", "* /"))

    def function_head(self, name: str) -> str:
        return f"function {name}("

    def begins_function(self, prompt: str, name: str | None) -> bool:
        program = self.parse(f"{prompt.rstrip()}\n}}\n")
        functions = list(_functions(program.tokens)) if program and self.parse(prompt) is None else []
        return bool(functions) and name in (None, functions[-1].name)

    def parse_head(self, head: str) -> JavaScriptProgram | None:
        return self.parse(head) or self.parse(f"{head.rstrip()}\n}}\n")

    def as_body(self, text: str, head: str) -> str | None:
        """The program that a text is below a function's head; a brace that closes the function is added."""
        return super().as_body(text, head) or super().as_body(f"{text.rstrip()}\n}}\n", head) if text.strip() else None

    def looks_like_code(self, text: str, *, calls: bool = False) -> bool:
        return re.search(_LOOKS_LIKE_CODE + (r"|console\.log\()" if calls else ")"), text, re.MULTILINE) is not None

    def seems_to_define(self, text: str, name: str) -> bool:
        declared = rf"^(?:export\s+|default\s+|async\s+)*(?:function\s*\*?|class|const|let|var)\s+{re.escape(name)}\b"
        return re.search(rf"{declared}|^{re.escape(name)}\s*=\s", text, re.MULTILINE) is not None


LANGUAGE = JavaScript()
