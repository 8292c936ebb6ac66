"""Languages that are read from tokens: statements, stubs, comments and heads of each."""

from __future__ import annotations

import pytest

from passgap.languages import LANGUAGES, language_called, needs_commands
from passgap.languages.java import LANGUAGE as JAVA
from passgap.records import Problem
from passgap.tasks import extract, render

STUBS = {
    "bash": ("f() {\n  :\n}\n", "f() {\n  # later\n  echo 1\n}\n"),
    "cpp": ("int f(int x) {\n}\n", "int f(int x) {\n  return x;\n}\n"),
    "csharp": ("class A {\n  void F() { }\n}\n", "class A {\n  int F() => 1;\n  void G() { F(); }\n}\n"),
    "go": ("func f(x int) int {\n}\n", "func f(x int) (int, error) {\n\treturn x, nil\n}\n"),
    "java": ("class A {\n  void f() {\n  }\n}\n", "class A {\n  int f() {\n    return 1;\n  }\n}\n"),
    "php": ("<?php\nfunction f($x) {\n}\n", "<?php\nfunction f($x) {\n  return $x;\n}\n"),
    "ruby": ("def f(x)\n  # later\nend\n", "def f(x)\n  x + 1\nend\n"),
    "rust": ("fn f(x: i64) -> i64 {\n}\n", "fn f(x: i64) -> i64 {\n    x\n}\n"),
    "typescript": ("function f(x: number): number[] {\n}\n", "function f(x: number): number {\n  return x;\n}\n"),
}
"""For each language a program whose only function is empty, and one whose is not."""

COMMENTED = {
    "bash": ("# Adds.\nf() {\n  echo $1 # one\n}\n", ("# Adds.", "# one")),
    "cpp": ("/** Adds. */\nint f() { return 1; } // one\n", ("/** Adds. */", "// one")),
    "csharp": ("/// Adds.\nclass A { } // one\n", ("/// Adds.", "// one")),
    "go": ("// f adds.\nfunc f() int {\n\treturn 1 // one\n}\n", ("// f adds.", "// one")),
    "java": ("/** Adds. */\nclass A { } // one\n", ("/** Adds. */", "// one")),
    "php": ("<?php\n/** Adds. */\nfunction f() { return 1; } // one\n", ("/** Adds. */", "// one")),
    "ruby": ("# Adds.\ndef f\n  1 # one\nend\n", ("# Adds.", "# one")),
    "rust": ("/// Adds.\nfn f() -> i64 { 1 } // one\n", ("/// Adds.", "// one")),
    "typescript": ("/** Adds. */\nfunction f(): number { return 1 } // one\n", ("/** Adds. */", "// one")),
}

UNSAFE = {
    "bash": ('eval "$1"', "curl https://x.y | sh", "chmod 777 /srv"),
    "cpp": ("strcpy(a, b);", "system(command);"),
    "csharp": ("var f = new BinaryFormatter();", 'new SqlCommand($"select {x}")'),
    "go": ("InsecureSkipVerify: true", 'import "math/rand"'),
    "java": ("new ObjectInputStream(in)", 'MessageDigest.getInstance("MD5")'),
    "php": ("eval($code);", "unserialize($_POST['x'])"),
    "ruby": ("eval(params[:x])", "Marshal.load(data)", "VERIFY_NONE"),
    "rust": ("unsafe { *p }", "danger_accept_invalid_certs(true)"),
    "typescript": ("// @ts-ignore", "eval(x)"),
}


@pytest.mark.parametrize("name", STUBS)
def test_stubs_are_told_from_programs(name: str) -> None:
    language = LANGUAGES[name]
    empty, full = STUBS[name]
    assert language.is_stub(empty) and not language.is_stub(full)
    program = language.parse(empty)
    assert program is not None
    assert any(program.is_stub_of(function) for function in ("f", "F"))


@pytest.mark.parametrize("name", COMMENTED)
def test_comments_and_documentation(name: str) -> None:
    language = LANGUAGES[name]
    program, comments = COMMENTED[name]
    assert language.comments(program) == comments
    assert language.documented(program)
    undocumented = (
        program.partition("\n")[2] if not program.startswith("<?php") else "<?php\nfunction f() { return 1; }"
    )
    assert not language.documented(undocumented)
    assert language.normal_form(program) == language.normal_form(program.replace(comments[1], ""))


@pytest.mark.parametrize("name", UNSAFE)
def test_constructs_that_a_review_would_stop(name: str) -> None:
    for construct in UNSAFE[name]:
        assert LANGUAGES[name].uses_unsafe_construct(construct), construct
    for program in (*STUBS[name], COMMENTED[name][0]):
        assert not LANGUAGES[name].uses_unsafe_construct(program), program


@pytest.mark.parametrize("name", STUBS)
@pytest.mark.parametrize(
    "text",
    [
        "Here is the program that you asked for.",
        "The function takes two numbers. It returns their sum.\n\nNote that it does not check its arguments.",
        "I would first read the input, and then print it.",
    ],
)
def test_sentences_are_no_program(name: str, text: str) -> None:
    assert LANGUAGES[name].parse(text) is None


@pytest.mark.parametrize(
    ("name", "head", "body"),
    [
        ("cpp", "int f(int x) {\n", "  return x + 1;\n"),
        ("go", "func f(x int) int {\n", "\treturn x + 1\n"),
        ("java", "class A {\n  static int f(int x) {\n", "    return x + 1;\n  }\n"),
        ("php", "<?php\nfunction f($x) {\n", "  return $x + 1;\n"),
        ("ruby", "def f(x)\n", "  return x + 1\n"),
        ("rust", "fn f(x: i64) -> i64 {\n", "    x + 1\n"),
        ("bash", "f() {\n", "  echo $(($1 + 1))\n"),
    ],
)
def test_the_body_below_a_head_is_closed(name: str, head: str, body: str) -> None:
    language = LANGUAGES[name]
    assert language.parse(head) is None and language.parse_head(head) is not None
    assert language.begins_function(head, "f") and not language.begins_function(head, "g")
    whole = language.as_body(body, head)
    assert whole is not None and whole.startswith(head + body.rstrip())
    assert language.parse(whole) is not None


@pytest.mark.parametrize(
    ("program", "main"),
    [
        ("public class Main { public static void main(String[] a) { } }", "Main"),
        ("class A { }\nclass B { public static void main(String[] a) { } }", "B"),
        (
            "package a.b;\nclass C { static class D { void main() { } } public static void main(String... a) { } }",
            "a.b.C",
        ),
        ("record E(int x) { public static void main(String[] a) { } }", "E"),
        ("", "Main"),
    ],
)
def test_the_class_whose_main_is_started(program: str, main: str) -> None:
    assert JAVA.main_class(program) == main


def test_names_and_labels_as_models_and_people_write_them() -> None:
    for written, name in (("C++", "cpp"), ("c#", "csharp"), ("golang", "go"), ("sh", "bash"), ("TS", "typescript")):
        found = language_called(written)
        assert found is not None and found.name == name
    assert LANGUAGES["cpp"].is_label("c++") and LANGUAGES["csharp"].is_label("C#")


def test_blocks_of_ruby_that_modifiers_and_loops_do_not_open() -> None:
    ruby = LANGUAGES["ruby"]
    assert ruby.parse("x = 1 if y\nreturn x unless z\nwhile a do b end\nfor i in c do d end\n") is not None
    assert ruby.parse("v = if a then 1 else 2 end\nitems.each do |x| puts x end\n") is not None
    assert ruby.parse("def f\n  if a\n    1\nend\n") is None
    assert ruby.parse("def twice(x) = 2 * x\ndef g(x = 1)\n  x.class\nend\n") is not None


def test_a_program_of_php_gets_the_tag_without_which_it_would_be_printed() -> None:
    php = LANGUAGES["php"]
    assert php.hoisted("echo 1;\n") == "<?php\necho 1;\n"
    assert php.hoisted("<?php\necho 1;\n") == "<?php\necho 1;\n"


@pytest.mark.parametrize("name", [name for name in LANGUAGES if needs_commands(name)])
def test_whole_programs_are_asked_for_in_their_language_and_taken_out_of_answers(name: str) -> None:
    language = LANGUAGES[name]
    assert language.toolchain is not None
    program = language.toolchain.proof
    tests = {"style": "stdio", "cases": [{"stdin": "1", "stdout": "1"}]}
    problem = Problem.model_validate(
        {"id": "p", "prompt": "Print each line.", "source": "t", "language": name, "tests": tests}
    )
    chat, base = render(problem, chat=True, prefill=False), render(problem, chat=False)
    assert chat.user == f"Print each line.\nWrite it in {language.title}."
    assert not any(stop in program for stop in base.stop), "a whole program would be cut"
    answers = {
        "a labelled block": (f"Here it is:\n\n```{language.labels[0]}\n{program}```\nIt reads them.\n", chat),
        "a block": (f"```\n{program}```\n", chat),
        "code alone": (program, render(problem, chat=True)),
        "a base model's": (program, base),
    }
    for kind, (answer, prompt) in answers.items():
        assert extract(answer, problem, prompt).program.strip().endswith(program.strip()), kind


def test_python_is_asked_for_as_ever() -> None:
    tests = {"style": "stdio", "cases": [{"stdin": "1", "stdout": "1"}]}
    problem = Problem.model_validate({"id": "p", "prompt": "Print it.", "source": "t", "tests": tests})
    assert render(problem, chat=True).user == "Print it."
    assert render(problem, chat=False).stop == LANGUAGES["python"].stops
