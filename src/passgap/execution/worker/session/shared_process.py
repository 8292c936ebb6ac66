"""The judge's side of what tests and program would share in one process: standard streams and the environment."""

from __future__ import annotations

import ast
import builtins
import importlib
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from ..exchange.value_types import Malformed
from ..inside import notices
from ..inside.streams import PRINTED_BYTES

PRINTED_LENGTH = 2 * PRINTED_BYTES
"""The most characters that a program may print, both streams together, if the tests look at them."""
STREAMS = frozenset(
    {"stdout", "stderr", "stdin", "input", "capsys", "capfd", "capsysbinary", "capfdbinary"}
    | {"redirect_stdout", "redirect_stderr", "captured_stdout", "captured_stderr", "captured_output"}
)
ENVIRONMENT = frozenset({"environ", "setenv", "delenv", "putenv", "unsetenv", "EnvironmentVarGuard"})
WARNINGS = frozenset({"warns", "deprecated_call", "catch_warnings", "simplefilter", "filterwarnings", "recwarn"}) | {
    "assertWarns",
    "assertWarnsRegex",
}
LOGGING = frozenset({"caplog", "assertLogs", "assertNoLogs", "getLogger", "addHandler"})
SETTINGS = frozenset({"argv", "setrecursionlimit", "getcontext", "setcontext", "localcontext"})
REPLACING = frozenset({"patch", "mock", "monkeypatch", "MonkeyPatch", "setattr", "mock_open"})
"""Names with which tests replace attributes of modules."""
FILES = frozenset(
    {"tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory", "tempfile", "NamedTemporaryFile", "TemporaryDirectory"}
    | {"mkdtemp", "mkstemp", "write_text", "write_bytes", "read_text", "read_bytes", "makedirs", "mkdir", "listdir"}
    | {"scandir", "getcwd", "chdir", "isfile", "isdir", "is_file", "is_dir", "rmtree", "touch", "unlink", "pathlib"}
    | {"shutil", "exists", "getsize"}
)
OPENING = frozenset({"os", "io", "codecs", "gzip", "bz2", "lzma", "builtins", "wave", "tarfile", "dbm", "sqlite3"})
THREADS = frozenset(
    {"threading", "Thread", "ThreadPoolExecutor", "ThreadPool", "to_thread", "run_in_executor", "_thread"}
)
RUNNING_FILES = frozenset(
    {"subprocess", "system", "popen", "Popen", "runpy", "run_path", "spec_from_file_location", "import_module", "CDLL"}
    | {"SourceFileLoader", "zipimport", "fileConfig", "exec_module", "load_module", "load_source", "posix_spawn"}
    | {
        "joblib",
        "dill",
        "cloudpickle",
        "read_pickle",
        "allow_pickle",
        "extractall",
        "unpack_archive",
        "execv",
        "spawnv",
    }
    | {"shelve", "multiprocessing", "ctypes", "addsitedir"}
)
"""Names of tests that may run, import or unpickle what is in a file: these share no files with a program."""
KEPT_APART = frozenset(
    {"unittest", "pytest", "_pytest", "warnings", "logging", "typing", "doctest", "gc", "__future__"}
)
"""Modules of which the tests have their own: they use them, and the program is not told."""

_INPUT = builtins.input
_STDIN = sys.stdin


@dataclass(frozen=True)
class Sharing:
    """The objects that the tests share with the program."""

    streams: bool = False
    environment: bool = False
    settings: bool = False
    modules: tuple[str, ...] = ()
    """Modules of which the tests may replace attributes."""
    notices: tuple[str, ...] = ()
    """The parts of the program's process that the tests look at."""
    variables: frozenset[str] = frozenset()
    """The environment variables that the program may set for the tests: those that they name."""
    files: bool = False
    """Whether they work in one folder, and find each other's files there."""
    threads: bool = False
    """Whether the tests have threads of their own."""
    fakes: bool = False
    """Whether the tests may put modules into ``sys.modules``."""
    written: Collection[str] = frozenset()
    """The texts of the tests, if files are shared, that may name a file which the program is to write."""

    def __bool__(self) -> bool:
        return bool(
            self.streams
            or self.environment
            or self.settings
            or self.modules
            or self.notices
            or self.files
            or self.threads
            or self.fakes
        )


def sharing_of(trees: Iterable[ast.AST]) -> Sharing:
    """Return what test code shares with the program, by name or, as the target of a patch, in a string."""
    words: set[str] = set()
    texts: Counter[str] = Counter()
    imported: dict[str, str] = {}
    assigned: set[str] = set()
    opens = effects = False
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Name):
            words.add(node.id)
            opens = opens or node.id == "open"
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
            opens = opens or (node.attr in ("open", "connect") and ast.unparse(node.value) in OPENING)
            if not isinstance(node.ctx, ast.Load):
                assigned.add(ast.unparse(node.value))
        elif isinstance(node, ast.arg):
            words.add(node.arg)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            effects = effects or not _asserts(node.value.func)
        elif isinstance(node, ast.alias):
            words.add(node.name.rpartition(".")[2])
            imported[node.asname or node.name] = node.name
        elif isinstance(node, ast.ImportFrom):
            imported |= {str(node.module): str(node.module)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value.rpartition(".")[2])
            texts[node.value] += 1
    replaced = {imported[name] for name in assigned if name in imported}
    if words & REPLACING:
        replaced |= {*imported.values(), *(text.rpartition(".")[0] for text in texts)}
    environment = bool(words & ENVIRONMENT)
    files = (opens or bool(words & FILES)) and not words & RUNNING_FILES
    noticed = {notices.WARNINGS: words & WARNINGS, notices.LOGGING: words & LOGGING, notices.ENVIRONMENT: environment}
    return Sharing(
        bool(words & STREAMS),
        environment,
        bool(words & SETTINGS),
        tuple(sorted(name for name in replaced if _is_module(name))),
        tuple(kind for kind, found in noticed.items() if found),
        frozenset(texts),
        files,
        bool(words & THREADS),
        "modules" in words,
        frozenset(text for text, times in texts.items() if effects or times > 1) if files else frozenset(),
    )


def names_threads(program: str) -> bool:
    """Whether a program may start threads."""
    return any(name in program for name in ("thread", "Thread", "concurrent", "run_in_executor"))


def _asserts(function: ast.expr) -> bool:
    """Whether a function that is called for its effect is known to be no program's."""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name.startswith(("assert", "fail")) or name in ("print", "check", "main")


def _is_module(name: str) -> bool:
    """Whether tests and program each have a module of a name, and the tests may replace what is in it."""
    top = name.partition(".")[0]
    if top in KEPT_APART or not (top in sys.stdlib_module_names or top in sys.modules):
        return False
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001 - whatever a module does when it is imported
        return False
    return True


class ProgramOutput:
    """Passes a program's output on to the tests' standard output and standard error."""

    def __init__(self) -> None:
        self._length = 0

    def write(self, printed: list[Any]) -> None:
        """Write what the program printed to each stream since the last message.

        Raises:
            Malformed: it is more than a program may print.
            ValueError: it is not two texts.
        """
        self._length += sum(map(len, printed))
        if self._length > PRINTED_LENGTH:
            raise Malformed("more than a program may print")
        out, error = printed
        if type(out) is not str or type(error) is not str:
            raise ValueError("printed something that is not text")
        for text, stream in ((out, sys.stdout), (error, sys.stderr)):
            if text and stream is not None:
                stream.write(text)


def read_input(prompt: str) -> str:
    """Answer a program's ``input``: by the tests' replacement, else from their ``sys.stdin``, else with end of file."""
    if builtins.input is _INPUT and sys.stdin is _STDIN:
        raise EOFError("EOF when reading a line")
    return builtins.input(prompt)


def read_line() -> str:
    """Return the next line of the standard input that the tests installed; nothing at its end."""
    return "" if sys.stdin is _STDIN or sys.stdin is None else sys.stdin.readline()


class Environment:
    """Tracks the environment variables that the tests set or remove."""

    def __init__(self) -> None:
        self._known = dict(os.environ)

    def changes(self) -> dict[str, str | None]:
        """Return the variables that differ, None for those that are gone."""
        now = dict(os.environ)
        changed: dict[str, str | None] = {name: now.get(name) for name in {*now, *self._known}}
        changed = {name: value for name, value in changed.items() if value != self._known.get(name)}
        self._known = now
        return changed
