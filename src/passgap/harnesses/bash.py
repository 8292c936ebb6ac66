"""The harness of Bash: an answer is what a function prints, less the line ends at its end."""

from __future__ import annotations

from passgap.harnesses.base import Harness, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
__passgap_write() {
    local LC_ALL=C text=$2
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    builtin printf '\x1e%s="%s"\n' "$1" "$text" >&3
}
"""


class Bash(Harness):
    """Calls stand below the program; each runs in a subshell, as command substitution does.

    Expected values are words of the language, which are expanded by a program that holds no sample.
    """

    name = "bash"

    def candidate(self, program: str, tests: CallTests) -> str:
        calls = [f'"$({tests.function} {case.arguments})"' for case in tests.cases]
        return self._program(program, tests, calls)

    def expectation(self, tests: CallTests) -> str:
        return self._program("", tests, [case.expected for case in tests.cases])

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f'if ( {call} ); then __passgap_write {number} "$__passgap_line"; fi\n'
            for number, call in enumerate(tests.calls)
        )
        read = "IFS= read -r __passgap_line\n"
        return f"{program}\n{block(tests.code)}{EMITTER}{read}{cases}exit 0\n"

    def _program(self, program: str, tests: CallTests, values: list[str]) -> str:
        cases = "".join(f"__passgap_write {number} {value}\n" for number, value in enumerate(values))
        return f"{program}\n{EMITTER}{block(tests.setup)}{cases}exit 0\n"


HARNESS = Bash()
