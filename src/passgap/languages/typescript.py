"""TypeScript, checked and translated by its native compiler and run by Node.js."""

from __future__ import annotations

import re

from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar
from passgap.languages.javascript.language import (
    FUNCTIONS,
    IDENTIFIERS,
    NODE,
    NODE_BINDS,
    OUT_OF_MEMORY,
    PROOF,
    JavaScript,
)

_DECLARATIONS = """declare var require: any, module: any, exports: any, process: any, console: any, Buffer: any;
declare var global: any;
declare var __dirname: string, __filename: string, performance: any, crypto: any, URL: any, TextEncoder: any;
declare var TextDecoder: any;
declare function setTimeout(callback: any, delay?: number, ...rest: any[]): any;
declare function setInterval(callback: any, delay?: number, ...rest: any[]): any;
declare function setImmediate(callback: any, ...rest: any[]): any;
declare function clearTimeout(timer: any): void;
declare function clearInterval(timer: any): void;
declare function queueMicrotask(callback: any): void;
declare function structuredClone<T>(value: T): T;
declare namespace NodeJS { type Timeout = any; type Timer = any; type ReadableStream = any; type WriteStream = any; }
declare module "*";
"""
"""The names that Node.js defines, of any type: its own declarations take ten times as long to check."""


class TypeScript(JavaScript):
    """TypeScript as its compiler checks it with the library of ES2022, for Node.js."""

    lexer = "typescript"
    grammar = Grammar(
        "tree-sitter-typescript",
        entry="language_typescript",
        functions=FUNCTIONS,
        types=frozenset(
            [
                *("class_declaration", "class", "abstract_class_declaration", "interface_declaration"),
                *("type_alias_declaration", "enum_declaration"),
            ]
        ),
        identifiers=IDENTIFIERS,
        bodies=frozenset({"statement_block"}),
        documents=("/**",),
    )
    name = "typescript"
    title = "TypeScript"
    aliases = ("ts",)
    labels = ("typescript", "ts", "tsx", "mts", "cts")
    suffixes = (".ts", ".mts", ".cts", ".tsx")
    stops = (*JavaScript.stops, "\ninterface ", "\ntype ", "\nexport ", "\nenum ")
    unsafe_constructs = (*JavaScript.unsafe_constructs, re.compile(r"@ts-(?:ignore|nocheck)\b"))
    toolchain = Toolchain(
        file="main.ts",
        tools=(
            NODE,
            Tool(
                "tsc",
                commands=("tsc-native",),
                places=(
                    "node_modules/@typescript/typescript-linux-*/lib/tsc",
                    "*/node_modules/@typescript/typescript-linux-*/lib/tsc",
                    "/usr/*/lib/node_modules/typescript/node_modules/@typescript/typescript-linux-*/lib/tsc",
                    "/usr/lib/node_modules/typescript/node_modules/@typescript/typescript-linux-*/lib/tsc",
                ),
                levels=0,
            ),
        ),
        package=(
            "`npm install --prefix ~/.local/share/passgap/toolchains typescript@7` brings tsc, and "
            "`apt install nodejs` Node.js."
        ),
        build=(
            (
                *("{tsc}", "--target", "es2022", "--lib", "es2022", "--module", "commonjs", "--types", ""),
                *("--strict", "false", "--skipLibCheck", "--skipDefaultLibCheck"),
                *("--esModuleInterop", "--noErrorTruncation", "--moduleDetection", "force", "--singleThreaded"),
                *("--outDir", "built", "node.d.ts", "{file}"),
            ),
        ),
        beside=(("node.d.ts", _DECLARATIONS),),
        artefacts=("built/*.js",),
        run=("{node}", "--max-old-space-size={heap}", "--stack-size=3900", "{scratch}/built/main.js"),
        runtime=("node",),
        run_binds=NODE_BINDS,
        reserved_bytes=2 << 30,
        out_of_memory=OUT_OF_MEMORY,
        proof=f"declare const process: any;\n{PROOF}",
    )

    def looks_like_code(self, text: str, *, calls: bool = False) -> bool:
        declared = re.search(r"^\s*(?:export )?(?:interface \w+|type \w+\s*[=<]|enum \w+)", text, re.MULTILINE)
        return declared is not None or super().looks_like_code(text, calls=calls)


LANGUAGE = TypeScript()
