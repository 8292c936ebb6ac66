"""Bash."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from passgap.languages.common.lexed import Token
from passgap.languages.common.tokens import Function, TokensProgram
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar
from passgap.languages.common.words import WordsLanguage

_PROOF = """#!/bin/bash
while IFS= read -r line || [[ -n $line ]]; do
    printf '%s\\n' "$line"
done
"""
_NAME = re.compile(r"\$?\{?([A-Za-z_]\w*)\}?")
_KNOWN = (
    "BASH_REMATCH EOF HOME IFS PATH PWD RANDOM REPLY awk basename bc break cat cd continue cut date declare "
    "dirname echo eval exit export expr false fold getopts grep head join let local mapfile mkdir nl paste printf "
    "read readarray readonly return rev rm sed seq set shift shopt shuf sleep sort source split tac tail tee test "
    "touch tr trap true tsort type typeset uniq unset wait wc xargs"
)
_OPEN, _CLOSE = frozenset({"if", "case", "do", "{"}), frozenset({"fi", "esac", "done", "}"})
_HERE_DOCUMENT = re.compile(r"(?<!<)<<-?[ \t]*(?!<)(?:\\(\w+)|(['\"]?)(\w+)\2)")
_QUOTED = re.compile(
    r"\\.|\$'(?:\\.|[^'\\])*'|'[^']*'|\"(?:\\.|[^\"\\])*\"|(?:^|(?<=[\s;&|(]))#[^\n]*", re.DOTALL | re.MULTILINE
)
"""Strings, escaped marks and comments: of a quote outside of these, the other one is missing."""
_QUOTE = re.compile(r"['\"]")
_BEFORE_COMMAND = frozenset(
    [
        *(";", ";;", ";&", ";;&", "&", "&&", "|", "||", "|&", "!", "(", ")", "{", "}", "$(", "`", "))"),
        *("if", "then", "else", "elif", "do", "done", "fi", "esac", "while", "until", "time", "in"),
    ]
)
"""Tokens behind which a command begins."""
_SENTENCE = re.compile(r"^\s*(?!EOF\b)(?:[A-Z][a-z']+|I|A)[!,]?\s+\w|^\s*(?:\d+\.|[-*])\s+[A-Z][a-z]", re.MULTILINE)
"""How a line of an answer begins that is a sentence or an item of a list: a command is seldom capitalised."""


class Bash(WordsLanguage):
    """Bash, split into tokens by Pygments' lexer."""

    name = "bash"
    title = "Bash"
    aliases = ("sh", "shell")
    labels = ("bash", "sh", "shell", "zsh")
    suffixes = (".sh", ".bash")
    stops = ("\n}\n", "\nfunction ", "\n#")
    program_stops = ("\n```", "\n#!/")
    lexer = "bash"
    grammar = Grammar(
        "tree-sitter-bash",
        functions=frozenset({"function_definition"}),
        identifiers=frozenset({"variable_name", "command_name"}),
        bodies=frozenset({"compound_statement", "subshell"}),
        nothing=frozenset({":", "true", "return", "return 0"}),
    )
    also_by_rules = True
    documents = ("#",)
    documented_by = re.compile(r"^[ \t]*#(?!!).*\n[ \t]*(?:function[ \t]+[\w-]+|[\w-]+[ \t]*\([ \t]*\))", re.MULTILINE)
    known = frozenset(_KNOWN.split())
    imports = frozenset({"source", "."})
    reads_input = re.compile(r"^\s*(?:while\s+.*)?\bread\b|\bcat\s*(?:\||$|-|\))|/dev/stdin|\bmapfile\b", re.MULTILINE)
    prints = re.compile(r"\b(?:echo|printf|cat)\b")
    code_line = re.compile(
        r"^\s*(?:#!.*sh\b|function [\w-]+|[\w-]+\s*\(\)|(?:local|declare|export|readonly) \w|\w+=\S|set -|for \w+ in\b|"
        r"while |if \[|case .* in\b|read -)",
        re.MULTILINE,
    )
    joins = frozenset({"|", "||", "&&", "\\"})
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"^\s*eval\b|[;&|]\s*eval\b",
            r"\b(?:ba|z)?sh\s+-c\s+[\"']?[^\n]*\$",
            r"\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:ba|z)?sh\b",
            r"\bcurl\b[^\n]*\s(?:-k|--insecure)\b|--no-check-certificate",
            r"\bchmod\b[^\n]*\b0?777\b",
            r"\b(?:md5|sha1)sum\b",
            r"(?:password|secret|api_?key|token)\w*=[\"'][^\"'$]{4,}[\"']",
            r"rm\s+-rf?\s+\$\w",
            r"/(?:var/)?tmp/[\w.-]+\$\$",
        )
    )
    toolchain = Toolchain(
        file="main.sh",
        tools=(Tool("bash"),),
        package="`apt install bash coreutils grep sed gawk bc` brings it and the tools that programs call.",
        run=("{bash}", "{scratch}/main.sh"),
        runtime=("bash",),
        run_binds=("/usr/bin", "/etc/alternatives"),
        out_of_memory=("annot allocate", "xrealloc:", "xmalloc:", "memory exhausted", "out of memory"),
        proof=_PROOF,
    )

    def is_prose(self, tokens: Sequence[Token]) -> bool:
        return False

    def parse(self, source: str) -> TokensProgram | None:
        """As of other languages; sentences and fences, which the lexer takes for commands, are none."""
        if "```" in source or _SENTENCE.search(_outside_strings(source)):
            return None
        if _QUOTE.search(_QUOTED.sub("", _without_here_documents(source))):
            return None
        return super().parse(source)

    def is_whole(self, tokens: Sequence[Token]) -> bool:
        """As of other languages, and no parenthesis is left open; one that closes may be of a pattern in ``case``."""
        opened = 0
        for token in tokens:
            if token.kind in ("mark", "word"):
                opened = max(0, opened + token.text.count("(") - token.text.count(")"))
        return not opened and super().is_whole(tokens)

    def names_in(self, tokens: Sequence[Token]) -> set[str]:
        found = (_NAME.fullmatch(token.text) for token in tokens if token.kind == "name")
        return {match[1] for match in found if match is not None}

    def steps(self, tokens: Sequence[Token]) -> list[int]:
        return [
            (token.text in _OPEN) - (token.text in _CLOSE)
            if token.kind == "mark" or (token.kind == "word" and self._begins_command(tokens, place))
            else 0
            for place, token in enumerate(tokens)
        ]

    def _begins_command(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether the word at ``place`` stands where a command does: as an argument it is a word like any other."""
        if place == 0 or tokens[place - 1].line < tokens[place].line or tokens[place - 1].text in _BEFORE_COMMAND:
            return True
        return tokens[place].text == "do" and any(each.text in ("for", "select") for each in tokens[place - 2 : place])

    def functions(self, tokens: Sequence[Token]) -> Iterator[Function]:
        steps = self.steps(tokens)
        for place, token in enumerate(tokens):
            if token.text != "{" or token.kind != "mark":
                continue
            before = [each.text for each in tokens[max(0, place - 4) : place]]
            name = None
            if before[-2:] == ["(", ")"] and len(before) > 2:
                name = before[-3]
            elif len(before) > 1 and before[-2] == "function":
                name = before[-1]
            if name is not None:
                body = tokens[place + 1 : self.end_of_block(tokens, steps, place)]
                empty = all(each.text in (":", ";", "true", "return", "0") for each in body)
                yield Function(name, range(0), empty)

    def bound(self, tokens: Sequence[Token]) -> Iterator[str]:
        for place, token in enumerate(tokens[1:], 1):
            if token.text in ("=", "+=") and tokens[place - 1].kind == "name":
                yield tokens[place - 1].text
        yield from (each.name for each in self.functions(tokens))

    def comment(self, text: str) -> str:
        return "#!/bin/bash\n" + "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines() or [""])

    def function_head(self, name: str) -> str:
        return f"{name}() {{\n"


def _outside_strings(source: str) -> str:
    """A text less its comments, strings and here-documents, whose words are no commands."""
    source = _without_here_documents(source)
    source = re.sub(r"(?:^|(?<=\s))#.*$", "", source, flags=re.MULTILINE)
    return re.sub(r"'[^']*'|\"(?:\\.|[^\"\\])*\"", "''", source)


def _without_here_documents(source: str) -> str:
    """A text less the lines of its here-documents and the words that announce them; one without an end stays."""
    lines = source.split("\n")
    places: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        places.setdefault(line.strip(), []).append(place)
    kept, at = [], 0
    while at < len(lines):
        end = at

        def without(found: re.Match[str]) -> str:
            nonlocal end
            ends = places.get(found[1] or found[3], ())
            after = bisect_right(ends, end)
            end = ends[after] if after < len(ends) else end
            return "" if after < len(ends) else found[0]

        kept.append(_HERE_DOCUMENT.sub(without, lines[at]))
        at = end + 1
    return "\n".join(kept)


LANGUAGE = Bash()
