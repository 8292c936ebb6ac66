"""The harness of PHP: values are written down by the types they have at run time."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
function passgap_quoted($value) {
    return json_encode((string) $value, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES);
}
function passgap_text($value, $depth) {
    if ($value === null) return "null";
    if ($depth > 100) return '{"x":"deep"}';
    if (is_bool($value)) return $value ? "true" : "false";
    if (is_int($value)) return (string) $value;
    if (is_float($value)) return '{"f":"' . (is_finite($value) ? var_export($value, true) : (string) $value) . '"}';
    if (is_string($value)) return passgap_quoted($value);
    if (!is_array($value)) return '{"x":' . passgap_quoted(gettype($value)) . '}';
    $texts = [];
    foreach ($value as $key => $item) {
        $text = passgap_text($item, $depth + 1);
        $texts[] = array_is_list($value) ? $text : "[" . passgap_text($key, $depth + 1) . "," . $text . "]";
    }
    return array_is_list($value) ? "[" . implode(",", $texts) . "]" : '{"t":[' . implode(",", $texts) . "]}";
}
function passgap_run($number, $make) {
    try { $made = "=" . passgap_text($make(), 0); }
    catch (\Throwable $error) { $made = "!" . passgap_quoted(get_class($error)); }
    static $answers = null;
    $answers = $answers ?? fopen("php://fd/3", "w");
    fwrite($answers, "\x1e" . $number . $made . "\n");
    fflush($answers);
}
"""


class Php(Harness):
    """Calls stand below the program. An array with keys is written down in its order, which belongs to it."""

    name = "php"
    rules = frozenset({"integers-are-no-floats"})

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f"passgap_run({number}, function () use ($passgap_line) {{ {call}; return $passgap_line; }});\n"
            for number, call in enumerate(tests.calls)
        )
        read = "$passgap_line = trim(fgets(STDIN));\n"
        return f"{opened(program)}{EMITTER}{read}{block(tests.code)}{cases}exit(0);\n"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        cases = "".join(
            f"passgap_run({number}, function () {{\n{block(tests.setup)}return {value};\n}});\n"
            for number, value in enumerate(values)
        )
        return f"{opened(program)}{EMITTER}{cases}exit(0);\n"


def opened(program: str) -> str:
    """A program that begins and ends in the language, whatever tags it has."""
    begun = program if "<?" in program else f"<?php\n{program}"
    return f"{begun}\n<?php\n" if begun.rfind("?>") > begun.rfind("<?") else f"{begun}\n"


HARNESS = Php()
