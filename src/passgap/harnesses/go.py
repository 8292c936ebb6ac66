"""The harness of Go: values are written down by reflection."""

from __future__ import annotations

import re
from collections.abc import Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallTests, EmbeddedTests

IMPORTS = """
import passgapBufio "bufio"
import passgapFmt "fmt"
import passgapOs "os"
import passgapReflect "reflect"
import passgapStrconv "strconv"
import passgapStrings "strings"
"""
EMITTER = r"""
var _ = passgapBufio.NewReader
var passgapAnswers = passgapOs.NewFile(3, "answers")

func passgapQuoted(value string) string {
	var made passgapStrings.Builder
	made.WriteByte('"')
	for at := 0; at < len(value); at++ {
		each := value[at]
		if each < 0x20 || each == '"' || each == '\\' {
			passgapFmt.Fprintf(&made, "\\u%04x", each)
		} else {
			made.WriteByte(each)
		}
	}
	made.WriteByte('"')
	return made.String()
}

func passgapText(value passgapReflect.Value, depth int) string {
	if !value.IsValid() {
		return "null"
	}
	if depth > 100 {
		return "{\"x\":\"deep\"}"
	}
	switch value.Kind() {
	case passgapReflect.Bool:
		return passgapStrconv.FormatBool(value.Bool())
	case passgapReflect.Int, passgapReflect.Int8, passgapReflect.Int16, passgapReflect.Int32, passgapReflect.Int64:
		return passgapStrconv.FormatInt(value.Int(), 10)
	case passgapReflect.Uint, passgapReflect.Uint8, passgapReflect.Uint16, passgapReflect.Uint32, passgapReflect.Uint64:
		return passgapStrconv.FormatUint(value.Uint(), 10)
	case passgapReflect.Float32:
		return "{\"f\":\"" + passgapStrconv.FormatFloat(value.Float(), 'g', -1, 32) + "\"}"
	case passgapReflect.Float64:
		return "{\"f\":\"" + passgapStrconv.FormatFloat(value.Float(), 'g', -1, 64) + "\"}"
	case passgapReflect.String:
		return passgapQuoted(value.String())
	case passgapReflect.Slice, passgapReflect.Array:
		texts := make([]string, 0)
		for at := 0; at < value.Len(); at++ {
			texts = append(texts, passgapText(value.Index(at), depth+1))
		}
		return "[" + passgapStrings.Join(texts, ",") + "]"
	case passgapReflect.Map:
		texts := make([]string, 0)
		for _, key := range value.MapKeys() {
			entry := passgapText(key, depth+1) + "," + passgapText(value.MapIndex(key), depth+1)
			texts = append(texts, "["+entry+"]")
		}
		return "{\"m\":[" + passgapStrings.Join(texts, ",") + "]}"
	case passgapReflect.Struct:
		texts := make([]string, 0)
		for at := 0; at < value.NumField(); at++ {
			entry := passgapQuoted(value.Type().Field(at).Name) + "," + passgapText(value.Field(at), depth+1)
			texts = append(texts, "["+entry+"]")
		}
		return "{\"r\":[" + passgapStrings.Join(texts, ",") + "]}"
	case passgapReflect.Interface, passgapReflect.Ptr:
		if value.IsNil() {
			return "null"
		}
		if value.Kind() == passgapReflect.Ptr {
			return "{\"o\":" + passgapText(value.Elem(), depth+1) + "}"
		}
		return passgapText(value.Elem(), depth+1)
	}
	return "{\"x\":" + passgapQuoted(value.Type().String()) + "}"
}

func passgapValues(values ...interface{}) string {
	if len(values) == 1 {
		return passgapText(passgapReflect.ValueOf(values[0]), 0)
	}
	texts := make([]string, 0)
	for _, each := range values {
		texts = append(texts, passgapText(passgapReflect.ValueOf(each), 0))
	}
	return "{\"t\":[" + passgapStrings.Join(texts, ",") + "]}"
}

func passgapRun(number int, answer func() string) {
	text := "!\"exit\""
	func() {
		defer func() {
			if raised := recover(); raised != nil {
				text = "!" + passgapQuoted(passgapFmt.Sprint(raised))
			}
		}()
		text = "=" + answer()
	}()
	passgapAnswers.WriteString("\x1e" + passgapStrconv.Itoa(number) + text + "\n")
}
"""
END = "\tpassgapOs.Exit(0)\n}\n"
READ = "\tline, _ := passgapBufio.NewReader(passgapOs.Stdin).ReadString(10)\n\tline = passgapStrings.TrimSpace(line)\n"
TESTING = """
type passgapTests struct{}

func (passgapTests) Run(name string, body func(t *passgapTests)) bool { body(&passgapTests{}); return true }
func (passgapTests) Errorf(format string, values ...interface{})      { panic(passgapFmt.Sprintf(format, values...)) }
func (passgapTests) Fatalf(format string, values ...interface{})      { panic(passgapFmt.Sprintf(format, values...)) }
func (passgapTests) Error(values ...interface{})                      { panic(passgapFmt.Sprint(values...)) }
func (passgapTests) Fatal(values ...interface{})                      { panic(passgapFmt.Sprint(values...)) }

type passgapAssertions struct{}

func (passgapAssertions) Equal(expected, actual interface{}, text ...interface{}) bool {
	if !passgapReflect.DeepEqual(expected, actual) {
		panic(passgapFmt.Sprintf("expected %v, got %v", expected, actual))
	}
	return true
}
func (each passgapAssertions) True(value bool, text ...interface{}) bool  { return each.Equal(true, value) }
func (each passgapAssertions) False(value bool, text ...interface{}) bool { return each.Equal(false, value) }
func (each passgapAssertions) Nil(value interface{}, text ...interface{}) bool {
	return each.Equal(nil, value)
}
"""
_PACKAGE = re.compile(r"^\s*package\s+\w+[^\n]*\n?", re.MULTILINE)
_OWN_MAIN = re.compile(r"^func\s+main\s*\(\s*\)", re.MULTILINE)
_GROUP = re.compile(r"^import\s*\((.*?)\)[^\n]*\n?", re.MULTILINE | re.DOTALL)
_SINGLE = re.compile(r"^import\s+((?:[\w.]+\s+)?\"[^\"\n]+\")[^\n]*\n?", re.MULTILINE)
_SPEC = re.compile(r"(?:([\w.]+)\s+)?\"([^\"\n]+)\"")
USED = {
    "testing": "testing.Short",
    "fmt": "fmt.Sprint",
    "math": "math.Pi",
    "strings": "strings.ToUpper",
    "sort": "sort.Ints",
    "strconv": "strconv.Itoa",
    "time": "time.Now",
    "rand": "rand.Intn",
    "reflect": "reflect.TypeOf",
    "regexp": "regexp.MustCompile",
    "unicode": "unicode.IsUpper",
    "md5": "md5.Sum",
    "bytes": "bytes.Equal",
    "errors": "errors.New",
    "hex": "hex.EncodeToString",
}
"""Something of each package that heads and tests import, by which it counts as used."""


class Go(Harness):
    """Program and calls are one file, since an import that the program does not use itself would not compile alone.

    What the head of the program imports counts as used, as it does with the set's own tests.
    """

    name = "go"

    def imports(self, head: str) -> str:
        return parted(head)[0]

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        imports, body = parted(program)
        test_imports, code = parted(tests.code)
        cases = "".join(
            f"\tpassgapRun({number}, func() string {{ {call}; return passgapQuoted(line) }})\n"
            for number, call in enumerate(tests.calls)
        )
        code = code.replace("*testing.T", "*passgapTests").replace("assert.New(t)", "passgapAssertions{}")
        replaced = re.compile(r'import "(?:testing|github.com/stretchr/testify/assert)"\n')
        needed = _needed(tests.head, f"{body}\n{code}")
        kept = _distinct(replaced.sub("", imports + test_imports + needed))
        used = _uses(kept, tests.head + tests.code)
        main = f"\nfunc main() {{\n{READ}{cases}{END}"
        return f"package main\n{IMPORTS}{kept}{used}{body}\n{code}\n{EMITTER}{TESTING}{main}"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        imports, body = parted(program)
        imports = _distinct(imports + _needed(tests.head, "\n".join([*values, tests.setup, body])))
        cases = "".join(
            f"\tpassgapRun({number}, func() string {{ return passgapValues({value}) }})\n"
            for number, value in enumerate(values)
        )
        main = f"\nfunc main() {{\n{block(tests.setup)}{cases}{END}"
        return f"package main\n{IMPORTS}{imports}{_uses(imports, tests.head)}{body}\n{EMITTER}{main}"


def parted(program: str) -> tuple[str, str]:
    """A program's imports, one per line, and the rest without its package clause; a ``main`` of its own is renamed."""
    text = _PACKAGE.sub("", program, count=1)
    specs = [spec for group in _GROUP.findall(text) for spec in _SPEC.findall(group)]
    specs += [_SPEC.findall(single)[0] for single in _SINGLE.findall(text)]
    body = _OWN_MAIN.sub("func passgapProgramMain()", _SINGLE.sub("", _GROUP.sub("", text)))
    return "".join(f'import {name} "{path}"\n'.replace("  ", " ") for name, path in specs), body


def _distinct(imports: str) -> str:
    return "".join(f"{line}\n" for line in dict.fromkeys(imports.splitlines()))


def _needed(head: str, code: str) -> str:
    """The imports of the head that code needs: a program may leave them out, and calls need some of their own."""
    lines = parted(head)[0].splitlines()
    return "".join(
        f"{line}\n"
        for line in lines
        if re.search(rf"(?<![\w.]){_imported(line)[0][1].rpartition('/')[2]}\.[A-Z]", code)
    )


def _imported(imports: str) -> list[tuple[str, str]]:
    """Names and paths of imports, one per line."""
    return [_SPEC.findall(line.removeprefix("import "))[0] for line in imports.splitlines()]


def _uses(imports: str, head: str) -> str:
    """Declarations that use what both a program and the head of the one that is asked for import."""
    given = {path for _, path in _imported(parted(head)[0])}
    names = [path.rpartition("/")[2] for name, path in _imported(imports) if not name and path in given]
    return "".join(f"var _ = {USED[name]}\n" for name in names if name in USED)


HARNESS = Go()
