"""PHP, run by its command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from passgap.languages.common.braces import BracesLanguage
from passgap.languages.common.lexed import Token, Tokens, tokens_of
from passgap.languages.common.program_syntax import ProgramSyntax
from passgap.languages.common.tokens import Function
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar

_PROOF = """<?php
while (($line = fgets(STDIN)) !== false) {
    echo $line;
}
"""
_TAG_BEFORE = "<?php "
"""The tag before a program that has none, on its first line."""
_MODIFIERS = frozenset({"public", "private", "protected", "readonly"})
"""Words before a parameter that make it a property and are no type."""
_TAG = re.compile(r"\A(?:\ufeff|\s|#![^\n]*\n)*<\?php\b")


class Php(BracesLanguage):
    """PHP 8, split into tokens by Pygments' lexer."""

    name = "php"
    title = "PHP"
    labels = ("php", "php8", "php7")
    suffixes = (".php",)
    stops = ("\nfunction ", "\nclass ", "\n?>", "\n//", "\n#")
    lexer = "php"
    grammar = Grammar(
        "tree-sitter-php",
        entry="language_php",
        functions=frozenset({"function_definition", "method_declaration"}),
        types=frozenset(["class_declaration", "interface_declaration", "trait_declaration", "enum_declaration"]),
        identifiers=frozenset({"name"}),
        bodies=frozenset({"compound_statement"}),
        documents=("/**",),
    )
    ends = re.compile(r"\?>|\b__halt_compiler\b")
    lexer_options = (("startinline", True),)
    function_word = "function"
    types = frozenset(["class", "interface", "trait", "enum", "namespace"])
    declares = frozenset({"const", "static", "global"})
    known = frozenset({"$this", "STDIN", "STDOUT", "STDERR", "PHP_EOL", "PHP_INT_MAX", "PHP_INT_MIN"})
    imports = frozenset({"use", "require", "require_once", "include", "include_once"})
    reads_input = re.compile(r"\bSTDIN\b|php://stdin|\breadline\s*\(")
    prints = re.compile(r"\b(?:echo|print(?:f|_r)?|var_dump|var_export)\b|\bSTDOUT\b|php://(?:stdout|output)")
    code_line = re.compile(
        r"^\s*(?:<\?php|namespace [\w\\]+;|use [\w\\]+|"
        r"(?:(?:public|private|protected|static|final|abstract) )*function \w|"
        r"(?:class|interface|trait|enum) \w+|\$\w+\s*=|declare\()",
        re.MULTILINE,
    )
    opening = "<?php\n"
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"\beval\s*\(",
            r"\b(?:shell_exec|system|passthru|proc_open|popen|exec)\s*\(",
            r"\bunserialize\s*\(",
            r"\b(?:md5|sha1)\s*\(",
            r"\b(?:rand|mt_rand|uniqid)\s*\(",
            r"(?:query|exec)\(\s*\"[^\"]*\$\w|\"(?:select|insert|update|delete)\b[^\"\n]{0,120}\"\s*\.",
            r"echo\s+\$_(?:GET|POST|REQUEST)",
            r"CURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:0|false)",
            r"(?:password|secret|api_?key|token)['\"]?\s*=>?\s*['\"][^'\"]{4,}['\"]",
            r"\bchmod\s*\([^)]*0777|\bextract\s*\(\s*\$_",
        )
    )
    toolchain = Toolchain(
        file="main.php",
        tools=(Tool("php"),),
        package="`apt install php-cli` brings PHP.",
        run=(
            *("{php}", "-d", "memory_limit={heap}M", "-d", "display_errors=stderr", "-d", "log_errors=0"),
            *("-d", "html_errors=0", "-d", "opcache.enable_cli=0", "-d", "pcre.jit=0", "{scratch}/main.php"),
        ),
        runtime=("php",),
        run_binds=("/etc/php", "/usr/lib/php", "/usr/share/php"),
        reserved_bytes=256 << 20,
        out_of_memory=("Allowed memory size of", "Out of memory"),
        proof=_PROOF,
    )

    def read(self, source: str) -> Tokens:
        """The tokens of a text; the tag that opens a file is none of them."""
        blanked = _TAG.sub(lambda tag: re.sub(r"\S", " ", tag[0]), source)
        return tokens_of(blanked, self.lexer, self.lexer_options, self.documents)

    def syntax(self, program: str) -> ProgramSyntax:
        """As of other languages; a program without a tag is read as if it had one, and not as the text of a page."""
        if "<?" in program:
            return super().syntax(program)
        read = super().syntax(_TAG_BEFORE + program)
        return replace(read, without_comments=read.without_comments.removeprefix(_TAG_BEFORE))

    def errors(self, program: str) -> int:
        return super().errors(program if "<?" in program else _TAG_BEFORE + program)

    def states_types(self, tokens: Sequence[Token], function: Function) -> bool:
        """Whether a type stands before a parameter, or behind them."""
        after = [each.text for each in tokens[function.parameters.stop : function.parameters.stop + 2]]
        given = tokens[function.parameters.start : function.parameters.stop]
        return ":" in after or any(
            token.text.startswith("$") and before.kind in ("name", "word") and before.text not in _MODIFIERS
            for before, token in pairwise(given)
        )

    def function_head(self, name: str) -> str:
        return f"function {name}("

    def hoisted(self, program: str) -> str:
        """A program with the tag without which it would be printed and not run."""
        return program if "<?" in program or not program.strip() else f"{self.opening}{program}"

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\bfunction\s+&?{re.escape(name)}\b", text, re.IGNORECASE) is not None


LANGUAGE = Php()
