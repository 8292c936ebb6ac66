"""Java as one file, compiled by a javac that stays loaded."""

from __future__ import annotations

import re
from functools import cached_property
from importlib import resources

from passgap.languages.common.braces import BracesLanguage
from passgap.languages.common.lexed import depths
from passgap.languages.common.toolchain import CompileServer, Preparation, Tool, Toolchain
from passgap.languages.common.trees import Grammar

_KNOWN = (
    "ArrayDeque ArrayList Arrays Boolean Character Collections Deque Double Exception HashMap HashSet "
    "IllegalArgumentException Integer Iterator LinkedHashMap LinkedList List Long Map Math Object Optional Override "
    "Queue RuntimeException Scanner Set Stack String StringBuilder SuppressWarnings System TreeMap TreeSet"
)
_PROOF = """import java.util.Scanner;

public class Main {
    public static void main(String[] arguments) {
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) System.out.println(lines.nextLine());
    }
}
"""
_QUICK = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:CompressedClassSpaceSize=64m",
    "-XX:ReservedCodeCacheSize=64m",
)
_WARNINGS = ("-Xlog:disable", "-Xlog:all=warning:stderr")
"""The virtual machine's own warnings, such as that of an archive which it cannot use, would go to standard output,
where they would be taken for the program's, or for a compile server's answer."""
_ARCHIVE = "-XX:SharedArchiveFile={cache}/server.jsa"


class Java(BracesLanguage):
    """Java, split into tokens by Pygments' lexer."""

    name = "java"
    title = "Java"
    labels = ("java",)
    suffixes = (".java",)
    stops = ("\n    public static void main", "\n}\n", "\nclass ", "\npublic class ", "\nimport ")
    lexer = "java"
    grammar = Grammar(
        "tree-sitter-java",
        functions=frozenset({"method_declaration", "constructor_declaration"}),
        types=frozenset(["class_declaration", "interface_declaration", "enum_declaration", "record_declaration"]),
        comments=frozenset({"line_comment", "block_comment"}),
        identifiers=frozenset({"identifier", "type_identifier"}),
        bodies=frozenset({"block", "constructor_body"}),
        documents=("/**",),
    )
    types = frozenset(["class", "interface", "enum", "record", "@interface"])
    imports = frozenset({"import", "package"})
    known = frozenset(_KNOWN.split())
    reads_input = re.compile(r"\bSystem\s*\.\s*in\b")
    prints = re.compile(r"\bSystem\s*\.\s*(?:out|err)\b")
    code_line = re.compile(
        r"^\s*(?:import [\w.*]+;|package [\w.]+;|(?:(?:public|private|protected|static|final|abstract) )+|"
        r"(?:class|interface|enum|record) \w+|@\w+)",
        re.MULTILINE,
    )
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"Runtime\.getRuntime\(\)\.exec\(|new ProcessBuilder\(\s*\"(?:/bin/)?(?:ba|z)?sh\"",
            r"\bObjectInputStream\b",
            r"MessageDigest\.getInstance\(\s*\"(?:MD5|SHA-?1)\"",
            r"Cipher\.getInstance\(\s*\"(?:DES|AES/ECB|RC4)",
            r"\bnew Random\(|\bMath\.random\(",
            r"(?:executeQuery|executeUpdate|execute|prepareStatement)\(\s*\"[^\"]*\"\s*\+",
            r"\"(?:select|insert|update|delete)\b[^\"\n]{0,120}\"\s*\+",
            r"(?:password|secret|api_?key|token)\s*=\s*\"[^\"]{4,}\"",
            r"ALLOW_ALL_HOSTNAME_VERIFIER|checkServerTrusted\([^)]*\)[^{]*\{\s*\}",
            r"\bScriptEngineManager\b",
            r"setReadable\(true,\s*false\)|setWritable\(true,\s*false\)",
        )
    )

    @cached_property
    def toolchain(self) -> Toolchain:  # type: ignore[override]
        """The toolchain, with the server's source, which is read as it is first asked for."""
        server = resources.files(__package__).joinpath("CompileServer.java").read_text(encoding="utf-8")
        return Toolchain(
            file="Main.java",
            tools=(
                Tool("java", places=("/usr/lib/jvm/*/bin/java",), levels=1, version=("--version",)),
                Tool("javac", places=("/usr/lib/jvm/*/bin/javac",), levels=1),
                Tool("jar", places=("/usr/lib/jvm/*/bin/jar",), levels=1),
            ),
            package="`apt install openjdk-17-jdk-headless` brings both.",
            run=(
                *("{java}", *_QUICK, *_WARNINGS, "-Xshare:auto", "-XX:-UsePerfData", "-Xmx{heap}m", "-Xss64m"),
                *(
                    "-Dfile.encoding=UTF-8",
                    "-Dstdout.encoding=UTF-8",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-XX:+DisplayVMOutputToStderr",
                ),
                *("-cp", "{scratch}", "{main}"),
            ),
            runtime=("java",),
            run_binds=("/etc/java-*",),
            build_binds=("/etc/java-*",),
            server=CompileServer(
                command=(
                    *("{java}", *_QUICK, *_WARNINGS, "-Xshare:auto", _ARCHIVE, "-XX:-UsePerfData", "-Xmx768m"),
                    *("-Xss16m", "-cp", "{cache}/server.jar", "CompileServer"),
                )
            ),
            preparation=Preparation(
                files=(
                    ("CompileServer.java", server),
                    ("manifest.txt", "Main-Class: CompileServer\n"),
                ),
                commands=(
                    ("{javac}", "-g:none", "-d", "classes", "CompileServer.java"),
                    ("{jar}", "cfm", "{cache}/server.jar", "manifest.txt", "-C", "classes", "."),
                    (
                        *("{java}", *_QUICK, "-XX:ArchiveClassesAtExit={cache}/server.jsa"),
                        *("-Xmx768m", "-cp", "{cache}/server.jar", "CompileServer"),
                    ),
                ),
            ),
            reserved_bytes=3 << 30,
            out_of_memory=("java.lang.OutOfMemoryError", "There is insufficient memory for the Java Runtime"),
            proof=_PROOF,
        )

    def command_values(self, program: str) -> dict[str, str | tuple[str, ...]]:
        return {"main": self.main_class(program)}

    def main_class(self, program: str) -> str:
        """The class of a program whose ``main`` is started: the last one at the top level that has it."""
        tokens = self.read(program).code
        package, current, found = "", "Main", None
        for place, depth in enumerate(depths(tokens)):
            text = tokens[place].text
            before = tokens[place - 1].text if place else ""
            if depth == 0 and before == "package":
                package = text
                for token in tokens[place + 1 :]:
                    if token.text == ";":
                        break
                    package += token.text
            elif depth == 0 and before in self.types and tokens[place].kind == "name":
                current = text
            elif text == "main" and before == "void" and depth == 1:
                found = current
        name = found or current
        return f"{package}.{name}" if package else name

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\b[\w>\]]+\s+{re.escape(name)}\s*\(", text) is not None


__all__ = ["Java"]
