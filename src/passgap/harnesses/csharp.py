"""The harness of C#: values are written down by the types they have at run time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
static class PassgapHarness {
    [System.Runtime.InteropServices.DllImport("libc", SetLastError = true)]
    static extern System.IntPtr write(int descriptor, byte[] bytes, System.IntPtr count);
    public static string Quoted(string value) {
        var made = new System.Text.StringBuilder("\"");
        foreach (char each in value) {
            bool plain = each >= ' ' && each <= '~' && each != '"' && each != '\\';
            made.Append(plain ? each.ToString() : "\\u" + ((int) each).ToString("x4"));
        }
        return made.Append('"').ToString();
    }
    static string List(System.Collections.IEnumerable values, int depth) {
        var texts = new System.Collections.Generic.List<string>();
        foreach (object each in values) texts.Add(Text(each, depth));
        return "[" + string.Join(",", texts) + "]";
    }
    static string Items(object value, int depth) {
        var type = value.GetType();
        var texts = new System.Collections.Generic.List<string>();
        for (int at = 1; at < 9; at++) {
            var property = type.GetProperty("Item" + at);
            var field = type.GetField("Item" + at);
            if (property != null) texts.Add(Text(property.GetValue(value, null), depth));
            else if (field != null) texts.Add(Text(field.GetValue(value), depth));
        }
        return "{\"t\":[" + string.Join(",", texts) + "]}";
    }
    static string Text(object value, int depth) {
        var plain = System.Globalization.CultureInfo.InvariantCulture;
        if (value == null) return "null";
        if (depth > 100) return "{\"x\":\"deep\"}";
        if (value is bool) return (bool) value ? "true" : "false";
        if (value is char) return "{\"c\":" + Quoted(value.ToString()) + "}";
        if (value is string) return Quoted((string) value);
        if (value is float) return "{\"f\":\"" + ((float) value).ToString("R", plain) + "\"}";
        if (value is double) return "{\"f\":\"" + ((double) value).ToString("R", plain) + "\"}";
        if (value is decimal) return "{\"f\":\"" + ((decimal) value).ToString(plain) + "\"}";
        if (value is System.Numerics.BigInteger || (value.GetType().IsPrimitive && value is System.IFormattable))
            return ((System.IFormattable) value).ToString(null, plain);
        string name = value.GetType().FullName ?? "";
        if (name.StartsWith("System.Tuple`") || name.StartsWith("System.ValueTuple`")) return Items(value, depth + 1);
        if (value is System.Collections.IDictionary) {
            var texts = new System.Collections.Generic.List<string>();
            foreach (System.Collections.DictionaryEntry each in (System.Collections.IDictionary) value)
                texts.Add("[" + Text(each.Key, depth + 1) + "," + Text(each.Value, depth + 1) + "]");
            return "{\"m\":[" + string.Join(",", texts) + "]}";
        }
        bool set = name.StartsWith("System.Collections.Generic.HashSet`") || name.Contains("SortedSet`");
        if (set) return "{\"s\":" + List((System.Collections.IEnumerable) value, depth + 1) + "}";
        if (value is System.Collections.IEnumerable) return List((System.Collections.IEnumerable) value, depth + 1);
        return "{\"x\":" + Quoted(name) + "}";
    }
    public static void Run(int number, System.Func<object> make) {
        string made;
        try { made = "=" + Text(make(), 0); }
        catch (System.Exception error) { made = "!" + Quoted(error.GetType().FullName ?? ""); }
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes("\u001e" + number + made + "\n");
        for (int done = 0; done < bytes.Length; ) {
            byte[] rest = new byte[bytes.Length - done];
            System.Array.Copy(bytes, done, rest, 0, rest.Length);
            int written = (int) write(3, rest, new System.IntPtr(rest.Length));
            if (written <= 0) System.Environment.Exit(1);
            done += written;
        }
    }
}
"""
DRIVER = "static class PassgapMain {\n    static void Main(string[] arguments) {\n"
END = "        System.Environment.Exit(0);\n    }\n}\n"
_USING = re.compile(r"^[ \t]*using\s+(?:static\s+)?[\w.]+(?:\s*=\s*[\w.<>, ]+)?\s*;[ \t]*\n?", re.MULTILINE)
_OWN_MAIN = re.compile(r"(\bstatic\s+(?:async\s+)?[\w.<>]+\s+)Main(\s*\()")


class CSharp(Harness):
    """The program's classes and one that calls them, in one file; a ``Main`` of the program is renamed."""

    name = "csharp"

    def imports(self, head: str) -> str:
        return "".join(_USING.findall(head))

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f"        PassgapHarness.Run({number}, () => {{ {call}; return line; }});\n"
            for number, call in enumerate(tests.calls)
        )
        using, body = parted(program)
        test_using, code = parted(tests.code)
        read = "        string line = System.Console.ReadLine();\n"
        return f"{_distinct(using + test_using)}{body}\n{code}\n{EMITTER}{DRIVER}{read}{cases}{END}"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        cases = "".join(
            f"        PassgapHarness.Run({number}, () => (object) ({value}));\n" for number, value in enumerate(values)
        )
        using, body = parted(program)
        return f"{_distinct(using)}{body}\n{EMITTER}{DRIVER}{block(tests.setup)}{cases}{END}"


def parted(program: str) -> tuple[str, str]:
    """A program's ``using`` directives, and the rest without an entry point."""
    return "".join(f"{each.strip()}\n" for each in _USING.findall(program)), _OWN_MAIN.sub(
        r"\1PassgapOwnMain\2", _USING.sub("", program)
    )


def _distinct(using: str) -> str:
    return "".join(f"{line}\n" for line in dict.fromkeys(using.splitlines()))


HARNESS = CSharp()
