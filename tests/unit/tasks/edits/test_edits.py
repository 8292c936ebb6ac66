"""Edits are read in each form, applied strictly, and refused where they may not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.records import ExecutionJob, NoTests
from passgap.tasks.edits import AnswerFormat, EditFault, EditRule, apply, read_edits
from passgap.tasks.edits.paths import fault_of, matches

TREE = {"src/sums.py": "def add(a, b):\n    return a - b\n\n\ndef one():\n    return 1\n", "README.md": "Sums.\n"}
EDITABLE = ("src/**",)
HIDDEN = ("tests/test_sums.py",)

WHOLE = (
    "Here:\n\n**src/sums.py**\n\n```python\ndef add(a, b):\n    return a + b\n```\n\nand\n\n`src/new.py`:\n"
    "```\nX = 1\n```\n"
)
REPLACE = "src/sums.py\n```python\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n```\n"
DIFF = (
    "```diff\n--- a/src/sums.py\n+++ b/src/sums.py\n@@ -1,2 +1,2 @@\n"
    " def add(a, b):\n-    return a - b\n+    return a + b\n"
    "--- /dev/null\n+++ b/src/new.py\n@@ -0,0 +1 @@\n+X = 1\n```\n"
)


def edited(answer: str, form: AnswerFormat, **tree: str) -> tuple[dict[str, str], EditRule]:
    return apply({**TREE, **tree}, read_edits(answer, form), EDITABLE, HIDDEN)


def fault(answer: str, form: AnswerFormat = AnswerFormat.SEARCH_REPLACE, **tree: str) -> EditRule:
    with pytest.raises(EditFault) as caught:
        edited(answer, form, **tree)
    return caught.value.rule


def test_whole_files_replace_files_and_add_them() -> None:
    files, rule = edited(WHOLE, AnswerFormat.WHOLE)
    assert files["src/sums.py"] == "def add(a, b):\n    return a + b\n"
    assert files["src/new.py"] == "X = 1\n"
    assert files["README.md"] == TREE["README.md"]
    assert rule is EditRule.APPLIED


def test_a_single_block_without_a_path_is_the_one_file_that_may_be_changed() -> None:
    [edit] = read_edits("```python\nx = 1\n```", AnswerFormat.WHOLE, "src/sums.py")
    assert (edit.path, edit.new) == ("src/sums.py", "x = 1\n")
    with pytest.raises(EditFault):
        read_edits("```python\nx = 1\n```", AnswerFormat.WHOLE)


def test_search_and_replace_blocks_change_what_they_find() -> None:
    files, rule = edited(REPLACE, AnswerFormat.SEARCH_REPLACE)
    assert files["src/sums.py"] == TREE["src/sums.py"].replace("a - b", "a + b")
    assert rule is EditRule.APPLIED


def test_a_diff_changes_and_adds_files() -> None:
    files, rule = edited(DIFF, AnswerFormat.UDIFF)
    assert files["src/sums.py"] == TREE["src/sums.py"].replace("a - b", "a + b")
    assert files["src/new.py"] == "X = 1\n"
    assert rule is EditRule.APPLIED


def test_a_diff_removes_a_file() -> None:
    removed = "".join(f"-{line}\n" for line in TREE["src/sums.py"].splitlines())
    whole = f"--- a/src/sums.py\n+++ /dev/null\n@@ -1,6 +0,0 @@\n{removed}"
    files, _ = edited(whole, AnswerFormat.UDIFF)
    assert "src/sums.py" not in files
    assert fault(whole.replace("-    return 1\n", ""), AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY
    assert fault(f"{whole}+x\n", AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY


def test_text_that_differs_in_white_space_alone_is_found_once() -> None:
    files, rule = edited(REPLACE.replace("    return a - b", "  return  a - b "), AnswerFormat.SEARCH_REPLACE)
    assert files["src/sums.py"] == TREE["src/sums.py"].replace("a - b", "a + b")
    assert rule is EditRule.APPLIED_LOOSELY


def test_nothing_is_guessed() -> None:
    assert fault(REPLACE.replace("a - b", "a * b")) is EditRule.DOES_NOT_APPLY
    twice = TREE["src/sums.py"] + "\n\ndef sub(a, b):\n    return a - b\n"
    assert fault(REPLACE, **{"src/sums.py": twice}) is EditRule.DOES_NOT_APPLY
    assert fault(REPLACE.replace("src/sums.py", "src/sum.py")) is EditRule.DOES_NOT_APPLY
    assert fault("src/sums.py\n<<<<<<< SEARCH\nx\n=======\ny\n") is EditRule.DOES_NOT_APPLY
    assert fault("I would add a line.") is EditRule.NONE
    assert fault(DIFF.replace("a - b", "b - a"), AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY


def test_the_line_that_a_diff_states_decides_between_equal_places() -> None:
    twice = "x = 1\ny = 1\nx = 1\n"
    answer = "--- a/src/a.py\n+++ b/src/a.py\n@@ -3 +3 @@\n-x = 1\n+x = 2\n"
    files, _ = edited(answer, AnswerFormat.UDIFF, **{"src/a.py": twice})
    assert files["src/a.py"] == "x = 1\ny = 1\nx = 2\n"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/etc/passwd", EditRule.OUTSIDE),
        ("../other/x.py", EditRule.OUTSIDE),
        ("src/../../x.py", EditRule.OUTSIDE),
        ("~/x.py", EditRule.OUTSIDE),
        ("C:/x.py", EditRule.OUTSIDE),
        ("src\\x.py", EditRule.OUTSIDE),
        ("src/\ud800.py", EditRule.OUTSIDE),
        (f"src/{'x' * 300}.py", EditRule.OUTSIDE),
        ("README.md", EditRule.NOT_EDITABLE),
        ("tests/test_sums.py", EditRule.STEERS_TESTS),
        ("src/conftest.py", EditRule.STEERS_TESTS),
        ("src/package.json", EditRule.STEERS_TESTS),
        ("src/node_modules/a.js", EditRule.STEERS_TESTS),
        ("src/x.pth", EditRule.STEERS_TESTS),
        ("src/pytest.toml", EditRule.STEERS_TESTS),
        ("src/pytest.py", EditRule.STEERS_TESTS),
        ("src/json/__init__.py", EditRule.STEERS_TESTS),
        ("src/evil-1.dist-info/entry_points.txt", EditRule.STEERS_TESTS),
        ("src/evil.egg-info/entry_points.txt", EditRule.STEERS_TESTS),
    ],
)
def test_paths_that_may_not_be_edited(path: str, rule: EditRule) -> None:
    assert fault_of(path, EDITABLE, HIDDEN) is rule
    assert fault(f"{path}\n```\nx\n```\n", AnswerFormat.WHOLE) is rule


def test_a_file_cannot_be_where_a_folder_is_nor_the_other_way_round() -> None:
    for path in ("src", "src/sums.py/more.py"):
        with pytest.raises(EditFault, match="does not apply"):
            apply(TREE, read_edits(f"./{path}\n```\nx\n```\n", AnswerFormat.WHOLE), ("**",), ())


def test_a_file_that_steers_tests_is_editable_where_it_is_listed() -> None:
    assert fault_of("Cargo.toml", ("*.toml",), ()) is EditRule.STEERS_TESTS
    assert fault_of("Cargo.toml", ("Cargo.toml",), ()) is None


def test_a_module_of_a_package_may_have_the_name_of_one_that_test_runners_import() -> None:
    for path in ("src/shop/json.py", "src/shop/types/__init__.py", "src/json/data.py", "src/token/lexer.go"):
        assert fault_of(path, ("src/**",), ()) is None


def test_a_symbolic_link_is_refused() -> None:
    link = "diff --git a/src/l b/src/l\nnew file mode 120000\n--- /dev/null\n+++ b/src/l\n@@ -0,0 +1 @@\n+/etc/passwd\n"
    assert fault(link, AnswerFormat.UDIFF) is EditRule.OUTSIDE


def test_patterns_name_files_and_folders() -> None:
    assert matches("src/a/b.py", "src/**/*.py")
    assert matches("src/b.py", "src/**/*.py")
    assert not matches("src/a/b.py", "src/*.py")
    assert not matches("src/b.pyc", "src/*.py")


@given(st.text(max_size=200), st.sampled_from(AnswerFormat))
def test_no_answer_makes_anything_else_raise(answer: str, form: AnswerFormat) -> None:
    for text in (answer, WHOLE + answer, REPLACE + answer, DIFF + answer):
        try:
            files, _ = edited(text, form)
        except EditFault:
            continue
        assert all(path in TREE or matches(path, "src/**") for path in files)
        assert ExecutionJob(key="1", program="x", tests=NoTests(), files=files).files == files


@pytest.mark.parametrize(
    "header",
    [
        "rename from src/sums.py\nrename to src/more.py",
        "copy from src/sums.py\ncopy to src/more.py",
        "similarity index 100%\nrename from src/sums.py\nrename to src/more.py",
        "index 1..2 100644\nBinary files a/src/sums.py and b/src/sums.py differ",
        "index 1..2 100644\nGIT binary patch\nliteral 2\nKcmZQzWB>ua0RR91",
    ],
)
def test_a_diff_that_states_no_text_of_a_file_does_not_apply_in_part(header: str) -> None:
    rest = f"diff --git a/src/sums.py b/src/sums.py\n{header}\n"
    assert fault(f"{DIFF.strip('`')}\n{rest}", AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY


def test_a_diff_of_git_adds_and_removes_empty_files() -> None:
    added = "diff --git a/src/a/__init__.py b/src/a/__init__.py\nnew file mode 100644\nindex 0000000..e69de29\n"
    removed = "diff --git a/src/gone.py b/src/gone.py\ndeleted file mode 100644\nindex e69de29..0000000\n"
    files, rule = edited(added + removed, AnswerFormat.UDIFF, **{"src/gone.py": ""})
    assert files["src/a/__init__.py"] == "" and "src/gone.py" not in files and rule is EditRule.APPLIED
    assert fault(removed, AnswerFormat.UDIFF, **{"src/gone.py": "x\n"}) is EditRule.DOES_NOT_APPLY
    assert fault(removed, AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY
    climbing = added.replace("src/a/__init__.py", "../a.py")
    assert fault(climbing, AnswerFormat.UDIFF) is EditRule.OUTSIDE


def test_a_change_of_mode_is_left_out_of_a_diff() -> None:
    mode = "diff --git a/src/sums.py b/src/sums.py\nold mode 100644\nnew mode 100755\n"
    files, _ = edited(f"{mode}index 1..2\n{DIFF.strip('`').removeprefix('diff')}", AnswerFormat.UDIFF)
    assert "a + b" in files["src/sums.py"]
    assert fault(mode, AnswerFormat.UDIFF) is EditRule.NONE


def test_a_diff_between_two_files_does_not_apply_and_may_lead_outside() -> None:
    between = "--- a/src/sums.py\n+++ b/{}\n@@ -1 +1 @@\n-def add(a, b):\n+def add(b, a):\n"
    assert fault(between.format("src/more.py"), AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY
    assert fault(between.format("../more.py"), AnswerFormat.UDIFF) is EditRule.OUTSIDE


def test_a_file_that_is_added_may_not_be_there() -> None:
    added = "--- /dev/null\n+++ b/src/sums.py\n@@ -0,0 +1 @@\n+X = 1\n"
    assert fault(added, AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY
    twice = added.replace("sums", "new") + "@@ -0,0 +2 @@\n+Y = 2\n"
    assert fault(twice, AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY
    assert fault(added.replace("+X", " X").replace("sums", "new"), AnswerFormat.UDIFF) is EditRule.DOES_NOT_APPLY
    block = "src/sums.py\n<<<<<<< SEARCH\n=======\nX = 1\n>>>>>>> REPLACE\n"
    assert fault(block) is EditRule.DOES_NOT_APPLY
    files, _ = edited(block.replace("sums", "new"), AnswerFormat.SEARCH_REPLACE)
    assert files["src/new.py"] == "X = 1\n"


def test_names_that_git_quotes_are_read() -> None:
    answer = '--- "a/src/\\303\\274 \\"x\\".py"\n+++ "b/src/\\303\\274 \\"x\\".py"\n@@ -1 +1 @@\n-a\n+b\n'
    files, _ = edited(answer, AnswerFormat.UDIFF, **{'src/ü "x".py': "a\n"})
    assert files['src/ü "x".py'] == "b\n"
    assert fault('--- "a/../\\303\\274"\n+++ "b/../\\303\\274"\n@@ -1 +1 @@\n-a\n+b\n', AnswerFormat.UDIFF) is (
        EditRule.OUTSIDE
    )


def test_the_counts_of_a_hunk_tell_text_from_the_next_file() -> None:
    answer = "--- a/src/q.sql\n+++ b/src/q.sql\n@@ -1,2 +1,2 @@\n--- old\n+++ new\n select 1\n"
    files, _ = edited(answer, AnswerFormat.UDIFF, **{"src/q.sql": "-- old\nselect 1\n"})
    assert files["src/q.sql"] == "++ new\nselect 1\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
        ("a\r\nb\nc\n", "a\r\nB\nc\n"),
        ("a\x0c\x0b\x1c\u2028\x85\nb\n\x0cc", "a\x0c\x0b\x1c\u2028\x85\nB\n\x0cc"),
        ("\ufeffa\nb\n", "\ufeffa\nB\n"),
        ("a\nb", "a\nB\n"),
    ],
)
def test_lines_that_an_edit_does_not_touch_stay_as_they_are(text: str, after: str) -> None:
    for form, answer in (
        (AnswerFormat.SEARCH_REPLACE, "src/x.py\n<<<<<<< SEARCH\nb\n=======\nB\n>>>>>>> REPLACE\n"),
        (AnswerFormat.UDIFF, "--- a/src/x.py\r\n+++ b/src/x.py\r\n@@ -2 +2 @@\r\n-b\r\n+B\r\n"),
    ):
        files, rule = edited(answer, form, **{"src/x.py": text})
        assert files["src/x.py"] == after and rule is EditRule.APPLIED


def test_the_end_of_a_file_is_what_a_diff_says() -> None:
    head = "--- a/src/x.py\n+++ b/src/x.py\n@@ -1,2 +1,2 @@\n"
    unended = "\\ No newline at end of file\n"
    files, _ = edited(f"{head} a\n-b\n{unended}+B\n{unended}", AnswerFormat.UDIFF, **{"src/x.py": "a\nb"})
    assert files["src/x.py"] == "a\nB"
    files, _ = edited(f"{head}-a\n+A\n b\n{unended}", AnswerFormat.UDIFF, **{"src/x.py": "a\nb"})
    assert files["src/x.py"] == "A\nb"
    files, _ = edited(f"{head} a\n-b\n{unended}+B\n", AnswerFormat.UDIFF, **{"src/x.py": "a\nb"})
    assert files["src/x.py"] == "a\nB\n"
    added = f"--- /dev/null\n+++ b/src/new.py\n@@ -0,0 +1 @@\n+X = 1\n{unended}"
    assert edited(added, AnswerFormat.UDIFF)[0]["src/new.py"] == "X = 1"
    middle = f"{head}-a\n+A\n{unended}"
    assert fault(middle, AnswerFormat.UDIFF, **{"src/x.py": "a\nb\n"}) is EditRule.DOES_NOT_APPLY


def test_context_is_not_guessed() -> None:
    head = "--- a/src/x.py\n+++ b/src/x.py\n@@ -1,3 +1,3 @@\n"
    tree = {"src/x.py": "a\nb\nc\n"}
    assert fault(f"{head} a\n-b\n+B\n d\n", AnswerFormat.UDIFF, **tree) is EditRule.DOES_NOT_APPLY
    assert fault(f"{head} z\n-b\n+B\n c\n", AnswerFormat.UDIFF, **tree) is EditRule.DOES_NOT_APPLY
    files, _ = edited(f"{head} a\n-b\n+B\n c\n".replace("-1,3", "-9,3"), AnswerFormat.UDIFF, **tree)
    assert files["src/x.py"] == "a\nB\nc\n"  # it stands there once, whatever line the head states
