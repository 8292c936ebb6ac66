"""C++, compiled by GCC."""

from __future__ import annotations

import re

from passgap.languages.common.braces import BracesLanguage
from passgap.languages.common.toolchain import Preparation, Tool, Toolchain
from passgap.languages.common.trees import Grammar

_HEADER = "bits/stdc++.h"
_FLAGS = ("-std=c++17", "-pipe", "-w")
_KNOWN = (
    "NULL abs array assert auto cerr cin count cout deque endl fill find float getline int isalpha isdigit list "
    "long lower_bound make_pair map max max_element min min_element multiset nullptr optional pair pow printf "
    "priority_queue push_back queue reverse round scanf set size_t sort sqrt stack std stoi string stringstream "
    "swap to_string tolower toupper tuple unordered_map unordered_set upper_bound vector"
)
_PROOF = """#include <bits/stdc++.h>

int main() {
    std::string line;
    while (std::getline(std::cin, line)) std::cout << line << "\\n";
}
"""
_BEFORE_HEADER = re.compile(
    rf"\A\ufeff?(?:\s|//[^\n]*\n|/\*.*?\*/|#[ \t]*include[ \t]*[<\"][^>\"\n]*[>\"][^\n]*\n)*?"
    rf"#[ \t]*include[ \t]*<{re.escape(_HEADER)}>",
    re.DOTALL,
)
"""A program that includes the header of everything, after nothing but comments and other headers: then it may as well
come first, where a precompiled one is used."""


_EVERYTHING = "passgap_everything.h"
"""A header of one line, which includes that one: GCC takes a precompiled header for a name that it has not met yet."""


def _precompiled(folder: str, *flags: str) -> tuple[str, ...]:
    output = f"{{cache}}/{_EVERYTHING}.gch/{folder}"
    return ("{gxx}", *_FLAGS, *flags, "-x", "c++-header", _EVERYTHING, "-o", output)


class Cpp(BracesLanguage):
    """C++, split into tokens by Pygments' lexer."""

    name = "cpp"
    title = "C++"
    aliases = ("c++", "cxx")
    labels = ("cpp", "c++", "cxx", "cc", "hpp")
    suffixes = (".cpp", ".cc", ".cxx", ".hpp")
    stops = ("\nint main", "\nstruct ", "\nclass ", "\n#include", "\nusing ", "\ntemplate", "\n//")
    lexer = "cpp"
    grammar = Grammar(
        "tree-sitter-cpp",
        functions=frozenset({"function_definition"}),
        types=frozenset({"class_specifier", "struct_specifier", "enum_specifier", "union_specifier"}),
        identifiers=frozenset(["identifier", "field_identifier", "type_identifier", "namespace_identifier"]),
        bodies=frozenset({"compound_statement"}),
        documents=("/**", "///", "//!", "/*!"),
    )
    documents = ("/**", "///", "//!", "/*!")
    types = frozenset(["class", "struct", "enum", "union", "namespace", "typename", "concept"])
    imports = frozenset({"using"})
    known = frozenset(_KNOWN.split())
    reads_input = re.compile(r"\bcin\b|\bscanf\b|\bgetline\b|\bgetchar\b|\bstdin\b")
    prints = re.compile(r"\bcout\b|\bprintf\b|\bputs\b|\bputchar\b|\bcerr\b")
    code_line = re.compile(
        r"^\s*(?:#\s*include|using namespace |template ?<|(?:class|struct|enum) \w+|"
        r"(?:int|void|bool|string|long|double|auto|std::\w+|vector<)[\w<>:,&* ]*\()",
        re.MULTILINE,
    )
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"\b(?:gets|strcpy|strcat|sprintf|vsprintf)\s*\(",
            r"\b(?:system|popen)\s*\(",
            r"\b(?:rand|srand)\s*\(",
            r"\b(?:MD5|SHA1)(?:_Init|_Update)?\s*\(",
            r"\b(?:tmpnam|mktemp)\s*\(",
            r"\bchmod\s*\([^)]*0777",
            r"printf\s*\(\s*[A-Za-z_]\w*\s*\)",
            r"CURLOPT_SSL_VERIFYPEER\s*,\s*0",
            r"(?:password|secret|api_?key|token)[^=\n]{0,12}=\s*\"[^\"]{4,}\"",
            r"\"(?:select|insert|update|delete)\b[^\"\n]{0,120}\"\s*\+",
        )
    )
    toolchain = Toolchain(
        file="main.cpp",
        tools=(Tool("gxx", commands=("g++",)),),
        package="`apt install g++` brings the compiler.",
        build=(("{gxx}", *_FLAGS, "{optimise}", "{precompiled}", "-o", "program", "{file}"),),
        optimise=("-O2",),
        artefacts=("program",),
        run=("{scratch}/program",),
        preparation=Preparation(
            files=((_EVERYTHING, f"#include <{_HEADER}>\n"),),
            commands=(
                ("/bin/mkdir", f"{{cache}}/{_EVERYTHING}.gch"),
                ("/bin/cp", _EVERYTHING, f"{{cache}}/{_EVERYTHING}"),
                _precompiled("plain"),
                _precompiled("optimised", "-O2"),
            ),
        ),
        build_binds=("/usr/include", "/usr/local/include"),
        out_of_memory=("std::bad_alloc",),
        proof=_PROOF,
    )

    def command_values(self, program: str) -> dict[str, str | tuple[str, ...]]:
        everything = _BEFORE_HEADER.match(program[:20_000]) is not None
        return {"precompiled": ("-I{cache}", "-include", _EVERYTHING) if everything else ()}

    def function_head(self, name: str) -> str:
        return ""


LANGUAGE = Cpp()
