"""Every language of the table keeps the contract."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES, Language
from passgap.testing import LanguageContract

PROGRAMS = {
    "python": (
        "def add(a, b):\n    return a + b\n",
        "import math\n\n\ndef area(r):\n    # of a circle\n    return math.pi * r * r\n",
        "a, b = map(int, input().split())\nprint(a + b)\n",
    ),
    "javascript": (
        "function add(a, b) {\n  return a + b;\n}\n",
        'const lines = require("fs").readFileSync(0, "utf8").split("\\n");\nconsole.log(lines.length);\n',
    ),
    "typescript": (
        "interface Point { x: number; y: number }\n"
        "function add(a: number, b: Map<string, number[]>): Map<string, number> {\n  return new Map();\n}\n",
        "type Pair<T> = [T, T];\nconst swap = <T>(p: Pair<T>): Pair<T> => [p[1], p[0]];\nconsole.log(swap([1, 2]));\n",
    ),
    "go": (
        'package main\n\nimport "fmt"\n\nfunc add(a, b int) int {\n\treturn a + b\n}\n\n'
        "func main() {\n\tfmt.Println(add(1, 2))\n}\n",
        "type Stack[T any] struct {\n\titems []T\n}\n\n"
        "func (s *Stack[T]) Push(x T) {\n\ts.items = append(s.items, x)\n}\n",
    ),
    "rust": (
        "use std::collections::HashMap;\n\nfn add(a: i64, b: i64) -> i64 {\n    a + b\n}\n\n"
        'fn main() {\n    let mut seen: HashMap<String, usize> = HashMap::new();\n    println!("{}", add(1, 2));\n}\n',
        "impl<'a> Iterator for Words<'a> {\n    type Item = &'a str;\n    fn next(&mut self) -> Option<&'a str> {\n"
        "        None\n    }\n}\n",
    ),
    "cpp": (
        "#include <iostream>\nusing namespace std;\n\nint main() {\n  int a, b;\n  cin >> a >> b;\n"
        '  cout << a + b << "\\n";\n}\n',
        "template <typename T>\nT largest(const std::vector<T>& values) {\n  T best = values[0];\n"
        "  for (auto& each : values) best = std::max(best, each);\n  return best;\n}\n",
    ),
    "java": (
        "import java.util.*;\n\npublic class Main {\n    public static void main(String[] args) {\n"
        "        Scanner in = new Scanner(System.in);\n"
        "        System.out.println(in.nextInt() + in.nextInt());\n    }\n}\n",
        "class Pair<A, B> {\n    final A first;\n    final B second;\n    Pair(A a, B b) {\n        first = a;\n"
        "        second = b;\n    }\n    Map<String, List<A>> grouped() throws Exception {\n"
        "        return null;\n    }\n}\n",
    ),
    "csharp": (
        "using System;\nusing System.Linq;\n\nclass Program {\n    static void Main() {\n"
        "        var parts = Console.ReadLine().Split(' ').Select(int.Parse);\n"
        "        Console.WriteLine(parts.Sum());\n    }\n}\n",
        "class Pair<A, B> {\n    public A First { get; set; }\n    public Dictionary<string, List<B>> Grouped(A a) {\n"
        "        return null;\n    }\n}\n",
    ),
    "php": (
        "<?php\nfunction add(int $a, int $b): int {\n    return $a + $b;\n}\necho add(1, 2);\n",
        "class Stack {\n    private array $items = [];\n    public function push($x) {\n"
        "        $this->items[] = $x;\n    }\n}\n",
    ),
    "ruby": (
        "require 'set'\n\ndef add(a, b)\n  return a if b == 0\n  a + b\nend\n\nputs add(1, 2)\n",
        "class Stack\n  def initialize\n    @items = []\n  end\n\n  def each(&block)\n"
        "    @items.each do |x|\n      block.call(x)\n    end\n    while @items.any? do @items.pop end\n  end\n"
        "  def twice(x) = 2 * x\nend\n",
    ),
    "bash": (
        "#!/bin/bash\nread -r a b\necho $((a + b))\n",
        "total() {\n  local sum=0\n  for each in $*; do\n    ((sum += each))\n  done\n  echo $sum\n}\ntotal 1 2\n",
    ),
}
"""Programs of languages; of others, less is tested."""


class TestEveryLanguage(LanguageContract):
    @pytest.fixture(params=LANGUAGES.names())
    def language(self, request: pytest.FixtureRequest) -> Language:
        return LANGUAGES[request.param]

    def programs(self, language: Language) -> tuple[str, ...]:
        return PROGRAMS.get(language.name, ())
