"""The harness of Ruby: values are written down by the classes they have at run time."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.harnesses.base import Harness, block
from passgap.records import CallTests, EmbeddedTests

EMITTER = r"""
module PassgapHarness
  OUT = IO.for_fd(3, "w", autoclose: false)
  OUT.sync = true
  def self.quoted(text)
    made = text.to_s.dup.force_encoding("UTF-8").scrub("?")
    '"' + made.gsub(/["\\\x00-\x1f]/) { |each| format('\u%04x', each.ord) } + '"'
  end
  def self.list(values, depth)
    "[" + values.map { |each| text(each, depth) }.join(",") + "]"
  end
  def self.text(value, depth)
    return '{"x":"deep"}' if depth > 100
    case value
    when nil then "null"
    when true, false, Integer then value.to_s
    when Float then '{"f":"' + value.to_s + '"}'
    when String then quoted(value)
    when Symbol then '{"c":' + quoted(value) + "}"
    when Array then list(value, depth + 1)
    when Hash then '{"m":' + list(value.to_a, depth + 1) + "}"
    else value.class.name == "Set" ? '{"s":' + list(value.to_a, depth + 1) + "}" : '{"x":' + quoted(value.class) + "}"
    end
  end
  def self.run(number)
    made = begin
      "=" + text(yield, 0)
    rescue Exception => error
      "!" + quoted(error.class)
    end
    OUT.write("\x1e#{number}#{made}\n")
  end
end
"""
END = "exit!(0)\n"


class Ruby(Harness):
    """Calls stand below the program, whose methods they see; a symbol is written down as a character is."""

    name = "ruby"

    def embedded(self, program: str, tests: EmbeddedTests) -> str:
        cases = "".join(
            f"PassgapHarness.run({number}) do\n{call}\npassgap_line\nend\n" for number, call in enumerate(tests.calls)
        )
        return f"{program}\n{EMITTER}passgap_line = STDIN.gets.to_s.chomp\n{block(tests.code)}{cases}{END}"

    def assemble(self, program: str, tests: CallTests, values: Sequence[str]) -> str:
        cases = "".join(f"PassgapHarness.run({number}) do\n{value}\nend\n" for number, value in enumerate(values))
        return f"{program}\n{EMITTER}{block(tests.setup)}{cases}{END}"


HARNESS = Ruby()
