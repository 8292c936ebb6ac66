"""The harness of JavaScript, for Node.js."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallCase, CallTests, EmbeddedTests

EMITTER = r"""
const __fs = require("node:fs");
const __any = (value) => value;
const __write = (text) => {
  const bytes = Buffer.from(text, "utf8");
  for (let done = 0; done < bytes.length; ) {
    try { done += __fs.writeSync(3, bytes, done); } catch (error) { if (error.code !== "EAGAIN") throw error; }
  }
};
const __pairs = (entries, depth) =>
  "[" + entries.map(([key, value]) => "[" + __text(key, depth) + "," + __text(value, depth) + "]").join(",") + "]";
const __list = (values, depth) => "[" + Array.from(values, (value) => __text(value, depth)).join(",") + "]";
const __opaque = (value) => JSON.stringify({ x: Object.prototype.toString.call(value).slice(8, -1) });
const __text = (value, depth) => {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? String(value) : JSON.stringify({ f: String(value) });
  if (typeof value === "bigint") return JSON.stringify({ n: String(value) });
  if (typeof value !== "object" || depth > 100) return __opaque(value);
  if (Array.isArray(value)) return __list(value, depth + 1);
  if (value instanceof Map) return '{"m":' + __pairs(Array.from(value), depth + 1) + "}";
  if (value instanceof Set) return '{"s":' + __list(value, depth + 1) + "}";
  if (Object.prototype.toString.call(value) !== "[object Object]") return __opaque(value);
  return '{"r":' + __pairs(Object.entries(value), depth + 1) + "}";
};
const __case = (number, make) => {
  let text;
  try { text = "=" + __text(make(), 0); }
  catch (error) { text = "!" + JSON.stringify(String((error && error.name) || error)); }
  __write("\x1e" + number + text + "\n");
};
"""
FROZEN = (
    'Object.freeze(require("node:assert")); Object.freeze(require("node:assert").strict); '
    "const __kept = ((load, own, define, create, real) => Object.freeze({ "
    "required: (name) => own[name] || load(name), Math: Object.freeze(Math), JSON: Object.freeze(JSON), "
    'console: () => define(create(real), "assert", { value: () => {}, writable: true, configurable: true }) }))'
    '(require, Object.freeze(Object.assign(Object.create(null), { "assert": require("node:assert"), '
    '"node:assert": require("node:assert"), "node:fs": require("node:fs") })), '
    "Object.defineProperty, Object.create, console);\n"
)
"""Code above a program whose tests run beside it, so that it cannot replace what their assertions are made of, nor what
loads that."""
KEPT = "const require = __kept.required, console = __kept.console(), Math = __kept.Math, JSON = __kept.JSON;\n"
"""Code above the tests: their own names for what was kept."""
READ_LINE = r"""
const __line = __fs.readFileSync(0, "utf8").split("\n")[0];
"""
END = "process.exit(0);\n"


class JavaScript(Harness):
    """Calls and tests stand in a block below the program, whose names they see, in one file."""

    name = "javascript"
    emitter = EMITTER
    """The text of the emitter, in this language."""
    frozen = FROZEN

    def candidate(self, program: str, tests: CallTests) -> str:
        bound = f"{block(tests.setup)}const candidate = {tests.function};"
        return super().candidate(program, tests.model_copy(update={"setup": bound}))

    def call(self, tests: CallTests, case: CallCase) -> str:
        return f"candidate({case.arguments})"

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        run = "".join(
            f"__case({number}, () => {{ {call}; return __line; }});\n" for number, call in enumerate(tests.calls)
        )
        return f"{self.frozen}{program}\n;{{\n{KEPT}{self.emitter}{READ_LINE}{block(tests.code)}{run}{END}}}\n"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        body = "".join(_cases(values))
        return f"{program}\n;{{\n{self.emitter}{block(tests.setup)}{body}{END}}}\n"


def _cases(values: Sequence[str]) -> Iterator[str]:
    for number, value in enumerate(values):
        yield f"__case({number}, () => (\n{value}\n));\n"


HARNESS = JavaScript()
