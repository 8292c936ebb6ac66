"""The language JavaScript: how it is asked for, read and run."""

from __future__ import annotations

import re

from passgap.languages.base import Language
from passgap.languages.common.program_syntax import FunctionSyntax
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar
from passgap.languages.javascript.functions import functions, states_types
from passgap.languages.javascript.program import JavaScriptProgram, parsed
from passgap.languages.javascript.tokens import tokens_of

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
        types=frozenset({"class_declaration", "class"}),
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
        return parsed(source, self.lexer)

    def is_stub(self, program: str) -> bool:
        if len([line for line in program.splitlines() if line.strip()]) <= 1:
            return True
        read = self.parse(program)
        bodies = [each.empty for each in functions(read.tokens)] if read else []
        return bool(bodies) and all(bodies)

    def comments(self, program: str) -> tuple[str, ...]:
        return tokens_of(program, self.lexer).comments

    def documented(self, program: str) -> bool:
        return tokens_of(program, self.lexer).documented

    def normal_form(self, program: str) -> str:
        return " ".join(each.text for each in tokens_of(program, self.lexer).code) or " ".join(program.split())

    def tokens(self, text: str) -> list[str]:
        return [each.text for each in tokens_of(text, self.lexer).code]

    def identifiers(self, program: str) -> tuple[str, ...]:
        return tuple(each.text for each in tokens_of(program, self.lexer).code if each.kind == "name")

    def functions_by_rules(self, program: str) -> tuple[FunctionSyntax, ...]:
        read, documented = self.parse(program), self.documented(program)
        tokens = read.tokens if read else ()
        return tuple(
            FunctionSyntax(
                each.name,
                head="",
                empty=each.empty,
                documented=documented,
                lines=range(0),
                typed=states_types(tokens[each.parameters.start : each.parameters.stop]),
            )
            for each in functions(tokens)
        )

    def comment(self, text: str) -> str:
        return "/*\n{}\n*/\n".format(text.replace("*/", "* /"))

    def function_head(self, name: str) -> str:
        return f"function {name}("

    def begins_function(self, prompt: str, name: str | None) -> bool:
        program = self.parse(f"{prompt.rstrip()}\n}}\n")
        found = list(functions(program.tokens)) if program and self.parse(prompt) is None else []
        return bool(found) and name in (None, found[-1].name)

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
