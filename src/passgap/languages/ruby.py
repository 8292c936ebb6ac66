"""Ruby."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from passgap.languages.common.lexed import Token, closes_all
from passgap.languages.common.tokens import Function
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar
from passgap.languages.common.words import WordsLanguage

_PROOF = """while (line = $stdin.gets)
  puts line
end
"""
_OPEN = frozenset({"def", "class", "module", "begin", "case", "for", "if", "unless", "while", "until", "do"})
_MODIFIERS = frozenset({"if", "unless", "while", "until"})
"""Words that open a block where a statement begins, and elsewhere end one."""
_LOOPS = frozenset({"while", "until", "for"})
_BEFORE_STATEMENT = frozenset({"then", "else", "do", "begin", "ensure", "not", "and", "or"})
_ENDS_VALUE = frozenset({")", "]", "}"})
_KNOWN = (
    "Array Comparable Enumerable Float Hash Integer Kernel Math Set String Struct STDIN STDOUT STDERR Time gets "
    "lambda loop p print printf proc puts raise rand require require_relative self sleep sprintf format super"
)


class Ruby(WordsLanguage):
    """Ruby, split into tokens by Pygments' lexer."""

    name = "ruby"
    title = "Ruby"
    aliases = ("rb",)
    labels = ("ruby", "rb")
    suffixes = (".rb",)
    stops = ("\ndef ", "\nclass ", "\nmodule ", "\nputs ", "\nrequire", "\n#")
    lexer = "ruby"
    grammar = Grammar(
        "tree-sitter-ruby",
        functions=frozenset({"method", "singleton_method"}),
        types=frozenset({"class", "module"}),
        identifiers=frozenset(["identifier", "constant", "instance_variable", "global_variable", "class_variable"]),
        bodies=frozenset({"body_statement"}),
        bodiless=True,
    )
    also_by_rules = True
    ends = re.compile(r"^__END__$", re.MULTILINE)
    documents = ("#",)
    documented_by = re.compile(r"^[ \t]*#(?!!).*\n[ \t]*(?:def|class|module)\b", re.MULTILINE)
    closing = "end\n"
    imports = frozenset({"require", "require_relative"})
    joins = frozenset([",", "+", "-", "*", "/", "&&", "||", ".", "=", "|", "(", "[", "{", "\\", "and", "or"])
    known = frozenset(_KNOWN.split())
    reads_input = re.compile(r"\bgets\b|\bSTDIN\b|\$stdin\b|\bARGF\b|\breadlines?\b")
    prints = re.compile(r"\b(?:puts|print|printf|p|pp)\b|\bSTDOUT\b|\$stdout\b")
    code_line = re.compile(
        r"^\s*(?:require(?:_relative)? ['\"]|def [\w.]+[?!]?|class [A-Z]|module [A-Z]|[a-z_]\w* = |"
        r"(?:if|unless|while|until) \S.*[^.]$|end$)",
        re.MULTILINE,
    )
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"\b(?:instance_|class_)?eval\s*[( ]",
            r"\b(?:system|exec|spawn|popen)\s*\(?\s*\"[^\"]*#\{",
            r"`[^`]*#\{[^`]*`",
            r"\bMarshal\.load\b|\bYAML\.(?:unsafe_)?load\b",
            r"Digest::(?:MD5|SHA1)\b",
            r"VERIFY_NONE",
            r"\b(?:where|execute|find_by_sql)\s*\(?\s*\"[^\"]*#\{",
            r"(?:password|secret|api_?key|token)\s*=\s*['\"][^'\"]{4,}['\"]",
            r"chmod\s*\(?\s*0?o?777",
            r"\b(?:rand|srand)\s*\(",
            r"\.html_safe\b|\braw\s*\(",
        )
    )
    toolchain = Toolchain(
        file="main.rb",
        tools=(Tool("ruby"),),
        package="`apt install ruby` brings Ruby.",
        run=("{ruby}", "--disable-gems", "--encoding=UTF-8", "{scratch}/main.rb"),
        runtime=("ruby",),
        run_binds=("/usr/lib/ruby",),
        out_of_memory=("NoMemoryError", "failed to allocate memory", "GNU MP: Cannot allocate memory"),
        proof=_PROOF,
    )

    def is_whole(self, tokens: Sequence[Token]) -> bool:
        return super().is_whole(tokens) and closes_all(tokens)

    def steps(self, tokens: Sequence[Token]) -> list[int]:
        found, loop_line = [], -1
        for place, token in enumerate(tokens):
            before = tokens[place - 1] if place else Token("", "mark", -1)
            after = tokens[place + 1].text if place + 1 < len(tokens) else ""
            step = 0
            if token.kind == "word" and before.text not in (".", "&.", "::") and after != ":":
                if token.text == "end":
                    step = -1
                elif token.text in _OPEN:
                    step = int(self._opens(tokens, place, before, loop_line))
                    loop_line = token.line if step and token.text in _LOOPS else loop_line
            found.append(step)
        return found

    def _opens(self, tokens: Sequence[Token], place: int, before: Token, loop_line: int) -> bool:
        """Whether a reserved word opens a block: not after a statement, and no ``do`` of an open loop."""
        token = tokens[place]
        if token.text == "do":
            return token.line != loop_line
        if token.text == "def":
            return not self._is_endless(tokens, place)
        if token.text in _MODIFIERS and before.line == token.line:
            return (before.kind == "mark" and before.text not in _ENDS_VALUE) or before.text in _BEFORE_STATEMENT
        return True

    def _is_endless(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether a method is defined by an expression, as in ``def twice(x) = 2 * x``."""
        depth = 0
        for token in tokens[place + 1 :]:
            if token.line != tokens[place].line:
                return False
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "=" and depth == 0:
                return True
        return False

    def functions(self, tokens: Sequence[Token]) -> Iterator[Function]:
        steps = self.steps(tokens)
        for place, token in enumerate(tokens):
            if token.text != "def" or token.kind != "word" or place + 1 >= len(tokens):
                continue
            at = place + 1
            while at + 2 < len(tokens) and tokens[at + 1].text == ".":
                at += 2
            name, last = tokens[at], at
            if at + 1 < len(tokens) and tokens[at + 1].text == "(" and tokens[at + 1].line == name.line:
                depth = 0
                for last in range(at + 1, len(tokens)):
                    depth += (tokens[last].text == "(") - (tokens[last].text == ")")
                    if depth == 0:
                        break
            else:
                while last + 1 < len(tokens) and tokens[last + 1].line == name.line and tokens[last + 1].text != ";":
                    last += 1
            body = [each.text for each in tokens[last + 1 : self.end_of_block(tokens, steps, place)]]
            yield Function(name.text, range(at + 1, last), bool(steps[place]) and body in ([], ["nil"], [";"]))

    def bound(self, tokens: Sequence[Token]) -> Iterator[str]:
        for before, token in pairwise(tokens):
            if token.kind == "name" and before.text in ("class", "module"):
                yield token.text
            elif token.text == "=" and before.kind == "name":
                yield before.text
        yield from (each.name for each in self.functions(tokens))

    def comment(self, text: str) -> str:
        return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines() or [""])

    def function_head(self, name: str) -> str:
        return f"def {name}("

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\bdef\s+(?:self\.)?{re.escape(name)}(?![\w?!])", text) is not None


LANGUAGE = Ruby()
