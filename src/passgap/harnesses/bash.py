"""The harness of Bash: an answer is what a function prints, less the line ends at its end."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallCase, CallTests, EmbeddedTests

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

    def call(self, tests: CallTests, case: CallCase) -> str:
        return f'"$({tests.function} {case.arguments})"'

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f'if ( {call} ); then __passgap_write {number} "$__passgap_line"; fi\n'
            for number, call in enumerate(tests.calls)
        )
        read = "IFS= read -r __passgap_line\n"
        return f"{program}\n{block(tests.code)}{EMITTER}{read}{cases}exit 0\n"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        cases = "".join(f"__passgap_write {number} {value}\n" for number, value in enumerate(values))
        return f"{program}\n{EMITTER}{block(tests.setup)}{cases}exit 0\n"


HARNESS = Bash()
