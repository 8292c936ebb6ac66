"""The harness of Java 17: values are written down by the classes they have at run time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
class Main {
    static final java.io.PrintStream OUT =
        new java.io.PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));
    interface Make { Object make() throws Throwable; }
    static String quoted(String value) {
        StringBuilder made = new StringBuilder("\"");
        for (char each : value.toCharArray()) {
            boolean plain = each >= 0x20 && each <= 0x7e && each != '"' && each != '\\';
            made.append(plain ? String.valueOf(each) : String.format("\\u%04x", (int) each));
        }
        return made.append('"').toString();
    }
    static String list(Iterable<?> values, int depth) {
        StringBuilder made = new StringBuilder("[");
        for (Object each : values) {
            if (made.length() > 1) made.append(',');
            made.append(text(each, depth));
        }
        return made.append(']').toString();
    }
    static String pair(Object key, Object value, int depth) {
        return "[" + text(key, depth) + "," + text(value, depth) + "]";
    }
    static String text(Object value, int depth) {
        if (value == null) return "null";
        if (depth > 100) return "{\"x\":\"deep\"}";
        if (value instanceof Boolean || value instanceof Integer || value instanceof Long || value instanceof Short
            || value instanceof Byte || value instanceof java.math.BigInteger) return value.toString();
        if (value instanceof Float || value instanceof Double) {
            return "{\"f\":\"" + Double.toString(((Number) value).doubleValue()) + "\"}";
        }
        if (value instanceof java.math.BigDecimal) {
            return "{\"f\":\"" + ((java.math.BigDecimal) value).toString() + "\"}";
        }
        if (value instanceof Character) return "{\"c\":" + quoted(value.toString()) + "}";
        if (value instanceof CharSequence) return quoted(value.toString());
        if (value instanceof java.util.Optional) {
            java.util.Optional<?> held = (java.util.Optional<?>) value;
            return held.isPresent() ? "{\"o\":" + text(held.get(), depth + 1) + "}" : "null";
        }
        if (value instanceof org.javatuples.Tuple) {
            return "{\"t\":" + list(((org.javatuples.Tuple) value).toList(), depth + 1) + "}";
        }
        if (value instanceof java.util.Map.Entry) {
            java.util.Map.Entry<?, ?> entry = (java.util.Map.Entry<?, ?>) value;
            return "{\"t\":" + pair(entry.getKey(), entry.getValue(), depth + 1) + "}";
        }
        if (value instanceof java.util.Map) {
            StringBuilder made = new StringBuilder();
            for (java.util.Map.Entry<?, ?> each : ((java.util.Map<?, ?>) value).entrySet()) {
                made.append(made.length() > 0 ? "," : "").append(pair(each.getKey(), each.getValue(), depth + 1));
            }
            return "{\"m\":[" + made + "]}";
        }
        if (value instanceof java.util.Set) return "{\"s\":" + list((java.util.Set<?>) value, depth + 1) + "}";
        if (value instanceof java.util.Collection) return list((java.util.Collection<?>) value, depth + 1);
        if (value.getClass().isArray()) {
            java.util.List<Object> items = new java.util.ArrayList<>();
            for (int at = 0; at < java.lang.reflect.Array.getLength(value); at++) {
                items.add(java.lang.reflect.Array.get(value, at));
            }
            return list(items, depth + 1);
        }
        return "{\"x\":" + quoted(value.getClass().getName()) + "}";
    }
    static void run(int number, Make make) {
        String made;
        try { made = "=" + text(make.make(), 0); }
        catch (Throwable error) { made = "!" + quoted(error.getClass().getName()); }
        OUT.print("\u001e" + number + made + "\n");
        OUT.flush();
    }
"""
TUPLES = ("Unit", "Pair", "Triplet", "Quartet", "Quintet", "Sextet", "Septet", "Octet", "Ennead", "Decade")
TUPLE = """package org.javatuples;
public abstract class Tuple implements Iterable<Object> {
    private final java.util.List<Object> items;
    Tuple(Object... items) { this.items = java.util.Arrays.asList(items); }
    public java.util.List<Object> toList() { return new java.util.ArrayList<>(items); }
    public Object getValue(int at) { return items.get(at); }
    public int getSize() { return items.size(); }
    public boolean contains(Object value) { return items.contains(value); }
    public java.util.Iterator<Object> iterator() { return items.iterator(); }
    @Override public boolean equals(Object other) {
        return other instanceof Tuple && getClass() == other.getClass() && items.equals(((Tuple) other).items);
    }
    @Override public int hashCode() { return items.hashCode(); }
    @Override public String toString() { return items.toString(); }
}
"""
LIBRARY = {
    "java.lang": "AssertionError Boolean Character Double Error Exception Integer Long Math Object RuntimeException "
    "String StringBuilder Throwable",
    "java.util": "ArrayList Arrays Collection Collections HashMap HashSet List Map Objects Optional Random Set",
}
"""Classes that tests decide by, by their package."""
DRIVER = "    public static void main(String[] arguments) throws Throwable {\n        System.setOut(System.err);\n"
END = "        Runtime.getRuntime().halt(0);\n    }\n}\n"
_IMPORTS = re.compile(r"^[ \t]*(?:package|import)\b[^;\n]*;[ \t]*\n?", re.MULTILINE)
_PUBLIC = re.compile(
    r"^public\s+((?:(?:final|abstract|sealed|strictfp)\s+)*(?:class|interface|enum|record)\b)", re.MULTILINE
)
_OWN_MAIN = re.compile(r"\b(?:class|record|enum|interface)\s+Main\b")


def tuple_class(name: str, size: int) -> str:
    """The source of one of the classes of javatuples, as far as tests and programs use it."""
    types = [chr(ord("A") + place) for place in range(size)]
    generic = ", ".join(types)
    parameters = ", ".join(f"{each} value{place}" for place, each in enumerate(types))
    values = ", ".join(f"value{place}" for place in range(size))
    getters = "".join(
        f'    @SuppressWarnings("unchecked") public {each} getValue{place}() {{ return ({each}) getValue({place}); }}\n'
        for place, each in enumerate(types)
    )
    return (
        f"package org.javatuples;\npublic class {name}<{generic}> extends Tuple {{\n"
        f"    public {name}({parameters}) {{ super({values}); }}\n{getters}"
        f"    public static <{generic}> {name}<{generic}> with({parameters}) {{ return new {name}<>({values}); }}\n}}\n"
    )


class Java(Harness):
    """The program's classes and one that calls them, in one file; the library javatuples is replaced by a small one."""

    name = "java"
    descriptor = 1

    def imports(self, head: str) -> str:
        return "".join(_IMPORTS.findall(head))

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f"        run({number}, () -> {{ {call}; return line; }});\n" for number, call in enumerate(tests.calls)
        )
        read = (
            "        String line = new java.io.BufferedReader(new java.io.InputStreamReader(System.in)).readLine();\n"
        )
        imports, body = parted(program)
        test_imports, code = parted(tests.code)
        library = _library_of(f"{code}\n{chr(10).join(tests.calls)}", tests.head)
        return f"{imports}{test_imports}{library}{body}\n{code}\n{EMITTER}{DRIVER}{read}{cases}{END}"

    def files(self, source: str) -> dict[str, str]:
        """The files that stand beside a source: the parts of javatuples that it names."""
        named = {
            f"org/javatuples/{name}.java": tuple_class(name, size)
            for size, name in enumerate(TUPLES, start=1)
            if re.search(rf"\b{name}\b", source)
        }
        return {"org/javatuples/Tuple.java": TUPLE, **named}

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        cases = "".join(f"        run({number}, () -> {value});\n" for number, value in enumerate(values))
        imports, body = parted(program)
        return f"{imports}{body}\n{EMITTER}{DRIVER}{block(tests.setup)}{cases}{END}"


def _library_of(code: str, head: str) -> str:
    """Imports of the library's classes that tests name, so that a program's own of that name does not take their place.

    A program that defines one beside its class does not compile.
    """
    used = set(re.findall(r"\b[A-Z]\w*", code)) - set(re.findall(r"\b(?:class|record|enum|interface)\s+(\w+)", head))
    listed = [(package, name) for package, names in LIBRARY.items() for name in names.split() if name in used]
    return "".join(f"import {package}.{name};\n" for package, name in listed)


def parted(program: str) -> tuple[str, str]:
    """A program's imports, and the rest, in which no class is public, since the file has another name."""
    imports = [line for line in _IMPORTS.findall(program) if not line.lstrip().startswith("package")]
    body = _PUBLIC.sub(r"\1", _IMPORTS.sub("", program))
    return "".join(f"{line.strip()}\n" for line in imports), _OWN_MAIN.sub("class PassgapMain", body)


HARNESS = Java()
