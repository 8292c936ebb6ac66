"""C#, compiled and run by Mono."""

from __future__ import annotations

import re

from passgap.languages.common.braces import BracesLanguage
from passgap.languages.common.toolchain import Tool, Toolchain
from passgap.languages.common.trees import Grammar

_PROOF = """using System;

class Program
{
    static void Main()
    {
        string line;
        while ((line = Console.ReadLine()) != null) Console.WriteLine(line);
    }
}
"""
_KNOWN = (
    "Action ArgumentException Array Boolean Char Console Convert DateTime Dictionary Double Enumerable "
    "Environment Exception Func HashSet IEnumerable IList Int32 Int64 InvalidOperationException KeyValuePair "
    "LinkedList List Math Object Queue Random SortedDictionary SortedSet Stack String StringBuilder System Tuple "
    "Type"
)
_COMPILER = "/usr/lib/mono/4.5/mcs.exe"
"""The command ``mcs`` is a shell script that starts it."""
_LIBRARIES = ("/usr/lib/mono", "/usr/lib/libmono*.so*", "/usr/lib/libMono*.so*", "/etc/mono")


class CSharp(BracesLanguage):
    """C# as Mono's compiler reads it: version 7, with parts of later ones."""

    name = "csharp"
    title = "C#"
    aliases = ("c#", "cs", "csharp-mono")
    labels = ("csharp", "c#", "cs")
    suffixes = (".cs",)
    stops = ("\n    public static void Main", "\n}\n", "\nclass ", "\npublic class ", "\nusing ")
    lexer = "csharp"
    grammar = Grammar(
        "tree-sitter-c-sharp",
        functions=frozenset({"method_declaration", "constructor_declaration", "local_function_statement"}),
        types=frozenset(
            [
                *("class_declaration", "interface_declaration", "struct_declaration", "record_declaration"),
                *("enum_declaration", "delegate_declaration"),
            ]
        ),
        identifiers=frozenset({"identifier"}),
        documents=("///", "/**"),
    )
    documents = ("///", "/**")
    types = frozenset(["class", "struct", "interface", "enum", "record", "namespace", "delegate"])
    imports = frozenset({"using"})
    known = frozenset(_KNOWN.split())
    reads_input = re.compile(r"\bConsole\s*\.\s*(?:Read|In\b|OpenStandardInput)")
    prints = re.compile(r"\bConsole\s*\.\s*(?:Write|Out\b|Error\b|OpenStandardOutput)")
    code_line = re.compile(
        r"^\s*(?:using [\w.]+;|namespace [\w.]+|(?:(?:public|private|protected|internal|static|sealed|abstract) )+|"
        r"(?:class|interface|enum|struct) \w+)",
        re.MULTILINE,
    )
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"Process\.Start\(\s*\"(?:/bin/)?(?:ba|z)?sh\"|FileName\s*=\s*\"(?:/bin/)?(?:ba|z)?sh\"",
            r"\bBinaryFormatter\b",
            r"\b(?:MD5|SHA1)\w*\.Create\(|\bnew (?:MD5|SHA1)\w*\(",
            r"\bDES(?:CryptoServiceProvider)?\b|CipherMode\.ECB",
            r"\bnew Random\(",
            r"new \w*SqlCommand\(\s*(?:\$\"|\"[^\"]*\"\s*\+)",
            r"\"(?:select|insert|update|delete)\b[^\"\n]{0,120}\"\s*\+",
            r"(?:password|secret|api_?key|token)\s*=\s*\"[^\"]{4,}\"",
            r"ServerCertificate\w*Callback\s*\+?=[^;]*true",
            r"\bunsafe\s*\{",
        )
    )
    toolchain = Toolchain(
        file="main.cs",
        tools=(
            Tool("mono"),
            Tool("mcs"),
        ),
        package="`apt install mono-mcs` brings the compiler and Mono.",
        build=(
            (
                *("{mono}", _COMPILER, "-nologo", "-warn:0", "-optimize+", "-out:program.exe"),
                *("-r:System.Numerics.dll", "-r:System.Core.dll", "{file}"),
            ),
        ),
        artefacts=("program.exe",),
        run=("{mono}", "{scratch}/program.exe"),
        runtime=("mono",),
        build_binds=_LIBRARIES,
        run_binds=_LIBRARIES,
        reserved_bytes=1 << 30,
        out_of_memory=("System.OutOfMemoryException", "Out of memory", "out of memory"),
        proof=_PROOF,
    )

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\b[\w>\]?]+\s+{re.escape(name)}\s*(?:<[^()]*>)?\(", text) is not None


LANGUAGE = CSharp()
