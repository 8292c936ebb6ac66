"""Rust, as one file without crates."""

from __future__ import annotations

import re

from passgap.languages.common.braces import BracesLanguage
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar

_PROOF = """use std::io::{self, BufRead};

fn main() {
    for line in io::stdin().lock().lines() {
        println!("{}", line.unwrap());
    }
}
"""
_KNOWN = (
    "Box Clone Copy Debug Default Err Fn FnMut FnOnce From HashMap HashSet Hash Into Iterator None Ok Option Ord "
    "PartialEq PartialOrd Eq Result Send Some String Sync ToString Vec assert assert_eq bool char derive f32 f64 "
    "format i128 i16 i32 i64 i8 isize panic print println std str u128 u16 u32 u64 u8 usize vec write writeln"
)


class Rust(BracesLanguage):
    """Rust, split into tokens by Pygments' lexer."""

    name = "rust"
    title = "Rust"
    aliases = ("rs",)
    labels = ("rust", "rs")
    suffixes = (".rs",)
    stops = ("\nfn ", "\npub ", "\nstruct ", "\nimpl ", "\nuse ", "\nmod ", "\n#[", "\n//")
    lexer = "rust"
    grammar = Grammar(
        "tree-sitter-rust",
        functions=frozenset({"function_item"}),
        types=frozenset({"struct_item", "enum_item", "trait_item", "union_item", "type_item"}),
        comments=frozenset({"line_comment", "block_comment"}),
        identifiers=frozenset(["identifier", "field_identifier", "type_identifier", "shorthand_field_identifier"]),
        documents=("///", "/**"),
    )
    documents = ("///", "/**")
    function_word = "fn"
    types = frozenset(["struct", "enum", "trait", "type", "mod", "union"])
    declares = frozenset({"const", "static", "mut"})
    imports = frozenset({"use", "extern", "#"})
    known = frozenset(_KNOWN.split())
    reads_input = re.compile(r"\bstdin\s*\(")
    prints = re.compile(r"\be?println?!|\bstdout\s*\(|\bwriteln?!")
    code_line = re.compile(
        r"^\s*(?:pub(?:\(\w+\))? )?"
        r"(?:fn \w|use [\w:{]+|struct \w|enum \w|impl[ <]|mod \w|trait \w|const \w|static \w|#\[)",
        re.MULTILINE,
    )
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"\bunsafe\b",
            r"Command::new\(\s*\"(?:/bin/)?(?:ba|z)?sh\"",
            r"danger_accept_invalid_certs\(\s*true",
            r"\b(?:md5|sha1)::",
            r"(?:query|execute)\w*\(\s*&?format!",
            r"(?:password|secret|api_?key|token)[^=\n]{0,20}=\s*\"[^\"]{4,}\"",
            r"from_mode\(\s*0o777",
            r"\btransmute\b",
        )
    )
    toolchain = Toolchain(
        file="main.rs",
        tools=(
            Tool("rustc", places=("~/.cargo/bin/rustc",), home=("--print", "sysroot"), executable="bin/rustc"),
            Tool("cc", commands=("cc", "gcc", "clang"), levels=None),
        ),
        package=(
            "https://rustup.rs or `apt install rustc` (1.63 in Debian 12) brings rustc, `apt install gcc` the linker."
        ),
        build=(
            (
                *("{rustc}", "--edition=2021", "--crate-name=program", "-Cdebuginfo=0", "-Cstrip=symbols"),
                *("-Ccodegen-units=1", "{optimise}", "--cap-lints=allow", "-Clinker={cc}", "-o", "program", "{file}"),
            ),
        ),
        optimise=("-Copt-level=2",),
        quick=("-Copt-level=0", "-Cdebug-assertions=off"),
        artefacts=("program",),
        run=("{scratch}/program",),
        build_binds=("/usr/include",),
        out_of_memory=("memory allocation of",),
        proof=_PROOF,
    )

    def function_head(self, name: str) -> str:
        return f"fn {name}("

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\bfn\s+{re.escape(name)}\b", text) is not None


LANGUAGE = Rust()
